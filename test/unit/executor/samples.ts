/** An uneventful run, the limits it had, and a launch specification: what the tests of src/executor/ start from. */
import type { RunLimits } from "../../../src/model/run-limits.ts";
import { usualScheduling } from "../../../src/kernel/attributes.ts";
import { RLIMIT } from "../../../src/kernel/constants.ts";
import type { Observation } from "../../../src/model/observation.ts";
import type { Caller, LaunchSpec, ResolvedMount } from "../../../src/executor/plan/spec.ts";
import { parseMountRule } from "../../../src/model/mounts.ts";

/** Round numbers, every limit set. */
export const someLimits: RunLimits = {
  cpuTimeMs: 1000,
  wallTimeMs: 2000,
  memoryBytes: 1_048_576,
  processes: 4,
  fileSizeBytes: 65_536,
  stackBytes: 8_388_608,
  coreBytes: 0,
  openFiles: 64,
  outputBytes: 4096,
  diskBytes: 1_048_576,
  cpuShares: 1024,
};

/** No limit that can be lifted. */
export const noLimits: RunLimits = {
  ...someLimits, cpuTimeMs: null, wallTimeMs: null, memoryBytes: null, processes: null, fileSizeBytes: null, stackBytes: null, coreBytes: null, diskBytes: null,
};

/** A program that ran and ended with exit code 0. */
export const quietRun: Observation = {
  launch: { kind: "started" },
  exitCode: 0,
  signal: null,
  killReason: null,
  forbidden: null,
  interruptedBy: null,
  cpuTimeMs: 1,
  wallTimeMs: 2,
  memoryPeakBytes: 4096,
  memoryPeakSource: "peaks between looks",
  groupMemoryPeakBytes: 8192,
  hidesMemoryFiles: false,
  oomKills: 0,
  oomKillsFromAbove: 0,
  deniedForks: 0,
  deniedForksFromAbove: 0,
  pageFaults: 30,
  contextSwitches: 4,
  stdout: { bytes: new Uint8Array(0), truncated: false },
  stderr: { bytes: new Uint8Array(0), truncated: false },
  holding: { bytes: 8192, files: 2, unseen: null },
  fault: null,
};

/** A mount rule as it is after looking at a host where its source is a directory. */
export function directoryMount(rule: string): ResolvedMount {
  return { ...parseMountRule(rule), sourceType: "directory", target: "" };
}

const ownMount: ResolvedMount = {
  inside: "", kind: "bind", source: "", writable: false, devices: false, noExec: false, maybe: false, recursive: true, sourceType: "directory", target: "",
};

/** Nothing of it needs a step of its own, and its hard limits are high. */
export const usualCaller: Caller = {
  scheduling: usualScheduling,
  resets: [],
  limits: { [RLIMIT.CORE]: 1, [RLIMIT.NPROC]: 1028, [RLIMIT.RSS]: null, [RLIMIT.LOCKS]: null, [RLIMIT.SIGPENDING]: 1024, [RLIMIT.MSGQUEUE]: 819_200 },
};

/** A host with a merged /usr, two cgroups, and a kernel that knows two capabilities. */
export const someSpec: LaunchSpec = {
  isolation: "full",
  ownUid: true,
  subordinate: null,
  without: [],
  rootMountPoint: "/state/0/root",
  workdir: "/state/0/box",
  uid: 60_000,
  gid: 60_001,
  limits: someLimits,
  cpus: null,
  mounts: [
    { ...ownMount, inside: "box", source: "./box", writable: true },
    { ...ownMount, inside: "proc", kind: "filesystem", source: "proc" },
    { ...ownMount, inside: "tmp", kind: "scratch", source: "tmpfs", writable: true },
    { ...ownMount, inside: "dev", kind: "devices", source: "tmpfs", devices: true },
    { ...ownMount, inside: "etc", kind: "accounts", sourceType: "none" },
    { ...ownMount, inside: "usr", source: "/usr" },
    { ...ownMount, inside: "bin", source: "/bin", sourceType: "link", target: "usr/bin" },
    { ...ownMount, inside: "etc/alternatives", source: "/etc/alternatives" },
    { ...ownMount, inside: "etc/ld.so.cache", source: "/etc/ld.so.cache", sourceType: "file" },
  ],
  cgroupJoins: ["/cg/memory/run/tasks", "/cg/pids/run/tasks"],
  network: "none",
  allowed: [],
  terminal: null,
  hosts: null,
  boundsSocketMemory: false,
  inheritDescriptors: false,
  chdir: "/box",
  redirections: [null, null, null],
  waitingWrites: true,
  rlimitProcesses: null,
  rlimitData: null,
  caller: usualCaller,
  landlock: null,
  leftOut: [],
  processesOnly: false,
  lastCapability: 1,
  filter: "060000000000c07f060000000000ff7f",
  listener: true,
  program: { candidates: ["/usr/bin/prog", "/bin/prog"], argv: ["prog", "1"], environment: ["PATH=/usr/bin:/bin"] },
};
