/**
 * Long contents as files, named by the SHA-256 of what is in them: `<directory>/ab/cd/abcd...`. The same bytes twice are one file. The
 * process that has the queue, and those of its slots, use the directory at the same time; only the first one removes
 * files (contents-sweep.ts). Files that are not complete lie in `<directory>/tmp`.
 */
import { constants as fsConstants, fsync } from "node:fs";
import { promisify } from "node:util";
import { errno, errnoOf, reasonOf, SyscallError } from "../../kernel/errno.ts";
import { closeDescriptor, openBeneath, renameAt, statDescriptor, tryUnlinkAt } from "../../kernel/files.ts";
import { fsyncSync, futimesSync, readSync, statfsSync, writeSync } from "../../kernel/fs.ts";
import { IsolateError } from "../../model/errors.ts";
import { inline, inlineBytes, mostInlineBytes, type Content, type Contents } from "../content.ts";
import { contentPath, hasContentName, makeFanOut, openContents, syncDirectory } from "./contents-layout.ts";

/** What is hashed, read and written at a time; other work has its turn in between. */
const pieceBytes = 1 << 20;

export interface ContentsOptions {
  /** `full`: a content is on the disk before it is named to anybody. */
  readonly sync: "normal" | "full";
  /** False in the process of a slot: it does one thing at a time, and waits for nothing. */
  readonly takesTurns: boolean;
  /** Bytes of the file system that a content leaves free. Inputs leave room for results; outputs are results. 0 when left out. */
  readonly spareBytes?: number;
}

/** @throws IsolateError: see {@link openContents} */
export function openContentsDirectory(path: string, options: ContentsOptions): ContentsDirectory {
  return new ContentsDirectory(path, openContents(path), options);
}

export class ContentsDirectory implements Contents {
  readonly directory: string;
  /** For reaching what is below, and nothing else. */
  readonly fd: number;
  readonly #options: ContentsOptions;
  readonly #held = new Map<string, number>();

  constructor(directory: string, fd: number, options: ContentsOptions) {
    [this.directory, this.fd, this.#options] = [directory, fd, options];
  }

  async put(bytes: Uint8Array): Promise<Content> {
    if (bytes.byteLength <= mostInlineBytes) return inline(bytes);
    const sha256 = await this.#hash(bytes);
    const content = { sha256, bytes: bytes.byteLength };
    try {
      if (!this.#renew(sha256, bytes.byteLength)) {
        this.#checkRoom(bytes.byteLength);
        await this.#write(sha256, bytes);
      }
      return content;
    } catch (error) {
      throw this.#fault("keep", sha256, error);
    }
  }

  async get(content: Content): Promise<Uint8Array | null> {
    const short = inlineBytes(content);
    if (short !== null || !("sha256" in content)) return short;
    try {
      const fd = this.#open(content.sha256, content.bytes);
      if (fd === null) return null;
      try {
        return await this.#read(fd, content.bytes);
      } finally {
        closeDescriptor(fd);
      }
    } catch (error) {
      throw this.#fault("read", content.sha256, error);
    }
  }

  async path(content: Content): Promise<string | null> {
    if (!("sha256" in content)) return null;
    let fd: number | null;
    try {
      fd = this.#open(content.sha256, content.bytes);
    } catch (error) {
      throw this.#fault("read", content.sha256, error);
    }
    if (fd === null) throw new IsolateError("Io", `cannot read content ${content.sha256}: it is no longer kept`);
    closeDescriptor(fd);
    return `${this.directory}/${contentPath(content.sha256)}`;
  }

  /** Whether it is there, and whole. @throws IsolateError of kind Io */
  has(sha256: string, bytes: number): boolean {
    try {
      const fd = this.#open(sha256, bytes);
      if (fd !== null) closeDescriptor(fd);
      return fd !== null;
    } catch (error) {
      throw this.#fault("read", sha256, error);
    }
  }

  hold(content: Content): () => void {
    if (!("sha256" in content)) return () => {};
    const { sha256 } = content;
    this.#held.set(sha256, (this.#held.get(sha256) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const count = this.#held.get(sha256)! - 1;
      if (count === 0) this.#held.delete(sha256);
      else this.#held.set(sha256, count);
    };
  }

  isHeld(sha256: string): boolean {
    return this.#held.has(sha256);
  }

  close(): void {
    closeDescriptor(this.fd);
  }

  /** @returns null: it is not there, or not whole, as after a loss of power @throws SyscallError, IsolateError */
  #open(sha256: string, bytes: number): number | null {
    if (!hasContentName(sha256)) throw new IsolateError("Io", "the name is not a SHA-256 in 64 hexadecimal digits");
    let fd: number;
    try {
      // Not to be waited for, whatever lies there.
      fd = openBeneath(this.fd, contentPath(sha256), fsConstants.O_RDONLY);
    } catch (error) {
      if (errnoOf(error) === errno.ENOENT) return null;
      throw error;
    }
    const stat = statDescriptor(fd);
    const isFile = (stat.mode & fsConstants.S_IFMT) === fsConstants.S_IFREG;
    if (isFile && stat.size === bytes) return fd;
    closeDescriptor(fd);
    if (!isFile) throw new IsolateError("Io", "it is not a regular file");
    return null;
  }

  /**
   * Makes a file that is there a new one, so that it is not swept before somebody refers to it. It must still be there after that:
   * the sweeper looks at the time once more when the file has lost its name.
   */
  #renew(sha256: string, bytes: number): boolean {
    const fd = this.#open(sha256, bytes);
    if (fd === null) return false;
    try {
      const now = Date.now() / 1000;
      futimesSync(fd, now, now);
      const again = this.#open(sha256, bytes);
      if (again === null) return false;
      const isSame = statDescriptor(again).inode === statDescriptor(fd).inode;
      closeDescriptor(again);
      return isSame;
    } finally {
      closeDescriptor(fd);
    }
  }

  #checkRoom(bytes: number): void {
    const { spareBytes = 0 } = this.#options;
    if (spareBytes === 0) return;
    const { bfree, bsize } = statfsSync(this.directory);
    if (bfree * bsize < bytes + spareBytes) throw new SyscallError("write", errno.ENOSPC, `with ${Math.ceil(spareBytes / 2 ** 20)} MiB left for results`);
  }

  async #write(sha256: string, bytes: Uint8Array): Promise<void> {
    const name = `tmp/${sha256}-${crypto.randomUUID()}`;
    const { O_CREAT, O_EXCL, O_WRONLY } = fsConstants;
    const fd = openBeneath(this.fd, name, O_CREAT | O_EXCL | O_WRONLY, 0o600);
    try {
      for (let done = 0; done < bytes.byteLength; ) {
        done += writeSync(fd, bytes, done, Math.min(pieceBytes, bytes.byteLength - done));
        if (done < bytes.byteLength) await this.#turn();
      }
      if (this.#options.sync === "full") await this.#sync(fd);
      this.#name(name, sha256);
    } catch (error) {
      tryUnlinkAt(this.fd, name, 0);
      throw error;
    } finally {
      closeDescriptor(fd);
    }
  }

  #name(from: string, sha256: string): void {
    const path = contentPath(sha256);
    for (let attempt = 0; ; attempt++) {
      try {
        renameAt(this.fd, from, this.fd, path);
        break;
      } catch (error) {
        // The sweeper may take an empty directory away before the file is in it.
        if (errnoOf(error) !== errno.ENOENT || attempt === 100) throw error;
        makeFanOut(this.fd, path);
      }
    }
    if (this.#options.sync !== "full") return;
    for (const directory of [path.slice(0, 5), path.slice(0, 2), "."]) syncDirectory(`${this.directory}/${directory}`);
  }

  async #read(fd: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = readSync(fd, bytes, done, Math.min(pieceBytes, length - done), done);
      if (count === 0) throw new IsolateError("Io", "it has become shorter");
      done += count;
      if (done < length) await this.#turn();
    }
    return bytes;
  }

  async #hash(bytes: Uint8Array): Promise<string> {
    const hasher = new Bun.CryptoHasher("sha256");
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
      hasher.update(bytes.subarray(at, at + pieceBytes));
      if (at + pieceBytes < bytes.byteLength) await this.#turn();
    }
    return hasher.digest("hex");
  }

  #turn(): Promise<void> | void {
    if (this.#options.takesTurns) return new Promise((resolve) => setImmediate(resolve));
  }

  #sync(fd: number): Promise<void> | void {
    return this.#options.takesTurns ? promisify(fsync)(fd) : fsyncSync(fd);
  }

  #fault(verb: string, sha256: string, error: unknown): IsolateError {
    const number = errnoOf(error);
    const hint = number === errno.ENOSPC || number === errno.EDQUOT ? "make room below the data directory of the service, or keep results for a shorter time"
      : number === errno.EROFS ? "the file system of the data directory is mounted read-only"
      : number === errno.ELOOP || number === errno.EXDEV ? "nothing of ours is a link: find out who made it, then remove it" : undefined;
    return new IsolateError("Io", `cannot ${verb} content ${hasContentName(sha256) ? sha256 : JSON.stringify(sha256)} in ${this.directory}: ${reasonOf(error)}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}
