/** A file as tokens: runs of bytes that are no white space. */
import { readSync } from "../../kernel/fs.ts";
import { isSpace } from "./space.ts";

/** How much of a file is held. A token as long as this, or longer, is seen in parts. */
export const chunkBytes = 256 * 1024;

export class TokenSource {
  readonly #fd: number;
  /** 1 for the bytes between tokens. */
  readonly space: Uint8Array;
  readonly #buffer = Buffer.allocUnsafe(chunkBytes);
  #start = 0;
  #end = 0;
  /** Where in the file the buffer ends. */
  #position = 0;
  #isAtEnd = false;

  /** @param fd a regular file, read from its beginning */
  constructor(fd: number, space: Uint8Array = isSpace) {
    [this.#fd, this.space] = [fd, space];
  }

  /** Where in the file the next byte is. */
  get offset(): number {
    return this.#position - (this.#end - this.#start);
  }

  /** What was read and not taken. At least `wanted` bytes, as many as fit, but for the end of the file. */
  ahead(wanted = 1): Buffer {
    if (this.#end - this.#start < wanted && !this.#isAtEnd) this.#fill();
    return this.#buffer.subarray(this.#start, this.#end);
  }

  skip(bytes: number): void {
    this.#start += bytes;
  }

  /** The byte that comes after so many others; undefined at the end of the file. */
  peek(after = 0): number | undefined {
    return this.ahead(after + 1)[after];
  }

  /** Takes bytes of a table. @returns how many of them were line feeds */
  skipAll(table: Uint8Array): number {
    let lines = 0;
    for (;;) {
      const bytes = this.ahead();
      let at = 0;
      for (; at < bytes.length && table[bytes[at]!] === 1; at++) if (bytes[at] === 10) lines++;
      this.#start += at;
      if (at < bytes.length || bytes.length === 0) return lines;
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
  token(): Buffer {
    let bytes = this.ahead();
    let end = endOfToken(bytes, 0, this.space);
    if (end === bytes.length && !this.#isAtEnd) {
      const seen = end;
      bytes = this.ahead(bytes.length + 1);
      end = endOfToken(bytes, seen, this.space);
    }
    return bytes.subarray(0, end);
  }

  #fill(): void {
    if (this.#start > 0) this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < this.#buffer.length) {
      const count = readSync(this.#fd, this.#buffer, this.#end, this.#buffer.length - this.#end, this.#position);
      if (count === 0) {
        this.#isAtEnd = true;
        return;
      }
      this.#end += count;
      this.#position += count;
    }
  }
}

function endOfToken(bytes: Uint8Array, from: number, space: Uint8Array): number {
  let at = from;
  while (at < bytes.length && space[bytes[at]!] === 0) at++;
  return at;
}
