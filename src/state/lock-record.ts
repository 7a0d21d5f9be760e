/** The binary record in the lock file of a box: its layout, and nothing else. */
import { readSync, writeSync } from "../kernel/fs.ts";
import { configError } from "../model/errors.ts";

/** What the lock file of a box says. */
export interface LockRecord {
  /** Uid that made the box. */
  readonly ownerUid: number;
  /** Process that holds the box, 0: nobody. */
  readonly pid: number;
  /** Inode of the pid namespace in which `pid` is that process (`/proc/self/ns/pid`), 0: not known. */
  readonly pidNamespace: number;
  /** Whether `init` of the box came to its end. */
  readonly initialised: boolean;
}

/** "mIbL" as the bytes of the file. */
const magic = 0x4c62496d;
const formatVersion = 1;

/** Six little-endian words of 32 bits: magic number, format version, owner uid, pid, initialised (0 or 1), pid namespace. */
export const recordBytes = 24;

/**
 * Reads the record of an opened lock file; null when the file is empty, which is what a process leaves that
 * died between making and writing it.
 * @throws IsolateError of kind Config, naming `path`, when it is anything but a record of ours
 */
export function readRecord(fd: number, path: string): LockRecord | null {
  const buffer = Buffer.alloc(recordBytes + 1);
  const size = readSync(fd, buffer, 0, buffer.length, 0);
  if (size === 0) return null;
  if (size !== recordBytes) throw foreign(path, size < recordBytes ? `only ${size} of ${recordBytes} bytes` : `more than ${recordBytes} bytes`);
  if (buffer.readUInt32LE(0) !== magic) throw foreign(path, "wrong magic number");
  const version = buffer.readUInt32LE(4);
  if (version !== formatVersion) throw foreign(path, `format version ${version}, not ${formatVersion}`);
  const initialised = buffer.readUInt32LE(16);
  if (initialised > 1) throw foreign(path, `initialised flag ${initialised}`);
  return { ownerUid: buffer.readUInt32LE(8), pid: buffer.readUInt32LE(12), initialised: initialised === 1, pidNamespace: buffer.readUInt32LE(20) };
}

/** Writes the record in one call, so that a reader without the lock sees the one before or this one. @throws SyscallError */
export function writeRecord(fd: number, record: LockRecord): void {
  const buffer = Buffer.alloc(recordBytes);
  buffer.writeUInt32LE(magic, 0);
  buffer.writeUInt32LE(formatVersion, 4);
  buffer.writeUInt32LE(record.ownerUid, 8);
  buffer.writeUInt32LE(record.pid, 12);
  buffer.writeUInt32LE(record.initialised ? 1 : 0, 16);
  buffer.writeUInt32LE(record.pidNamespace, 20);
  writeSync(fd, buffer, 0, recordBytes, 0);
}

function foreign(path: string, what: string) {
  return configError(`cannot use lock file ${path}: not a lock of ours (${what})`, "find out who wrote it; if nobody needs it, remove it");
}
