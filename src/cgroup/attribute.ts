/** One attribute file of a group that is read again and again: opened at the first use, and kept open. */
import { readSync, writeSync } from "../kernel/fs.ts";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { closeDescriptor, openAt } from "../kernel/files.ts";

/** Longer than the statistics of either version. */
const bytes = Buffer.allocUnsafeSlow(8192);

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
  try {
    return openAt(AT_FDCWD, path, flags);
  } catch {
    return null;
  }
}
