/** Boxes that are kept for many runs, and launchers that wait in them: for who runs program after program. */
import type { IsolateConfigInput } from "../config/config.ts";
import { warmLaunchers } from "../executor/warmth.ts";
import { Isolate } from "../instance/isolate.ts";
import type { StoreOptions } from "../instance/options.ts";
import { configError, IsolateError } from "../model/errors.ts";
import type { Overrides } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";

/** How a pool is made. */
export interface PoolOptions extends StoreOptions {
  /** How many programs can run at the same time, each in a box of its own. At least 1. */
  readonly boxes: number;
  /** The configuration of each box, as `Isolate.new` takes it; without `instance_id`. */
  readonly config?: IsolateConfigInput;
  /** Files stay in the working directory for the next run in that box. Default: each run finds it empty. */
  readonly keepFiles?: boolean;
  /**
   * How many launchers may wait for runs, each in fresh namespaces (about 0.5 MB of the kernel's memory each). Default: twice as many as boxes,
   * for a compiler and a program each; only so many wait as were used. 0: every run starts its own. A run does and reports the same either way.
   */
  readonly launchers?: number;
}

/** Someone who waits for a box. */
interface Caller {
  readonly take: (box: Isolate) => void;
  readonly refuse: (error: IsolateError) => void;
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
  readonly #all: Isolate[] = [];
  readonly #free: Isolate[];
  readonly #callers: Caller[] = [];
  readonly #keepFiles: boolean;
  readonly #launchers: Disposable;
  readonly #inUse = new Set<Isolate>();
  readonly #unclean = new Set<Isolate>();
  #closed: { readonly done: Promise<void>; readonly resolve: () => void; readonly reject: (error: unknown) => void } | null = null;
  /** The first of what failed when boxes were removed. */
  #fault: unknown = null;

  /** Makes the boxes. @throws IsolateError of kind Config, Io; no box is left then */
  constructor({ boxes, config = {}, keepFiles = false, launchers = 2 * boxes, stateDir }: PoolOptions) {
    if (!Number.isSafeInteger(boxes) || boxes < 1) throw configError(`cannot make a pool of ${boxes} boxes`, "give a whole number of boxes, 1 or more");
    if (!Number.isSafeInteger(launchers) || launchers < 0) throw configError(`cannot keep ${launchers} launchers waiting`, "give a whole number, 0 or more");
    if (config.instance_id !== undefined) throw configError("cannot give the boxes of a pool an id", "leave instance_id out: each box of a pool is temporary and has an id of its own");
    this.#keepFiles = keepFiles;
    try {
      for (let index = 0; index < boxes; index++) this.#all.push(Isolate.temporary(config, stateDir === undefined ? {} : { stateDir }));
    } catch (error) {
      for (const box of this.#all) box.cleanup();
      throw error;
    }
    this.#free = [...this.#all];
    this.#launchers = warmLaunchers(launchers);
  }

  /** How many boxes there are. */
  get boxes(): number {
    return this.#all.length;
  }

  /**
   * Runs a command in the next free box.
   * @param command program and arguments; a string is split as a shell splits words
   * @param stdin what the program reads; nothing by default
   * @param overrides limits for this run only (seconds, bytes; null lifts one)
   * @throws IsolateError, of kind Process when the pool is closed; a verdict about the program is never thrown
   */
  async execute(command: string | readonly string[], stdin?: string | Uint8Array | null, overrides: Overrides = {}): Promise<ExecutionResult> {
    return await this.use((box) => box.executeWithOverrides(command, stdin, overrides));
  }

  /** Compiles a source file if its language is compiled, and runs it, in the next free box. @throws as {@link execute} */
  async executeFile(path: string, stdin?: string | Uint8Array | null, overrides: Overrides = {}): Promise<ExecutionResult> {
    return await this.use((box) => box.executeFileWithOverrides(path, stdin, overrides));
  }

  /**
   * Has a box for several steps: files put into `box.workdir`, runs, files taken out of it. The box is free again when `work` is done. It must
   * not be used afterwards, nor cleaned up.
   * @throws what `work` throws; IsolateError of kind Process when the pool is closed, Io when the working directory cannot be emptied
   */
  async use<T>(work: (box: Isolate) => Promise<T>): Promise<T> {
    const box = await this.#take();
    try {
      return await work(box);
    } finally {
      this.#giveBack(box);
    }
  }

  /**
   * Removes every box, and ends the launchers that wait. What runs goes on to its end first; who waits for a box gets an error. Boxes that
   * are not in use are gone when this returns.
   * @returns when all are gone; the same when called again @throws IsolateError when a box cannot be removed
   */
  close(): Promise<void> {
    if (this.#closed !== null) return this.#closed.done;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Whoever closes a pool with `using` looks at no promise.
    promise.catch(() => {});
    this.#closed = { done: promise, resolve, reject };
    this.#launchers[Symbol.dispose]();
    for (const { refuse } of this.#callers.splice(0)) refuse(closedPool());
    for (const box of this.#free.splice(0)) this.#remove(box);
    this.#settle();
    return promise;
  }

  /** As {@link close}; throws when a box that was not in use cannot be removed. */
  [Symbol.dispose](): void {
    void this.close();
    if (this.#fault !== null) throw this.#fault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(): Promise<Isolate> {
    if (this.#closed !== null) throw closedPool();
    const box = this.#free.pop() ?? (await new Promise<Isolate>((take, refuse) => this.#callers.push({ take, refuse })));
    this.#inUse.add(box);
    if (!this.#unclean.has(box)) return box;
    try {
      box.emptyWorkdir();
    } catch (error) {
      this.#pass(box);
      throw error;
    }
    this.#unclean.delete(box);
    return box;
  }

  #giveBack(box: Isolate): void {
    if (this.#closed === null && !this.#keepFiles) {
      try {
        box.emptyWorkdir();
      } catch {
        // The result is not lost for it: whoever gets the box next tries again, and is told.
        this.#unclean.add(box);
      }
    }
    this.#pass(box);
  }

  /** To whoever waits for it; of a pool that is closed, it is removed. */
  #pass(box: Isolate): void {
    this.#inUse.delete(box);
    if (this.#closed !== null) {
      this.#remove(box);
      return this.#settle();
    }
    const caller = this.#callers.shift();
    if (caller === undefined) return void this.#free.push(box);
    this.#inUse.add(box);
    caller.take(box);
  }

  #remove(box: Isolate): void {
    try {
      box.cleanup();
    } catch (error) {
      this.#fault ??= error;
    }
  }

  #settle(): void {
    if (this.#inUse.size > 0 || this.#closed === null) return;
    if (this.#fault === null) this.#closed.resolve();
    else this.#closed.reject(this.#fault);
  }
}

function closedPool(): IsolateError {
  return new IsolateError("Process", "cannot run a program in a pool that is closed", { hint: "close the pool after the last run", aboutHost: false });
}
