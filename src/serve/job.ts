/** What a request becomes, whatever dialect it came in: a job. Plain data: it is kept in a store and runs wherever there is a slot. */
import type { LimitKey } from "../model/limits.ts";
import type { Checker } from "../judge/program.ts";
import type { Content } from "./content.ts";

export const dialects = ["v1", "piston", "judge0", "go-judge", "sandbox-fusion"] as const;
export type DialectName = (typeof dialects)[number];

/** In the order in which they are begun. Somebody waits for an interactive one; nobody waits for those of a batch. */
export const jobClasses = ["interactive", "normal", "batch"] as const;
export type JobClass = (typeof jobClasses)[number];

export interface Job {
  /** A random UUID: it is the name of the job in all dialects. */
  readonly id: string;
  readonly dialect: DialectName;
  readonly class: JobClass;
  /** Name of the key that asked for it; null: there are no keys. Keys take turns. */
  readonly key: string | null;
  /** Milliseconds since 1970, to be shown. */
  readonly receivedAt: number;
  /** Milliseconds since 1970 after which it is not begun any more; null: none. */
  readonly deadline: number | null;
  /** Milliseconds for which the result is kept after its end; null: what the service is set to. 0: until it was fetched once. */
  readonly keepFor: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** True: what it writes is published as it comes, whoever runs it. False: only for who watches on the machine where it runs. */
  readonly isStreamed: boolean;
  /** Who is told when it has ended; null: nobody. */
  readonly callback: Callback | null;
  readonly work: Work;
  /** What the dialect wants to find again with the result, as JSON: the fields of the request, for instance. */
  readonly memo: unknown;
}

/** How somebody is told of the end of a job. The body is made by the dialect when it has ended. */
export interface Callback {
  readonly url: string;
  readonly method: "PUT" | "POST";
}

export type Work = ProgramWork | CommandsWork;

/** Limits in seconds, bytes and numbers; null lifts one; what is left out is as the service has it. */
export type Limits = Readonly<Partial<Record<LimitKey, number | null>>>;

export interface JobFile {
  /** Relative, without `..`. */
  readonly name: string;
  readonly content: Content;
  /** Left out: it is not. */
  readonly isExecutable?: boolean;
  /** False: the compiler is not given it, and finds it when the source names it. Left out: it is given what has an extension of the language. */
  readonly isHandedToCompiler?: boolean;
}

/** A source that is compiled once, if its language is compiled, and run once for each test. */
export interface ProgramWork {
  readonly kind: "program";
  /** Id in the packs of the service. */
  readonly language: string;
  /** The first one is the source; the others lie beside it. */
  readonly files: readonly JobFile[];
  /** Files that lie in the working directory of the run alone. */
  readonly data: readonly JobFile[];
  /** Words that are added to the command of the compiler. */
  readonly compilerOptions: readonly string[];
  /** Of the program, in each test before those of the test. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** For the compiler, in place of what the pack says. */
  readonly compileLimits: Limits;
  readonly runLimits: Limits;
  readonly network: boolean;
  readonly stderrToStdout: boolean;
  /** How often each test is run; time and memory of the result are means. It ends at the first run that is no success, or not as expected. */
  readonly runs: number;
  /** At least one. A plain run is one test without an expected output. */
  readonly tests: readonly JobTest[];
  /** No test begins after one that is not accepted. */
  readonly stopsAtFailure: boolean;
  /** What says whether an output is as expected; null: `lines`. */
  readonly checker: JobChecker | null;
  /** Names of files below the working directory that become part of the result; a `?` at the end: it may be missing. */
  readonly filesOut: readonly string[];
  /** What a run leaves in its working directory becomes a zip file of the result, up to so many bytes unpacked; left out: none. */
  readonly directoryOut?: number;
  /** Of each single process besides the limits of all: bytes of its address space, seconds of CPU time (whole ones). Left out: none. */
  readonly processLimits?: { readonly addressSpace?: number; readonly cpuTime?: number };
  /** False: both outputs of the program are kept apart only. True: in the order in which they came, too (`output`). */
  readonly keepsOrder: boolean;
}

/** A built-in checker by its name, or a program of the caller's. */
export type JobChecker =
  | { readonly kind: "built-in"; readonly name: Extract<Checker, { kind: "built-in" }>["name"]; readonly args: readonly string[] }
  | { readonly kind: "program"; readonly protocol: Extract<Checker, { kind: "program" }>["protocol"]; readonly language: string; readonly files: readonly JobFile[]; readonly args: readonly string[]; /** Of each run of it; left out: 10 s and 1 GiB. */ readonly limits?: Pick<Limits, "time_limit" | "cpu_time_limit" | "memory_limit"> };

export interface JobTest {
  readonly name: string;
  readonly stdin: Content;
  readonly args: readonly string[];
  /** null: nothing is compared, and success is enough. */
  readonly expected: Content | null;
  /** In place of those of the work. */
  readonly limits: Limits;
}

/** Commands that run at the same time, with pipes between them: what go-judge runs. */
export interface CommandsWork {
  readonly kind: "commands";
  readonly commands: readonly JobCommand[];
  readonly pipes: readonly JobPipe[];
}

export interface JobCommand {
  readonly args: readonly string[];
  /** In place of every variable. */
  readonly environment: readonly string[];
  /** By descriptor; null: it comes from a pipe. */
  readonly files: readonly (CommandFile | null)[];
  readonly tty: boolean;
  readonly limits: Limits;
  /** Hard limits besides, as rlimits: bytes. */
  readonly dataLimit: number | null;
  readonly addressSpaceLimit: number | null;
  /** Thousandths of a processor; null: all of it. */
  readonly cpuRate: number | null;
  /** As in cpuset(7); null: that of the slot. */
  readonly cpus: string | null;
  readonly copyIn: Readonly<Record<string, CommandFile | { readonly kind: "symlink"; readonly to: string }>>;
  readonly copyOut: readonly string[];
  /** Names of files that go to the file store; what becomes of them is up to the dialect. */
  readonly copyOutCached: readonly string[];
  readonly copyOutMax: number;
  readonly copyOutTruncates: boolean;
}

export type CommandFile =
  | { readonly kind: "content"; readonly content: Content }
  | { /** A path of the host, allowed by the configuration. */ readonly kind: "host"; readonly path: string }
  | { readonly kind: "collector"; readonly name: string; readonly most: number; readonly isPipe: boolean }
  | { readonly kind: "stream-in" }
  | { readonly kind: "stream-out" };

export interface JobPipe {
  readonly from: { readonly command: number; readonly fd: number };
  readonly to: { readonly command: number; readonly fd: number };
  readonly proxied: boolean;
  /** Under this name what went through is kept, up to `most` bytes; null: it is not kept. */
  readonly name: string | null;
  readonly most: number;
}
