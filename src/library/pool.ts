/** Boxes for many runs, as callers of the library have them. */
import type { IsolateConfigInput } from "../config/config.ts";
import { IsolatePool as InstancePool } from "../pool/isolate-pool.ts";
import type { StoreOptions } from "../instance/options.ts";
import { configError } from "../model/errors.ts";
import type { Overrides } from "../model/overrides.ts";
import type { ExecutionResult } from "../model/result.ts";
import { checkFields } from "./check.ts";
import { checkConfigInput, checkedCommand, checkRunOptions, poolChecks } from "./check-options.ts";
import { Isolate, pooledBox, releaseBox } from "./isolate.ts";
import type { RunOptions, SourceRequest, StdinInput } from "./options.ts";
import { asSource } from "./source.ts";

/** How a pool is made. */
export interface PoolOptions extends StoreOptions {
  /** How many programs can run at the same time, each in a box of its own. At least 1. */
  readonly boxes: number;
  /** The configuration of each box, as `Isolate.new` takes it; without `instance_id`. */
  readonly config?: IsolateConfigInput | undefined;
  /** True: files stay in the working directory for the next run in that box. Default false: each run finds it empty. */
  readonly keepFiles?: boolean | undefined;
  /**
   * How many launchers may wait for runs, each in fresh namespaces (about 0.5 MB of the kernel's memory each). Default: twice as many as boxes,
   * for a compiler and a program each; only so many wait as were used. 0: every run starts its own. A run does and reports the same either way.
   */
  readonly launchers?: number | undefined;
}

/**
 * A number of temporary boxes for many runs.
 *
 * ```ts
 * using pool = new IsolatePool({ boxes: 4, config: { time_limit: 2 } });
 * const results = await Promise.all(inputs.map((input) => pool.execute(["/usr/bin/sort"], input)));
 * ```
 *
 * Each run has namespaces, control groups and a /tmp of its own, and an empty working directory. A box is used by one run at a time; who
 * comes when all are in use waits, first come, first served.
 */
export class IsolatePool implements Disposable, AsyncDisposable {
  readonly #pool: InstancePool;

  /** Makes the boxes. @throws IsolateError of kind Config, Io; no box is left then */
  constructor(options: PoolOptions) {
    checkFields(options, "the options of a pool", poolChecks);
    checkConfigInput(options.config ?? {});
    if (options.boxes === undefined) throw configError("cannot make a pool without a number of boxes", "give boxes: a whole number, 1 or more");
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#pool = new InstancePool(given as unknown as ConstructorParameters<typeof InstancePool>[0]);
  }

  /** How many boxes there are. */
  get boxes(): number {
    return this.#pool.boxes;
  }

  /**
   * Runs a command in the next free box.
   * @param command program and arguments; a string is split as a shell splits words
   * @param stdin what the program reads; nothing by default
   * @param options of the run, or the overrides alone (seconds, bytes; null lifts a limit)
   * @throws IsolateError, of kind Process when the pool is closed; the reason of `options.signal`; a verdict about the program is never thrown
   */
  async execute(command: string | readonly string[], stdin?: StdinInput, options: RunOptions | Overrides = {}): Promise<ExecutionResult> {
    const [words, given] = [checkedCommand(command), asOptions(options)];
    return await this.#use(given, (box) => box.execute(words, stdin, given));
  }

  /** Compiles a source if its language is compiled, and runs it, in the next free box. @param source a path, or more about it @throws as {@link execute} */
  async executeFile(source: string | SourceRequest, stdin?: StdinInput, options: RunOptions | Overrides = {}): Promise<ExecutionResult> {
    return await this.runSource(asSource(source), stdin, options);
  }

  /** The general form of {@link executeFile}. */
  async runSource(source: SourceRequest, stdin?: StdinInput, options: RunOptions | Overrides = {}): Promise<ExecutionResult> {
    const given = asOptions(options);
    return await this.#use(given, (box) => box.runSource(source, stdin, given));
  }

  /**
   * Has a box for several steps: files put into `box.workdir`, runs, files taken out of it. The box is free again when `work` is done, and
   * cannot be used afterwards.
   * @throws what `work` throws; IsolateError of kind Process when the pool is closed, Io when the working directory cannot be emptied
   */
  async use<T>(work: (box: Isolate) => Promise<T>): Promise<T> {
    return await this.#pool.use(async (instance) => {
      const box = pooledBox(instance);
      try {
        return await work(box);
      } finally {
        await releaseBox(box);
      }
    });
  }

  /** Who waits for a box can be told to give up as well. */
  async #use<T>({ signal }: RunOptions, work: (box: Isolate) => Promise<T>): Promise<T> {
    if (signal == null) return await this.use(work);
    if (signal.aborted) throw signal.reason;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    aborted.catch(() => {});
    signal.addEventListener("abort", abort);
    try {
      let isWaiting = true;
      const used = this.use(async (box) => {
        if (signal.aborted) throw signal.reason;
        isWaiting = false;
        return await work(box);
      });
      used.catch(() => {});
      // Once it has a box, the run itself hears of the abort: the box is free when the promise is settled.
      return await Promise.race([used, aborted.catch((reason: unknown) => (isWaiting ? Promise.reject(reason) : used))]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Removes every box, and ends the launchers that wait. What runs goes on to its end first; who waits for a box gets an error. Boxes that
   * are not in use are gone when this returns.
   * @returns when all are gone; the same when called again @throws IsolateError when a box cannot be removed
   */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** As {@link close}; throws when a box that was not in use cannot be removed. */
  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }

  /** As {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

const overrideNames = ["maxCpu", "maxMemory", "maxTime"];

/** Overrides alone were the third argument before there were options. */
function asOptions(options: RunOptions | Overrides): RunOptions {
  const isOverrides = typeof options === "object" && options !== null && Object.keys(options).some((name) => overrideNames.includes(name));
  const given: RunOptions = isOverrides ? { overrides: options as Overrides } : (options as RunOptions);
  checkRunOptions(given);
  return given;
}
