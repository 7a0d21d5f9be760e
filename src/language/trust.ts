/**
 * Whose word a pack is. A pack says what root executes in a box, which files of the host the box sees, and with which limits:
 * who can write to it has root's caller's say. So root takes one only if nobody but root can change or replace it.
 */
import { lstatSync, readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import { configError } from "../model/errors.ts";
import { callerUid } from "../kernel/caller.ts";
import { S } from "../kernel/constants.ts";
import { statDescriptor } from "../kernel/files.ts";
import { joinWords } from "./words.ts";

interface Owned {
  readonly uid: number;
  readonly mode: number;
}

/**
 * Checks an opened pack and every directory above it; links on the way do not matter, since what was opened counts. An
 * ordinary user reads what it likes.
 * @param sudoUid who became root by sudo, as far as that is known: a pack in the home of that user gets another advice
 * @throws IsolateError of kind Config that names what others can write to
 */
export function requireTrusted(fd: number, shown: string, sudoUid: number | null = null): void {
  if (callerUid() !== 0) return;
  const file = statDescriptor(fd);
  const refuse = (path: string, reason: string, owner: number) => {
    const isOwn = sudoUid !== null && (owner === sudoUid || file.uid === sudoUid);
    // Nobody wants to give the home away.
    const advice = isOwn ? `${installCommand(shown)}, then the same without --pack` : `chown root ${path}; chmod go-w ${path}`;
    return configError(`cannot use language pack ${shown}: ${path === shown ? "it" : path} ${reason}`, `root takes packs only from where nobody else can write: ${advice}`);
  };
  const problem = (stat: Owned, isDirectory: boolean): string | null => {
    if (stat.uid !== 0) return `belongs to uid ${stat.uid}`;
    // In a directory such as /tmp, others cannot touch what is not theirs.
    const shared = isDirectory && (stat.mode & S.ISVTX) !== 0;
    return !shared && (stat.mode & 0o022) !== 0 ? `can be written by others (mode ${(stat.mode & 0o7777).toString(8).padStart(4, "0")})` : null;
  };
  const ofFile = problem(file, false);
  if (ofFile !== null) throw refuse(shown, ofFile, file.uid);
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  // A pipe has no place; whoever made it is the one who gave it to us.
  if (!path.startsWith("/")) return;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const stat = lstatSync(directory);
    const reason = problem(stat, true);
    if (reason !== null) throw refuse(directory, reason, stat.uid);
    if (directory === "/") return;
  }
}

/** Copies a pack to where every run on the host finds it. */
function installCommand(shown: string): string {
  const name = basename(shown);
  return joinWords(["sudo", "install", "-D", "-m", "644", shown, `/etc/mini-isolate/languages.d/${/\.ya?ml$/.test(name) ? name : `${name}.yaml`}`]);
}
