/**
 * Room in the cache. The size of all entries is kept as a running total, the text of the lock file; only when that is over the limit are
 * the entries looked at, and those that were not used for longest removed. Everything here happens with the lock held.
 */
import { readSync, writeSync } from "node:fs";
import { tryLockFile, unlinkAndClose } from "../../state/lock-file.ts";
import { S } from "../../kernel/constants.ts";
import { readDirectory } from "../../kernel/directory.ts";
import { closeDescriptor, statEntry, tryUnlinkAt } from "../../kernel/files.ts";
import type { CacheDirectory } from "./directory.ts";

/** An entry counts as at least this much, so that small ones do not use up the inodes of a disk: 16,384 of them are 1 GB. */
const leastBytes = 64 * 1024;
/** After an eviction this much of the limit is used, so that not every result that is kept ends in one. */
const filledTo = 0.9;
const totalDigits = 20;

/** What an entry of so many bytes counts as. */
export function chargeOf(bytes: number): number {
  return Math.max(bytes, leastBytes);
}

/** Adds to the running total, before the entry has its name: too large a total ends in a look at the entries, too small a one nowhere. */
export function addToTotal(lock: number, bytes: number): void {
  const total = readTotal(lock);
  if (total !== null) writeTotal(lock, total + bytes);
}

/** Removes entries when there are too many. @returns how many were removed */
export function makeRoom(directory: CacheDirectory, lock: number, limitBytes: number): number {
  const total = readTotal(lock);
  if (total !== null && total <= limitBytes) return 0;
  const entries = listEntries(directory).toSorted((a, b) => (a.usedNs < b.usedNs ? -1 : 1));
  let sum = entries.reduce((bytes, entry) => bytes + chargeOf(entry.bytes), 0);
  let removed = 0;
  if (sum > limitBytes) {
    for (const { name, bytes } of entries) {
      if (sum <= limitBytes * filledTo) break;
      if (tryUnlinkAt(directory.entries, name, 0) < 0) continue;
      sum -= chargeOf(bytes);
      removed++;
    }
  }
  writeTotal(lock, sum);
  return removed;
}

/** Removes what writers that were killed have left: a living one holds the lock of its file. */
export function sweepUnfinished(directory: CacheDirectory): void {
  for (const { name: bytes } of readDirectory(directory.unfinished)) {
    const name = Buffer.from(bytes).toString();
    const attempt = tryLockFile(directory.unfinished, name, `${directory.path}/new/${name}`, false);
    if (attempt.kind === "held") unlinkAndClose(directory.unfinished, name, attempt.fd);
    else if (attempt.kind === "busy") closeDescriptor(attempt.fd);
  }
}

/** Removes every entry. @returns how many there were, and their bytes */
export function removeAll(directory: CacheDirectory, lock: number): { readonly entries: number; readonly bytes: number } {
  const entries = listEntries(directory);
  const removed = entries.filter(({ name }) => tryUnlinkAt(directory.entries, name, 0) === 0);
  sweepUnfinished(directory);
  writeTotal(lock, 0);
  return { entries: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) };
}

interface Listed {
  readonly name: Uint8Array;
  readonly bytes: number;
  readonly usedNs: bigint;
}

function listEntries({ entries }: CacheDirectory): Listed[] {
  return [...readDirectory(entries)].flatMap(({ name }): Listed[] => {
    const stat = statEntry(entries, name);
    return stat === null || (stat.mode & S.IFMT) === S.IFDIR ? [] : [{ name, bytes: stat.size, usedNs: stat.modifiedNs }];
  });
}

/** null when there is none, or something else stands there. */
function readTotal(lock: number): number | null {
  const buffer = Buffer.alloc(totalDigits);
  const text = buffer.toString("latin1", 0, readSync(lock, buffer, 0, totalDigits, 0));
  return /^[0-9]{20}$/.test(text) ? Number(text) : null;
}

function writeTotal(lock: number, bytes: number): void {
  writeSync(lock, String(bytes).padStart(totalDigits, "0"), 0);
}
