/** From a language and a source to the exact steps: what the file is called, what is compiled, what is run. */
import { totalmem } from "node:os";
import { configError } from "../model/errors.ts";
import { limits } from "../model/limits.ts";
import type { Network } from "../model/network.ts";
import type { Permission } from "../model/permissions.ts";
import { runtimePath } from "../model/runtime.ts";
import type { SeccompProfile } from "../model/seccomp.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { findEntryPoint } from "./entry-point.ts";
import { expandStep, withArgs } from "./expand-step.ts";
import type { CompileLimits, Language, Variable } from "./language.ts";
import { searchFor } from "./patterns.ts";
import { artefactPlaceholders, commandPlaceholders, expandTemplate, type PlaceholderValue } from "./placeholders.ts";
import { type Product, productsOf } from "./products.ts";
import { asOperand, checkFileName, hasExtension, sourceNameLimitBytes } from "./source-name.ts";
import { partsOf, refuseDoubles, stagedNameOf } from "./staged-name.ts";

/** A source to be planned. */
export interface SourceInput {
  /** The caller's name of the file, without directories. */
  readonly fileName: string;
  readonly source: Uint8Array;
  /** Names of the files that lie beside it. */
  readonly added?: readonly string[];
  /** Paths of files in directories that lie beside it. */
  readonly inTrees?: readonly string[];
  /** Those of both that do not become words of `{sources}`, and give way to a source that has the same name. */
  readonly onlyBeside?: readonly string[];
  /** Arguments of the program; left out: none. */
  readonly args?: readonly string[];
  /** The main class that the caller names; left out or null: it is found in the source. */
  readonly entryPoint?: string | null;
  /** Memory limit of the run, null: none. */
  readonly memoryBytes: number | null;
  /** CPU time limit of the run, null: none. */
  readonly cpuTimeSeconds: number | null;
  /** The directory that the source lies in, as the program sees it: an absolute path. */
  readonly workdir: string;
  /** The same for the compile step; left out: `workdir`. */
  readonly compileDir?: string;
  /** What `{bun}` stands for; left out: its path in a box with a root of its own. */
  readonly runtime?: string;
  /** The run starts in another directory than `workdir`, so its files are named by absolute paths. */
  readonly startsElsewhere?: boolean;
}

/** The compile step, nothing left to fill in. It starts in a directory of its own. */
export interface CompilePlan {
  readonly command: readonly string[];
  readonly environment: readonly Variable[];
  /** Its command names the runtime in the binary. */
  readonly usesRuntime: boolean;
  readonly mounts: readonly string[];
  /** What the step has at least. */
  readonly network: Network;
  /** What the step may do on top (`--allow`). */
  readonly allow: readonly Permission[];
  readonly limits: CompileLimits;
  /** Globs relative to that directory; artefacts.ts matches them. */
  readonly artefacts: readonly string[];
  /** Which of them the run step cannot do without. */
  readonly products: readonly Product[];
  /** Policy that the pack names; null: none. */
  readonly seccomp: SeccompProfile | null;
}

/** The run step, nothing left to fill in. */
export interface RunPlan {
  readonly command: readonly string[];
  readonly environment: readonly Variable[];
  /** Its command names the runtime in the binary. */
  readonly usesRuntime: boolean;
  readonly mounts: readonly string[];
  /** What the step has at least. */
  readonly network: Network;
  /** What the step may do on top (`--allow`). */
  readonly allow: readonly Permission[];
  /** The process limit of the run is at least this. */
  readonly minimumProcesses: number;
  /** Policy that the pack names; null: none. */
  readonly seccomp: SeccompProfile | null;
}

export interface SourcePlan {
  /** Id of the language, null for a file that is executed directly. */
  readonly language: string | null;
  /** Name of the source in `workdir`. */
  readonly stagedName: string;
  /** Permissions of the source in the box. */
  readonly stagedMode: number;
  /** The main class, for languages that look for one. */
  readonly mainClass: string | null;
  readonly compile: CompilePlan | null;
  readonly run: RunPlan;
}

/**
 * Plans a source. Nothing is touched.
 * @param language what resolveLanguage returned: null executes the file itself
 * @throws IsolateError of kind Config when the name cannot be used or the memory limit is too small for the language
 */
export function planSource(language: Language | null, input: SourceInput): SourcePlan {
  checkFileName(input.fileName, sourceNameLimitBytes);
  input.added?.forEach((name) => checkFileName(name));
  input.inTrees?.forEach((path) => path.split("/").forEach((name) => checkFileName(name)));
  const added = [...(input.added ?? []), ...(input.inTrees ?? [])];
  const given = input.entryPoint ?? null;
  if (given !== null && language?.entryPoint == null) {
    throw configError(`cannot use --entry-point ${given}: ${language === null ? "a file that is executed directly" : language.id} has no main class`);
  }
  if (language === null) return planDirect(input, added);
  const { needs } = language.run;
  if (input.memoryBytes !== null && input.memoryBytes < needs.memoryBytes) {
    throw configError(
      `cannot run ${language.id} with a memory limit of ${inMegabytes(input.memoryBytes)} MB: it needs at least ${inMegabytes(needs.memoryBytes)} MB`,
      "raise the memory limit (--memory), or use a pack with smaller needs",
    );
  }
  const entryPoint = language.entryPoint === null ? null : findEntryPoint(language.entryPoint, input.source, given, searchFor(language), partsOf(input.fileName, language.extensions).stem);
  const staying = added.filter((name) => name.includes("/") || input.onlyBeside?.includes(name) !== true);
  refuseDoubles([input.fileName, ...staying]);
  const stagedName = stagedNameOf(language, input.fileName, entryPoint, staying);
  const names: Names = {
    ...partsOf(stagedName, language.extensions),
    sources: [stagedName, ...added.filter((name) => input.onlyBeside?.includes(name) !== true && language.extensions.some((extension) => hasExtension(name, extension)))],
    mainClass: entryPoint?.mainClass ?? null,
    workdir: input.workdir,
    runtime: input.runtime ?? runtimePath,
  };
  const { compile, run } = language;
  const compileValue = compile && valueIn({ ...names, workdir: input.compileDir ?? input.workdir }, "", { memoryBytes: compile.limits.memoryBytes, cpuTimeSeconds: compile.limits.cpuTimeSeconds });
  const prefix = input.startsElsewhere === true ? `${input.workdir}/` : "";
  const runValue = valueIn(names, prefix, input);
  const runSources = names.sources.map((name) => (prefix === "" ? asOperand(name) : prefix + name));
  const artefacts = compile?.artefacts.map((glob) => expandTemplate(glob, artefactPlaceholders, globValue(names))) ?? [];
  return {
    language: language.id,
    stagedName,
    stagedMode: 0o644,
    mainClass: names.mainClass,
    compile: compile && compileValue && {
      ...expandStep(compile, { sources: names.sources.map(asOperand), args: [] }, compileValue),
      mounts: language.mounts,
      network: language.network,
      allow: language.allow,
      limits: compile.limits,
      artefacts,
      products: productsOf(run.command, (word) => expandTemplate(word, commandPlaceholders, runValue), artefacts, input.workdir, names.mainClass),
      seccomp: compile.seccomp,
    },
    run: { ...expandStep(withArgs(run), { sources: runSources, args: input.args ?? [] }, runValue), mounts: language.mounts, network: language.network, allow: language.allow, minimumProcesses: needs.processes, seccomp: run.seccomp },
  };
}

function planDirect({ fileName, args, workdir, startsElsewhere }: SourceInput, added: readonly string[]): SourcePlan {
  refuseDoubles([fileName, ...added]);
  const program = `${startsElsewhere === true ? workdir : "."}/${fileName}`;
  const run = { command: [program, ...(args ?? [])], environment: [], usesRuntime: false, mounts: [], network: "none" as const, allow: [], minimumProcesses: 1, seccomp: null };
  return { language: null, stagedName: fileName, stagedMode: 0o755, mainClass: null, compile: null, run };
}

interface Names {
  readonly source: string;
  /** The source, then the added files in the same language. */
  readonly sources: readonly string[];
  readonly stem: string;
  /** File name of the compiled program. */
  readonly executable: string;
  readonly mainClass: string | null;
  readonly workdir: string;
  readonly runtime: string;
}

type StepLimits = Pick<SourceInput, "memoryBytes" | "cpuTimeSeconds">;

/** @param prefix what a file of the working directory is reached by: empty, or the directory and a slash */
function valueIn(names: Names, prefix: string, { memoryBytes, cpuTimeSeconds }: StepLimits): PlaceholderValue {
  const file = (name: string, atStart: boolean) => (prefix === "" && atStart ? asOperand(name) : prefix + name);
  return (placeholder, minus, atStart) => {
    switch (placeholder) {
      case "source": return file(names.source, atStart);
      case "extension": return names.source.slice(names.stem.length);
      case "stem": return atStart ? asOperand(names.stem) : names.stem;
      case "executable": return `${prefix === "" ? "./" : prefix}${names.executable}`;
      case "mainclass": return names.mainClass!;
      case "dir": return names.workdir;
      case "bun": return names.runtime;
      case "memory_mb": return reduced(placeholder, inMegabytes(memoryBytes ?? totalmem()), minus, memoryWords);
      case "time_s": return reduced(placeholder, Math.ceil(cpuTimeSeconds ?? limits.cpu_time_limit.max), minus, timeWords);
    }
  };
}

const memoryWords = { what: "memory limit", unit: "MB", flag: "--memory" } as const;
const timeWords = { what: "time limit", unit: "s", flag: "--cpu-time" } as const;

function reduced(name: string, value: number, minus: number, { what, unit, flag }: typeof memoryWords | typeof timeWords): string {
  if (value - minus >= 1) return String(value - minus);
  throw configError(`the ${what} of ${value} ${unit} leaves nothing for {${name}-${minus}} in the language pack`, `raise the ${what} (${flag})`);
}

/** Names in globs: what is special there is escaped. */
function globValue(names: Names): PlaceholderValue {
  return (placeholder) => {
    const { source, stem, executable } = names;
    const name = placeholder === "source" ? source : placeholder === "stem" ? stem : placeholder === "extension" ? source.slice(stem.length) : executable;
    return name.replace(/[\\*?[\]{}!]/g, "\\$&");
  };
}

function inMegabytes(bytes: number): number {
  return Math.floor(bytes / bytesPerMebibyte);
}
