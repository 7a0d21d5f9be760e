/** From a language as written to a {@link Language}: defaults, units, one form for everything. Pure, and needs no library. */
import { defaultArtefacts, defaultCompileLimits, defaultMainClass, defaultRunNeeds, defaultVersionPattern, defaultWallTimeFactor } from "./defaults.ts";
import type { MergedLanguage } from "./extend.ts";
import type { Adjustment, CompileLimits, CompileStep, EntryPointRule, Language, PackRunLimits, PackTest, RunStep, Toolchain, Variable } from "./language.ts";
import { allPermissions } from "../model/permissions.ts";
import { parseSize, parseTime } from "./quantities.ts";
import type { WrittenLanguage } from "./schema.ts";
import { splitWords } from "./words.ts";

type CompilePart = NonNullable<WrittenLanguage["compile"]>;
type RunPart = NonNullable<WrittenLanguage["run"]>;
type EntryPointPart = NonNullable<WrittenLanguage["entry_point"]>;
type EnvironmentPart = NonNullable<WrittenLanguage["environment"]>;
type ToolchainPart = NonNullable<WrittenLanguage["toolchain"]>;
type TestPart = NonNullable<WrittenLanguage["test"]>[number];
type Quantity = number | string | undefined;

/**
 * What a file's language is told by is worked out at once, the rest when it is asked for: a run has a use for one of all
 * languages, and for none of the tests.
 * @param merged of the right form and complete: checked by load.ts, or embedded and checked by a test
 * @param layer as in {@link Language}
 */
export function normalizeLanguage({ merged, chain }: MergedLanguage, layer: number): Language {
  const environment = merged.environment ?? {};
  const entryPoint = once(() => (merged.entry_point ? entryPointRule(merged.entry_point) : null));
  const toolchain = once(() => (merged.toolchain?.command ? toolchainOf(merged.toolchain.command, merged.toolchain) : null));
  const compile = once(() => (merged.compile ? compileStep(merged.compile, environment) : null));
  const run = once(() => runStep(merged.run ?? {}, environment));
  const tests = once(() => merged.test?.map(packTest) ?? []);
  return {
    id: merged.id,
    name: merged.name ?? merged.id,
    aliases: merged.aliases ?? [],
    hidden: merged.hidden ?? false,
    fallback: merged.fallback ?? null,
    extensions: merged.extensions ?? [],
    shebang: merged.shebang ?? null,
    priority: merged.priority ?? 0,
    sourceName: merged.source_name ?? null,
    get entryPoint() {
      return entryPoint();
    },
    mounts: merged.mounts ?? [],
    network: merged.network ?? "none",
    allow: allPermissions(merged.allow ?? []),
    time: merged.time ? adjustment(merged.time.factor, seconds(merged.time.add)) : null,
    memory: merged.memory ? adjustment(merged.memory.factor, bytes(merged.memory.add)) : null,
    get toolchain() {
      return toolchain();
    },
    get compile() {
      return compile();
    },
    get run() {
      return run();
    },
    piston: merged.piston ? { name: merged.piston.name ?? merged.id, aliases: merged.piston.aliases ?? [], runtime: merged.piston.runtime ?? null } : null,
    judge0: merged.judge0 ?? [],
    get tests() {
      return tests();
    },
    origin: chain.at(-1)!.origin,
    chain,
    layer,
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** A language that is no template without a program: nothing is missing in it. */
export function isComplete({ merged }: MergedLanguage): boolean {
  return merged.run?.command !== undefined && (!merged.compile || merged.compile.command !== undefined);
}

function adjustment(factor = 1, add: number | null): Adjustment {
  return { factor, add: add ?? 0 };
}

function toolchainOf(command: string | readonly string[], { pattern, minimum }: ToolchainPart): Toolchain {
  return { command: wordsOf(command), pattern: pattern ?? defaultVersionPattern, minimum: minimum ?? null };
}

function packTest(part: TestPart, index: number): PackTest {
  return {
    name: part.name ?? `test ${index + 1}`,
    source: part.source,
    fileName: part.file_name ?? null,
    input: part.input ?? "",
    output: part.output ?? null,
    status: part.status ?? "Success",
    cpuTimeSeconds: seconds(part.time),
    memoryBytes: bytes(part.memory),
  };
}

function compileStep(part: CompilePart, shared: EnvironmentPart): CompileStep {
  return {
    command: wordsOf(part.command ?? []),
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

function runStep(part: RunPart, shared: EnvironmentPart): RunStep {
  const needs = part.needs ?? {};
  return {
    command: wordsOf(part.command ?? []),
    environment: variables(shared, part.environment ?? {}),
    limits: runLimits(part.limits ?? {}),
    needs: {
      processes: needs.processes ?? defaultRunNeeds.processes,
      memoryBytes: bytes(needs.memory) ?? defaultRunNeeds.memoryBytes,
    },
    seccomp: part.seccomp ?? null,
  };
}

/** Only what the pack says: the rest is the box's. */
function runLimits(part: NonNullable<RunPart["limits"]>): PackRunLimits {
  const time = seconds(part.time);
  const limits = {
    cpuTimeSeconds: time,
    wallTimeSeconds: seconds(part.wall_time) ?? (time === null ? null : time * defaultWallTimeFactor),
    memoryBytes: bytes(part.memory),
    processes: part.processes ?? null,
    fileSizeBytes: bytes(part.file_size),
    stackBytes: bytes(part.stack),
    outputBytes: bytes(part.output),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null));
}

function entryPointRule(part: EntryPointPart): EntryPointRule {
  return {
    scanner: part.scanner ?? null,
    ignore: listOf(part.ignore),
    depth: part.depth ?? null,
    pattern: listOf(part.pattern),
    package: listOf(part.package),
    fileName: listOf(part.file_name),
    default: part.default === undefined ? defaultMainClass : part.default,
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
