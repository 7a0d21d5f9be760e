/** From a pack as written to a {@link Language}: defaults, units, one form for everything. Pure, and needs no library. */
import { defaultArtefacts, defaultCompileLimits, defaultMainClass, defaultRunNeeds, defaultWallTimeFactor } from "./defaults.ts";
import type { CompileLimits, CompileStep, EntryPointRule, Language, RunStep, Variable } from "./language.ts";
import { parseSize, parseTime } from "./quantities.ts";
import type { LanguagePack } from "./schema.ts";
import { splitWords } from "./words.ts";

type CompilePart = NonNullable<LanguagePack["compile"]>;
type EntryPointPart = NonNullable<LanguagePack["entry_point"]>;
type EnvironmentPart = NonNullable<LanguagePack["environment"]>;
type Quantity = number | string | undefined;

/**
 * @param pack of the right form: checked by load.ts, or embedded and checked by a test
 * @param origin where it was read, for messages
 * @throws IsolateError of kind Config when a command in one string has an open quote
 */
export function normalizePack(pack: LanguagePack, origin: string): Language {
  return {
    id: pack.id,
    name: pack.name,
    aliases: pack.aliases ?? [],
    extensions: pack.extensions ?? [],
    shebang: pack.shebang ?? null,
    sourceName: pack.source_name ?? null,
    entryPoint: pack.entry_point === undefined ? null : entryPointRule(pack.entry_point),
    mounts: pack.mounts ?? [],
    compile: pack.compile === undefined ? null : compileStep(pack.compile, pack.environment ?? {}),
    run: runStep(pack),
    origin,
  };
}

function compileStep(part: CompilePart, shared: EnvironmentPart): CompileStep {
  return {
    command: wordsOf(part.command),
    environment: variables(shared, part.environment ?? {}),
    limits: compileLimits(part.limits ?? {}),
    artefacts: part.artefacts ?? defaultArtefacts,
    seccomp: part.seccomp ?? null,
  };
}

function compileLimits(part: NonNullable<CompilePart["limits"]>): CompileLimits {
  const cpuTimeSeconds = seconds(part.time) ?? defaultCompileLimits.cpuTimeSeconds;
  return {
    cpuTimeSeconds,
    wallTimeSeconds: seconds(part.wall_time) ?? cpuTimeSeconds * defaultWallTimeFactor,
    memoryBytes: bytes(part.memory) ?? defaultCompileLimits.memoryBytes,
    processes: part.processes ?? defaultCompileLimits.processes,
    fileSizeBytes: bytes(part.file_size) ?? defaultCompileLimits.fileSizeBytes,
    outputBytes: bytes(part.output) ?? defaultCompileLimits.outputBytes,
  };
}

function runStep(pack: LanguagePack): RunStep {
  const needs = pack.run.needs ?? {};
  return {
    command: wordsOf(pack.run.command),
    environment: variables(pack.environment ?? {}, pack.run.environment ?? {}),
    needs: {
      processes: needs.processes ?? defaultRunNeeds.processes,
      memoryBytes: bytes(needs.memory) ?? defaultRunNeeds.memoryBytes,
    },
    seccomp: pack.run.seccomp ?? null,
  };
}

function entryPointRule(part: EntryPointPart): EntryPointRule {
  return {
    ignore: listOf(part.ignore),
    depth: part.depth ?? null,
    pattern: listOf(part.pattern),
    package: listOf(part.package),
    fileName: listOf(part.file_name),
    default: part.default ?? defaultMainClass,
  };
}

function wordsOf(command: string | readonly string[]): readonly string[] {
  return typeof command === "string" ? splitWords(command) : command;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

function variables(...layers: EnvironmentPart[]): Variable[] {
  const merged = new Map<string, string>();
  for (const layer of layers) for (const [name, value] of Object.entries(layer)) merged.set(name, String(value));
  return [...merged];
}

function bytes(value: Quantity): number | null {
  return value === undefined ? null : parseSize(value);
}

function seconds(value: Quantity): number | null {
  return value === undefined ? null : parseTime(value);
}
