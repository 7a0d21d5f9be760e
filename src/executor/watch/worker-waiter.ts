/** Waiting for descriptors by a thread that does the blocking: for programs that have an event loop to keep alive. */
import { WaitThread } from "../../kernel/wait-thread.ts";
import type { Waiter } from "../../model/waiting.ts";

const idle: WaitThread[] = [];

export class WorkerWaiter implements Waiter {
  readonly #thread: WaitThread;

  constructor() {
    this.#thread = idle.pop() ?? new WaitThread();
    this.#thread.hold(true);
  }

  wait(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    return this.#thread.poll(readable, timeoutMs, writable, urgent);
  }

  close(): void {
    // Kept for the next run, without keeping the process alive.
    this.#thread.hold(false);
    idle.push(this.#thread);
  }
}
