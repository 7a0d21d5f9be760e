/**
 * Whose word a pack is. A pack says what root executes in a box, which files of the host the box sees, and with which limits:
 * who can write to it has root's caller's say. So root takes one only if nobody but root can change or replace it.
 */
import { lstatSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { configError } from "../model/errors.ts";
import { callerUid } from "../kernel/caller.ts";
import { S } from "../kernel/constants.ts";
import { statDescriptor } from "../kernel/files.ts";

interface Owned {
  readonly uid: number;
  readonly mode: number;
}

/**
 * Checks an opened pack and every directory above it; links on the way do not matter, since what was opened counts. An
 * ordinary user reads what it likes.
 * @throws IsolateError of kind Config that names what others can write to
 */
export function requireTrusted(fd: number, shown: string): void {
  if (callerUid() !== 0) return;
  const file = statDescriptor(fd);
  const refuse = (path: string, reason: string) =>
    configError(`cannot use language pack ${shown}: ${path === shown ? "it" : path} ${reason}`, `root takes packs only from where nobody else can write: chown root ${path}; chmod go-w ${path}`);
  const problem = (stat: Owned, isDirectory: boolean): string | null => {
    if (stat.uid !== 0) return `belongs to uid ${stat.uid}`;
    // In a directory such as /tmp, others cannot touch what is not theirs.
    const shared = isDirectory && (stat.mode & S.ISVTX) !== 0;
    return !shared && (stat.mode & 0o022) !== 0 ? `can be written by others (mode ${(stat.mode & 0o7777).toString(8).padStart(4, "0")})` : null;
  };
  const ofFile = problem(file, false);
  if (ofFile !== null) throw refuse(shown, ofFile);
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  // A pipe has no place; whoever made it is the one who gave it to us.
  if (!path.startsWith("/")) return;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const reason = problem(lstatSync(directory), true);
    if (reason !== null) throw refuse(directory, reason);
    if (directory === "/") return;
  }
}
