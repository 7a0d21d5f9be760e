/** The options of `isolate`, those of version 1 and of version 2 together, and what a command line asks for. */
import { usage, type Failure } from "./failure.ts";
import { readOptions, type OptionForm } from "./getopt.ts";
import { readNumber, readTime, type Dialect } from "./numbers.ts";
import { changeRules, defaultRules, type Rule } from "./rules.ts";

export type Command = "init" | "run" | "cleanup" | "version" | "print-cg-root" | "check-config";

/** Sizes in KB, times in milliseconds; 0: no limit. */
export interface Request {
  command: Command | null;
  words: string[];
  boxId: number;
  stdin: string | null;
  stdout: string | null;
  stderr: string | null;
  stderrToStdout: boolean;
  chdir: string | null;
  verbose: number;
  silent: boolean;
  memory: number;
  timeMs: number;
  wallTimeMs: number;
  extraTimeMs: number;
  stack: number;
  /** null: that of the dialect. */
  openFiles: number | null;
  fileSize: number;
  core: number;
  quota: readonly [blocks: number, inodes: number] | null;
  processes: number;
  /** In the order in which they were given. */
  environment: string[];
  fullEnvironment: boolean;
  rules: Rule[];
  defaultRules: boolean;
  cg: boolean;
  cgMemory: number;
  cgTiming: boolean;
  /** An option was given that has no meaning without control groups. */
  needsCg: boolean;
  shareNet: boolean;
  inheritDescriptors: boolean;
  ttyHack: boolean;
  specialFiles: boolean;
  wait: boolean;
  asUid: number | null;
  asGid: number | null;
  /** null: that of the configuration. */
  syscalls: number | null;
}

interface Reading {
  readonly dialect: Dialect;
  readonly number: (text: string) => number;
  readonly openMeta: Hooks["openMeta"];
}

interface Option extends OptionForm {
  /** What of the help stands for its value. */
  readonly placeholder?: string;
  readonly help: string;
  /** @param value null: none was given */
  readonly set: (request: Request, value: string | null, reading: Reading) => void;
}

const flag = (name: string, help: string, set: (request: Request) => void, short?: string): Option => ({ name, argument: "none", help, set, ...(short === undefined ? {} : { short }) });

const withValue = (name: string, placeholder: string, help: string, set: (request: Request, value: string, reading: Reading) => void, short?: string): Option => (
  { name, argument: "required", placeholder, help, set: (request, value, reading) => set(request, value!, reading), ...(short === undefined ? {} : { short }) }
);

/** A program between the caller and us may say for whom we act: the caller then cannot say something else. @throws Failure */
function once(before: number | null, now: number): number {
  if (before !== null && before !== now) throw usage("--as-uid and --as-gid can be given only once");
  return now;
}

function command(name: Command, help: string): Option {
  return flag(name, help, (request) => {
    if (request.command !== null && request.command !== name) throw usage("Only one command is allowed.");
    request.command = name;
  });
}

export const options: readonly Option[] = [
  withValue("box-id", "ID", "use the box with this number (0)", (request, value, { number }) => (request.boxId = number(value)), "b"),
  flag("cg", "use control groups", (request) => (request.cg = true)),
  withValue("cg-mem", "KB", "bound the memory of the control group", (request, value, { number }) => { request.cgMemory = number(value); request.needsCg = true; }),
  flag("cg-timing", "count the time of the whole control group (always, with --cg)", (request) => { request.cgTiming = true; request.needsCg = true; }),
  flag("no-cg-timing", "count the time of the main process and of those that it waited for", (request) => { request.cgTiming = false; request.needsCg = true; }),
  withValue("chdir", "DIR", "working directory of the program (/box)", (request, value) => (request.chdir = value), "c"),
  withValue("core", "KB", "largest core file (0)", (request, value, { number }) => (request.core = number(value))),
  withValue("dir", "RULE", "IN[=OUT][:OPTION]...: show the directory OUT as IN", (request, value, { dialect }) => changeRules(request.rules, value, dialect), "d"),
  flag("no-default-dirs", "show nothing but what --dir says", (request) => (request.defaultRules = false), "D"),
  withValue("fsize", "KB", "largest file that can be written", (request, value, { number }) => (request.fileSize = number(value)), "f"),
  withValue("env", "NAME[=VALUE]", "hand on or set a variable; an empty value removes it", (request, value) => {
    if (value === "" || value.startsWith("=")) throw usage(`Invalid environment specified: ${value}`);
    request.environment.push(value);
  }, "E"),
  withValue("extra-time", "S", "CPU time before which a program over its limit is not killed yet", (request, value) => (request.extraTimeMs = readTime(value)), "x"),
  flag("full-env", "hand on all variables", (request) => (request.fullEnvironment = true), "e"),
  flag("inherit-fds", "leave descriptors above 2 open", (request) => (request.inheritDescriptors = true)),
  withValue("mem", "KB", "bound the address space of each process", (request, value, { number }) => (request.memory = number(value)), "m"),
  withValue("meta", "FILE", "write what is known about the run to FILE (- is standard output)", ({ asUid, asGid }, value, { openMeta }) => openMeta(value, asUid, asGid), "M"),
  withValue("open-files", "N", "bound open files (64 in dialect 1, 1024 in dialect 2; 0: the caller's limit)", (request, value, { number }) => (request.openFiles = number(value)), "n"),
  withValue("quota", "BLOCKS,INODES", "disk quota of the box's user, with --init", (request, value, { number }) => {
    const comma = value.indexOf(",");
    if (comma < 0) throw usage(`Invalid quota specified: ${value}`);
    request.quota = [number(value.slice(0, comma)), number(value.slice(comma + 1))];
  }, "q"),
  flag("share-net", "leave the program in the caller's network", (request) => (request.shareNet = true)),
  flag("silent", "no line about the outcome", (request) => (request.silent = true), "s"),
  flag("special-files", "keep links, pipes, sockets and devices in the box", (request) => (request.specialFiles = true)),
  withValue("stack", "KB", "bound the stack (0: none)", (request, value, { number }) => (request.stack = number(value)), "k"),
  withValue("stderr", "FILE", "write standard error to a file of the box", (request, value) => { request.stderr = value; request.stderrToStdout = false; }, "r"),
  flag("stderr-to-stdout", "standard error goes where standard output goes", (request) => { request.stderrToStdout = true; request.stderr = null; }),
  withValue("stdin", "FILE", "read standard input from a file of the box", (request, value) => (request.stdin = value), "i"),
  withValue("stdout", "FILE", "write standard output to a file of the box", (request, value) => (request.stdout = value), "o"),
  { name: "processes", short: "p", argument: "optional", placeholder: "N", help: "allow N processes and threads, any number without N (1)", set: (request, value, { number }) => (request.processes = value === null ? 0 : number(value)) },
  withValue("time", "S", "bound CPU time", (request, value) => (request.timeMs = readTime(value)), "t"),
  flag("tty-hack", "give the terminal to the program", (request) => (request.ttyHack = true)),
  flag("verbose", "say what is done; twice: more of it", (request) => (request.verbose += 1), "v"),
  withValue("wall-time", "S", "bound the time on the clock", (request, value) => (request.wallTimeMs = readTime(value)), "w"),
  flag("wait", "wait for a box that is in use", (request) => (request.wait = true)),
  withValue("as-uid", "UID", "act for this user; for root", (request, value, { number }) => (request.asUid = once(request.asUid, number(value)))),
  withValue("as-gid", "GID", "act for this group; for root", (request, value, { number }) => (request.asGid = once(request.asGid, number(value)))),
  withValue("syscalls", "MASK", "system calls that are refused: 1 keys, 2 vsock, 4 locks and notifications, 8 io_uring, 16 32-bit calls", (request, value, { number }) => (request.syscalls = number(value))),
  command("init", "make the box"),
  command("run", "run a command in the box"),
  command("cleanup", "remove the box"),
  command("version", "say which program this is"),
  command("print-cg-root", "say where control groups are made"),
  command("check-config", "look whether the configuration can be used"),
];

export interface Hooks {
  /** Opens the meta file at once, for whom we act as far as it is known by then. */
  readonly openMeta: (path: string, asUid: number | null, asGid: number | null) => void;
}

/** @throws Failure, WrongOption; what the hooks throw */
export function readRequest(argv: readonly string[], dialect: Dialect, hooks: Hooks): Request {
  const request: Request = {
    command: null, words: [], boxId: 0, stdin: null, stdout: null, stderr: null, stderrToStdout: false, chdir: null, verbose: 0, silent: false, memory: 0, timeMs: 0,
    wallTimeMs: 0, extraTimeMs: 0, stack: 0, openFiles: null, fileSize: 0, core: 0, quota: null, processes: 1, environment: [], fullEnvironment: false, rules: defaultRules(),
    defaultRules: true, cg: false, cgMemory: 0, cgTiming: true, needsCg: false, shareNet: false, inheritDescriptors: false, ttyHack: false, specialFiles: false, wait: false,
    asUid: null, asGid: null, syscalls: null,
  };
  const reading: Reading = { dialect, number: (text) => readNumber(text, dialect), openMeta: hooks.openMeta };
  for (const { form, value } of readOptions(argv, options, request.words)) form.set(request, value, reading);
  const fault = faultOf(request);
  if (fault !== null) throw fault;
  return request;
}

function faultOf({ command: chosen, needsCg, cg, asUid, asGid }: Request): Failure | null {
  if (chosen === null) return usage("Please specify an isolate command (e.g. --init, --run).");
  if (needsCg && !cg) return usage("Options related to control groups require --cg to be set.");
  if ((asUid === null) !== (asGid === null)) return usage("--as-uid and --as-gid must be used either both or none");
  return null;
}
