/** Small files of /proc that are read again and again: kept open, which saves most of the cost of a look. */
import { closeSync, openSync, readSync } from "../../kernel/fs.ts";
import type { TreeReader } from "./process-tree.ts";

/** Further processes are read by path: the descriptors that we may open can be few. */
const mostKept = 24;

const buffer = Buffer.alloc(64 * 1024);

/** The kernel gives a long list in pieces of almost a page: after less than this nothing more comes. */
const leastPiece = 2048;

export class KeptFiles implements TreeReader {
  readonly #open = new Map<string, { readonly pid: number; readonly fd: number }>();

  stat(pid: number): string | null {
    return this.#read(pid, "stat");
  }

  children(pid: number): string | null {
    return this.#read(pid, `task/${pid}/children`);
  }

  status(pid: number): string | null {
    return this.#read(pid, "status");
  }

  #read(pid: number, name: string): string | null {
    const path = `/proc/${pid}/${name}`;
    const kept = this.#open.get(path);
    if (kept !== undefined) {
      // It stands for the process and not for the number: once the process is reaped, nothing can be read.
      const text = textOf(kept.fd);
      if (text !== null) return text;
      closeSync(kept.fd);
      this.#open.delete(path);
    }
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch {
      return null;
    }
    const text = textOf(fd);
    if (text !== null && this.#open.size < mostKept) this.#open.set(path, { pid, fd });
    else closeSync(fd);
    return text;
  }

  /** Closes the files of all other processes. */
  keepOnly(pids: ReadonlySet<number>): void {
    for (const [path, { pid, fd }] of this.#open) {
      if (pids.has(pid)) continue;
      closeSync(fd);
      this.#open.delete(path);
    }
  }

  close(): void {
    this.keepOnly(new Set());
  }
}

function textOf(fd: number): string | null {
  try {
    let text = "";
    for (;;) {
      const count = readSync(fd, buffer, 0, buffer.length, text.length);
      text += buffer.toString("latin1", 0, count);
      if (count < leastPiece) return text;
    }
  } catch {
    return null;
  }
}
