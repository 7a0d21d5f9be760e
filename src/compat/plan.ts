/**
 * The launch plan of one run as `isolate` promises it: the root directory that the rules describe, the limits, the user of the box, the streams.
 * What a step does is the beginning of the message that `isolate` would give when it fails.
 */
import { AT_FDCWD, CLONE, CLOSE_RANGE_CLOEXEC, F, FD_CLOEXEC, MNT_DETACH, MOUNT_ATTR, MS, O, PR, RLIMIT, SECCOMP_SET_MODE_FILTER, SIG_SETMASK, signalSetBytes, unlimited } from "../kernel/constants.ts";
import { CLOCK_MONOTONIC, clockReportBytes } from "../kernel/clock.ts";
import { signals } from "../kernel/os-numbers.ts";
import { rusageBytes } from "../kernel/process.ts";
import { TIOC } from "../kernel/terminal.ts";
import { statusDescriptor, terminalDescriptor, type LaunchPlan, type Step } from "../model/plan.ts";
import { affinitySteps } from "../executor/plan/caller.ts";
import { joinSteps, loopbackSteps } from "../executor/plan/build-plan.ts";
import { attributes } from "../executor/plan/filesystem.ts";
import { capabilityHeader } from "../executor/plan/process.ts";
import type { Mount } from "./mounts.ts";
import { memoryNodeSteps } from "./placement.ts";

/** Sizes in bytes, null: no limit; `keep`: that of the caller. */
export interface ProcessLimits {
  readonly addressSpace: number | "keep";
  readonly stack: number | null;
  readonly fileSize: number | "keep";
  readonly core: number;
  readonly openFiles: number | "keep";
  readonly processes: number | "keep";
}

export interface PlanInput {
  /** Empty directory that the new root is mounted on. */
  readonly root: string;
  readonly mounts: readonly Mount[];
  readonly uid: number;
  readonly gid: number;
  /** With whose rights directories of the host are found; null: with ours. */
  readonly caller: { readonly uid: number; readonly gid: number } | null;
  readonly limits: ProcessLimits;
  readonly shareNet: boolean;
  readonly inheritDescriptors: boolean;
  /** The program's processes become those in front on the terminal that is our 1. */
  readonly takesTerminal: boolean;
  readonly cgroupJoins: readonly string[];
  readonly cpus: string | null;
  readonly mems: string | null;
  /** Filter in hexadecimal; null: none. */
  readonly filter: string | null;
  readonly noNewPrivileges: boolean;
  readonly stdin: string | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly stderrToStdout: boolean;
  readonly chdir: string | null;
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly lastCapability: number;
}

export function isolatePlan(input: PlanInput): LaunchPlan {
  const network = input.shareNet ? 0 : CLONE.NEWNET;
  return {
    steps: [
      { does: "Cannot ask for the signal at our end", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
      { does: "Cannot set umask", call: "umask", args: [0o022] },
      { does: "Cannot create process group", call: "setpgid", args: [0, 0] },
      ...(input.takesTerminal ? terminalSteps : []),
      ...affinitySteps(input.cpus),
      ...memoryNodeSteps(input.mems),
      ...input.cgroupJoins.map((path, index): Step => ({ does: `Cannot write ${path}`, call: "openat", args: [AT_FDCWD, path, O.WRONLY | O.CLOEXEC, 0], opens: `cgroup${index}` })),
      { does: "Cannot create namespaces", call: "unshare", args: [CLONE.NEWNS | CLONE.NEWIPC | network] },
      ...rootSteps(input),
      ...(input.shareNet ? [] : loopbackSteps()),
      ...limitSteps(input),
      ...input.cgroupJoins.map((path, index): Step => ({ does: `${joinSteps}${path}`, call: "write", args: [{ fd: `cgroup${index}` }, { hex: "30" }, 1] })),
      { does: "Cannot create control group namespace", call: "unshare", args: [CLONE.NEWCGROUP] },
      input.inheritDescriptors
        ? { does: "Cannot close the status channel", call: "fcntl", args: [{ fd: statusDescriptor }, F.SETFD, FD_CLOEXEC] }
        : { does: "Cannot close descriptors", call: "close_range", args: [3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC] },
      ...filterSteps(input),
      ...identitySteps(input),
      ...streamSteps(input),
      ...(input.chdir === null ? [] : [{ does: "chdir", call: "chdir", args: [input.chdir] } satisfies Step]),
      ...finalSteps(input),
    ],
    program: { candidates: [input.command[0]!], argv: input.command, environment: input.environment },
  };
}

/** Number of the launcher in its pid namespace, which is what it is called by there. */
const ownGroup = new Uint8Array(new Int32Array([2]).buffer).toHex();
const signalSet = (...numbers: readonly number[]) => new Uint8Array(new BigUint64Array([numbers.reduce((sum, number) => sum | (1n << BigInt(number - 1)), 0n)]).buffer).toHex();

/** Who is not in front is stopped when it asks (tcsetpgrp(3)), unless the signal is held back. */
const terminalSteps: readonly Step[] = [
  { does: "Cannot hold SIGTTOU back", call: "rt_sigprocmask", args: [SIG_SETMASK, { hex: signalSet(signals.SIGTTOU) }, 0, signalSetBytes] },
  { does: "Cannot take the terminal", call: "ioctl", args: [1, TIOC.SPGRP, { hex: ownGroup }] },
  { does: "Cannot let SIGTTOU come", call: "rt_sigprocmask", args: [SIG_SETMASK, { hex: signalSet() }, 0, signalSetBytes] },
];

/** setfsuid(2): what lies behind a directory that the caller may not enter is not shown. We keep the right to mount. */
function asCaller(caller: PlanInput["caller"], steps: readonly Step[]): readonly Step[] {
  if (caller === null) return steps;
  const become = ({ uid, gid }: { readonly uid: number; readonly gid: number }): Step[] => [
    { does: "setfsgid", call: "setfsgid", args: [gid] }, { does: "setfsuid", call: "setfsuid", args: [uid] },
  ];
  return [{ does: "setgroups", call: "setgroups", args: [0, 0] }, ...become(caller), ...steps, ...become({ uid: 0, gid: 0 })];
}

function rootSteps({ root, mounts, caller }: PlanInput): Step[] {
  const made = new Set<string>();
  const directories = mounts.flatMap(({ inside }) => {
    const parts = inside.split("/").filter((part) => part !== "" && part !== ".");
    return parts.flatMap((_, index): Step[] => {
      const path = parts.slice(0, index + 1).join("/");
      if (made.has(path)) return [];
      made.add(path);
      return [{ does: `Cannot create directory ${path}`, call: "mkdirat", args: [AT_FDCWD, path, 0o755] }];
    });
  });
  return [
    { does: "Cannot privatize mounts", call: "mount", args: [0, "/", 0, MS.PRIVATE | MS.REC, 0] },
    { does: "Cannot mount root ramdisk", call: "mount", args: ["none", root, "tmpfs", 0, "mode=755,size=4m,nr_inodes=4096"] },
    { does: "Cannot enter the new root", call: "chdir", args: [root] },
    ...directories,
    ...asCaller(caller, mounts.flatMap(mountSteps)),
    { does: "Cannot pivot to the new root", call: "pivot_root", args: [".", "."] },
    { does: "Cannot detach the old root", call: "umount2", args: [".", MNT_DETACH] },
    { does: "Cannot change current directory", call: "chdir", args: ["/box"] },
  ];
}

/** In the new root. */
function mountSteps({ inside, outside, shown, kind, flags }: Mount): Step[] {
  const does = `Cannot mount ${shown} on ${inside}`;
  if (kind === "fs") return [{ does, call: "mount", args: ["none", inside, outside, flags, inside === "proc" ? "hidepid=2" : 0] }];
  const attribute = { [MS.RDONLY]: MOUNT_ATTR.RDONLY, [MS.NOSUID]: MOUNT_ATTR.NOSUID, [MS.NODEV]: MOUNT_ATTR.NODEV, [MS.NOEXEC]: MOUNT_ATTR.NOEXEC };
  const bits = Object.entries(attribute).map(([flag, bit]) => [(flags & Number(flag)) !== 0, bit] as const);
  const sum = (wanted: boolean) => bits.reduce((all, [set, bit]) => (set === wanted ? all | bit : all), 0);
  return [
    { does, call: "mount", args: [outside, inside, 0, flags & (MS.BIND | MS.REC), 0] },
    // The mount alone, and not what is mounted below it: that keeps its flags.
    { does, call: "mount_setattr", args: [AT_FDCWD, inside, 0, attributes(sum(true), sum(false)), 32] },
  ];
}

function limit(resource: number, value: number | null): Step {
  const word = value === null ? unlimited : BigInt(Math.floor(value));
  return { does: `setrlimit(${resource})`, call: "prlimit64", args: [0, resource, { hex: new Uint8Array(new BigUint64Array([word, word]).buffer).toHex() }, 0] };
}

/** As many as the launcher needs itself. */
const ownDescriptors = 32;

function openFilesStep({ limits }: PlanInput, late: boolean): Step[] {
  return limits.openFiles === "keep" || limits.openFiles < ownDescriptors !== late ? [] : [limit(RLIMIT.NOFILE, limits.openFiles)];
}

function limitSteps(input: PlanInput): Step[] {
  const { limits } = input;
  const unlessKept = (resource: number, value: number | "keep") => (value === "keep" ? [] : [limit(resource, value)]);
  return [
    ...unlessKept(RLIMIT.AS, limits.addressSpace),
    ...unlessKept(RLIMIT.FSIZE, limits.fileSize),
    limit(RLIMIT.STACK, limits.stack),
    limit(RLIMIT.CORE, limits.core),
    limit(RLIMIT.MEMLOCK, 0),
    ...openFilesStep(input, false),
    ...unlessKept(RLIMIT.NPROC, limits.processes),
  ];
}

/** While we may install one without no_new_privs: that is for the dialect to decide. */
function filterSteps({ filter, noNewPrivileges }: PlanInput): Step[] {
  const alone: Step = { does: "Cannot set no_new_privs", call: "prctl", args: [PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0] };
  return [
    ...(noNewPrivileges ? [alone] : []),
    ...(filter === null ? [] : [{ does: "Cannot install seccomp filter", call: "seccomp", args: [SECCOMP_SET_MODE_FILTER, 0, { program: filter }] } satisfies Step]),
  ];
}

function identitySteps({ uid, gid, lastCapability }: PlanInput): Step[] {
  return [
    ...Array.from({ length: lastCapability + 1 }, (_, capability): Step => ({ does: `Cannot drop capability ${capability}`, call: "prctl", args: [PR.CAPBSET_DROP, capability, 0, 0, 0] })),
    { does: "setgroups", call: "setgroups", args: [0, 0] },
    { does: "setresgid", call: "setresgid", args: [gid, gid, gid] },
    { does: "setresuid", call: "setresuid", args: [uid, uid, uid] },
    { does: "Cannot clear ambient capabilities", call: "prctl", args: [PR.CAP_AMBIENT, PR.CAP_AMBIENT_CLEAR_ALL, 0, 0, 0] },
    { does: "Cannot drop capabilities", call: "capset", args: [capabilityHeader, { hex: "00".repeat(24) }] },
    // Changing the uid cleared it.
    { does: "Cannot ask for the signal at our end", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
  ];
}

/** With the rights of the box's user, below its root, from /box. */
function streamSteps({ stdin, stdout, stderr, stderrToStdout }: PlanInput): Step[] {
  const open = (name: string, path: string | null, flags: number, target: number): Step[] =>
    path === null
      ? []
      : [
          { does: `open("${path}")`, call: "openat", args: [AT_FDCWD, path, flags | O.CLOEXEC | O.NOCTTY, 0o666], opens: name },
          { does: `dup2 of ${name}`, call: "dup3", args: [{ fd: name }, target, 0] },
        ];
  return [
    ...open("stdin", stdin, O.RDONLY, 0),
    ...open("stdout", stdout, O.WRONLY | O.CREAT | O.TRUNC, 1),
    ...open("stderr", stderr, O.WRONLY | O.CREAT | O.TRUNC, 2),
    ...(stderrToStdout ? [{ does: "dup2 of stderr", call: "dup3", args: [1, 2, 0] } satisfies Step] : []),
  ];
}

function finalSteps(input: PlanInput): Step[] {
  const usage = { room: "usage", bytes: rusageBytes };
  const redirected = input.stderr !== null || input.stderrToStdout;
  const report: Step = { does: "Cannot report", call: "write", args: [{ fd: statusDescriptor }, usage, rusageBytes] };
  return [
    { does: "getrusage", call: "getrusage", args: [0, usage] },
    // Standard error goes with it, where only the launcher has it: what is to be said about a command that cannot be executed goes there.
    ...(redirected
      ? [
          { does: "Cannot keep standard error", call: "fcntl", args: [2, F.DUPFD_CLOEXEC, 3], opens: terminalDescriptor } satisfies Step,
          { ...report, call: "sendmsg", args: [{ fd: statusDescriptor }, { message: { ...usage, passes: terminalDescriptor } }, 0] } satisfies Step,
        ]
      : [report]),
    ...openFilesStep(input, true),
    { does: "clock_gettime", call: "clock_gettime", args: [CLOCK_MONOTONIC, { room: "clock", bytes: clockReportBytes }] },
    { does: "Cannot report", call: "write", args: [{ fd: statusDescriptor }, { room: "clock", bytes: clockReportBytes }, clockReportBytes] },
  ];
}
