/**
 * Long contents in the store, so that every machine has them, and as files of this one, which runs read. The files are a cache: those that were
 * used last stay, up to a bound. In the store a content stays as long as a job needs it, and some time before that.
 */
import { IsolateError } from "../../../model/errors.ts";
import { mostInlineBytes, type Content, type Contents } from "../../content.ts";
import type { ContentsDirectory } from "../contents-dir.ts";
import { scripts } from "./scripts/all.ts";
import type { Store } from "./store.ts";

type LongContent = Extract<Content, { sha256: string }>;

export interface RedisContentsOptions {
  /** Bytes of one content at most. */
  readonly mostBytes: number;
  /** Bytes of all files here. */
  readonly cacheBytes: number;
  /** Bytes that go over the connection at once: other commands have their turn in between. */
  readonly pieceBytes: number;
}

/** How long the store keeps what no job needs yet. */
const unneededSeconds = 3600;

export class RedisContents implements Contents {
  readonly #store: Store;
  readonly #files: ContentsDirectory;
  readonly #options: RedisContentsOptions;
  /** Those here, from the one that was used longest ago on. */
  readonly #cached = new Map<string, number>();
  #cachedBytes = 0;
  readonly #coming = new Map<string, Promise<void>>();
  readonly #held = new Map<string, { readonly content: LongContent; count: number }>();
  /** Told of what has no place here any more. */
  onDropped: (sha256: string) => void = () => {};

  constructor(store: Store, files: ContentsDirectory, options: RedisContentsOptions) {
    [this.#store, this.#files, this.#options] = [store, files, options];
  }

  get directory(): string {
    return this.#files.directory;
  }

  async put(bytes: Uint8Array): Promise<Content> {
    if (bytes.byteLength > mostInlineBytes) this.#check(bytes.byteLength);
    const content = await this.#files.put(bytes);
    if ("sha256" in content) {
      this.#used(content);
      if (!(await this.#isThere(content))) await this.#send(content, bytes);
    }
    return content;
  }

  async get(content: Content): Promise<Uint8Array | null> {
    if (!("sha256" in content)) return await this.#files.get(content);
    try {
      await this.#fetched(content);
    } catch (error) {
      if (error instanceof ContentGone) return null;
      throw error;
    }
    return await this.#files.get(content);
  }

  async path(content: Content): Promise<string | null> {
    if ("sha256" in content) await this.#fetched(content);
    return await this.#files.path(content);
  }

  hold(content: Content): () => void {
    if (!("sha256" in content)) return () => {};
    const { sha256 } = content;
    const letGo = this.#files.hold(content);
    const held = this.#held.get(sha256) ?? { content, count: 0 };
    held.count++;
    this.#held.set(sha256, held);
    return () => {
      letGo();
      if (--held.count === 0) this.#held.delete(sha256);
    };
  }

  /** What is held here stays in the store. Called now and then. @throws StoreFault */
  async renewHeld(): Promise<void> {
    for (const { content } of this.#held.values()) await this.share(content);
  }

  /** A file that was written here goes to the store, if it is not there. @returns false: it is nowhere @throws StoreFault, IsolateError */
  async share(content: LongContent): Promise<boolean> {
    if (await this.#isThere(content)) return true;
    const bytes = await this.#files.get(content);
    if (bytes === null) return false;
    this.#check(bytes.byteLength);
    this.#used(content);
    await this.#send(content, bytes);
    return true;
  }

  /** Whether a file was used lately. */
  isCached(sha256: string): boolean {
    return this.#cached.has(sha256);
  }

  #check(bytes: number): void {
    const { mostBytes } = this.#options;
    if (bytes > mostBytes) {
      throw new IsolateError("Io", `cannot keep a content of ${bytes} bytes in the store: it takes at most ${mostBytes}`, { hint: "make the job's files or the output smaller" });
    }
  }

  async #isThere({ sha256 }: LongContent): Promise<boolean> {
    return (await this.#store.run(scripts.touch, sha256, unneededSeconds)) === 1;
  }

  async #send({ sha256, bytes: size }: LongContent, bytes: Uint8Array): Promise<void> {
    const { pieceBytes } = this.#options;
    const pieces = Math.ceil(size / pieceBytes);
    for (let piece = 0; piece < pieces; piece++) {
      const part = bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes);
      await this.#store.command((client) => client.set(this.#pieceName(sha256, piece), part, "EX", unneededSeconds + 60));
    }
    await this.#store.run(scripts.complete, sha256, pieces, size, unneededSeconds);
  }

  #pieceName(sha256: string, piece: number): string {
    return `${this.#store.prefix}c:${sha256}:${piece}`;
  }

  /** The same content is fetched once, however many ask for it. */
  async #fetched(content: LongContent): Promise<void> {
    if (this.#files.has(content.sha256, content.bytes)) return this.#used(content);
    let coming = this.#coming.get(content.sha256);
    if (coming === undefined) {
      coming = this.#fetch(content).finally(() => this.#coming.delete(content.sha256));
      this.#coming.set(content.sha256, coming);
    }
    await coming;
    this.#used(content);
  }

  async #fetch({ sha256, bytes }: LongContent): Promise<void> {
    this.#check(bytes);
    const pieces = Number(await this.#store.command((client) => client.send("HGET", [`${this.#store.prefix}c:${sha256}`, "pieces"])));
    const parts: Uint8Array[] = [];
    for (let piece = 0; piece < pieces; piece++) {
      const part = await this.#store.command((client) => client.getBuffer(this.#pieceName(sha256, piece)));
      if (part === null) break;
      parts.push(part);
    }
    const whole = Buffer.concat(parts);
    const kept = pieces > 0 && whole.byteLength === bytes ? await this.#files.put(whole) : null;
    if (kept === null || !("sha256" in kept) || kept.sha256 !== sha256) throw new ContentGone("Io", `cannot read content ${sha256}: the store has it no longer`);
  }

  #used({ sha256, bytes }: LongContent): void {
    if (this.#cached.delete(sha256)) this.#cachedBytes -= bytes;
    this.#cached.set(sha256, bytes);
    this.#cachedBytes += bytes;
    for (const [oldest, size] of this.#cached) {
      if (this.#cachedBytes <= this.#options.cacheBytes || oldest === sha256) break;
      this.#cached.delete(oldest);
      this.#cachedBytes -= size;
      this.onDropped(oldest);
    }
  }
}

/** Nobody has it. */
export class ContentGone extends IsolateError {}
