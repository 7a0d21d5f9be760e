/** Waiting for and ending processes, by the kernel's own calls: Bun's process API is not involved. */
import { call, tryCall } from "./ffi.ts";
import { POLL, PR, PRIO_USER, RLIMIT, SIG_SETMASK, signalSetBytes, WALL, WNOHANG } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";

/** How a child ended, and what the kernel counted for it and the children it had waited for (getrusage(2)). */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly usage: ChildUsage;
}

export interface ChildUsage {
  readonly cpuTimeMs: number;
  /** ru_maxrss; survives execve, so it is never below what the launcher had. */
  readonly maxRssBytes: number;
  readonly pageFaults: number;
  readonly contextSwitches: number;
  /** Those of them for which the process did not ask: its time was over, or another came first. */
  readonly forcedSwitches?: number;
}

/** Bytes of struct rusage on 64-bit Linux. */
export const rusageBytes = 144;

/** Reads struct rusage. */
export function parseUsage(bytes: Uint8Array): ChildUsage {
  const words = new DataView(bytes.buffer, bytes.byteOffset, rusageBytes);
  const word = (index: number) => Number(words.getBigInt64(index * 8, true));
  return {
    cpuTimeMs: (word(0) + word(2)) * 1000 + (word(1) + word(3)) / 1000,
    maxRssBytes: word(4) * 1024,
    pageFaults: word(8) + word(9),
    contextSwitches: word(16) + word(17),
    forcedSwitches: word(17),
  };
}

/**
 * wait4(2) without blocking. `pid` -1: any child.
 * @returns null while nothing has ended
 * @throws SyscallError (ECHILD: somebody else reaped it)
 */
export function reap(pid: number): (ChildEnd & { readonly pid: number }) | null {
  const status = new Int32Array(1);
  const usage = new Uint8Array(rusageBytes);
  const ended = call("wait4", `process ${pid}`, pid, status, WNOHANG | WALL, usage);
  // A program may make us its tracer (PTRACE_TRACEME), and we are then told when it stops; that is no end.
  const word = status[0]!;
  if (ended === 0 || (word & 0xff) === 0x7f) return null;
  const signal = word & 0x7f;
  return { pid: ended, exitCode: signal === 0 ? (word >> 8) & 0xff : null, signal: signal === 0 ? null : signal, usage: parseUsage(usage) };
}

/** Waits for the end of a child, without bound. @returns its exit code; null when a signal ended it, or somebody else reaped it */
export function waitForEnd(pid: number): number | null {
  const status = new Int32Array(1);
  for (;;) {
    const ended = tryCall("wait4", pid, status, WALL, 0);
    if (ended === -errno.EINTR) continue;
    return ended === pid && (status[0]! & 0x7f) === 0 ? (status[0]! >> 8) & 0xff : null;
  }
}

/** pidfd_open(2): becomes readable when the process ends. @throws SyscallError */
export function openPidfd(pid: number): number {
  return call("pidfd_open", `process ${pid}`, pid, 0);
}

/** kill(2); a process that is gone already is not an error. */
export function killProcess(pid: number, signal: number): void {
  tryCall("kill", pid, signal);
}

/** What ppoll(2) is asked, and its answer, in memory that can be given to another thread. */
export interface PollQuestion {
  readonly descriptors: readonly number[];
  readonly entries: Int32Array;
  /** Null: no bound. */
  readonly timeout: BigInt64Array | null;
}

/** As {@link pollReadable}, to be asked later. */
export function pollQuestion(readable: readonly number[], timeoutMs: number | null, writable: readonly number[] = [], urgent: readonly number[] = []): PollQuestion {
  const descriptors = writable.length + urgent.length === 0 ? readable : [...readable, ...writable, ...urgent];
  const entries = new Int32Array(Math.max(descriptors.length, 1) * 2);
  descriptors.forEach((fd, index) => {
    entries[index * 2] = fd;
    entries[index * 2 + 1] = index < readable.length ? POLL.IN : index < readable.length + writable.length ? POLL.OUT : POLL.PRI;
  });
  return { descriptors, entries, timeout: timeoutMs === null ? null : timespec(timeoutMs) };
}

/** @param count what ppoll(2) returned, or the negated error number @param entries as it left them @throws SyscallError */
export function pollAnswer(descriptors: readonly number[], count: number, entries: Int32Array): { readonly ready: readonly number[]; readonly interrupted: boolean } {
  if (count === -errno.EINTR) return { ready: [], interrupted: true };
  if (count < 0) throw new SyscallError("ppoll", -count);
  return { ready: descriptors.filter((_, index) => entries[index * 2 + 1]! >> 16 !== 0), interrupted: false };
}

/**
 * ppoll(2) until one of the descriptors can be read, one of `writable` be written to, or one of `urgent` has something urgent to tell.
 * @param timeoutMs null: no bound
 * @returns the descriptors that are ready or hung up; empty after the time or a signal
 */
export function pollReadable(
  readable: readonly number[], timeoutMs: number | null, writable: readonly number[] = [], urgent: readonly number[] = [],
): { readonly ready: readonly number[]; readonly interrupted: boolean } {
  const { descriptors, entries, timeout } = pollQuestion(readable, timeoutMs, writable, urgent);
  return pollAnswer(descriptors, tryCall("ppoll", entries, descriptors.length, timeout ?? 0, 0, signalSetBytes), entries);
}

function timespec(ms: number): BigInt64Array {
  const nanoseconds = BigInt(Math.max(0, Math.ceil(ms * 1e6)));
  return new BigInt64Array([nanoseconds / 1_000_000_000n, nanoseconds % 1_000_000_000n]);
}

/**
 * Whether some process that we can see runs under this real uid, zombies included: getpriority(2) asks the kernel about all of
 * a user's processes in one call, where /proc takes one for each process of the host.
 * @returns null when this kernel does not say
 */
export function userHasProcesses(uid: number): boolean | null {
  const result = tryCall("getpriority", PRIO_USER, uid);
  // Raw results are 1 to 40, never 0.
  return result > 0 ? true : result === -errno.ESRCH ? false : null;
}

const SA_RESETHAND = 0x8000_0000n;

/**
 * The handler that a signal has is for once: the next one does what it does to every process (sigaction(2)). For signals of faults: a fault of
 * our own comes again as soon as the handler returns, and a process that goes on handling it would never end.
 */
export function handleOnce(signal: number): void {
  const action = new BigUint64Array(4);
  if (tryCall("rt_sigaction", signal, 0, action, signalSetBytes) < 0) return;
  // struct sigaction of the kernel: handler, flags, restorer, mask.
  action[1]! |= SA_RESETHAND;
  tryCall("rt_sigaction", signal, action, 0, signalSetBytes);
}

/** prctl(PR_SET_CHILD_SUBREAPER): orphaned descendants become our children. */
export function adoptOrphans(): void {
  call("prctl", "PR_SET_CHILD_SUBREAPER", PR.SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/** prctl(PR_GET_CHILD_SUBREAPER): whether they do. */
export function isSubreaper(): boolean {
  const set = new Int32Array(1);
  return tryCall("prctl", PR.GET_CHILD_SUBREAPER, set, 0, 0, 0) === 0 && set[0] === 1;
}

/**
 * Raises our own soft limit on the size of files to the hard one (prlimit(2)): a caller's low limit is meant for its own
 * files, and ours (locks, records) could not be written. What the program may write is set by the launcher.
 */
export function raiseOwnFileSizeLimit(): void {
  const limit = new BigUint64Array(2);
  if (tryCall("prlimit64", 0, RLIMIT.FSIZE, 0, limit) < 0 || limit[0] === limit[1]) return;
  tryCall("prlimit64", 0, RLIMIT.FSIZE, new BigUint64Array([limit[1]!, limit[1]!]), 0);
}

/** The hard limit of this process for a resource (prlimit(2)); all ones: none. @throws SyscallError */
export function hardLimit(resource: number): bigint {
  const limit = new BigUint64Array(2);
  call("prlimit64", `resource ${resource}`, 0, resource, 0, limit);
  return limit[1]!;
}

/**
 * The hard limit up to `wanted` that a child of ours can have; Infinity: none. Over our own goes only CAP_SYS_RESOURCE of the host
 * (setrlimit(2)), so that is tried, and taken back. Halves of 64 bits and not bigints, whose first use in a process is slow.
 */
export function reachableLimit(resource: number, wanted: number): number {
  const own = new Int32Array(4);
  tryCall("prlimit64", 0, resource, 0, own);
  const [low, high] = [own[2]! >>> 0, own[3]! >>> 0];
  // No number of ours is so large, so any such limit is as good as the largest.
  const hard = high === 0xffff_ffff && low === high ? Infinity : Math.min(high * 2 ** 32 + low, Number.MAX_SAFE_INTEGER);
  if (wanted <= hard) return wanted;
  const raised = new Int32Array([own[0]!, own[1]!, wanted === Infinity ? -1 : wanted % 2 ** 32, wanted === Infinity ? -1 : wanted / 2 ** 32]);
  if (tryCall("prlimit64", 0, resource, raised, 0) < 0) return hard;
  tryCall("prlimit64", 0, resource, own, 0);
  return wanted;
}

const SIG_IGN = 1n;

/** Whether a signal is ignored in this process (rt_sigaction(2)). */
export function isIgnored(signal: number): boolean {
  const action = new BigUint64Array(4);
  return tryCall("rt_sigaction", signal, 0, action, signalSetBytes) === 0 && action[0] === SIG_IGN;
}

/** Sets the disposition of a signal to default, or to ignored. @throws SyscallError */
export function setDisposition(signal: number, disposition: "default" | "ignore"): void {
  call("rt_sigaction", `signal ${signal}`, signal, new BigUint64Array([disposition === "ignore" ? SIG_IGN : 0n, 0n, 0n, 0n]), 0, signalSetBytes);
}

const SA_RESTART = 0x1000_0000n;

/** Lets a signal that has a handler end the call in which we wait (EINTR), where the handler alone would let it go on (sigaction(2)). */
export function letInterrupt(signal: number): void {
  const action = new BigUint64Array(4);
  if (tryCall("rt_sigaction", signal, 0, action, signalSetBytes) < 0) return;
  action[1] = action[1]! & ~SA_RESTART;
  tryCall("rt_sigaction", signal, action, 0, signalSetBytes);
}

/**
 * Puts this process into a state in which children can be waited for and signals arrive, whatever it
 * inherited: SIGCHLD not ignored (or the kernel reaps behind our back), nothing blocked.
 */
export function resetInheritedSignals(sigchld: number): void {
  if (isIgnored(sigchld)) setDisposition(sigchld, "default");
  call("rt_sigprocmask", "", SIG_SETMASK, new BigUint64Array(1), 0, signalSetBytes);
}
