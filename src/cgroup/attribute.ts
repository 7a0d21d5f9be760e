/**
 * Attribute files of a group that this kernel, or this group, may not have. That one is missing is found out without an error: making and
 * throwing the first one costs a process 0.2 ms.
 */
import { readSync, writeSync } from "../kernel/fs.ts";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { tryCall } from "../kernel/ffi.ts";
import { closeDescriptor } from "../kernel/files.ts";

/** Longer than the statistics of either version. */
const bytes = Buffer.allocUnsafeSlow(8192);

/** The text of one that is read once, without blanks around it; null where it cannot be read. */
export function attributeText(path: string): string | null {
  const fd = opened(path, O.RDONLY);
  if (fd === null) return null;
  const count = tryCall("read", fd, bytes, bytes.length);
  closeDescriptor(fd);
  // ENODEV: the group was removed meanwhile.
  return count < 0 ? null : bytes.toString("latin1", 0, count).trim();
}

/** One that is read again and again: opened at the first use, and kept open. */
export class Attribute {
  readonly #path: string;
  /** Null: not opened yet. -1: it is not there. */
  #fd: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns its text, or null where this kernel has no such file */
  read(): string | null {
    const fd = this.#descriptor();
    return fd === -1 ? null : bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, 0));
  }

  /** @returns whether this kernel lets us write it */
  write(text: string): boolean {
    const fd = this.#descriptor();
    try {
      return fd !== -1 && writeSync(fd, Buffer.from(text), 0, text.length, 0) > 0;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#fd !== null && this.#fd !== -1) closeDescriptor(this.#fd);
    this.#fd = null;
  }

  #descriptor(): number {
    return (this.#fd ??= opened(this.#path, O.RDWR) ?? opened(this.#path, O.RDONLY) ?? -1);
  }
}

function opened(path: string, flags: number): number | null {
  const fd = tryCall("openat", AT_FDCWD, path, flags | O.CLOEXEC);
  return fd < 0 ? null : fd;
}
