/**
 * Subordinate ids (subuid(5)): uids and gids that an administrator gave to an ordinary user, and that nobody else has. A program runs under one
 * of them, so that it is not the caller: it can neither write to the caller's files nor signal the caller's processes. Reads only.
 */
import { accessSync, constants, lstatSync, readFileSync } from "../../kernel/fs.ts";
import type { MountRule } from "../../model/mounts.ts";

/** The programs that may map more than the caller's own id (newuidmap(1)), and the one that gives files back. */
export const mappers = { uid: "/usr/bin/newuidmap", gid: "/usr/bin/newgidmap" } as const;
export const ownerChanger = "/usr/bin/chown";

export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** Inside of a user namespace that is made from it, the caller is 0 and the first of each range is 1. */
export interface SubordinateRanges {
  readonly uid: IdRange;
  readonly gid: IdRange;
}

/** Who a program is. */
export interface SubordinateUser {
  /** As everybody outside sees it. */
  readonly uid: number;
  readonly gid: number;
  /** As it is in the user namespace. */
  readonly inside: { readonly uid: number; readonly gid: number };
  readonly ranges: SubordinateRanges;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** The first range of an owner, by name or number. @param text as in subuid(5) */
export function rangeOf(text: string, owners: readonly string[]): IdRange | null {
  for (const line of text.split("\n")) {
    const [owner = "", first = "", count = ""] = line.split(":");
    const range = { first: Number(first), count: Number(count) };
    if (owners.includes(owner) && Number.isInteger(range.first) && range.first > 0 && Number.isInteger(range.count) && range.count > 0) return range;
  }
  return null;
}

/** Name of a uid in passwd(5), null without. */
export function accountOf(passwd: string, uid: number): string | null {
  return passwd.split("\n").map((line) => line.split(":")).find(([, , number]) => number === String(uid))?.[0] ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What the caller, who is not root, has; null when the ids or a program are missing. */
export function callersRanges(): SubordinateRanges | null {
  if (![mappers.uid, mappers.gid, ownerChanger].every(isExecutable)) return null;
  const caller = process.geteuid!();
  const uids = textOf("/etc/subuid");
  if (uids === "") return null;
  const name = accountOf(textOf("/etc/passwd"), caller);
  const owners = [String(caller), ...(name === null ? [] : [name])];
  const uid = rangeOf(uids, owners);
  const gid = rangeOf(textOf("/etc/subgid"), owners);
  return uid === null || gid === null ? null : { uid, gid };
}

/** Any, so that programs that run at the same time are hardly ever the same user. */
export function chooseUser(ranges: SubordinateRanges): SubordinateUser {
  const any = Math.floor(Math.random() * Math.min(ranges.uid.count, ranges.gid.count));
  return { uid: ranges.uid.first + any, gid: ranges.gid.first + any, inside: { uid: any + 1, gid: any + 1 }, ranges };
}

/** What an id of a range is inside of the user namespace. */
export function insideOf({ first }: IdRange, id: number): number {
  return id - first + 1;
}

/** Whether the caller mounts something that only the caller's own user can read or write. */
export function needsCaller(mounts: readonly (MountRule & { readonly sourceType: string })[]): boolean {
  return mounts.some(({ kind, source, sourceType, writable }) => {
    if (kind !== "bind" || source === "./box" || sourceType === "link") return false;
    if (writable) return true;
    const stat = lstatSync(source, { throwIfNoEntry: false });
    const wanted = stat?.isDirectory() ? 0o005 : 0o004;
    return stat?.uid === process.geteuid!() && (stat.mode & wanted) !== wanted;
  });
}
