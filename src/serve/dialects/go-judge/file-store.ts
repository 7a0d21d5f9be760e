/**
 * Files that stay between requests, by id: what clients upload, and what commands leave to be used again. They are bounded in bytes, and in the
 * time since they were last used; the oldest go first. Nothing of it survives the server.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StoredFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly name: string;
  /** Of the key that it belongs to; null: there are no keys. */
  readonly owner: string | null;
  readonly size: number;
  usedAt: number;
}

export interface FileStoreBounds {
  /** Of all files together. */
  readonly mostBytes: number;
  /** Seconds since a file was last used. */
  readonly keepSeconds: number;
}

export interface FileStoreOptions extends FileStoreBounds {
  /** Made anew; its content is lost. */
  readonly directory: string;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
  /** Files; the oldest go first. Left out: 100,000; for tests. */
  readonly mostFiles?: number;
  /** Told the size of each file that is added. */
  readonly added?: (bytes: number) => void;
}

/** Empty files need room as well: a name in memory, and an entry of the file system. */
const mostEntries = 100_000;

/** The file is larger than all that may be kept. */
export class StoreTooSmall extends Error {}

export class FileStore {
  readonly #options: FileStoreOptions;
  readonly #now: () => number;
  /** The one that was not used for the longest time first. */
  readonly #entries = new Map<string, Entry>();
  /** From now on; what is too much or too old goes with the next use. */
  bounds: FileStoreBounds;
  #bytes = 0;
  #isMade = false;

  constructor(options: FileStoreOptions) {
    this.#options = options;
    this.bounds = options;
    this.#now = options.now ?? Date.now;
    rmSync(options.directory, { recursive: true, force: true });
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Of all files together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns its id @throws StoreTooSmall; errors of the file system */
  add(name: string, bytes: Uint8Array, owner: string | null): string {
    this.sweep();
    const { mostBytes } = this.bounds;
    if (bytes.length > mostBytes) throw new StoreTooSmall(`cannot keep ${JSON.stringify(name)}: it has ${bytes.length} bytes, and all files together may have ${mostBytes}`);
    const mostFiles = this.#options.mostFiles ?? mostEntries;
    while (this.#bytes + bytes.length > mostBytes || this.#entries.size >= mostFiles) this.#drop(this.#entries.keys().next().value!);
    const id = crypto.randomUUID();
    this.#make();
    writeFileSync(this.#path(id), bytes, { mode: 0o600, flag: "wx" });
    this.#entries.set(id, { name, owner, size: bytes.length, usedAt: this.#now() });
    this.#bytes += bytes.length;
    this.#options.added?.(bytes.length);
    return id;
  }

  /** @returns null: there is none of this owner @throws errors of the file system */
  get(id: string, owner: string | null): StoredFile | null {
    this.sweep();
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.owner !== owner) return null;
    this.#entries.delete(id);
    this.#entries.set(id, { ...entry, usedAt: this.#now() });
    return { name: entry.name, bytes: readFileSync(this.#path(id)) };
  }

  /** Names by id. */
  list(owner: string | null): Readonly<Record<string, string>> {
    this.sweep();
    return Object.fromEntries([...this.#entries].filter(([, entry]) => entry.owner === owner).map(([id, { name }]) => [id, name]));
  }

  /** @returns false: there is none of this owner */
  remove(id: string, owner: string | null): boolean {
    if (this.#entries.get(id)?.owner !== owner || !this.#entries.has(id)) return false;
    this.#drop(id);
    return true;
  }

  /** Removes what nobody has used for too long. */
  sweep(): void {
    const since = this.#now() - this.bounds.keepSeconds * 1000;
    for (const [id, { usedAt }] of this.#entries) {
      if (usedAt > since) return;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#entries.get(id)!.size;
    this.#entries.delete(id);
    rmSync(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#options.directory, id);
  }

  #make(): void {
    if (this.#isMade) return;
    mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 });
    this.#isMade = true;
  }
}
