/** What the program's standard input is taken from, and who reads it. */
import { closeDescriptor, type FileStat } from "../../kernel/files.ts";

export interface StdinSource {
  readonly fd: number;
  /** The program gets a pipe instead, and what can be read from the descriptor is handed on by it. */
  readonly byPipe: boolean;
  close(): void;
}

/** Who reads it. `gid` null: somebody of whom we do not know all groups. */
export interface Reader {
  readonly uid: number;
  readonly gid: number | null;
}

/** A descriptor that is ours to close. */
export function owned(fd: number): StdinSource {
  return { fd, byPipe: false, close: () => closeDescriptor(fd) };
}

/** A descriptor that stays the caller's. */
export function asItIs(fd: number): StdinSource {
  return { fd, byPipe: false, close: () => {} };
}

/** Whether the reader could open it again by its name for reading. */
export function mayRead(reader: Reader, stat: FileStat): boolean {
  return may(reader, stat, 0o444);
}

/** Whether the reader could open it again by its name for writing, or allow itself to. */
export function mayWrite(reader: Reader, stat: FileStat): boolean {
  return stat.uid === reader.uid || may(reader, stat, 0o222);
}

function may({ uid, gid }: Reader, stat: FileStat, bits: number): boolean {
  if (stat.uid === uid) return (stat.mode & bits & 0o700) !== 0;
  return (stat.mode & bits & 0o007) !== 0 || ((gid === null || stat.gid === gid) && (stat.mode & bits & 0o070) !== 0);
}
