/** A file as tokens: runs of bytes that are no white space, as the C locale has it. */
import { readSync } from "../../kernel/fs.ts";

/** How much of a file is held. A token as long as this, or longer, is seen in parts. */
export const chunkBytes = 256 * 1024;

/** 1 for the bytes that are white space: HT, LF, VT, FF, CR and blank. */
export const isSpace = new Uint8Array(256);
for (const byte of [9, 10, 11, 12, 13, 32]) isSpace[byte] = 1;

export class TokenSource {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(chunkBytes);
  #start = 0;
  #end = 0;
  /** Where in the file the buffer ends. */
  #position = 0;
  #isAtEnd = false;

  /** @param fd a regular file, read from its beginning */
  constructor(fd: number) {
    this.#fd = fd;
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

  /** Takes white space. @returns how many bytes */
  skipSpace(): number {
    let count = 0;
    for (;;) {
      const bytes = this.ahead();
      let at = 0;
      while (at < bytes.length && isSpace[bytes[at]!] === 1) at++;
      this.#start += at;
      count += at;
      if (at < bytes.length || bytes.length === 0) return count;
    }
  }

  /** The token that begins here, not taken; as much of it as there is room for. Empty at white space and at the end. */
  token(): Buffer {
    let bytes = this.ahead();
    let end = endOfToken(bytes, 0);
    if (end === bytes.length && !this.#isAtEnd) {
      const seen = end;
      bytes = this.ahead(bytes.length + 1);
      end = endOfToken(bytes, seen);
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

function endOfToken(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace[bytes[at]!] === 0) at++;
  return at;
}
