/** What each option of the library takes. */
import { defaultConfig } from "../config/defaults.ts";
import type { IsolateConfigInput } from "../config/isolate-config.ts";
import type { NewOptions, StoreOptions } from "../instance/options.ts";
import { splitWords } from "../language/words.ts";
import { configError } from "../model/errors.ts";
import { problemOfName } from "../model/files-out.ts";
import { limits } from "../model/limits.ts";
import { parseMountRule } from "../model/mounts.ts";
import { networks } from "../model/network.ts";
import { permissions } from "../model/permissions.ts";
import { anyCore } from "../model/processors.ts";
import type { Overrides } from "../model/overrides.ts";
import { seccompProfiles } from "../model/seccomp.ts";
import { boolean, callback, type Check, checkFields, limit, listOf, notEmptyText, numberWithin, oneOf, orNull, parsedBy, refused, text } from "./check.ts";
import type { RunOptions, SourceRequest } from "./options.ts";
import type { PoolOptions } from "../pool/isolate-pool.ts";

/** The most runs that `repeat` makes. */
export const mostRepeats = 100_000;

const descriptor = numberWithin(0, 2 ** 31 - 1, true, "give the number of a descriptor of this process");

const processors: Check = (value, name) => {
  text(value, name);
  if (value === anyCore) return;
  for (const part of (value as string).split(",")) {
    const [, first, last] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(part) ?? [];
    if (first === undefined) throw refused(value, name, "it must be a list like 0,2-3, or auto");
    if (last !== undefined && Number(last) < Number(first)) throw refused(value, name, `${part} runs backwards`);
  }
};

const variableName: Check = (value, name) => {
  notEmptyText(value, name);
  if ((value as string).includes("=")) throw refused(value, name, "a name of a variable has no =");
};

const variable: Check = (value, name) => {
  if (!Array.isArray(value) || value.length !== 2) throw refused(value, name, "it must be a list of a name and a value");
  variableName(value[0], `${name}[0]`);
  orNull(text)(value[1], `${name}[1]`);
};

const variables: Check = (value, name) => {
  if (typeof value !== "object" || value === null) throw refused(value, name, "it must be an object with names and values");
  for (const [key, content] of Object.entries(value)) {
    variableName(key, `a name in ${name}`);
    text(content, `${name}.${key}`);
  }
};

const nameInBox: Check = (value, name) => {
  text(value, name);
  const problem = problemOfName(value as string);
  if (problem !== null) throw refused(value, name, problem, "it is a path below /box");
};

const copies: Check = (value, name) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(value, name, "it must be an object with names of files in the box and paths of the host");
  for (const [key, path] of Object.entries(value)) {
    nameInBox(key, `a name in ${name}`);
    notEmptyText(path, `${name}.${key}`);
  }
};

const abortSignal: Check = (value, name) => {
  if (typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value) return;
  throw refused(value, name, "it must be an AbortSignal", "new AbortController().signal is one, and AbortSignal.timeout(ms)");
};

const outlet: Check = (value, name) => {
  if (typeof value === "function" || (typeof value === "object" && value !== null && "getWriter" in value)) return;
  throw refused(value, name, "it must be a function or a WritableStream", "what a program writes is in the result when this is left out");
};

const overrideChecks = { maxCpu: limit("cpu_time_limit"), maxMemory: limit("memory_limit"), maxTime: limit("wall_time_limit") } satisfies Record<keyof Overrides, Check>;

export function checkOverrides(overrides: unknown): void {
  checkFields(overrides, "the overrides of a run", overrideChecks);
}

const runChecks = {
  overrides: checkOverrides,
  limitsGiven: listOf(oneOf(Object.keys(limits))),
  signal: orNull(abortSignal),
  stdout: orNull(outlet),
  stderr: orNull(outlet),
  environment: listOf(variable),
  fullEnvironment: orNull(variables),
  mounts: listOf(parsedBy(parseMountRule)),
  chdir: orNull(notEmptyText),
  stdinFile: orNull(notEmptyText),
  stdoutFile: orNull(notEmptyText),
  stderrFile: orNull(notEmptyText),
  stderrToStdout: boolean,
  stdoutTo: orNull(descriptor),
  stderrTo: orNull(descriptor),
  shareNetwork: boolean,
  network: orNull(oneOf(networks)),
  inheritDescriptors: listOf(numberWithin(3, 2 ** 31 - 1, true, "give numbers of descriptors above 2")),
  cpus: orNull(processors),
  seccomp: orNull(oneOf(seccompProfiles)),
  allow: listOf(oneOf(permissions)),
  repeat: orNull(numberWithin(1, mostRepeats, true)),
  copyOut: copies,
  readOut: listOf(nameInBox),
  wait: boolean,
  strict: boolean,
  passthrough: boolean,
  blocking: boolean,
  warn: orNull(callback),
  trace: orNull(callback),
} satisfies Record<keyof RunOptions, Check>;

/** @throws IsolateError of kind Config */
export function checkRunOptions(options: RunOptions): void {
  checkFields(options, "the options of a run", runChecks);
  const isGiven = (name: keyof RunOptions) => options[name] !== undefined && options[name] !== null && options[name] !== false;
  const exclusive: readonly (readonly [keyof RunOptions, readonly (keyof RunOptions)[]])[] = [
    ["stdout", ["stdoutTo", "stdoutFile", "passthrough", "repeat", "blocking"]],
    ["stderr", ["stderrTo", "stderrFile", "stderrToStdout", "passthrough", "repeat", "blocking"]],
    ["signal", ["blocking"]],
    ["repeat", ["passthrough"]],
  ];
  for (const [one, others] of exclusive) {
    const other = isGiven(one) ? others.find(isGiven) : undefined;
    if (other !== undefined) throw configError(`cannot use ${one} together with ${other}`, "leave one of them out");
  }
}

const sourceChecks = {
  path: notEmptyText,
  text: (value, name) => {
    if (typeof value !== "string") throw refused(value, name, "it must be text");
  },
  fileName: (value, name) => {
    notEmptyText(value, name);
    if ((value as string).includes("/")) throw refused(value, name, "it contains a path separator", "it is the name of a file, without directories");
  },
  args: listOf(text),
  bytes: (value, name) => {
    if (!(value instanceof Uint8Array)) throw refused(value, name, "it must be a Uint8Array", "new TextEncoder().encode(text) makes one");
  },
  language: orNull(notEmptyText),
  packs: listOf(notEmptyText),
  added: listOf(notEmptyText),
  entryPoint: orNull(notEmptyText),
  cache: boolean,
} satisfies Record<keyof SourceRequest, Check>;

export function checkSource(source: SourceRequest): void {
  checkFields(source, "a source", sourceChecks);
}

const storeChecks = { stateDir: notEmptyText, binary: notEmptyText } satisfies Record<keyof StoreOptions, Check>;

const newChecks = { ...storeChecks, force: boolean, dir: orNull(notEmptyText), packs: listOf(notEmptyText) } satisfies Record<keyof NewOptions, Check>;

export function checkStoreOptions(options: StoreOptions): void {
  checkFields(options, "the options", storeChecks);
}

export function checkNewOptions(options: NewOptions): void {
  checkFields(options, "the options of a new box", newChecks);
}

export const poolChecks = {
  ...storeChecks,
  boxes: numberWithin(1, 100_000, true),
  config: () => {},
  keepFiles: boolean,
  launchers: numberWithin(0, 100_000, true),
} satisfies Record<keyof PoolOptions, Check>;

/** Most values are checked by the schema of the configuration (config/schema.ts); these are not, or only by the first run. */
const configChecks: Readonly<Record<string, Check>> = {
  instance_id: () => {},
  ...Object.fromEntries(Object.keys(defaultConfig).map((name): [string, Check] => [name, () => {}])),
  mounts: listOf(parsedBy(parseMountRule)),
  cpus: orNull(processors),
};

export function checkConfigInput(config: IsolateConfigInput): void {
  checkFields(config, "the configuration", configChecks);
}

/** @returns the words of a command. @throws IsolateError of kind Config */
export function checkedCommand(command: unknown): readonly string[] {
  if (typeof command === "string") return checkedCommand(splitWords(command));
  listOf(text)(command, "the command");
  const words = command as readonly string[];
  if (words.length === 0 || words[0] === "") throw configError("cannot run an empty command", "give a program and its arguments");
  return words;
}
