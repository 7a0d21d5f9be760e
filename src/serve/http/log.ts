/** The log: a JSON object a line on standard error. No source, no input, no output and no key ever stands in it. */
import { write } from "node:fs";

export type LogLevel = "info" | "warn" | "error";
type Facts = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>;

const order = { info: 0, warn: 1, error: 2, silent: 3 } as const;

/** Lines that wait for somebody who reads slowly. */
const mostBytes = 4 * 1024 * 1024;

/** What takes lines. Nobody waits for it: a reader that stands still shall not stop the service. */
export class LogFile {
  #waiting: string[] = [];
  #bytes = 0;
  #isWriting = false;

  readonly fd: number;
  readonly lost: (lines: number) => void;

  constructor(fd: number, lost: (lines: number) => void = () => {}) {
    [this.fd, this.lost] = [fd, lost];
  }

  add(line: string): void {
    if (this.#bytes + line.length > mostBytes) return this.lost(1);
    this.#bytes += line.length;
    this.#waiting.push(line);
    if (this.#isWriting || this.#waiting.length > 1) return;
    // Lines of one turn are written together.
    setImmediate(() => {
      if (!this.#isWriting && this.#waiting.length > 0) this.#write(this.#gathered(), 0);
    });
  }

  /** Until everything is written, or this time has passed. */
  async flush(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while ((this.#isWriting || this.#waiting.length > 0) && performance.now() < end) await Bun.sleep(1);
  }

  #gathered(): Buffer {
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    this.#bytes = 0;
    return bytes;
  }

  #write(bytes: Buffer, offset: number): void {
    this.#isWriting = true;
    write(this.fd, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error?.code === "EAGAIN") return void setTimeout(() => this.#write(bytes, offset), 20);
      if (error === null && offset + written < bytes.length) return this.#write(bytes, offset + written);
      this.#isWriting = false;
      if (this.#waiting.length > 0) this.#write(this.#gathered(), 0);
    });
  }
}

export class Log {
  readonly level: keyof typeof order;
  readonly file: { add(line: string): void };

  constructor(level: keyof typeof order, file: { add(line: string): void }) {
    [this.level, this.file] = [level, file];
  }

  /** @param event what happened, one word for programs */
  say(level: LogLevel, event: string, facts: Facts): void {
    if (order[level] < order[this.level]) return;
    this.file.add(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`);
  }
}
