/**
 * The time of the last use of a box. A run notes it as the time of a file of the box's own: thousands of callers would stand in line for
 * instances.json, and wait for the disk. instances.json follows when `init` or `cleanup` writes it next.
 */
import { closeSync, futimesSync, openSync, statSync } from "../kernel/fs.ts";
import { O } from "../kernel/constants.ts";
import { ioFault } from "./io-fault.ts";

/** May be a second name of the journal (journal.ts). */
export const lastUseName = "last-used";

/** Notes that a box is used now. Takes no lock, and waits for no disk. @param home of the box @returns the time, ISO 8601 @throws IsolateError */
export function noteUse(home: string): string {
  const now = new Date();
  try {
    writeLastUse(home, now);
  } catch (error) {
    throw ioFault(`write down the time in ${home}/${lastUseName}`, error);
  }
  return now.toISOString();
}

/** Notes the time of a use. @param home of the box @throws SyscallError */
export function writeLastUse(home: string, time: Date): void {
  const seconds = time.getTime() / 1000;
  const fd = openSync(`${home}/${lastUseName}`, O.WRONLY | O.CREAT | O.NOFOLLOW | O.NONBLOCK, 0o600);
  try {
    futimesSync(fd, seconds, seconds);
  } finally {
    closeSync(fd);
  }
}

/** The later of what the record of a box says and what was noted since. @param home of the box */
export function lastUse(home: string, recorded: string): string {
  const noted = statSync(`${home}/${lastUseName}`, { throwIfNoEntry: false })?.mtimeMs;
  // Seconds as a floating-point number are off by some nanoseconds.
  return noted === undefined || noted <= Date.parse(recorded) ? recorded : new Date(Math.round(noted)).toISOString();
}
