/** Whether a jar has a file in it, by the directory at its end (the format is PKWARE's APPNOTE). Nothing is unpacked. */
import { readAt } from "../kernel/read-at.ts";

const endBytes = 22;
const longestComment = 65_535;
const entryBytes = 46;
/** A directory of 100,000 files has about this; of a larger one nothing is said. */
const largestDirectoryBytes = 8 * 1024 * 1024;

/** @returns null when it cannot be told. @throws SystemError of node:fs */
export function jarHas(fd: number, size: number, name: string): boolean | null {
  const tail = readAt(fd, Math.max(0, size - endBytes - longestComment), Math.min(size, endBytes + longestComment));
  const end = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || tail.length - end < endBytes) return null;
  const bytes = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (bytes > largestDirectoryBytes || offset + bytes > size) return null;
  const directory = readAt(fd, offset, bytes);
  for (let at = 0; at + entryBytes <= directory.length; ) {
    if (directory.toString("latin1", at, at + 4) !== "PK\x01\x02") return null;
    const nameBytes = directory.readUInt16LE(at + 28);
    if (directory.toString("utf8", at + entryBytes, at + entryBytes + nameBytes) === name) return true;
    at += entryBytes + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return false;
}
