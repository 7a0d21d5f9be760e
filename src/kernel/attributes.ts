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

const schedAttrBytes = 56;
const fullSpeed = 1024;

/** struct sched_attr of sched_setattr(2): without real-time priority, without deadlines, with the system's own time slice. */
export function schedulingBytes({ policy, nice, clamped }: Scheduling, clamp = 0xffff_ffff): Uint8Array {
  const bytes = new Uint8Array(schedAttrBytes);
  const fields = new DataView(bytes.buffer);
  fields.setUint32(0, schedAttrBytes, true);
  fields.setUint32(4, policy, true);
  fields.setUint32(8, clamped ? SCHED_FLAG.UTIL_CLAMP_MIN | SCHED_FLAG.UTIL_CLAMP_MAX : 0, true);
  fields.setInt32(16, nice, true);
  // All ones: the bound of the system.
  fields.setUint32(48, clamped ? clamp : 0, true);
  fields.setUint32(52, clamped ? clamp : 0, true);
  return bytes;
}

/** The usual scheduling, or the nearest to it that the kernel lets a child of this thread have (sched(7), setpriority(2)): never a better rank. */
export function reachableScheduling(): Scheduling {
  const bytes = new Uint8Array(schedAttrBytes);
  if (tryCall("sched_getattr", 0, bytes, schedAttrBytes, 0) < 0) return usualScheduling;
  const fields = new DataView(bytes.buffer);
  const policy = fields.getUint32(4, true);
  // The kernel's own answer is 20 - nice, as a result below 0 is an error.
  const nice = 20 - tryCall("getpriority", PRIO_PROCESS, 0);
  const clamped = isClamped(fields.getUint32(48, true), fields.getUint32(52, true));
  const usual = { ...usualScheduling, clamped };
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

/** A kernel without such bounds answers 0 and 0, as it does for a thread that is held to the lowest speed: only the former refuses to set them. */
function isClamped(least: number, most: number): boolean {
  if (least !== 0 || most !== 0) return least !== 0 || most !== fullSpeed;
  const same = schedulingBytes({ ...usualScheduling, clamped: true }, 0);
  new DataView(same.buffer).setUint32(8, SCHED_FLAG.KEEP_POLICY | SCHED_FLAG.KEEP_PARAMS | SCHED_FLAG.UTIL_CLAMP_MIN | SCHED_FLAG.UTIL_CLAMP_MAX, true);
  return tryCall("sched_setattr", 0, same, 0) >= 0;
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

/** What one of our own files in /proc says; null where there is none. */
export function readOwnAttribute(name: string): string | null {
  const fd = tryCall("openat", AT_FDCWD, `/proc/self/${name}`, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) return null;
  const bytes = new Uint8Array(32);
  const count = tryCall("read", fd, bytes, bytes.length);
  tryCall("close", fd);
  return count < 0 ? null : Buffer.from(bytes.subarray(0, count)).toString("latin1").trim();
}
