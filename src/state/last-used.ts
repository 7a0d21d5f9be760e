/** The time of the last use of a box among many, noted as the time of a file of the box's own (note-use.ts says when). */
import { closeSync, constants, futimesSync, openSync, statSync } from "node:fs";

const fileName = "last-used";

/** Notes the time of a use. @param home of the box @throws as fs.openSync */
export function writeLastUse(home: string, time: Date): void {
  const seconds = time.getTime() / 1000;
  const fd = openSync(`${home}/${fileName}`, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  try {
    futimesSync(fd, seconds, seconds);
  } finally {
    closeSync(fd);
  }
}

/** The later of what the record of a box says and what was noted since. @param home of the box */
export function lastUse(home: string, recorded: string): string {
  const noted = statSync(`${home}/${fileName}`, { throwIfNoEntry: false })?.mtimeMs;
  // Seconds as a floating-point number are off by some nanoseconds.
  return noted === undefined || noted <= Date.parse(recorded) ? recorded : new Date(Math.round(noted)).toISOString();
}
