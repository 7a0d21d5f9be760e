/** Whether jobs can be taken: the file is still where it was, and results of those that were taken have room. */
import { statfsSync, statSync } from "../../../kernel/fs.ts";
import { StoreFault } from "../queue.ts";
import { movedReason } from "./faults.ts";

/** Three system calls for each job would cost as much as its row: they are made as often as this, and after so many bytes. */
const everyMs = 100;

export class Room {
  readonly #path: string;
  readonly #inode: number;
  readonly #spareBytes: number;
  readonly #now: () => number;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  /** @param path of the file of the store @param now milliseconds of the monotonic clock */
  constructor(path: string, spareBytes: number, now: () => number) {
    [this.#path, this.#spareBytes, this.#now] = [path, spareBytes, now];
    this.#inode = statSync(path).ino;
  }

  /** @param bytes that are about to be written @throws StoreFault */
  check(bytes: number): void {
    this.#bytes += bytes;
    if (this.#now() - this.#lookedMs < everyMs && this.#bytes < this.#spareBytes / 8) return;
    this.look();
    [this.#lookedMs, this.#bytes] = [this.#now(), 0];
  }

  /** Now. @throws StoreFault */
  look(): void {
    const [path, spare] = [this.#path, this.#spareBytes];
    if (statSync(path, { throwIfNoEntry: false })?.ino !== this.#inode) throw new StoreFault(`cannot write to the store ${path}: ${movedReason}`);
    if (spare === 0) return;
    const { bfree, bsize } = statfsSync(path);
    // What stands in the log is written into the file itself some time.
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (bfree * bsize >= spare + log) return;
    const least = Math.ceil(spare / 2 ** 20);
    throw new StoreFault(`cannot write to the store ${path}: less than ${least} MiB of the disk are free, which the results of running jobs may need. Make room, or keep fewer results (results.keep, results.most_bytes)`);
  }
}
