/** Steps that change the launcher's own process: limits, signals, descriptors, identity. */
import {
  AT_FDCWD, CLOSE_RANGE_CLOEXEC, F, FD_CLOEXEC, O, PR, RESOLVE, RLIMIT, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_SET_MODE_FILTER, unlimited,
} from "../../kernel/constants.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { listenerDescriptor, statusDescriptor, terminalDescriptor, type Step } from "../../model/plan.ts";
import { CLOCK_MONOTONIC, clockReportBytes } from "../../kernel/clock.ts";
import { rusageBytes } from "../../kernel/process.ts";
import { killingFilter } from "./filter.ts";
import type { LaunchSpec } from "./spec.ts";
import { waitingWrites } from "./waiting-writes.ts";

function hexOf(words: BigUint64Array): { hex: string } {
  return { hex: new Uint8Array(words.buffer).toHex() };
}

function rlimit(name: string, resource: number, soft: number | null, hard: number | null = soft): Step {
  const word = (amount: number | null) => (amount === null ? unlimited : BigInt(Math.floor(amount)));
  return { does: `set ${name}`, call: "prlimit64", args: [0, resource, hexOf(new BigUint64Array([word(soft), word(hard)])), 0] };
}

function smallest(one: number | null, other: number | undefined): number | null {
  return one === null || other === undefined ? (one ?? other ?? null) : Math.min(one, other);
}

/** The supervisor sends nothing: it ends the stream when the starter is gone. */
const aloneStep: Step = { does: "wait until the starter is gone", call: "read", args: [{ fd: statusDescriptor }, { room: "nothing", bytes: 8 }, 1] };

/** As many as the launcher may have open itself: descriptors of control groups, the listener. */
const launcherDescriptors = 64;

function openFilesStep(spec: LaunchSpec): Step {
  return rlimit("RLIMIT_NOFILE", RLIMIT.NOFILE, spec.limits.openFiles);
}

/**
 * setrlimit(2): soft and hard alike, so that the program cannot raise them. Every limit that there is, or the caller's would hold.
 * A limit of a box, and one that would make the program fail, is set as it is wanted, and a refusal ends the launch.
 */
export function rlimitSteps(spec: LaunchSpec): Step[] {
  const { limits, caller } = spec;
  // A second line for the time in which the supervisor cannot look (it may be stopped): whole seconds, never below the limit.
  const ofAll = limits.cpuTimeMs === null ? null : Math.ceil(limits.cpuTimeMs / 1000) + 1;
  const cpuSeconds = smallest(ofAll, spec.processCpuSeconds);
  const heldByCaller = (name: string, resource: number) => rlimit(name, resource, caller.limits[resource]!);
  return [
    // It is counted until the supervisor has reaped it.
    ...(spec.rlimitProcesses !== null && spec.isolation === "userns" ? [aloneStep] : []),
    rlimit("RLIMIT_FSIZE", RLIMIT.FSIZE, limits.fileSizeBytes),
    rlimit("RLIMIT_STACK", RLIMIT.STACK, limits.stackBytes),
    // Not 0, at which a handler of the host's core_pattern still runs, as root and on what the program prepared (core(5)).
    limits.coreBytes === 0 ? heldByCaller("RLIMIT_CORE", RLIMIT.CORE) : rlimit("RLIMIT_CORE", RLIMIT.CORE, limits.coreBytes),
    // To raise it needs a capability that is soon gone; one that is so low would hinder us, and comes last.
    ...(limits.openFiles < launcherDescriptors ? [] : [openFilesStep(spec)]),
    rlimit("RLIMIT_MEMLOCK", RLIMIT.MEMLOCK, 0),
    rlimit("RLIMIT_CPU", RLIMIT.CPU, cpuSeconds, cpuSeconds === null ? null : cpuSeconds + 1),
    spec.rlimitProcesses === null ? heldByCaller("RLIMIT_NPROC", RLIMIT.NPROC) : rlimit("RLIMIT_NPROC", RLIMIT.NPROC, spec.rlimitProcesses),
    rlimit("RLIMIT_DATA", RLIMIT.DATA, smallest(spec.rlimitData, spec.dataBytes)),
    rlimit("RLIMIT_AS", RLIMIT.AS, spec.addressSpaceBytes ?? null),
    heldByCaller("RLIMIT_RSS", RLIMIT.RSS),
    heldByCaller("RLIMIT_LOCKS", RLIMIT.LOCKS),
    heldByCaller("RLIMIT_SIGPENDING", RLIMIT.SIGPENDING),
    heldByCaller("RLIMIT_MSGQUEUE", RLIMIT.MSGQUEUE),
    rlimit("RLIMIT_NICE", RLIMIT.NICE, 0),
    rlimit("RLIMIT_RTPRIO", RLIMIT.RTPRIO, 0),
    // Only for what has a real-time priority, which is nothing; 0 is what every caller can have.
    rlimit("RLIMIT_RTTIME", RLIMIT.RTTIME, 0),
  ];
}

/** Everything above 2 is closed by the execve, unless the caller wants its own descriptors inherited. */
export function descriptorSteps(spec: LaunchSpec): Step[] {
  if (spec.inheritDescriptors) {
    return [{ does: "close the status channel on execve", call: "fcntl", args: [{ fd: statusDescriptor }, F.SETFD, FD_CLOEXEC] }];
  }
  const numbers = [2, ...(spec.handed ?? [])];
  // From each of them to the next one, and from the last one on.
  return numbers.flatMap((number, index): Step[] => {
    const next = numbers[index + 1];
    if (next === undefined) return [{ does: `close descriptors above ${number} on execve`, call: "close_range", args: [number + 1, 0xffff_ffff, CLOSE_RANGE_CLOEXEC] }];
    return next === number + 1 ? [] : [{ does: `close descriptors between ${number} and ${next} on execve`, call: "close_range", args: [number + 1, next - 1, CLOSE_RANGE_CLOEXEC] }];
  });
}

/** Version 3 of capset(2) and capget(2): header, then two 32-bit words each for effective, permitted, inheritable. */
export const capabilityHeader = { hex: new Uint8Array(new Uint32Array([0x2008_0522, 0]).buffer).toHex() };
const noCapabilities = { hex: "00".repeat(24) };

/** Whether the program is another user than the launcher. */
export function becomesAnother({ ownUid, subordinate }: Pick<LaunchSpec, "ownUid" | "subordinate">): boolean {
  return ownUid || subordinate !== null;
}

/** Order: the bounding set needs CAP_SETPCAP, groups and gid need CAP_SETGID; the uid goes last (credentials(7)). */
export function identitySteps(spec: LaunchSpec): Step[] {
  const bounding = Array.from({ length: spec.lastCapability + 1 }, (_, capability): Step => ({
    does: `drop capability ${capability} from the bounding set`,
    call: "prctl",
    args: [PR.CAPBSET_DROP, capability, 0, 0, 0],
  }));
  const ids: Step[] = [
    { does: "drop supplementary groups", call: "setgroups", args: [0, 0] },
    { does: `become gid ${spec.gid}`, call: "setresgid", args: [spec.gid, spec.gid, spec.gid] },
    { does: `become uid ${spec.uid}`, call: "setresuid", args: [spec.uid, spec.uid, spec.uid] },
  ];
  return [
    ...((spec.isolation === "none" && !spec.ownUid) || spec.without.includes("bounding set") ? [] : bounding),
    // In a user namespace with one id there is nobody else to become, and setgroups(2) is refused.
    ...(becomesAnother(spec) ? ids : []),
    { does: "clear ambient capabilities", call: "prctl", args: [PR.CAP_AMBIENT, PR.CAP_AMBIENT_CLEAR_ALL, 0, 0, 0] },
    { does: "drop all capabilities", call: "capset", args: [capabilityHeader, noCapabilities] },
    // Changing the uid cleared it (prctl(2), PR_SET_PDEATHSIG).
    { does: "die with the supervisor", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
    { does: "be undumpable", call: "prctl", args: [PR.SET_DUMPABLE, 0, 0, 0, 0] },
  ];
}

/** What of /dev means a stream that the program has already. Opening its link could not tell it from other links of /proc. */
const streamPaths = ["stdin", "stdout", "stderr"].map((name, target) => [`/dev/${name}`, `/dev/fd/${target}`, `/proc/self/fd/${target}`]);

/**
 * Files for 0, 1 and 2, opened with the program's own rights and after the change of root, so that a link
 * in the box leads nowhere that the program could not go by itself. But the launcher is not the program yet: a link like /proc/self/exe
 * would lead to what is the launcher's own, so none of these is followed. A named pipe is waited for, as a shell does; the supervisor ends that
 * with the wall time limit.
 */
export function redirectionSteps(spec: LaunchSpec): Step[] {
  const names = ["stdin", "stdout", "stderr"] as const;
  return spec.redirections.flatMap((path, target): Step[] => {
    if (path === null) return [];
    const name = names[target]!;
    const given = streamPaths.findIndex((paths) => paths.includes(path));
    if (given === target) return [];
    if (given >= 0) return [{ does: `put ${names[given]} in place of ${name}`, call: "dup3", args: [given, target, 0] }];
    const flags = (target === 0 ? O.RDONLY : O.WRONLY | O.CREAT | O.TRUNC) | O.CLOEXEC | O.NOCTTY;
    return [
      { does: `open ${name} file ${path} in the box`, call: "openat2", args: [AT_FDCWD, path, openHow(flags, target === 0 ? 0 : 0o666, RESOLVE.NO_MAGICLINKS), openHowBytes], opens: name },
      // dup3 refuses equal numbers; descriptors 0 to 2 are always open here, so the new one is above them.
      { does: `put ${name} in place`, call: "dup3", args: [{ fd: name }, target, 0] },
    ];
  });
}

/** The files of the box that the launcher opens for streams: any of them may be a named pipe, whose other end it waits for. */
export function openedFiles({ redirections }: Pick<LaunchSpec, "redirections">): string[] {
  return redirections.flatMap((path) => (path === null || streamPaths.flat().includes(path) ? [] : [path]));
}

/** Bytes of struct open_how: flags, mode (0 for what is not made), how to resolve the path (openat2(2)). */
const openHowBytes = 24;

function openHow(flags: number, mode: number, resolve: number): { hex: string } {
  return hexOf(new BigUint64Array([BigInt(flags), BigInt(mode), BigInt(resolve)]));
}

export const noNewPrivileges = "set no_new_privs";

/** Landlock and the filter need it. */
export function noNewPrivilegesSteps(): Step[] {
  return [{ does: noNewPrivileges, call: "prctl", args: [PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0] }];
}

/** Name of the step without which no call is looked at. */
export const filterStep = "install the seccomp filter";

/** The last steps before execve. Every filter allows what comes after it. */
export function finalSteps(spec: LaunchSpec): Step[] {
  const usage = { room: "usage", bytes: rusageBytes };
  const filter = spec.listener ? spec.filter : killingFilter(spec.filter);
  const program = spec.waitingWrites ? waitingWrites(filter, spec.listener) : filter;
  const passed = [...(spec.listener ? [listenerDescriptor] : []), ...(spec.terminal === null ? [] : [terminalDescriptor])];
  const report = { does: "report it", args: [{ fd: statusDescriptor }] };
  return [
    spec.listener
      ? { does: filterStep, call: "seccomp", args: [SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, { program }], opens: listenerDescriptor }
      : { does: filterStep, call: "seccomp", args: [SECCOMP_SET_MODE_FILTER, 0, { program }] },
    { does: "read the launcher's own usage", call: "getrusage", args: [0, usage] },
    // The listener goes with it: the kernel opened it close-on-exec, so the supervisor alone has it once the program runs.
    passed.length > 0
      ? { ...report, call: "sendmsg", args: [...report.args, { message: { ...usage, passes: passed[0]!, ...(passed.length < 2 ? {} : { alsoPasses: passed[1]! }) } }, 0] }
      : { ...report, call: "write", args: [...report.args, usage, rusageBytes] },
    ...(spec.limits.openFiles < launcherDescriptors ? [openFilesStep(spec)] : []),
    // Time zero is taken here and not by the supervisor, which may be kept waiting for a processor.
    { does: "read the clock", call: "clock_gettime", args: [CLOCK_MONOTONIC, { room: "clock", bytes: clockReportBytes }] },
    { does: "report that the program starts", call: "write", args: [{ fd: statusDescriptor }, { room: "clock", bytes: clockReportBytes }, clockReportBytes] },
  ];
}
