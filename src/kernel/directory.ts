/** Reading and opening directories by descriptor, with names as the bytes that they are. */
import { call, type Memory } from "./ffi.ts";
import { O } from "./constants.ts";

/** One entry of a directory. */
export interface DirectoryEntry {
  /** The name, no NUL; any bytes but `/`, so not text. */
  readonly name: Uint8Array;
  /** One of {@link DT}; a file system may say `unknown` for everything. */
  readonly type: number;
}

/** Types of directory entries (include/linux/fs_types.h); only those that we tell apart. */
export const DT = { unknown: 0, directory: 4, regular: 8 } as const;

/** Room for a few hundred short names; the longest record is 280 bytes. */
const bufferBytes = 8192;

/**
 * The entries of a directory from its beginning, without `.` and `..`, read as the caller goes on
 * (getdents64(2)). Entries may be removed meanwhile. Moves the position of the descriptor, so one loop at a time.
 * @param fd opened for reading
 * @throws SyscallError
 */
export function* readDirectory(fd: number): Generator<DirectoryEntry, void, undefined> {
  call("lseek", `descriptor ${fd}`, fd, 0, 0);
  const buffer = Buffer.allocUnsafe(bufferBytes);
  for (;;) {
    const filled = call("getdents64", `descriptor ${fd}`, fd, buffer, buffer.length);
    if (filled === 0) return;
    // struct linux_dirent64: inode 8 bytes, offset 8, record length 2, type 1, name with a closing NUL.
    for (let at = 0; at < filled; at += buffer.readUInt16LE(at + 16)) {
      const name = buffer.subarray(at + 19, buffer.indexOf(0, at + 19));
      if (isDot(name)) continue;
      yield { name: new Uint8Array(name), type: buffer[at + 18]! };
    }
  }
}

/** Room for `.`, `..` and one entry more, however long its name is. */
const emptinessBytes = 512;
/** `.` and `..` in struct linux_dirent64: 19 bytes and the name with its NUL, in whole words. */
const dotsBytes = 24 + 24;

/** Whether a directory that was just opened for reading has no entries but `.` and `..`. @throws SyscallError */
export function isEmptyDirectory(fd: number): boolean {
  return call("getdents64", `descriptor ${fd}`, fd, Buffer.allocUnsafe(emptinessBytes), emptinessBytes) <= dotsBytes;
}

function isDot(name: Uint8Array): boolean {
  const dot = 0x2e;
  return name[0] === dot && (name.length === 1 || (name.length === 2 && name[1] === dot));
}

/**
 * A handle on an entry, whatever it is, that gives no access to its content: O_PATH, no link followed,
 * no permission on the entry needed. Good for statDescriptor and for `/proc/self/fd/N`.
 * @throws SyscallError
 */
export function openHandle(directory: number, name: string | Uint8Array): number {
  const bytes: Memory = typeof name === "string" ? Buffer.from(`${name}\0`) : Buffer.concat([name, Buffer.of(0)]);
  return call("openat", Buffer.from(name).toString(), directory, bytes, O.PATH | O.NOFOLLOW | O.CLOEXEC);
}
