/** What the file of the store needs from time to time. */
import type { Database } from "bun:sqlite";

/** Pages that are given back to the file system at a time. */
const pagesAtOnce = 512;

/** Free pages that are left for new jobs while there is work: 8 MiB, or a quarter of the file. */
const usualFreePages = 2048;

export class FileCare {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes the log into the file. @throws SQLiteError */
  checkpoint(): void {
    this.#database.run("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /**
   * Gives free pages back to the file system.
   * @param isIdle false: only those that are too many; the others are used again soon @throws SQLiteError
   * @returns whether there were some
   */
  shrink(isIdle: boolean): boolean {
    const free = this.#number("freelist_count");
    if (free === 0 || (!isIdle && free < Math.max(usualFreePages, this.#number("page_count") / 4))) return false;
    this.#database.run(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    return true;
  }

  #number(pragma: string): number {
    return Object.values(this.#database.query(`PRAGMA ${pragma}`).get() as Record<string, number>)[0]!;
  }
}
