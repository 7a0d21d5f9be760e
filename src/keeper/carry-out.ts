/** One command of a client, in the client's place (turns.ts), where it waits as all others of the keeper do. */
import type { RunLoop } from "../executor/watch/run-loop.ts";
import { isIsolate, isolateCommand } from "./as-isolate.ts";
import type { Job } from "./job.ts";
import { answer, type Words } from "./protocol.ts";
import type { Served } from "./served.ts";
import type { Shoes, Turns } from "./turns.ts";

/** One command line, without the name of the program. Never throws. @returns the exit code */
export type CarryOut = (argv: readonly string[]) => Promise<number>;

/** A program that ends before has its result sooner when the work for later waits; one that runs for longer does not notice it. */
const longMs = 3;

/** What a command leaves to be done when its client has the result, or when its program takes long. */
export class Later {
  readonly #works: (() => void)[] = [];
  #dueMs = Infinity;

  add(work: () => void): void {
    this.#works.push(work);
    this.#dueMs = performance.now() + longMs;
  }

  /** How long from now on nobody should sleep, in milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#dueMs - performance.now());
  }

  /** Does it now. None of it may throw. */
  do(): void {
    this.#dueMs = Infinity;
    for (const work of this.#works.splice(0)) work();
  }
}

/** @returns the exit code; null: nothing was done, as its working directory cannot be entered */
export async function carryOutFor(job: Job, words: Words, umask: number, turns: Turns, loop: RunLoop, later: Later, carryOut: CarryOut): Promise<number | null> {
  const { client } = job;
  // Its 0, 1 and 2 are the process's only while it has its turn, so they are waited for under their own numbers.
  const real = (fds: readonly number[] = []) => fds.map((fd) => (fd < 3 ? client.streams[fd]! : fd));
  const served: Served = {
    hasPrinted: false,
    signals: job,
    write: (fd, bytes) => client.write(fd, bytes),
    waiter: {
      async wait(readable, timeoutMs, writable, urgent) {
        turns.end(shoes);
        let ready: readonly number[] = [];
        try {
          ready = await loop.wait(real(readable), Math.min(timeoutMs, later.restMs), real(writable), urgent);
          if (later.restMs === 0) later.do();
        } finally {
          await turns.take(shoes, true);
        }
        return ready.map((fd) => { const own = client.streams.indexOf(fd); return own < 0 ? fd : own; });
      },
      later: (work) => later.add(work),
      close() {},
    },
  };
  const shoes: Shoes = { streams: client.streams, words, umask, served };
  try {
    await turns.take(shoes);
  } catch {
    return null;
  }
  client.answer(answer.accepted);
  try {
    return await carryOut([...(isIsolate(words) ? [isolateCommand] : []), ...words.argv.slice(1)]);
  } finally {
    turns.end(shoes);
  }
}
