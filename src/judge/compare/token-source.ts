/** A file as tokens: runs of bytes that are no white space. */
import { readSync } from "../../kernel/fs.ts";
import { isSpace } from "./space.ts";

/** How much of a file is held. A token as long as this, or longer, is seen in parts. */
export const chunkBytes = 256 * 1024;

export class TokenSource {
  readonly #fd: number;
  /** 1 for the bytes between tokens. */
  readonly space: Uint8Array;
  /** What is held of the file: the bytes from {@link start} to {@link end} were read and not taken. */
  readonly held = new Uint8Array(chunkBytes);
  /** The same memory. */
  readonly view = new DataView(this.held.buffer);
  start = 0;
  end = 0;
  /** Where in the file {@link end} is. */
  #position = 0;
  #isAtEnd = false;

  /** @param fd a regular file, read from its beginning */
  constructor(fd: number, space: Uint8Array = isSpace) {
    [this.#fd, this.space] = [fd, space];
  }

  /** Where in the file the next byte is. */
  get offset(): number {
    return this.#position - (this.end - this.start);
  }

  /** Reads on, so that at least `wanted` bytes are held; fewer at the end of the file. @param wanted as many as fit at most */
  need(wanted: number): void {
    if (this.end - this.start < wanted && !this.#isAtEnd) this.#fill();
  }

  /** What was read and not taken. At least `wanted` bytes, as many as fit, but for the end of the file. */
  ahead(wanted = 1): Buffer {
    this.need(wanted);
    return Buffer.from(this.held.buffer, this.start, this.end - this.start);
  }

  skip(bytes: number): void {
    this.start += bytes;
  }

  /** The byte that comes after so many others; undefined at the end of the file. */
  peek(after = 0): number | undefined {
    this.need(after + 1);
    return this.start + after < this.end ? this.held[this.start + after] : undefined;
  }

  /** Takes bytes of a table. @returns how many of them were line feeds */
  skipAll(table: Uint8Array): number {
    const { held } = this;
    for (let lines = 0; ; ) {
      this.need(1);
      let at = this.start;
      for (const { end } = this; at < end && table[held[at]!] === 1; at++) if (held[at] === 10) lines++;
      this.start = at;
      if (at < this.end || this.#isAtEnd) return lines;
    }
  }

  /** Takes white space. @returns how many line feeds were in it */
  skipSpace(): number {
    return this.skipAll(this.space);
  }

  /** Takes a byte order mark of UTF-8. */
  skipMark(): void {
    const bytes = this.ahead(3);
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.skip(3);
  }

  /** The token that begins here, not taken; as much of it as there is room for. Empty at white space and at the end. */
  token(): Uint8Array {
    this.need(1);
    let to = this.#endOfToken(this.start);
    if (to === this.end && !this.#isAtEnd) {
      const seen = to - this.start;
      this.need(seen + 1);
      to = this.#endOfToken(this.start + seen);
    }
    return this.held.subarray(this.start, to);
  }

  #endOfToken(from: number): number {
    const { held, space, end } = this;
    let at = from;
    while (at < end && space[held[at]!] === 0) at++;
    return at;
  }

  #fill(): void {
    if (this.start > 0) this.held.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    while (this.end < this.held.length) {
      const count = readSync(this.#fd, this.held, this.end, this.held.length - this.end, this.#position);
      if (count === 0) {
        this.#isAtEnd = true;
        return;
      }
      this.end += count;
      this.#position += count;
    }
  }
}
