/** What the caller hands on: limits, scores, the environment, the binary itself. */
import { dirname } from "node:path";
import { RLIMIT } from "../kernel/constants.ts";
import { limits, type LimitKey } from "../model/limits.ts";
import { type Check, type CheckGroup, fail, type Finding, pass, skipped, warn } from "./check.ts";
import type { Host } from "./host.ts";

/** A limit that every run sets, and that a caller may have lowered below it. */
interface Needed {
  readonly name: string;
  readonly title: string;
  readonly resource: number;
  /** Letter of the shell's ulimit. */
  readonly letter: string;
  /** What systemd calls it. */
  readonly unit: string;
  /** What a box with the defaults sets; Infinity: unlimited. */
  readonly wanted: number;
  /** The limit of a box that comes from it; null: it is always the same. */
  readonly key: LimitKey | null;
}

const defaultOf = (key: LimitKey) => limits[key].default ?? Infinity;
/** As the launcher sets it: whole seconds, and two more (see executor/plan/process.ts). */
const cpuSeconds = Math.ceil(Math.min(defaultOf("time_limit"), defaultOf("cpu_time_limit"))) + 2;
/** Processes of the supervisor itself and of a box with threads. */
const processes = 64;

const table: readonly Needed[] = [
  { name: "open-files", title: "open files", resource: RLIMIT.NOFILE, letter: "n", unit: "LimitNOFILE", wanted: defaultOf("open_files_limit"), key: "open_files_limit" },
  { name: "stack", title: "stack", resource: RLIMIT.STACK, letter: "s", unit: "LimitSTACK", wanted: defaultOf("stack_limit"), key: "stack_limit" },
  { name: "file-size", title: "file size", resource: RLIMIT.FSIZE, letter: "f", unit: "LimitFSIZE", wanted: defaultOf("file_size_limit"), key: "file_size_limit" },
  { name: "cpu-time", title: "CPU time", resource: RLIMIT.CPU, letter: "t", unit: "LimitCPU", wanted: cpuSeconds, key: "time_limit" },
  { name: "processes", title: "processes", resource: RLIMIT.NPROC, letter: "u", unit: "LimitNPROC", wanted: processes, key: "process_limit" },
  { name: "address-space", title: "address space", resource: RLIMIT.AS, letter: "v", unit: "LimitAS", wanted: Infinity, key: null },
  { name: "data", title: "data", resource: RLIMIT.DATA, letter: "d", unit: "LimitDATA", wanted: Infinity, key: null },
];

const show = (value: number) => (value === Infinity ? "unlimited" : String(value));

/** The shell counts what is in bytes by 1024 (bash(1), ulimit). */
const bytesOfShell = 1024;
const inBytes: readonly number[] = [RLIMIT.STACK, RLIMIT.FSIZE, RLIMIT.AS, RLIMIT.DATA];

function asUlimit({ letter, resource, wanted }: Needed): string {
  return `ulimit -H${letter} ${show(inBytes.includes(resource) ? wanted / bytesOfShell : wanted)}`;
}

/** Only root goes over a hard limit, so it has to be raised before we start. */
function raise(needed: Needed): string {
  const { unit, wanted } = needed;
  return `as root, before mini-isolate starts: ${asUlimit(needed)}; in a unit: ${unit}=${wanted === Infinity ? "infinity" : wanted}`;
}

function limit(needed: Needed, host: Host): Finding {
  const { resource, wanted, key } = needed;
  const reached = host.reachableLimit(resource, wanted);
  if (reached >= wanted) return pass(wanted === Infinity ? "unlimited" : `at least ${wanted}`);
  const flag = key === null ? null : limits[key].flag;
  return fail(`${show(reached)}, and a box asks for ${show(wanted)}`, { mend: `${raise(needed)}${flag === null ? "" : `; or give boxes less (--${flag})`}` });
}

function limitCheck(needed: Needed): Check {
  const { name, title } = needed;
  return {
    id: `caller.limit-${name}`, title: `limit for ${title}`, worst: "fail", how: `${asUlimit(needed)} is allowed`,
    means: "A run that asks for more than the caller's hard limit is refused, and never gets less in silence.", mend: raise(needed), look: (host) => limit(needed, host),
  };
}

/** To write no core dump, the limit is 1 and not 0, at which a handler still runs. */
function coreSize(host: Host): Finding {
  if (host.reachableLimit(RLIMIT.CORE, 1) >= 1) return pass("at least 1");
  return /^[|@]/.test(host.text("/proc/sys/kernel/core_pattern") ?? "") ? warn("0, at which the kernel still starts the handler of core_pattern") : pass("0; there is no handler that would start");
}

function outOfMemory(host: Host): Finding {
  const score = host.text("/proc/self/oom_score_adj");
  if (score === null) return skipped("/proc/self/oom_score_adj cannot be read");
  return Number(score) > 0 ? warn(score) : pass(score);
}

/** What changes how our own runtime starts, or which code it loads. */
const dangerous = /^(BUN_|LD_(PRELOAD|LIBRARY_PATH|AUDIT)$|NODE_OPTIONS$)/;

function environment(host: Host): Finding {
  const found = Object.keys(host.environment).filter((name) => dangerous.test(name)).toSorted();
  return found.length === 0 ? pass("nothing that changes our own start") : warn(found.join(" "), { mend: `env ${found.map((name) => `-u ${name}`).join(" ")} mini-isolate ...` });
}

/** The file and every directory on its way. */
function binary(host: Host): Finding {
  const file = host.entry(host.binary);
  if (file === null) return skipped(`${host.binary} cannot be looked at`);
  if ((file.mode & 0o6000) !== 0) return fail(`${host.binary} is setuid or setgid`, { means: "Its runtime obeys variables of the caller, so anybody becomes root by it.", mend: `chmod ug-s ${host.binary}` });
  if (host.uid !== 0) return pass(host.binary);
  for (let path = host.binary; ; path = dirname(path)) {
    const entry = host.entry(path);
    const sticky = entry !== null && (entry.mode & 0o1000) !== 0;
    if (entry !== null && entry.uid !== 0) return warn(`${path} belongs to uid ${entry.uid}`, { mend: `chown root ${path}` });
    if (entry !== null && (entry.mode & 0o022) !== 0 && !sticky) return warn(`others can write to ${path}`, { mend: `chmod go-w ${path}` });
    if (path === "/") return pass(`${host.binary}: root alone can change it`);
  }
}

export const caller: CheckGroup = {
  name: "caller",
  title: "Caller",
  checks: [
    ...table.map(limitCheck),
    {
      id: "caller.limit-core", title: "limit for core dumps", worst: "warn", how: "ulimit -Hc 1 is allowed", look: coreSize,
      means: "A crash in a box starts the handler of core_pattern, as root and on data of the program.", mend: "ulimit -Hc 1, or sysctl -w kernel.core_pattern=core",
    },
    {
      id: "caller.oom-score", title: "score when memory runs out", worst: "warn", how: "/proc/self/oom_score_adj is at most 0", look: outOfMemory,
      means: "A host that runs out of memory ends mini-isolate early, and the result is lost. Programs in boxes always have 1000.",
      mend: "OOMScoreAdjust=0 in the unit, or as root: echo 0 > /proc/PID/oom_score_adj of the caller",
    },
    {
      id: "caller.environment", title: "variables that change our own start", worst: "warn", how: "BUN_*, LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT, NODE_OPTIONS", look: environment,
      means: "Whoever sets them decides which code mini-isolate runs. They do not reach programs.", mend: "start mini-isolate without them",
    },
    {
      id: "caller.binary", title: "our own file", worst: "fail", how: "owner and mode of the binary and of the directories above it", look: binary,
      means: "Whoever can change the file decides what root runs.", mend: "install the binary in a directory of root's",
    },
  ],
};
