/** The lines of standard input, one when it is asked for: nothing is read that nobody can take yet. */
import { errno, reasonOf, SyscallError } from "../../kernel/errno.ts";
import { readSome } from "../../kernel/files.ts";
import { configError, IsolateError } from "../../model/errors.ts";
import { bytesPerMebibyte } from "../../model/units.ts";

/** A line that is not blank. */
export interface Line {
  /** From 1, blank lines counted. */
  readonly number: number;
  /** The text, or what is wrong with it. */
  readonly text: string | IsolateError;
}

const chunkBytes = 64 * 1024;
const lineFeed = 10;

export class LineReader {
  readonly #fd: number;
  readonly #mostBytes: number;
  readonly #readable: () => Promise<boolean>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #chunk = new Uint8Array(chunkBytes);
  /** What was read and is in no line yet. */
  #rest: Uint8Array = new Uint8Array(0);
  /** The beginning of a line whose end was not read yet. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isTooLong = false;
  #number = 0;
  #isOver = false;

  /**
   * @param mostBytes of a line, without its end
   * @param readable waits until there is something to read; false: nothing shall be read any more
   */
  constructor(fd: number, mostBytes: number, readable: () => Promise<boolean>) {
    this.#fd = fd;
    this.#mostBytes = mostBytes;
    this.#readable = readable;
  }

  /** The next line that is not blank; null at the end. Not to be called again before it is there. @throws IsolateError of kind Io when standard input cannot be read */
  async next(): Promise<Line | null> {
    for (;;) {
      const line = this.#take() ?? (this.#isOver ? null : await this.#read());
      if (line === null) return null;
      if (line !== "blank" && line !== "more") return line;
    }
  }

  /** A line of what was read already; null: there is no end of a line in it. */
  #take(): Line | "blank" | null {
    const end = this.#rest.indexOf(lineFeed);
    if (end < 0) {
      this.#keep(this.#rest);
      this.#rest = this.#rest.subarray(0, 0);
      return null;
    }
    this.#keep(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(end + 1);
    return this.#line();
  }

  async #read(): Promise<Line | "blank" | "more" | null> {
    if (!(await this.#readable())) {
      this.#isOver = true;
      return null;
    }
    const count = readSome(this.#fd, this.#chunk);
    if (count === -errno.EINTR || count === -errno.EAGAIN) return "more";
    if (count < 0) throw new IsolateError("Io", `cannot read standard input: ${reasonOf(new SyscallError("read", -count))}`);
    if (count > 0) {
      this.#rest = this.#chunk.slice(0, count);
      return "more";
    }
    this.#isOver = true;
    // The last line may have no end.
    return this.#partBytes > 0 || this.#isTooLong ? this.#line() : null;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0 || this.#isTooLong) return;
    this.#partBytes += part.length;
    // One more for a carriage return.
    this.#isTooLong = this.#partBytes > this.#mostBytes + 1;
    if (this.#isTooLong) this.#parts = [];
    else this.#parts.push(part);
  }

  #line(): Line | "blank" {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const content = bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
    const isTooLong = this.#isTooLong || content.length > this.#mostBytes;
    [this.#parts, this.#partBytes, this.#isTooLong] = [[], 0, false];
    const number = ++this.#number;
    if (isTooLong) {
      return { number, text: configError(`cannot use the line: it is longer than ${this.#mostBytes / bytesPerMebibyte} MB`, "name large inputs by their path, or raise --max-line") };
    }
    let text: string;
    try {
      text = this.#decoder.decode(content);
    } catch {
      return { number, text: configError("cannot use the line: it is not UTF-8", "write bytes that are no text in base64 (stdin_base64), or name a file (input)") };
    }
    return /^[ \t\r]*$/.test(text) ? "blank" : { number, text };
  }
}
