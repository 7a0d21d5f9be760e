/** The process of a slot, as the worker has it. */
import { join } from "node:path";
import { callerEnvironment } from "../../config/load.ts";
import type { Job } from "../job.ts";
import type { JobEvent } from "../events.ts";
import type { FromSlot, SlotResult, SlotSettings, Stream, ToSlot } from "./slot-protocol.ts";

/** Hears what a slot tells of its job. */
export interface SlotEars {
  event(event: JobEvent): void;
  /** Of the input of a talk: so many bytes are with the program. */
  taken?(stream: Stream, bytes: number): void;
}

/** The process ended before it had a result. */
export class SlotLost extends Error {}

/** The word that makes this program the process of a slot; main.ts knows it. */
export const slotWord = ".slot";

/** A process that ends before it has a job is replaced so often. */
const mostStarts = 3;

type Process = Bun.Subprocess<"pipe", "pipe", "inherit">;

export class Slot {
  readonly #warn: (line: string) => void;
  #settings: SlotSettings;
  #process: Process | null = null;
  #ready: Promise<void> = Promise.resolve();
  /** Settles what is awaited of the process. */
  #ears: (SlotEars & { result(result: SlotResult): void; lost(how: string): void }) | null = null;
  #becomesReady: () => void = () => {};
  /** What is for a job that was not begun yet. */
  #early: ToSlot[] = [];
  #isOutdated = false;
  #hasBegun = false;
  #isClosed = false;

  constructor(settings: SlotSettings, warn: (line: string) => void) {
    [this.#settings, this.#warn] = [settings, warn];
  }

  /** What is set for the next job; the process is started anew for it. */
  set settings(settings: SlotSettings) {
    this.#settings = settings;
    this.#isOutdated = true;
  }

  /** Started before the first job comes: a start takes longer than a small job. */
  prepare(): void {
    this.#process ??= this.#start();
  }

  /**
   * Runs a job. Not to be called again before it is over.
   * @throws SlotLost: the process is gone, and nothing is known of the job
   */
  async perform(job: Job, how: { readonly isWatched: boolean; readonly isTalk: boolean }, ears: SlotEars): Promise<SlotResult> {
    if (this.#isOutdated) await this.#stop();
    this.#early = [];
    for (let start = 1; ; start++) {
      this.#hasBegun = false;
      try {
        return await this.#try(job, how, ears);
      } catch (error) {
        // One that had ended before it had the job says nothing about the job.
        if (!(error instanceof SlotLost) || this.#hasBegun || this.#isClosed || start === mostStarts) throw error;
      }
    }
  }

  async #try(job: Job, how: { readonly isWatched: boolean; readonly isTalk: boolean }, ears: SlotEars): Promise<SlotResult> {
    if (this.#isClosed) throw new SlotLost("the slot was closed");
    const { promise, resolve, reject } = Promise.withResolvers<SlotResult>();
    // A process that cannot start is lost while it is waited for.
    promise.catch(() => {});
    this.#ears = { event: (event) => ears.event(event), taken: (stream, bytes) => ears.taken?.(stream, bytes), result: resolve, lost: (text) => reject(new SlotLost(text)) };
    try {
      this.prepare();
      await Promise.race([this.#ready, promise]);
      this.#write({ kind: "begin", job, ...how });
      return await promise;
    } finally {
      this.#ears = null;
    }
  }

  /** To the job that runs, or is about to. */
  send(message: Exclude<ToSlot, { kind: "settings" | "begin" }>): void {
    if (this.#hasBegun) this.#write(message);
    else this.#early.push(message);
  }

  #write(message: ToSlot): void {
    const { stdin } = this.#process ?? {};
    try {
      stdin?.write(`${JSON.stringify(message)}\n`);
      void stdin?.flush();
    } catch {
      // It has ended, and its end is heard of.
    }
  }

  /** Ends the process, and with it what runs there, and starts no other one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const ending = this.#process;
    if (ending === null) return;
    try {
      await ending.stdin.end();
    } catch {
      // It has ended already.
    }
    await ending.exited;
    this.#lose(ending, "the slot was closed");
  }

  /** Ends it at once, when it does not answer. */
  kill(): void {
    this.#process?.kill("SIGKILL");
  }

  #start(): Process {
    this.#isOutdated = false;
    // From the source, the program is the runtime; whatever was started with it, a slot is the command line.
    const words = Bun.main.startsWith("/$bunfs/") ? [slotWord] : [join(import.meta.dir, "../../main.ts"), slotWord];
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.#ready, this.#becomesReady] = [promise, resolve];
    // By this name it is the file that we run, also when another one took its place.
    const process_ = Bun.spawn(["/proc/self/exe", ...words], { stdin: "pipe", stdout: "pipe", stderr: "inherit", env: callerEnvironment() });
    this.#process = process_;
    void this.#read(process_);
    this.#write({ kind: "settings", settings: this.#settings });
    return process_;
  }

  async #read(process_: Process): Promise<void> {
    let problem = "";
    try {
      for await (const line of linesOf(process_.stdout)) this.#hear(JSON.parse(line) as FromSlot);
    } catch (error) {
      // What it says is no message of ours any more.
      problem = `, after ${String(error)}`;
      process_.kill("SIGKILL");
    }
    await process_.exited;
    const { exitCode, signalCode } = process_;
    this.#lose(process_, `the process of the slot ended with ${signalCode ?? `exit code ${exitCode}`}${problem}`);
  }

  /** Another process may have taken its place, with a job of its own. */
  #lose(ended: Process, how: string): void {
    if (this.#process !== ended) return;
    this.#process = null;
    this.#ears?.lost(how);
  }

  #hear(message: FromSlot): void {
    switch (message.kind) {
      case "ready":
        return this.#becomesReady();
      case "begun":
        this.#hasBegun = true;
        for (const message of this.#early.splice(0)) this.#write(message);
        return;
      case "event":
        return this.#ears?.event(message.event);
      case "taken":
        return this.#ears?.taken?.(message.stream, message.bytes);
      case "warning":
        return this.#warn(message.text);
      case "result":
        return this.#ears?.result(message.result);
    }
  }
}

/** A line is decoded when it is whole. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let parts: Uint8Array[] = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, at));
      yield Buffer.concat(parts).toString();
      parts = [];
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.slice(from));
  }
}
