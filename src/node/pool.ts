/** Boxes for many runs, for programs that do not run under Bun. */
import { checkFields } from "../library/check.ts";
import { checkConfigInput, checkedCommand, checkRunOptions, poolChecks } from "../library/check-options.ts";
import type { RunOptions, SourceRequest, StdinInput } from "../library/options.ts";
import type { PoolOptions } from "../library/pool.ts";
import { asSource } from "../library/source.ts";
import { configError, IsolateError } from "../model/errors.ts";
import type { Overrides } from "../model/overrides.ts";
import type { ExecutionResult } from "../model/result.ts";
import { Isolate } from "./isolate.ts";

const overrideNames = ["maxCpu", "maxMemory", "maxTime"];

interface Waiting {
  take(box: Isolate): void;
  refuse(error: unknown): void;
}

/** A number of temporary boxes; a box is used by one run at a time, and who comes when all are in use waits. */
export class IsolatePool implements Disposable, AsyncDisposable {
  readonly boxes: number;
  readonly #keepFiles: boolean;
  readonly #all: readonly Isolate[];
  readonly #free: Isolate[];
  readonly #waiting: Waiting[] = [];
  readonly #uses = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  /** Makes the boxes. @throws IsolateError of kind Config, Io; no box is left then */
  constructor(options: PoolOptions) {
    checkFields(options, "the options of a pool", poolChecks);
    const { boxes, config = {}, keepFiles = false, launchers: _, ...store } = options;
    checkConfigInput(config);
    if (boxes === undefined) throw configError("cannot make a pool without a number of boxes", "give boxes: a whole number, 1 or more");
    if (config.instance_id !== undefined) throw configError("cannot give the boxes of a pool an id: each has one of its own", "leave instance_id out");
    [this.boxes, this.#keepFiles] = [boxes, keepFiles];
    const made: Isolate[] = [];
    try {
      while (made.length < boxes) made.push(Isolate.temporary(config, store));
    } catch (error) {
      for (const box of made) box.cleanup();
      throw error;
    }
    [this.#all, this.#free] = [made, [...made]];
  }

  /** Runs a command in the next free box. @throws IsolateError, of kind Process when the pool is closed; the reason of `options.signal` */
  async execute(command: string | readonly string[], stdin?: StdinInput, options: RunOptions | Overrides = {}): Promise<ExecutionResult> {
    const [words, given] = [checkedCommand(command), asOptions(options)];
    return await this.#useFor(given, (box) => box.execute(words, stdin, given));
  }

  async executeFile(source: string | SourceRequest, stdin?: StdinInput, options: RunOptions | Overrides = {}): Promise<ExecutionResult> {
    return await this.runSource(asSource(source), stdin, options);
  }

  async runSource(source: SourceRequest, stdin?: StdinInput, options: RunOptions | Overrides = {}): Promise<ExecutionResult> {
    const given = asOptions(options);
    return await this.#useFor(given, (box) => box.runSource(source, stdin, given));
  }

  /** Has a box for several steps. @throws what `work` throws; IsolateError of kind Process when the pool is closed */
  async use<T>(work: (box: Isolate) => Promise<T>): Promise<T> {
    return await this.#useFor({}, work);
  }

  async #useFor<T>({ signal }: RunOptions, work: (box: Isolate) => Promise<T>): Promise<T> {
    const used = this.#take(signal).then(async (box) => {
      try {
        return await work(box);
      } finally {
        await box.endRuns("the box was given back to its pool");
        if (!this.#keepFiles && this.#closing === null) box.emptyWorkdir();
        const next = this.#waiting.shift();
        if (next === undefined) this.#free.push(box);
        else next.take(box);
      }
    });
    this.#uses.add(used);
    try {
      return await used;
    } finally {
      this.#uses.delete(used);
    }
  }

  async #take(signal: RunOptions["signal"]): Promise<Isolate> {
    if (this.#closing !== null) throw new IsolateError("Process", "cannot use the pool: it is closed", { hint: "make another pool", aboutHost: false });
    if (signal?.aborted === true) throw signal.reason;
    const free = this.#free.shift();
    if (free !== undefined) return free;
    return await new Promise<Isolate>((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal!.reason);
      };
      const settled = () => signal?.removeEventListener("abort", abort);
      const waiting: Waiting = { take: (box) => (settled(), resolve(box)), refuse: (error) => (settled(), reject(error)) };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", abort);
    });
  }

  /** Removes every box. What runs goes on to its end first; who waits for a box gets an error. @throws IsolateError when a box cannot be removed */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const error = new IsolateError("Process", "cannot use the pool: it is closed", { hint: "make another pool", aboutHost: false });
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(error);
    for (const box of this.#free) box.cleanup();
    await Promise.allSettled([...this.#uses]);
    for (const box of this.#all) box.cleanup();
  }

  [Symbol.dispose](): void {
    this.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function asOptions(options: RunOptions | Overrides): RunOptions {
  const isOverrides = typeof options === "object" && options !== null && Object.keys(options).some((name) => overrideNames.includes(name));
  const given: RunOptions = isOverrides ? { overrides: options as Overrides } : (options as RunOptions);
  checkRunOptions(given);
  return given;
}
