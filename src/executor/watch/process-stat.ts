/** What /proc says of one process. */
import { readdirSync, readFileSync } from "../../kernel/fs.ts";

export interface ProcessStat {
  readonly pid: number;
  /** It has ended, and nobody has reaped it. */
  readonly zombie: boolean;
  /** Its main thread runs, waits for a processor or waits for a disk. */
  readonly busy: boolean;
  /** Its main thread is in exit(2), or past it. */
  readonly leaving: boolean;
  readonly parent: number;
  readonly session: number;
  /** CPU time of children that it waited for, milliseconds (in steps of 10). */
  readonly waitedMs: number;
  readonly threads: number;
  /** Since the machine started, in steps of 10 ms: tells it from a later process with the same number. */
  readonly startedTicks: number;
}

/** USER_HZ: the unit of times in /proc/PID/stat, 1/100 s on every architecture of ours (proc(5)). */
const msPerTick = 10;

/** PF_EXITING of include/linux/sched.h: set before anything of a process is taken apart, its descriptors included. */
const exiting = 4;

/** @param text of /proc/PID/stat */
export function parseStat(pid: number, text: string): ProcessStat {
  // The name in parentheses may hold anything, parentheses included: what counts comes after the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (index: number) => Number(fields[index]);
  return { pid, zombie: fields[0] === "Z", busy: fields[0] === "R" || fields[0] === "D", leaving: (number(6) & exiting) !== 0, parent: number(1), session: number(3), waitedMs: (number(13) + number(14)) * msPerTick, threads: number(17), startedTicks: number(19) };
}

/** @returns null when there is no such process */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}

/** Whether a thread of a process runs, waits for a processor or waits for a disk. */
export function hasBusyThread(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => parseStat(pid, readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1")).busy);
  } catch {
    // A thread has ended meanwhile, so somebody was at work.
    return true;
  }
}
