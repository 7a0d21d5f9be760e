/**
 * User namespaces by which a file of one user is that of another in a view of it (mount_setattr(2), MOUNT_ATTR_IDMAP): so a program can open an
 * input by its name that only its owner may read.
 */
import { writeFileSync } from "../../kernel/fs.ts";
import { inFirstUserNamespace } from "../../kernel/caller.ts";
import type { FileStat } from "../../kernel/files.ts";
import { makeUserNamespace } from "./namespace-holder.ts";
import type { Reader } from "./stdin-source.ts";

/** One for each pair of users, for as long as this process lives: a judge has one for all inputs. */
const kept = new Map<string, number | null>();
/** A process that serves many boxes for long does not keep one for each. */
const mostKept = 64;

/** @returns a descriptor that stays open; null where nobody may map ids of files. Blocks for a millisecond, once for each pair. */
export function idMapping(file: FileStat, { uid, gid }: Reader): number | null {
  // The kernel lets only root of the machine do it.
  if (process.geteuid!() !== 0 || !inFirstUserNamespace() || gid === null) return null;
  const maps = { uid_map: `${file.uid} ${uid} 1`, gid_map: `${file.gid} ${gid} 1` };
  const key = Object.values(maps).join();
  let namespace = kept.get(key);
  if (namespace === undefined && kept.size < mostKept) kept.set(key, (namespace = make(maps)));
  return namespace ?? null;
}

function make(maps: Readonly<Record<string, string>>): number | null {
  try {
    return makeUserNamespace((pid) => {
      for (const [file, map] of Object.entries(maps)) writeFileSync(`/proc/${pid}/${file}`, map);
    });
  } catch {
    // A host without user namespaces: then the file can be read, and not be opened again.
    return null;
  }
}
