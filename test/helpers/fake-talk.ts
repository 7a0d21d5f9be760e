/** A conversation with a program that is the test itself. */
import type { JobEvent } from "../../src/serve/events.ts";
import type { Job } from "../../src/serve/job.ts";
import type { JobResult } from "../../src/serve/outcome.ts";
import type { Ears, Talk } from "../../src/serve/service.ts";
import { jobResult } from "./fake-outcomes.ts";

/** What a test has of a conversation with a program. */
export class FakeTalk implements Talk {
  readonly job: Job;
  /** Aborted: the client is gone. */
  readonly left: AbortSignal;
  readonly #ears: Ears;
  readonly #end = Promise.withResolvers<JobResult>();
  /** What was written, as text; null ends the input. */
  readonly written: (string | null)[] = [];
  readonly signals: string[] = [];
  readonly sizes: (readonly [command: number, fd: number, rows: number, columns: number])[] = [];

  constructor(job: Job, ears: Ears, signal: AbortSignal) {
    [this.job, this.#ears, this.left] = [job, ears, signal];
    // Who leaves takes the program along.
    signal.addEventListener("abort", () => this.end(jobResult({ outcome: "cancelled", tests: [] })));
  }

  get result(): Promise<JobResult> {
    return this.#end.promise;
  }

  write(_stream: { readonly command: number; readonly fd: number }, bytes: Uint8Array | null): boolean {
    this.written.push(bytes === null ? null : Buffer.from(bytes).toString());
    return true;
  }

  async drained(): Promise<void> {}

  signal(name: string): void {
    this.signals.push(name);
  }

  resize({ command, fd }: { readonly command: number; readonly fd: number }, rows: number, columns: number): void {
    this.sizes.push([command, fd, rows, columns]);
  }

  /** Tells the dialect. */
  say(...events: readonly JobEvent[]): void {
    for (const event of events) this.#ears.event(event);
  }

  /** A piece of output of the first test. */
  print(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    this.say({ kind: "output", test: 0, stream, base64: Buffer.from(text).toString("base64") });
  }

  /** The end, told and given. */
  end(result: JobResult): void {
    this.#ears.event({ kind: "ended", result });
    this.#end.resolve(result);
  }
}
