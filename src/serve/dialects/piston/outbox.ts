/** Messages to a client that may be slower than its program: none is lost, and the connection is closed after the last one. */
import type { ServerWebSocket } from "bun";

export class Outbox {
  readonly #socket: Pick<ServerWebSocket, "send" | "close">;
  /** What the socket did not take. A program can write only so much, and so much waits here at most. */
  readonly #waiting: string[] = [];
  #closing: readonly [code: number, reason: string] | null = null;
  #isOver = false;

  constructor(socket: Pick<ServerWebSocket, "send" | "close">) {
    this.#socket = socket;
  }

  send(message: object): void {
    if (this.#isOver || this.#closing !== null) return;
    const text = JSON.stringify(message);
    if (this.#waiting.length > 0 || this.#socket.send(text) === 0) this.#waiting.push(text);
  }

  /** After everything that was sent. */
  close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#closing ??= [code, reason];
    this.drain();
  }

  /** The socket takes more again. */
  drain(): void {
    while (this.#waiting.length > 0) {
      if (this.#socket.send(this.#waiting[0]!) === 0) return;
      this.#waiting.shift();
    }
    if (this.#closing === null || this.#isOver) return;
    this.#isOver = true;
    this.#socket.close(...this.#closing);
  }

  /** The client is gone. */
  drop(): void {
    this.#isOver = true;
    this.#waiting.length = 0;
  }
}
