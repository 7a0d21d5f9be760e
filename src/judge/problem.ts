/**
 * A problem as the judge sees it, whatever format it was written in. Plain data: it is kept with the records of a judging, and verdicts are
 * decided again from both. Paths are those of the caller's files. Times are in seconds, sizes in bytes.
 */
import type { Expectation } from "./expectation.ts";
import type { Checker, Program } from "./program.ts";
import type { Group } from "./rule.ts";

export { builtInCheckers, checkerProtocols, type BuiltInChecker, type Checker, type CheckerProtocol, type Program } from "./program.ts";
export { plainRule, type Group, type Rule } from "./rule.ts";

export const formats = ["plain", "kattis", "2025-09", "domjudge", "polygon", "cms", "hydro"] as const;
export type Format = (typeof formats)[number];

export interface Problem {
  /** For people. */
  readonly name: string;
  /** How it is written. */
  readonly format: Format;
  /** The directory of the tests or of the package. */
  readonly path: string;
  /** In the order in which they are decided. At least one. */
  readonly tests: readonly Test[];
  /** How tests make a verdict and a score. Every test is in it at least once. */
  readonly root: Group;
  /** Whether there are scores, besides verdicts. */
  readonly isScoring: boolean;
  /** What a submission does. */
  readonly kind: Kind;
  /** How many runs a test may have: more than 1 for multi-pass problems. */
  readonly passes: number;
  /**
   * What leads to a further pass, and what its input is. `asked` (so if left out): the checker accepts and leaves `nextpass.in` in its feedback
   * directory. `always` (Polygon's "run twice"): each pass that does not fail is followed by the next one until there were {@link passes}. Its
   * input is the file that the interactor wrote in the pass before, else what the checker wrote to its standard output then. The checker is asked
   * after the last pass, and after each pass without an interactor; it reads the input of that pass.
   */
  readonly passing?: "asked" | "always";
  /** What says whether an output is right. */
  readonly checker: Checker;
  /** The name that the source of a submission has when it is compiled, without its extension; left out: its own. */
  readonly sourceName?: string;
  /** Files that take the place of standard input and output, by their names in the working directory; null: the streams. */
  readonly inputFile: string | null;
  /** The same for standard output. */
  readonly outputFile: string | null;
  /** What the package says about limits. */
  readonly limits: ProblemLimits;
  /** What is compiled with a submission, or lies beside it when it runs. */
  readonly additions: readonly Addition[];
  /** Language packs of the format's judges, as `--pack` takes them. */
  readonly packs: readonly string[];
  /** Languages that submissions may be in, in the format's words; null: all. */
  readonly languages: readonly string[] | null;
  /**
   * What `{{name}}` and `{{name.variant}}` stand for in the jury's programs, in additions and in example submissions, by the text between the
   * braces. Left out: nothing is replaced. See constants.ts.
   */
  readonly constants?: Readonly<Record<string, string>>;
  /** false: a submission may only read in its working directory. Left out: it may write. */
  readonly allowFileWriting?: boolean;
  /** Submissions that come with the problem. */
  readonly submissions: readonly ExampleSubmission[];
  /** What a person should know of the package. */
  readonly warnings: readonly string[];
}

export type Kind =
  /** The submission reads an input and writes an output, which is checked afterwards. */
  | { readonly kind: "batch" }
  /** Submission and interactor talk while both run. */
  | { readonly kind: "interactive"; readonly interactor: Interactor }
  /**
   * Several processes of the submission talk to a manager. `cms`: their CPU times are added up, and a process has its number as an argument when
   * there are several. `hydro`: each process has the limit of the test to itself, and its number always.
   */
  | { readonly kind: "communication"; readonly protocol: "cms" | "hydro"; readonly manager: Program; readonly processes: number; readonly io: "std" | "fifo" }
  /** A submission is the outputs themselves: files that are named after the tests. */
  | {
      readonly kind: "outputs";
      /**
       * Where a test does not say it itself ({@link Test.submitted}). `{}` stands for the name of the test within its directory. null: a submission
       * is a single file, which is the output of every test.
       */
      readonly fileName: string | null;
    };

export type Interactor =
  /** The checker talks to the submission, and its exit code is the verdict: output validators of the problem package format. */
  | { readonly protocol: "kattis" }
  /**
   * It writes a file that the checker reads afterwards in place of the output. `runs`: the passes that it takes part in, from 1; in the others the
   * submission reads an input and writes an output; left out: all passes.
   * `isChecker`: its own answer is the verdict, and the same program is the problem's checker, for the scale of its points (Hydro).
   */
  | { readonly protocol: "testlib"; readonly program: Program; readonly runs?: readonly number[]; readonly isChecker?: boolean };

export interface Test {
  /** Unique in its problem: a path below the directory of the tests, such as `secret/group1/03`. */
  readonly name: string;
  /** The file that the submission reads. */
  readonly input: string;
  /** null: the package has none, and the checker needs none. */
  readonly answer: string | null;
  /** Whether it is among the samples. */
  readonly isSample: boolean;
  /** Arguments of the submission. */
  readonly args: readonly string[];
  /** Arguments of the checker or interactor, or flags of the built-in one. */
  readonly checkerArgs: readonly string[];
  /** A directory whose files lie in the working directory of the submission; null: none. */
  readonly files: string | null;
  /**
   * The file of a submission that is the output of this test. `only`: the program is never run on it. Else it is run where the submission has no
   * such file. Left out: in a problem of kind `outputs` the file is named as that kind says, in others there is none.
   */
  readonly submitted?: {
    /** Its path in the directory of the submission. */
    readonly fileName: string;
    /** The program is not run where there is no such file. */
    readonly only: boolean;
  };
  /** What a full answer is worth, where tests have points of their own; null: they have none. */
  readonly points: number | null;
  /** Its own limit of CPU time, in seconds; left out: that of the problem. */
  readonly cpuTime?: number;
  /** Its own limit of memory, in bytes; left out: that of the problem. */
  readonly memory?: number;
  /** What the package says about it. */
  readonly description?: string;
}

/** null: the package does not say. */
export interface ProblemLimits {
  /** CPU time of a test, in seconds; null: the package does not say. */
  readonly cpuTime: number | null;
  /** Memory of a test, in bytes; null: the package does not say. */
  readonly memory: number | null;
  /** Output of a test, in bytes; null: the package does not say. */
  readonly output: number | null;
  /** Of the source, in bytes. */
  readonly code: number | null;
  /** Time for the compiler, in seconds. */
  readonly compilationTime: number | null;
  /** Memory of the compiler, in bytes. */
  readonly compilationMemory: number | null;
  /** CPU time of checkers and interactors for each test, in seconds. */
  readonly validationTime: number | null;
  /** Their memory, in bytes. */
  readonly validationMemory: number | null;
  /** Their output, in bytes. */
  readonly validationOutput: number | null;
  /** How a time limit is worked out from submissions (`--time-limit infer`); null: in the way of version 2025-09 of the package format. */
  readonly inference: Inference | null;
  /** By language, in the format's words: what limits are multiplied by. */
  readonly timeFactors: Readonly<Record<string, number>>;
  /** The same for memory. */
  readonly memoryFactors: Readonly<Record<string, number>>;
}

export interface Inference {
  /** The number that the slowest run which has to be in time is multiplied by. */
  readonly acToLimit: number;
  /** The number that the limit is multiplied by for runs that must not be in time. */
  readonly limitToTle: number;
  /** A limit is a multiple of so many seconds. */
  readonly resolution: number;
}

export const noLimits: ProblemLimits = {
  cpuTime: null, memory: null, output: null, code: null, compilationTime: null, compilationMemory: null, validationTime: null, validationMemory: null, validationOutput: null,
  inference: null, timeFactors: {}, memoryFactors: {},
};

/** Files that every submission in a language has beside it. */
export interface Addition {
  /** Extensions of the sources that it is for, with the point, or `language:` and a directory name of `include/`; null: for all. */
  readonly forLanguage: readonly string[] | null;
  /** In the same words: what it is not for, though {@link forLanguage} says so. */
  readonly notFor?: readonly string[];
  /** Files, or directories whose content is meant. */
  readonly paths: readonly string[];
  /**
   * `beside`: compiled together with the submission. `main`: it is the program's main source, and the submission lies beside it (CMS graders,
   * stubs). A problem with additions of role `main` takes submissions only in the languages that these are for.
   */
  readonly role: "beside" | "main";
}

export interface ExampleSubmission {
  /** A file, or a directory with several sources. */
  readonly path: string;
  /** Below the package, for people: `submissions/accepted/sum.py`. */
  readonly name: string;
  /** Its language, in the words of the format; null: by its file. */
  readonly language: string | null;
  /** Its main class or file; null: it is found. */
  readonly entryPoint: string | null;
  /** What the package expects of it; null: nothing. */
  readonly expected: Expectation | null;
  /** Why it cannot be judged, as an error says it: the package contradicts itself about it. Others can. Left out: it can. */
  readonly fault?: string;
}
