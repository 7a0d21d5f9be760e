/**
 * Removes contents that nobody refers to. A content is kept before anything refers to it: by a request that becomes a job in a moment, by a job
 * that has a result in an hour. So one that nobody refers to is only suspected at first. It goes when nobody has
 * kept it again for some minutes, and every job that ran at that time has ended. All times are of the monotonic clock.
 */
import { errnoOf, errno } from "../../kernel/errno.ts";
import { renameAt, statEntry, tryUnlinkAt } from "../../kernel/files.ts";
import { AT_REMOVEDIR } from "../../kernel/constants.ts";
import { readdirSync } from "../../kernel/fs.ts";
import type { ContentsDirectory } from "./contents-dir.ts";
import { contentPath, hasContentName } from "./contents-layout.ts";

interface Suspect {
  readonly sinceMs: number;
  /** Another time: it was kept again. */
  readonly modifiedNs: bigint;
}

export interface SweepOptions {
  isReferredTo(sha256: string): boolean;
  /** Milliseconds of the monotonic clock. */
  now(): number;
  /** How long a content may be without anybody who refers to it. */
  readonly graceMs: number;
}

/** First parts of names. */
const parts = 256;

export class ContentsSweep {
  readonly #contents: ContentsDirectory;
  readonly #options: SweepOptions;
  /** In the order in which they were first suspected. */
  readonly #suspects = new Map<string, Suspect>();
  #part = 0;

  constructor(contents: ContentsDirectory, options: SweepOptions) {
    [this.#contents, this.#options] = [contents, options];
  }

  /** Files that were never complete: those of processes that were killed. Called before anybody else uses the directory. */
  removeIncomplete(): void {
    for (const name of this.#names("tmp")) tryUnlinkAt(this.#contents.fd, `tmp/${name}`, 0);
  }

  /** What may have lost the last one who referred to it. */
  suspect(sha256: string): void {
    if (hasContentName(sha256)) this.#consider(sha256, null);
  }

  /**
   * Looks at one of 256 parts of the directory, and at what was suspected long enough.
   * @param oldestRunMs when the oldest run began that is under way; null: none is @returns how many it removed
   */
  step(oldestRunMs: number | null): number {
    let removed = 0;
    for (const [sha256, { sinceMs }] of this.#suspects) {
      if (this.#options.now() - sinceMs < this.#options.graceMs) break;
      if (this.#consider(sha256, oldestRunMs)) removed++;
    }
    const part = this.#part.toString(16).padStart(2, "0");
    this.#part = (this.#part + 1) % parts;
    for (const second of this.#names(part)) {
      for (const name of this.#names(`${part}/${second}`)) {
        // What has another name is not ours.
        if (hasContentName(name) && contentPath(name) === `${part}/${second}/${name}` && !this.#suspects.has(name)) this.#consider(name, oldestRunMs);
      }
    }
    return removed;
  }

  /** Everything, for those who do not want to wait for the turn of each part. */
  sweep(oldestRunMs: number | null): number {
    let removed = 0;
    for (let count = 0; count < parts; count++) removed += this.step(oldestRunMs);
    return removed;
  }

  /** @returns true: it was removed */
  #consider(sha256: string, oldestRunMs: number | null): boolean {
    const known = this.#suspects.get(sha256);
    const stat = statEntry(this.#contents.fd, Buffer.from(contentPath(sha256)));
    if (stat === null || this.#contents.isHeld(sha256) || this.#options.isReferredTo(sha256)) {
      this.#suspects.delete(sha256);
      return false;
    }
    const now = this.#options.now();
    if (known === undefined || known.modifiedNs !== stat.modifiedNs) {
      this.#suspects.delete(sha256);
      this.#suspects.set(sha256, { sinceMs: now, modifiedNs: stat.modifiedNs });
      return false;
    }
    if (now - known.sinceMs < this.#options.graceMs || (oldestRunMs !== null && oldestRunMs <= known.sinceMs)) return false;
    this.#suspects.delete(sha256);
    return this.#remove(sha256, stat.modifiedNs);
  }

  /** First its name goes, then its time is looked at once more: a slot may keep it again at this very moment. */
  #remove(sha256: string, modifiedNs: bigint): boolean {
    const { fd } = this.#contents;
    const [path, aside] = [contentPath(sha256), `tmp/${sha256}-swept`];
    try {
      renameAt(fd, path, fd, aside);
    } catch (error) {
      if (errnoOf(error) === errno.ENOENT) return false;
      throw error;
    }
    if (statEntry(fd, Buffer.from(aside))?.modifiedNs !== modifiedNs) {
      renameAt(fd, aside, fd, path);
      return false;
    }
    tryUnlinkAt(fd, aside, 0);
    // Only where they are empty.
    if (tryUnlinkAt(fd, path.slice(0, 5), AT_REMOVEDIR) === 0) tryUnlinkAt(fd, path.slice(0, 2), AT_REMOVEDIR);
    return true;
  }

  #names(directory: string): string[] {
    try {
      return readdirSync(`${this.#contents.directory}/${directory}`);
    } catch (error) {
      if (errnoOf(error) === errno.ENOENT || errnoOf(error) === errno.ENOTDIR) return [];
      throw error;
    }
  }
}
