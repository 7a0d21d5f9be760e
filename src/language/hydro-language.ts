/** One language of Hydro as one of a pack, and what of it has no counterpart. Pure. */
import type { Converted } from "./imported-pack.ts";
import { quietJvm, runtimeFor, Unconvertible, wordsIn } from "./kattis-language.ts";
import type { WrittenLanguage } from "./schema.ts";
import { firstInText } from "./shell-syntax.ts";

/** A language as it stands in langs.yaml, with what it inherits. */
export interface HydroLanguage {
  readonly display?: string | number | null | undefined;
  /** Name of the source file; left out: `foo.KEY`. */
  readonly code_file?: string | null | undefined;
  /** What the compiler leaves; left out: `foo`. */
  readonly target?: string | null | undefined;
  readonly compile?: string | null | undefined;
  /** Left out: `/w/foo`. */
  readonly execute?: string | null | undefined;
  /** Prints the version. */
  readonly version?: string | null | undefined;
  readonly hidden?: boolean | null | undefined;
  readonly disabled?: boolean | null | undefined;
  readonly time_limit_rate?: number | null | undefined;
  readonly memory_limit_rate?: number | null | undefined;
  /** In milliseconds. */
  readonly compile_time_limit?: number | null | undefined;
  /** In MB. */
  readonly compile_memory_limit?: number | null | undefined;
  readonly process_limit?: number | null | undefined;
  readonly [field: string]: unknown;
}

/** What holds there when a language does not say it. */
const defaults = { execute: "/w/foo", target: "foo", compileTimeMs: 10_000, compileMemoryMb: 512, processes: 32 } as const;

/** The directory that programs run in there. */
const workdir = "/w";

/** Fields that a pack has a word for. */
const carried = [
  "display", "code_file", "target", "compile", "execute", "version", "hidden", "disabled", "time_limit_rate", "memory_limit_rate", "compile_time_limit", "compile_memory_limit", "process_limit", "remote",
];

/** Fields that say nothing about how a program is run, and why. */
const without: Readonly<Record<string, string>> = {
  highlight: "how an editor shows a source", monaco: "how an editor shows a source", comment: "how an editor shows a source",
  validAs: "names at other judges", key: "the key is the id", pretest: "the language of tries before a submission", analysis: "a command of the web page",
  address_space_limit: "memory is bounded by what is used", isBinary: "what kind of file is submitted",
};

/** Runtimes that are a JVM. */
const jvm = /(?:^|\/)(?:java|kotlin|scala)$/;

/**
 * @param owners how many languages have an extension already; is added to
 */
export function convertHydroLanguage(key: string, spec: HydroLanguage, owners: Map<string, number>): Pick<Converted, "language" | "reasons"> {
  const reasons = lostFields(spec);
  try {
    return { language: convert(key, spec, owners), reasons };
  } catch (error) {
    if (!(error instanceof Unconvertible)) throw error;
    return { language: null, reasons: [error.message] };
  }
}

function convert(key: string, spec: HydroLanguage, owners: Map<string, number>): WrittenLanguage {
  if (spec.disabled === true) throw new Unconvertible("disabled: nobody can use it there");
  if (Boolean(spec["remote"])) throw new Unconvertible("remote: another judge runs it");
  const file = spec.code_file || `foo.${key}`;
  if (file.includes("/")) throw new Unconvertible(`code_file: '${file}' is not in the directory that programs run in`);
  const target = spec.target || defaults.target;
  const execute = wordsOf("execute", spec.execute || defaults.execute);
  const compile = spec.compile ? wordsOf("compile", spec.compile) : null;
  const runsTarget = isFile(execute[0]!, target) && execute[0]!.includes("/");
  if (compile === null && runsTarget) throw new Unconvertible(`${execute[0]} is run and nothing makes it`);
  const extension = /[^/](\.[^./]{1,31})$/.exec(file)?.[1];
  const names: Names = { file, target, isExecutable: runsTarget && (extension === undefined ? file : file.slice(0, -extension.length)) === target };
  const onJvm = jvm.test(execute[0]!);
  const { mounts, processes } = runtimeFor(onJvm, extension === undefined ? [] : [extension]);
  const isFound = extension !== undefined && spec.hidden !== true;
  const others = isFound ? (owners.get(extension) ?? 0) : 0;
  if (isFound) owners.set(extension, others + 1);
  return {
    id: key,
    name: String(spec.display || key),
    ...(spec.hidden === true ? { hidden: true } : {}),
    ...(isFound ? { extensions: [extension] } : {}),
    ...(others === 0 ? {} : { priority: -others }),
    source_name: escaped(file),
    ...(mounts.length === 0 ? {} : { mounts: [...mounts] }),
    ...rate("time", spec.time_limit_rate),
    ...rate("memory", spec.memory_limit_rate),
    ...(spec.version ? { toolchain: { command: commandText(wordsOf("version", spec.version).map(escaped)) } } : {}),
    ...(compile === null
      ? {}
      : {
          compile: {
            command: commandText(compile.map((word) => inBox(word, names))),
            limits: { time: timeText(spec.compile_time_limit || defaults.compileTimeMs), memory: `${spec.compile_memory_limit || defaults.compileMemoryMb}MiB` },
            ...(names.isExecutable ? {} : { artefacts: [escaped(target)] }),
          },
        }),
    run: {
      command: commandText(execute.map((word) => inBox(word, names))),
      ...(onJvm ? { environment: quietJvm } : {}),
      limits: { processes: spec.process_limit || defaults.processes },
      ...(processes === 1 ? {} : { needs: { processes } }),
    },
  };
}

/** What there is besides, in words: nothing is dropped in silence. */
function lostFields(spec: HydroLanguage): string[] {
  const reasons = new Map<string, string[]>();
  for (const [field, value] of Object.entries(spec)) {
    // A switch that is off, and a value that says nothing.
    if (carried.includes(field) || value === null || value === false || value === "") continue;
    const reason = without[field] ?? "unknown here";
    reasons.set(reason, [...(reasons.get(reason) ?? []), field]);
  }
  return [...reasons].map(([reason, fields]) => `${fields.join(", ")}: ${reason}`);
}

function wordsOf(step: string, text: string): string[] {
  const operator = firstInText(text);
  // A variable is filled in there before the words are made, with nothing; everything else is refused.
  if (operator !== null && operator !== "~" && !operator.endsWith("=")) throw new Unconvertible(`${step}: ${operator} outside of single quotes is not text there`);
  return wordsIn(step, text);
}

interface Names {
  readonly file: string;
  readonly target: string;
  /** The target is the program, and has the name that {executable} stands for. */
  readonly isExecutable: boolean;
}

/** `foo.cc`, `./foo.cc` or `/w/foo.cc` */
function isFile(word: string, name: string): boolean {
  return word === name || word === `./${name}` || word === `${workdir}/${name}`;
}

/** A word of a command in our words. What stands inside of longer ones keeps its name: the source has it here as well. */
function inBox(word: string, { file, target, isExecutable }: Names): string {
  if (isFile(word, file)) return "{source}";
  if (isExecutable && isFile(word, target)) return "{executable}";
  // Also directly behind an option of one or two letters: -o/w/foo.
  return escaped(word).replace(/(?<=^-[A-Za-z]{1,2}|(?<![\w./-]))\/w(?=\/|[^\w.-]|$)/g, "{dir}");
}

function escaped(text: string): string {
  return text.replace(/[{}]/g, "$&$&");
}

function rate(key: "time" | "memory", factor: number | null | undefined) {
  return !factor || factor === 1 ? {} : { [key]: { factor } };
}

function timeText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** One text where splitting it gives these words again. */
function commandText(words: readonly string[]): string | string[] {
  return words.every((word) => /^[^\s'"\\]+$/.test(word)) ? words.join(" ") : [...words];
}
