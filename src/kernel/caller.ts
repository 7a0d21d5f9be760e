/** Who we are when a box is asked whose it is. */
import { readFileSync, readlinkSync } from "./fs.ts";

/** A range of uids of our user namespace and what they are outside of it (user_namespaces(7)). */
export interface UidRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

let map: readonly UidRange[] | null = null;

/** The uids that there are for us: all of them, outside of user namespaces. Read once, as a map that has been written does not change. */
export function uidMap(): readonly UidRange[] {
  return (map ??= readUidMap());
}

const everyUid: readonly UidRange[] = [{ inside: 0, outside: 0, count: 2 ** 32 - 1 }];
/** The same as the kernel writes it: three numbers of ten places. */
const everyUidText = "         0          0 4294967295\n";

function readUidMap(): readonly UidRange[] {
  let text: string;
  try {
    text = readFileSync("/proc/self/uid_map", "latin1");
  } catch {
    // A kernel without user namespaces.
    return everyUid;
  }
  // Where most runs are. The rest of this costs a fraction of a millisecond when it is used for the first time.
  if (text === everyUidText) return everyUid;
  return text.trim().split("\n").map((line) => {
    // No pattern: the first use of one in a process costs more than the rest.
    const [inside = 0, outside = 0, count = 0] = line.split(" ").filter((word) => word !== "").map(Number);
    return { inside, outside, count };
  });
}

/** Whether our user namespace is the first one, or one that could as well be: nothing of the machine belongs to others than us. */
export function inFirstUserNamespace(): boolean {
  const [only] = uidMap();
  return only?.inside === 0 && only.outside === 0 && only.count === 2 ** 32 - 1;
}

/**
 * The uid that boxes made by this process belong to: our effective uid, but without the disguise of
 * `unshare --map-root-user`, in which an ordinary user looks like root to itself. There the same user
 * must find its boxes again from outside, so the uid outside counts.
 */
export function callerUid(): number {
  const effective = process.geteuid!();
  if (effective !== 0) return effective;
  // Only a map of exactly one uid is that disguise; a container's map of many uids is the world its boxes live in.
  const [only, ...more] = uidMap();
  return more.length === 0 && only?.inside === 0 && only.count === 1 ? only.outside : 0;
}

/**
 * Inode of our pid namespace, which tells pids of different namespaces apart; 0 without a /proc to say it. By the text of the link: what
 * it leads to has no path, and AppArmor may refuse to look at that.
 */
export function ownPidNamespace(): number {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
