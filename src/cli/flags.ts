/**
 * The registry of flags and commands: the one place where a flag's name, unit, default and help text are written. The
 * strict pass, the help texts and docs/cli.md are made from it.
 */
import { type LimitKey } from "../model/limits.ts";
import type { Network } from "../model/network.ts";
import type { Permission } from "../model/permissions.ts";
import type { SeccompProfile } from "../model/seccomp.ts";
import { serviceCommands, serviceFlags } from "./service-flags.ts";

/**
 * How a value is written. `seconds`: fractions allowed; `mebibytes`: MB, stored as bytes; both also with a unit, as in packs; `count`: a whole number;
 * `source`: a path, or - for standard input; the others are text with a form of its own.
 */
export type ValueKind = "text" | "path" | "source" | "variable" | "mount" | "boxId" | "cpus" | "userId" | "profile" | "permissions" | "network" | "architecture" | "seconds" | "mebibytes" | "count";

/** One flag; `kind: "switch"` takes no value. */
export interface FlagDefinition {
  readonly kind: ValueKind | "switch";
  /** Placeholder of the value in help texts. */
  readonly hint?: string;
  /** Left out: the description of its limit. */
  readonly help?: string;
  /** Given several times, values are collected in order; any other flag may appear once. */
  readonly repeatable?: true;
  /** Bounds, default and `unlimited` come from this limit. */
  readonly limit?: LimitKey;
  /** Bounds of a number that is no limit. */
  readonly range?: { readonly min: number; readonly max: number };
  /** A word that may stand in place of a number, and is the value then. */
  readonly word?: string;
  /** The command cannot do without it. */
  readonly required?: true;
  /** Default in words, where it does not come from a limit. */
  readonly default?: string;
}

export const flags = {
  "box-id": { kind: "boxId", hint: "ID", help: "id of the box" },
  "state-dir": { kind: "path", hint: "DIR", help: "directory of the boxes and their records", default: "MINI_ISOLATE_STATE_DIR, or /tmp/mini-isolate (-UID when not root)" },
  dir: { kind: "path", hint: "PATH", help: "use this directory as the working directory of the box", default: "a new one in the state directory" },
  memory: { kind: "mebibytes", hint: "MB", limit: "memory_limit" },
  "cpu-time": { kind: "seconds", hint: "S", limit: "time_limit" },
  "wall-time": { kind: "seconds", hint: "S", limit: "wall_time_limit", default: "2 x --cpu-time" },
  processes: { kind: "count", hint: "N", limit: "process_limit" },
  "file-size": { kind: "mebibytes", hint: "MB", limit: "file_size_limit" },
  stack: { kind: "mebibytes", hint: "MB", limit: "stack_limit" },
  core: { kind: "mebibytes", hint: "MB", limit: "core_limit" },
  "disk-limit": { kind: "mebibytes", hint: "MB", limit: "disk_limit" },
  quota: { kind: "mebibytes", hint: "MB", limit: "disk_quota" },
  "open-files": { kind: "count", hint: "N", limit: "open_files_limit" },
  "output-limit": { kind: "mebibytes", hint: "MB", limit: "output_limit" },
  uid: { kind: "userId", hint: "N", help: "user id of the program", default: "a free one from 60706 on" },
  gid: { kind: "userId", hint: "N", help: "group id of the program", default: "the same as --uid" },
  chroot: { kind: "path", hint: "DIR", help: "use this directory instead of the default root" },
  force: { kind: "switch", help: "replace the box if it exists already" },
  input: { kind: "path", hint: "FILE", help: "standard input of the program", default: "that of mini-isolate, unless it is a terminal" },
  result: { kind: "path", hint: "FILE", help: "write the result document (JSON) to this file; one that is there must be empty or such a document" },
  output: { kind: "path", hint: "FILE", help: "the old name of --result" },
  json: { kind: "switch", help: "print one JSON document" },
  meta: { kind: "path", hint: "FILE", help: "write key:value lines in the style of isolate to this file" },
  verbose: { kind: "switch", help: "show both output streams; print the steps taken on standard error" },
  silent: { kind: "switch", help: "print only errors of mini-isolate" },
  explain: { kind: "switch", help: "print the launch plan and the limits as JSON; start nothing" },
  passthrough: { kind: "switch", help: "give the program the streams of mini-isolate, forward signals, end with the exit code of the program" },
  env: {
    kind: "variable", hint: "NAME[=VALUE]", repeatable: true,
    help: "set a variable; NAME= sets it to empty text; NAME alone copies it from the caller, or removes it if the caller has none (repeatable)",
  },
  "full-env": { kind: "switch", help: "start with the whole environment of the caller instead of PATH, HOME and LANG" },
  mount: { kind: "mount", hint: "RULE", repeatable: true, help: "mount a directory, a file or a file system in the box: in[=out][:option]...; options: rw ro dev noexec maybe fs tmp norec (repeatable)" },
  chdir: { kind: "path", hint: "DIR", help: "working directory in the box", default: "/box" },
  "stdin-file": { kind: "path", hint: "F", help: "use this file in the box as standard input" },
  "stdout-file": { kind: "path", hint: "F", help: "use this file in the box as standard output" },
  "stderr-file": { kind: "path", hint: "F", help: "use this file in the box as standard error" },
  "stderr-to-stdout": { kind: "switch", help: "send standard error where standard output goes" },
  stdout: { kind: "path", hint: "FILE", help: "write the standard output of the program to this file, instead of the result" },
  stderr: { kind: "path", hint: "FILE", help: "write the standard error of the program to this file, instead of the result" },
  "copy-out": { kind: "text", hint: "NAME=FILE", repeatable: true, help: "copy the file NAME of /box to FILE when the program has ended (repeatable)" },
  network: { kind: "network", hint: "NET", help: "none: only sockets between processes of the box; loopback: also TCP and UDP within the box; host: the network of the host, with its resolver settings, hosts and certificates, read-only", default: "none" },
  "share-net": { kind: "switch", help: "the same as --network host" },
  "inherit-fds": { kind: "switch", help: "leave descriptors above 2 open" },
  cpus: { kind: "cpus", hint: "LIST", help: "processors to use, such as 0,2-3; auto: a core that no other box has" },
  repeat: { kind: "count", hint: "N", range: { min: 1, max: 100_000 }, help: "run the program N times, until one run does not succeed; show the result of the last run, and minimum, median, maximum and spread of all", default: "once, without these figures" },
  seccomp: { kind: "profile", hint: "PROFILE", help: "policy for system calls: default refuses some calls, strict allows only the calls on a list", default: "default" },
  allow: {
    kind: "permissions", hint: "LIST",
    help: "allow on top: locks (on files), fifos (mkfifo), tty (terminals of its own), ptrace (debuggers and leak checkers, for the box's own processes), abi32 (32-bit programs); several with commas between them; not with --seccomp strict",
    default: "nothing",
  },
  wait: { kind: "switch", help: "if the box is in use, wait instead of failing" },
  strict: { kind: "switch", help: "fail if any layer of the protection cannot be enforced" },
  source: { kind: "source", hint: "FILE", help: "the source file, in place of SOURCE; -: standard input, with --language" },
  language: { kind: "text", hint: "ID", help: "language of the source file", default: "by the extension, then the #! line" },
  pack: { kind: "text", hint: "NAME|PATH", repeatable: true, help: "use this language pack: a name, a YAML file or a directory of YAML files (repeatable)" },
  add: { kind: "path", hint: "PATH", repeatable: true, help: "put this file, or this directory with its tree, beside the source, such as another source, a header or a grader (repeatable)" },
  "entry-point": { kind: "text", hint: "NAME", help: "the main class, for languages that have one", default: "found in the source" },
  "no-cache": { kind: "switch", help: "always compile; do not use a kept result, and do not keep the new one" },
  ordered: { kind: "switch", help: "write the results in the order of the requests, instead of that in which they end" },
  "max-line": { kind: "mebibytes", hint: "MB", range: { min: 1, max: 1024 }, help: "the longest line that is read", default: "8" },
  markdown: { kind: "switch", help: "print a table for a web page" },
  interpreted: { kind: "switch", help: "for new: a language that is not compiled" },
  arch: { kind: "architecture", hint: "ARCH", help: "processor architecture: x86_64 or aarch64", default: "that of this machine" },
  disasm: { kind: "switch", help: "show the filter instead of the rules" },
  cgroups: { kind: "switch", help: "also show the control groups of the box" },
  all: { kind: "switch", help: "remove every box, and the remains of crashed runs" },
  cache: { kind: "switch", help: "remove the kept compile results" },
  as: { kind: "text", hint: "NAME", help: "isolate: the client has the command line of ioi/isolate; PATH has to end with that name" },
  socket: { kind: "path", hint: "PATH", help: "the socket of the keeper", default: ".keeper in the state directory" },
  jobs: { kind: "count", hint: "N", range: { min: 1, max: 10_000 }, help: "how many commands are carried out at the same time", default: "the number of processor cores" },
  "time-limit": { kind: "seconds", hint: "S", word: "infer", help: "CPU time of a test; what the language pack makes of it comes on top; infer: worked out from the submissions of the package", limit: "time_limit" },
  submissions: { kind: "switch", help: "judge every submission of the package, each against what the package says about it" },
  format: { kind: "text", hint: "FORMAT", help: "how the problem is written: plain, kattis, 2025-09, domjudge, polygon, cms, hydro, or auto", default: "auto: what lies in the directory says it" },
  html: { kind: "path", hint: "FILE", help: "write a report for people to this file" },
  records: { kind: "path", hint: "DIR", help: "keep all that the verdicts are made from in this directory, for --rejudge" },
  rejudge: { kind: "path", hint: "DIR", help: "decide again from what --records kept there, without running anything" },
  compare: { kind: "text", hint: "FLAGS", help: "how outputs are compared with answers: case_sensitive, space_change_sensitive, float_tolerance E, float_absolute_tolerance E, float_relative_tolerance E; several in quotes", default: "words, in any case; numbers as text" },
  until: { kind: "text", hint: "WHEN", help: "all: run every test; first-error: begin none after the first failure; slowest: the same, but go on after a time limit", default: "all" },
  verdict: { kind: "text", hint: "WHICH", help: "the verdict is that of the first test that fails, or of the worst: first or worst", default: "what the problem says, else first" },
  "rerun-close": { kind: "text", hint: "PART", help: "run a test that ends this close to the time limit again, alone: a part of the limit, or none", default: "10%" },
  jsonl: { kind: "switch", help: "print a JSON document for each test as it ends" },
  events: { kind: "switch", help: "print every event of the judging as a line of JSON: what judge() of the library gives" },
  ...serviceFlags,
  idle: { kind: "seconds", hint: "S", range: { min: 0.1, max: 31_536_000 }, help: "end after this time without a command", default: "never" },
} as const satisfies Record<string, FlagDefinition>;

export type FlagName = keyof typeof flags;

/** What a command says differently about a flag. */
export type FlagNote = Partial<Pick<FlagDefinition, "help" | "default" | "required">>;

interface CommandDefinition {
  readonly summary: string;
  /** `program`: a program and its arguments follow the flags; `source`: a source file and the arguments of its program; `words`: words before, among and after them; null: nothing. */
  readonly operands: "program" | "source" | "words" | null;
  readonly flags: Readonly<Partial<Record<FlagName, FlagNote>>>;
  /** Other names of flags, by which scripts may know them; help texts do not show them. */
  readonly aliases?: Readonly<Record<string, FlagName>>;
}

const eitherBox = { default: "0 if that box exists, else a temporary one" };
/** The same words as for a box; in one run they count before its limits. */
const limitsOfRun = {
  memory: { help: "memory for this run", default: "that of the box" },
  "cpu-time": { help: "CPU time for this run", default: "that of the box" },
  "wall-time": { help: "wall time for this run", default: "2 x --cpu-time if that is given, else that of the box" },
} as const;
const ofBox = { default: "that of the pack, else of the box" };
const onTop = { default: "what the box and the pack allow, to which this is added" };
const ofPackOrBox = { default: "that of the pack or of the box, the one that allows more" };
/** For a temporary box; a request may say another. */
const ofRequest = {};
const temporaryOnly = { help: "as for init; only for a temporary box" };

/** `--time` is CPU time for isolate as well. */
const runAliases = { "max-memory": "memory", "max-cpu": "cpu-time", time: "cpu-time", "max-time": "wall-time", fsize: "file-size" } as const;

const runFlags = {
  "box-id": eitherBox,
  input: {}, result: {}, output: {}, json: {}, meta: {}, verbose: {}, silent: {}, explain: {}, passthrough: {},
  ...limitsOfRun,
  processes: temporaryOnly, "file-size": temporaryOnly, stack: temporaryOnly, "disk-limit": temporaryOnly, "open-files": temporaryOnly, "output-limit": temporaryOnly,
  env: {}, "full-env": {}, mount: {}, chdir: {}, "stdin-file": {}, "stdout-file": {}, "stderr-file": {}, "stderr-to-stdout": {}, stdout: {}, stderr: {}, "copy-out": {},
  network: ofPackOrBox, "share-net": {}, "inherit-fds": {}, cpus: {}, repeat: {}, seccomp: ofBox, allow: onTop, wait: {}, strict: {}, "state-dir": {},
} as const;

export const commands = {
  init: {
    summary: "make a box and print its working directory",
    operands: null,
    aliases: { mem: "memory", time: "cpu-time", fsize: "file-size" },
    flags: {
      "box-id": { default: "0" },
      dir: {}, memory: {}, "cpu-time": {}, "wall-time": {}, processes: {}, "file-size": {}, stack: {}, core: {}, "disk-limit": { default: "1024; with --dir unlimited" }, quota: {}, "open-files": {}, "output-limit": {},
      mount: {}, env: {}, network: {}, "share-net": {}, cpus: {}, seccomp: {}, allow: {}, chroot: {}, uid: {}, gid: {},
      pack: { help: "keep a copy of this language pack with the box: a name, a YAML file or a directory of YAML files (repeatable)" },
      strict: {}, force: {}, "state-dir": {},
    },
  },
  run: { summary: "run a program in a box", operands: "program", flags: runFlags, aliases: runAliases },
  execute: {
    summary: "compile a source file if necessary, and run it in a box",
    operands: "source",
    flags: { source: { required: true }, language: {}, pack: {}, add: {}, "entry-point": {}, "no-cache": {}, ...runFlags },
    aliases: runAliases,
  },
  batch: {
    summary: "run many requests: a JSON object a line on standard input, a result a line on standard output",
    operands: null,
    flags: {
      jobs: { help: "how many requests run at the same time", default: "one for each processor of --cpus, else for each core" }, ordered: {}, cpus: { help: "pin the programs: with a list such as 0,2-3 each of the N has one processor of it; auto: each run has a core that no other box has" },
      "max-line": {}, silent: { help: "print only errors of mini-isolate: no progress on a terminal" },
      ...limitsOfRun, "wall-time": { help: limitsOfRun["wall-time"].help, default: "2 x --cpu-time if that is given, else 20" },
      processes: ofRequest, "file-size": ofRequest, stack: ofRequest, "disk-limit": ofRequest, "open-files": ofRequest, "output-limit": ofRequest,
      env: {}, "full-env": {}, mount: {}, chdir: {}, "stderr-to-stdout": {}, network: ofPackOrBox, "share-net": {}, seccomp: ofBox, allow: onTop,
      language: {}, pack: {}, "no-cache": {}, strict: {}, "state-dir": {},
    },
    aliases: runAliases,
  },
  judge: {
    summary: "run solutions on the tests of a problem, and give their verdicts: judge SOLUTION TESTS",
    operands: "words",
    flags: {
      jobs: { help: "how many tests run at the same time, each on a core of its own where there are enough", default: "one for each core but the first" },
      "time-limit": { default: "that of the problem, else 10" }, "wall-time": { help: "time on the clock of a test", default: "2 x the time limit + 1" }, memory: { default: "that of the problem, else of the pack, else 128" }, processes: {}, "output-limit": { default: "that of the problem, else 8" },
      format: {}, submissions: {}, compare: {}, until: {}, verdict: {}, "rerun-close": {}, json: {}, jsonl: {}, events: {}, html: {}, records: {}, rejudge: {},
      language: {}, pack: { default: "those of the problem's format" }, add: {}, "entry-point": {}, "state-dir": {},
    },
    aliases: { "cpu-time": "time-limit" },
  },
  ...serviceCommands,
  list: { summary: "list the boxes", operands: null, flags: { json: {}, "state-dir": {} } },
  info: { summary: "show the record and the configuration of a box", operands: null, flags: { "box-id": { default: "0" }, cgroups: {}, json: {}, "state-dir": {} } },
  cleanup: {
    summary: "remove a box with its directory, record, control groups and leftovers; or remove the kept compile results",
    operands: null,
    flags: { "box-id": { help: "the box to remove; not with --all" }, all: {}, cache: {}, wait: {}, json: {}, "state-dir": {} },
  },
  languages: {
    summary: "list, show, check and test languages and their packs",
    operands: "words",
    flags: {
      pack: {}, "box-id": { help: "also use the packs that this box keeps; for list, show and test", default: "none" }, json: {},
      markdown: { help: "for list: print a table for a web page" }, interpreted: {}, output: { help: "for new and import: write the pack to this file, which must not exist" }, "state-dir": {},
    },
  },
  keeper: {
    summary: "stay, and carry out the commands of clients; or show (status) or end (stop) the one that is there",
    operands: "words",
    flags: { socket: {}, jobs: {}, idle: {}, json: { help: "for status: print one JSON document" }, "state-dir": {} },
  },
  client: { summary: "write a small program that hands its commands to the keeper: client install PATH", operands: "words", flags: { as: {}, socket: {}, "state-dir": {} } },
  isolate: { summary: "the command line of ioi/isolate, as for a binary that is called isolate (docs/ioi-compatibility.md)", operands: "words", flags: {} },
  doctor: {
    summary: "check what of this host makes runs weaker or measurements less even",
    operands: null,
    flags: { json: {}, verbose: { help: "also explain the checks that pass" }, "state-dir": {} },
  },
  seccomp: { summary: "show which system calls a program may make, and why", operands: "words", flags: { network: { help: "the policy of a box with this network: none, loopback or host" }, allow: { help: "the policy with this allowed on top: a list as for run" }, arch: {}, disasm: {}, json: {} } },
  completions: { summary: "print a script that completes commands, flags and values: completions bash, zsh or fish", operands: "words", flags: {} },
  man: { summary: "print the manual page", operands: null, flags: {} },
} as const satisfies Record<string, CommandDefinition>;

export type CommandName = keyof typeof commands;

/** Names of the flags that a command takes, in the order of its help text. */
export function flagsOf(command: CommandName): FlagName[] {
  return Object.keys(commands[command].flags) as FlagName[];
}

/** Other names of a command's flags. */
export function aliasesOf(command: CommandName): string[] {
  const { aliases = {} }: CommandDefinition = commands[command];
  return Object.keys(aliases);
}

/** The flag that a word stands for in a command; null: none. */
export function flagNamed(command: CommandName, word: string): FlagName | null {
  if (Object.hasOwn(commands[command].flags, word)) return word as FlagName;
  const { aliases }: CommandDefinition = commands[command];
  return aliases !== undefined && Object.hasOwn(aliases, word) ? aliases[word]! : null;
}

/** A flag as a command has it: the shared definition with the command's own words. */
export function flagOf(command: CommandName, name: FlagName): FlagDefinition {
  const notes: Readonly<Partial<Record<FlagName, FlagNote>>> = commands[command].flags;
  return { ...flags[name], ...notes[name] };
}

type ValueOf<D extends FlagDefinition> = D["kind"] extends "switch"
  ? boolean
  : D extends { readonly repeatable: true }
    ? readonly string[]
    : D["kind"] extends "seconds" | "mebibytes" | "count"
      ? number | null | undefined | (D extends { readonly word: infer W } ? W : never)
      : D["kind"] extends "profile"
        ? SeccompProfile | undefined
        : D["kind"] extends "network"
        ? Network | undefined
        : D["kind"] extends "permissions"
        ? readonly Permission[] | undefined
        : D["kind"] extends "userId"
          ? number | undefined
          : string | undefined;

/**
 * Values of a command's flags after the strict pass. Not given: false, an empty list or undefined. Numbers are in seconds,
 * bytes or counts; null stands for `unlimited`.
 */
export type FlagValues<C extends CommandName> = {
  readonly [N in keyof (typeof commands)[C]["flags"] & FlagName]: ValueOf<(typeof flags)[N]>;
};
