/**
 * What a thread hands on by fork(2) and a process keeps in execve(2), besides descriptors, signals and ids. All of it is asked of
 * the calling thread, which is the one that starts others. What had to be tried is as it was afterwards.
 */
import { AT_FDCWD, MPOL_DEFAULT, O, PRIO_PROCESS, SCHED, SCHED_FLAG } from "./constants.ts";
import { tryCall } from "./ffi.ts";

/** How the kernel ranks a thread that wants a processor. */
export interface Scheduling {
  readonly policy: number;
  /** -20 to 19; less is more. */
  readonly nice: number;
  /** Bounds of its own for the speed of the processor (uclamp), which a new scheduling then takes off. */
  readonly clamped: boolean;
}

export const usualScheduling: Scheduling = { policy: SCHED.OTHER, nice: 0, clamped: false };

/** struct sched_attr of sched_setattr(2) in words of 32 bits; what is not named here is real-time, deadlines and the time slice. */
const schedAttrWords = 14;
const word = { size: 0, policy: 1, flags: 2, nice: 4, leastSpeed: 12, mostSpeed: 13 } as const;
const fullSpeed = 1024;

/** Without real-time priority, without deadlines, with the system's own time slice. */
export function schedulingBytes({ policy, nice, clamped }: Scheduling): Uint8Array {
  const words = new Int32Array(schedAttrWords);
  words[word.size] = schedAttrWords * 4;
  words[word.policy] = policy;
  words[word.nice] = nice;
  if (clamped) {
    words[word.flags] = SCHED_FLAG.UTIL_CLAMP_MIN | SCHED_FLAG.UTIL_CLAMP_MAX;
    // All ones: the bound of the system.
    words[word.leastSpeed] = words[word.mostSpeed] = -1;
  }
  return new Uint8Array(words.buffer);
}

/** The usual scheduling, or the nearest to it that the kernel lets a child of this thread have (sched(7), setpriority(2)): never a better rank. */
export function reachableScheduling(): Scheduling {
  const words = new Int32Array(schedAttrWords);
  if (tryCall("sched_getattr", 0, words, schedAttrWords * 4, 0) < 0) return usualScheduling;
  const policy = words[word.policy]!;
  const most = words[word.mostSpeed]!;
  // A kernel without such bounds answers 0 for both.
  const clamped = words[word.leastSpeed] !== 0 || (most !== 0 && most !== fullSpeed);
  if (policy === SCHED.OTHER && words[word.nice]! <= 0 && !clamped) return usualScheduling;
  return nearestTo({ ...usualScheduling, clamped }, policy);
}

function nearestTo(usual: Scheduling, policy: number): Scheduling {
  // Not from struct sched_attr, which has none for real-time. The kernel's own answer is 20 - nice, as a result below 0 is an error.
  const nice = 20 - tryCall("getpriority", PRIO_PROCESS, 0);
  if (policy === SCHED.IDLE && !mayLeaveIdle(nice)) return { ...usual, policy, nice };
  return nice <= 0 || mayBeUsuallyNice(nice) ? usual : { ...usual, nice };
}

function mayLeaveIdle(nice: number): boolean {
  const as = (policy: number) => tryCall("sched_setattr", 0, schedulingBytes({ policy, nice, clamped: false }), 0);
  return as(SCHED.OTHER) >= 0 && as(SCHED.IDLE) >= 0;
}

function mayBeUsuallyNice(nice: number): boolean {
  if (tryCall("setpriority", PRIO_PROCESS, 0, 0) < 0) return false;
  tryCall("setpriority", PRIO_PROCESS, 0, nice);
  return true;
}

/** Whether memory comes from places of the thread's own choice (numactl); not where the kernel does not know or tell. */
export function hasMemoryPolicy(): boolean {
  const mode = new Int32Array(1);
  return tryCall("get_mempolicy", mode, 0, 0, 0, 0) >= 0 && mode[0] !== MPOL_DEFAULT;
}

/** prctl(2) with an option that asks. @returns its answer; negative where the kernel does not know or tell */
export function askPrctl(option: number, about = 0): number {
  return tryCall("prctl", option, about, 0, 0, 0);
}

/** The first bytes of one of our own files in /proc, as many as the text has and eight at most, are this text; null where there is no such file. */
export function ownFileBegins(path: string, text: string): boolean | null {
  const fd = tryCall("openat", AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) return null;
  // No decoding: this is on the way of every run, in a process that has just begun.
  const bytes = new Uint8Array(8);
  tryCall("read", fd, bytes, bytes.length);
  tryCall("close", fd);
  for (let at = 0; at < text.length; at++) if (bytes[at] !== text.charCodeAt(at)) return false;
  return true;
}
