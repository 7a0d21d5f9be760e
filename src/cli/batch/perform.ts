/** One request, from its fields to its result. */
import { Isolate } from "../../instance/isolate.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import type { Language } from "../../language/language.ts";
import { configError } from "../../model/errors.ts";
import type { LimitKey } from "../../model/limits.ts";
import { plainRun, type Overrides, type RunOptions, type Stdin } from "../../model/request.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import { requireBox } from "../find-box.ts";
import { openInput } from "../stdin.ts";
import type { Defaults } from "./defaults.ts";
import { filesOutOf, visitOf } from "./in-box.ts";
import type { BatchRequest } from "./request.ts";
import type { ConfigFields } from "./schema.ts";

/** What the line of a result has beside the fields of a result. */
export type Performed = ExecutionResult & {
  /** What a command would warn of on standard error. */
  readonly warnings?: readonly string[];
};

export interface Around {
  readonly defaults: Defaults;
  /** The processors of this slot; null: all. */
  readonly cpus: string | null;
  readonly how: Pick<RunOptions, "waiter" | "signals">;
  /** The slot's own box, with this configuration. */
  readonly temporary: (config: ConfigFields) => Isolate;
  /** The languages of these packs. @param box that keeps some; null: a temporary one */
  readonly languages: (packs: readonly string[], box: Isolate | null) => Promise<{ readonly languages: readonly Language[]; readonly problems: readonly string[] }>;
}

/** Limits that one run can have in any box. */
const ofRun = ["memory_limit", "time_limit", "cpu_time_limit", "wall_time_limit"] as const;
/** What is said of a run, in any box. */
const ofAnyRun = [...ofRun, "enable_network", "network", "seccomp", "allow", "cpus", "mounts", "strict"] as const;

/** @throws IsolateError; a verdict about the program is never thrown */
export async function perform({ fields, config, command }: BatchRequest, around: Around): Promise<Performed> {
  const { defaults } = around;
  const boxConfig = Object.fromEntries(Object.entries(config).filter(([name]) => !(ofAnyRun as readonly string[]).includes(name))) as ConfigFields;
  const box = fields.box_id === undefined ? around.temporary({ ...defaults.config, ...boxConfig }) : namedBox(fields.box_id, boxConfig, defaults);
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  const source = command !== null ? null : await sourceOf(fields, around, fields.box_id === undefined ? null : box, warn);
  const stdin = stdinOf(fields);
  try {
    const options = optionsOf({ fields, config, command }, around, Object.keys(boxConfig), { visit: visitOf(fields), filesOut: filesOutOf(fields), warn });
    const result = source === null ? await box.run(command!, stdin, options) : await box.runSource(source, stdin, options);
    return { ...result, ...(warnings.length === 0 ? {} : { warnings }) };
  } finally {
    if (stdin.kind === "descriptor") closeDescriptor(stdin.fd);
  }
}

/** @throws IsolateError of kind Config when there is no such box, or for what is said of a box when it is made */
function namedBox(id: string, config: ConfigFields, { stateDir }: Defaults): Isolate {
  const misplaced = Object.keys(config)[0];
  if (misplaced !== undefined) throw configError(`cannot use ${misplaced} with box ${id}`, "it is a property of the box: set it when the box is made, or leave box_id out");
  return requireBox(id, stateDir);
}

function optionsOf({ fields, config }: BatchRequest, { defaults, cpus, how }: Around, ofBox: readonly string[], more: Pick<RunOptions, "visit" | "filesOut" | "warn">): RunOptions {
  const { options } = defaults;
  const isNetworkGiven = config.enable_network !== undefined || config.network !== undefined;
  return {
    ...plainRun,
    ...options,
    ...how,
    ...more,
    overrides: { ...defaults.overrides, ...overridesIn(config) },
    limitsGiven: [...(fields.box_id === undefined ? defaults.limitsGiven : []), ...(ofBox as LimitKey[])],
    environment: [...options.environment, ...((fields.environment ?? []) as [string, string | null][])],
    mounts: [...options.mounts, ...(config.mounts ?? [])],
    chdir: fields.chdir ?? options.chdir,
    stdinFile: fields.stdin_file ?? null,
    stdoutFile: fields.stdout_file ?? null,
    stderrFile: fields.stderr_file ?? null,
    stderrToStdout: fields.stderr_to_stdout ?? (options.stderrToStdout === true && fields.stderr_file === undefined),
    network: isNetworkGiven ? (config.enable_network === true ? "host" : (config.network ?? "none")) : defaults.network,
    cpus: config.cpus ?? cpus,
    seccomp: config.seccomp ?? options.seccomp,
    allow: [...new Set([...(options.allow ?? []), ...(config.allow ?? [])])],
    strict: config.strict ?? options.strict,
  };
}

/** The same as `--cpu-time`, `--memory` and `--wall-time`. Both CPU time limits bound the same: of two the smaller counts. */
function overridesIn(config: Pick<ConfigFields, (typeof ofRun)[number]>): Overrides {
  const cpu = [config.time_limit, config.cpu_time_limit].filter((seconds) => seconds !== undefined);
  const finite = cpu.filter((seconds) => seconds !== null);
  return {
    ...(cpu.length === 0 ? {} : { maxCpu: finite.length === 0 ? null : Math.min(...finite) }),
    ...(config.memory_limit === undefined ? {} : { maxMemory: config.memory_limit }),
    ...(config.wall_time_limit === undefined ? {} : { maxTime: config.wall_time_limit }),
  };
}

/** A descriptor is the caller's to close. @throws IsolateError of kind Config when the file cannot be read */
function stdinOf({ stdin, stdin_base64: base64, input }: BatchRequest["fields"]): Stdin {
  if (input !== undefined) return { kind: "descriptor", fd: openInput(input, `input ${input}`) };
  const bytes = stdin !== undefined ? Buffer.from(stdin) : base64 !== undefined ? Buffer.from(base64, "base64") : null;
  return bytes === null ? { kind: "empty" } : { kind: "bytes", bytes };
}

const listOf = (words: string | readonly string[] | undefined) => (words === undefined ? [] : typeof words === "string" ? [words] : words);

/** @throws IsolateError of kind Config for a name that cannot be used, for a pack */
async function sourceOf(fields: BatchRequest["fields"], { defaults, languages }: Around, box: Isolate | null, warn: (line: string) => void): Promise<SourceRequest> {
  const language = fields.language ?? defaults.language;
  if (fields.source_text !== undefined && fields.source_name === undefined && language === null) {
    throw configError("cannot use the request: source_text alone does not say its language", "give it language, or source_name with an extension");
  }
  const packs = [...defaults.packs, ...listOf(fields.pack)];
  const { languages: known, problems } = await languages(packs, box);
  for (const problem of problems) warn(problem);
  return {
    path: fields.source ?? fields.source_name ?? "main",
    ...(fields.source_text === undefined ? {} : { bytes: Buffer.from(fields.source_text) }),
    language,
    packs,
    languages: known,
    added: listOf(fields.add),
    args: fields.args ?? [],
    entryPoint: fields.entry_point ?? null,
    cache: fields.no_cache === undefined ? defaults.cache : !fields.no_cache,
  };
}
