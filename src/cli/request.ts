/** From the flags of `run` and `execute` to one request: everything is checked here, before the first side effect. */
import { callerEnvironment, resolveStateDir } from "../config/load.ts";
import type { IsolateConfigInput } from "../config/config.ts";
import { configError } from "../model/errors.ts";
import { servedNow } from "../keeper/served.ts";
import { inheritedDescriptors, isTerminal } from "../kernel/files.ts";
import type { LimitKey } from "../model/limits.ts";
import type { CallerTerminal, Overrides, RunOptions, Stdin } from "../model/request.ts";
import { escapeControls, writeDiagnostic } from "./write.ts";
import type { FlagName, FlagValues } from "./flags.ts";
import { ResultFile } from "./result-file.ts";
import type { OutputFiles } from "./output-files.ts";
import { openStdin } from "./stdin.ts";
import { requestedNetwork } from "./network.ts";

/** The flags that both commands have. */
export type RunFlags = FlagValues<"run">;

/** How the result is given to the caller. */
export interface Delivery {
  readonly json: boolean;
  readonly silent: boolean;
  readonly verbose: boolean;
  readonly passthrough: boolean;
  /** With `passthrough`: say why the program was ended. */
  readonly reasons: boolean;
  readonly output: ResultFile | null;
  readonly meta: ResultFile | null;
}

export interface RunRequest {
  readonly stateDir: string;
  /** null: box 0 if it exists, else a temporary one. */
  readonly boxId: string | null;
  /** What is set for a temporary box, by flag. */
  readonly temporary: IsolateConfigInput;
  readonly temporaryFlags: readonly FlagName[];
  readonly options: RunOptions;
  readonly stdin: Stdin;
  readonly delivery: Delivery;
  /** What the run has to warn of; collected, as the thread that would print is blocked until the program has ended. */
  readonly warnings: readonly string[];
}

/**
 * Checks the flags against each other and the files that they name, and opens those files.
 * @throws IsolateError of kind Config
 */
export async function buildRequest(flags: RunFlags): Promise<RunRequest> {
  // Before anything of ours is open.
  const inherited = flags["inherit-fds"] ? inheritedDescriptors() : [];
  refuseContradictions(flags);
  const served = servedNow();
  const environment = callerEnvironment();
  const delivery = openDelivery(flags);
  const warnings: string[] = [];
  const quiet = (flags.silent || flags.passthrough) && !flags.verbose;
  const stdin = await stdinOf(flags);
  if (flags.repeat !== undefined) (await import("../executor/repeat.ts")).refuseUnrepeatable(stdin);
  const filesOut = flags["copy-out"].length === 0 ? null : (await import("./copy-out.ts")).copiesOut(flags["copy-out"], writtenFiles(flags));
  const outputs = await outputFiles(flags, stdin);
  const temporary = temporarySettings(flags);
  return {
    stateDir: resolveStateDir(flags["state-dir"], environment),
    boxId: flags["box-id"] ?? null,
    temporary: temporaryConfig(flags, temporary),
    temporaryFlags: Object.keys(temporary) as TemporaryFlag[],
    options: {
      overrides: overridesOf(flags),
      ...(Object.keys(temporary).length === 0 ? {} : { limitsGiven: Object.values(temporary) }),
      environment: flags.env.map((text) => variableOf(text, environment)),
      fullEnvironment: flags["full-env"] ? environment : null,
      mounts: flags.mount,
      chdir: flags.chdir ?? null,
      stdinFile: flags["stdin-file"] ?? null,
      stdoutFile: flags["stdout-file"] ?? null,
      stderrFile: flags["stderr-file"] ?? null,
      stderrToStdout: flags["stderr-to-stdout"] || (outputs?.oneForBoth ?? false),
      ...(filesOut === null ? {} : { filesOut }),
      stdoutTo: outputs?.stdoutTo ?? null,
      stderrTo: outputs?.stderrTo ?? null,
      shareNetwork: flags["share-net"],
      network: requestedNetwork(flags),
      inheritDescriptors: inherited,
      cpus: flags.cpus ?? null,
      repeat: flags.repeat ?? null,
      seccomp: flags.seccomp ?? null,
      allow: flags.allow ?? [],
      terminal: flags.passthrough ? callersTerminal(stdin, environment) : null,
      wait: flags.wait,
      strict: flags.strict,
      passthrough: flags.passthrough,
      // A command line has nothing else to do meanwhile; the keeper has.
      blocking: served === null,
      ...(served === null ? {} : { waiter: served.waiter, signals: served.signals }),
      warn: quiet ? null : (line) => warnings.push(line),
      trace: flags.verbose ? (line) => writeDiagnostic(`mini-isolate: ${escapeControls(line)}\n`) : null,
    },
    stdin,
    delivery,
    warnings,
  };
}

/** What the program reads. A source that came from standard input has read all of it. */
async function stdinOf({ input, passthrough, source }: RunFlags & Partial<FlagValues<"execute">>): Promise<Stdin> {
  // With `passthrough`, "empty" means our own.
  if (source === standardInput && input === undefined) return { kind: "bytes", bytes: new Uint8Array() };
  return passthrough && input === undefined ? { kind: "descriptor", fd: 0 } : await openStdin(input);
}

/** As a source: standard input. */
export const standardInput = "-";

/** Whatever is allowed: the box decides about that. */
function callersTerminal(stdin: Stdin, { TERM = "xterm" }: Readonly<Record<string, string>>): CallerTerminal | null {
  const streams = [stdin.kind === "descriptor" && stdin.fd === 0 && isTerminal(0), isTerminal(1), isTerminal(2)] as const;
  return streams.includes(true) ? { streams, name: TERM } : null;
}

/** `NAME=VALUE` sets, `NAME` alone takes the caller's value, or removes the variable (null) when the caller has none. */
export function variableOf(text: string, environment: Readonly<Record<string, string>>): readonly [name: string, value: string | null] {
  const equals = text.indexOf("=");
  if (equals >= 0) return [text.slice(0, equals), text.slice(equals + 1)];
  return [text, Object.hasOwn(environment, text) ? environment[text]! : null];
}

/** @throws IsolateError of kind Config for flags that do not go together */
export function refuseContradictions(flags: RunFlags): void {
  const exclude = (one: FlagName, other: FlagName, unless = "") =>
    configError(`--${one} and --${other} exclude each other`, unless === "" ? undefined : unless);
  if (flags.silent && flags.verbose) throw exclude("silent", "verbose");
  const toFile = "with --result FILE the document goes to the file only";
  const result = resultFlag(flags);
  if (flags.json && result === null) {
    if (flags.passthrough) throw exclude("passthrough", "json", toFile);
    if (flags.silent) throw exclude("silent", "json", toFile);
  }
  if (flags.input !== undefined && flags["stdin-file"] !== undefined) throw exclude("input", "stdin-file");
  for (const stream of ["stdout", "stderr"] as const) {
    const other = ([`${stream}-file`, "passthrough", "repeat", "explain"] as const).find((name) => flags[name] !== undefined && flags[name] !== false);
    if (flags[stream] !== undefined && other !== undefined) throw exclude(stream, other);
  }
  const elsewhere = (["stderr", "stderr-file"] as const).find((name) => flags[name] !== undefined);
  if (flags["stderr-to-stdout"] && elsewhere !== undefined) throw exclude("stderr-to-stdout", elsewhere);
  if (flags.result !== undefined && flags.output !== undefined) throw exclude("result", "output", "--output is the old name of --result");
  if (result !== null && result.file === flags.meta) throw configError(`--${result.flag} and --meta name the same file`);
  const once = (["explain", "passthrough", "inherit-fds"] as const).find((name) => flags[name]);
  if (flags.repeat !== undefined && once !== undefined) throw exclude("repeat", once);
  const pointless = (["result", "output", "meta", "copy-out", "passthrough", "silent"] as const).find((name) => isGiven(flags[name]));
  if (flags.explain && pointless !== undefined) throw exclude("explain", pointless);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** The file of the result document, by the flag that names it; null: none. */
export function resultFlag({ result, output }: Pick<RunFlags, "result" | "output">): { readonly flag: "result" | "output"; readonly file: string } | null {
  if (result !== undefined) return { flag: "result", file: result };
  return output === undefined ? null : { flag: "output", file: output };
}

/** What else is written to. */
function writtenFiles(flags: RunFlags) {
  const named = (["meta", "stdout", "stderr"] as const).flatMap((flag) => (flags[flag] === undefined ? [] : [{ flag, file: flags[flag] }]));
  const result = resultFlag(flags);
  return result === null ? named : [result, ...named];
}

/** Last of all, because it empties the files. Loaded only when they are asked for. */
async function outputFiles(flags: RunFlags & Partial<FlagValues<"execute">>, stdin: Stdin): Promise<OutputFiles | null> {
  if (flags.stdout === undefined && flags.stderr === undefined) return null;
  const result = resultFlag(flags);
  const named = ([["meta", flags.meta], ["source", flags.source]] as const).flatMap(([flag, file]) => (file === undefined ? [] : [{ flag, file }]));
  const given = result === null ? named : [result, ...named];
  const added = (flags.add ?? []).map((file) => ({ flag: "add", file }));
  const input = stdin.kind === "descriptor" ? [{ flag: "input", file: stdin.fd }] : [];
  return (await import("./output-files.ts")).openOutputFiles(flags.stdout, flags.stderr, [...given, ...added, ...input]);
}

function openDelivery(flags: RunFlags): Delivery {
  const result = resultFlag(flags);
  const quiet = flags.silent || flags.passthrough;
  return {
    json: flags.json && !quiet,
    silent: quiet,
    reasons: !flags.silent,
    verbose: flags.verbose,
    passthrough: flags.passthrough,
    output: result === null ? null : ResultFile.open(result.file, result.flag, "results"),
    meta: flags.meta === undefined ? null : ResultFile.open(flags.meta, "meta"),
  };
}

/** The flags that limit one run. */
export function overridesOf(flags: Pick<RunFlags, "cpu-time" | "memory" | "wall-time">): Overrides {
  return {
    ...(flags["cpu-time"] === undefined ? {} : { maxCpu: flags["cpu-time"] }),
    ...(flags.memory === undefined ? {} : { maxMemory: flags.memory }),
    ...(flags["wall-time"] === undefined ? {} : { maxTime: flags["wall-time"] }),
  };
}

/** The flags that only a temporary box takes, and the limits of the box that they are. */
const temporaryLimits = { processes: "process_limit", "file-size": "file_size_limit", stack: "stack_limit", "disk-limit": "disk_limit", "open-files": "open_files_limit", "output-limit": "output_limit" } as const;

type TemporaryFlag = keyof typeof temporaryLimits;

/** Those of them that were given. */
export function temporarySettings(flags: Pick<RunFlags, TemporaryFlag>): Partial<Record<TemporaryFlag, LimitKey>> {
  return Object.fromEntries(Object.entries(temporaryLimits).filter(([flag]) => flags[flag as TemporaryFlag] !== undefined));
}

/** @param given what {@link temporarySettings} says */
export function temporaryConfig(flags: Pick<RunFlags, TemporaryFlag>, given: Partial<Record<TemporaryFlag, LimitKey>>): IsolateConfigInput {
  return Object.fromEntries(Object.entries(given).map(([flag, key]) => [key, flags[flag as TemporaryFlag]]));
}
