/** A box and everything that can be done with it, as callers of the library have it: checked, and with what a run is given while it goes on. */
import type { IsolateConfig, IsolateConfigInput } from "../config/config.ts";
import { Isolate as InstanceBox } from "../instance/isolate.ts";
import type { NewOptions, StoreOptions } from "../instance/options.ts";
import { configError, IsolateError } from "../model/errors.ts";
import type { Overrides } from "../model/overrides.ts";
import { plainRun as wholePlainRun } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import type { Attendance } from "./attendance.ts";
import { listOf, notEmptyText } from "./check.ts";
import { checkConfigInput, checkedCommand, checkNewOptions, checkStoreOptions } from "./check-options.ts";
import type { Languages, RunOptions, SourceRequest, StdinInput } from "./options.ts";
import { performRun, type Start } from "./run.ts";
import { type RunningProgram, startProgram } from "./running-program.ts";
import { asSource, wholeSource } from "./source.ts";
import { wholeOptions } from "./whole.ts";

/** A run with nothing special about it: every option as it is when it is left out. */
export const plainRun: RunOptions = wholePlainRun as RunOptions;

/** Boxes of a pool, which are given back and not removed. */
let wrapPooled: (box: InstanceBox) => Isolate;
let releasePooled: (box: Isolate) => Promise<void>;

/** How it stands with a box. */
interface Life {
  /** Whether a run has a temporary box now. */
  isInUse: boolean;
  /** Why it cannot be used any more; null: it can. */
  gone: string | null;
}

/** A box, in which programs run one after the other. */
export class Isolate implements Disposable, AsyncDisposable {
  readonly #box: InstanceBox;
  /** Nobody else can use it, so there is no lock to ask whether it is in use. */
  readonly #isTemporary: boolean;
  readonly #isOfPool: boolean;
  /** Shared by all objects of one temporary box. */
  readonly #life: Life;
  readonly #runs = new Map<Attendance, Promise<void>>();

  private constructor(box: InstanceBox, isTemporary: boolean, isOfPool = false, life: Life = { isInUse: false, gone: null }) {
    [this.#box, this.#isTemporary, this.#isOfPool, this.#life] = [box, isTemporary, isOfPool, life];
  }

  static {
    wrapPooled = (box) => new Isolate(box, true, true);
    releasePooled = async (box) => {
      box.#life.gone ??= `cannot use box ${box.id}: it was given back to its pool`;
      await box.#endRuns(`box ${box.id} was given back to its pool`);
    };
  }

  /**
   * Makes a box and writes it down.
   * @throws IsolateError: Config when the id exists (without `force`) or the configuration, an option or a pack is wrong, LockBusy, Io
   */
  static new(config: IsolateConfigInput = {}, options: NewOptions = {}): Isolate {
    checkConfigInput(config);
    checkNewOptions(options);
    return new Isolate(InstanceBox.new(config, options), false);
  }

  /** A box that is not written down and that nobody else can use; `cleanup` removes it. @throws IsolateError */
  static temporary(config: IsolateConfigInput = {}, options: StoreOptions = {}): Isolate {
    checkConfigInput(config);
    checkStoreOptions(options);
    return new Isolate(InstanceBox.temporary(config, options), true);
  }

  /** The box with this id; null when it is unknown or its directory is gone. @throws IsolateError */
  static load(id: string, options: StoreOptions = {}): Isolate | null {
    checkStoreOptions(options);
    const box = InstanceBox.load(id, options);
    return box === null ? null : new Isolate(box, false);
  }

  /** As {@link load}, but a box that is written down and whose directory is gone is an error that says so. @throws IsolateError */
  static find(id: string, options: StoreOptions = {}): Isolate | null {
    checkStoreOptions(options);
    const box = InstanceBox.find(id, options);
    return box === null ? null : new Isolate(box, false);
  }

  /** Every box whose directory is there. @throws IsolateError */
  static loadAll(options: StoreOptions = {}): Isolate[] {
    checkStoreOptions(options);
    return InstanceBox.loadAll(options).map((box) => new Isolate(box, false));
  }

  /** Ids of all boxes. @throws IsolateError */
  static listAll(options: StoreOptions = {}): string[] {
    checkStoreOptions(options);
    return InstanceBox.listAll(options);
  }

  /**
   * The languages that a source in a box may be in.
   * @param packs as `--pack` takes them
   * @param box null: a temporary one
   * @throws IsolateError of kind Config
   */
  static async languages(packs: readonly string[] = [], box: Isolate | null = null): Promise<Languages> {
    listOf(notEmptyText)(packs, "packs");
    return await InstanceBox.languages(packs, box === null ? null : box.#use());
  }

  /** The configuration as it was written down; cannot be changed. */
  get config(): IsolateConfig {
    return this.#box.config;
  }

  /** Id of the box. */
  get id(): string {
    return this.#box.id;
  }

  /** The working directory of programs, as the host sees it. */
  get workdir(): string {
    return this.#box.workdir;
  }

  /** When the box was made, ISO 8601. */
  get createdAt(): string {
    return this.#box.createdAt;
  }

  /** The last use of the box, ISO 8601; changes with every run. */
  get lastUsed(): string {
    return this.#box.lastUsed;
  }

  /** Uid of the user that made the box. */
  get ownerUid(): number {
    return this.#box.ownerUid;
  }

  /**
   * Runs a command in the box.
   * @param command program and arguments; a string is split as a shell splits words
   * @param stdin what the program reads; nothing by default
   * @throws IsolateError; the reason of `options.signal`; a verdict about the program is never thrown
   */
  async execute(command: string | readonly string[], stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    const box = this.#use();
    const words = checkedCommand(command);
    return await this.#perform((given, whole) => box.run(words, given, whole), stdin, options);
  }

  /** As {@link execute}, with limits for this run only (seconds, bytes; null lifts one). */
  async executeWithOverrides(command: string | readonly string[], stdin: StdinInput, overrides: Overrides): Promise<ExecutionResult> {
    return await this.execute(command, stdin, { overrides });
  }

  /** Compiles a source if its language is compiled, and runs it. The language goes by extension, then by the `#!` line. @param source a path, or more about it */
  async executeFile(source: string | SourceRequest, stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    return await this.runSource(asSource(source), stdin, options);
  }

  /** As {@link executeFile}, with limits for the run step only. */
  async executeFileWithOverrides(source: string | SourceRequest, stdin: StdinInput, overrides: Overrides): Promise<ExecutionResult> {
    return await this.runSource(asSource(source), stdin, { overrides });
  }

  /** As {@link execute}, by another name. */
  async run(command: string | readonly string[], stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    return await this.execute(command, stdin, options);
  }

  /** Compiles a source if its language is compiled, and runs it. @throws as {@link execute} */
  async runSource(source: SourceRequest, stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    const box = this.#use();
    const request = wholeSource(source);
    return await this.#perform((given, whole) => box.runSource(request, given, whole), stdin, options);
  }

  /**
   * Starts a command in the box, to write to it and to read from it while it runs.
   * @param options without `stdout` and `stderr`, which are streams of what is returned
   */
  start(command: string | readonly string[], options: Omit<RunOptions, "stdout" | "stderr"> = {}): RunningProgram {
    return startProgram((stdin, streams) => this.execute(command, stdin, { ...options, ...streams }));
  }

  /** As {@link start}, for a source: the streams are those of the program, not of its compiler. */
  startSource(source: SourceRequest, options: Omit<RunOptions, "stdout" | "stderr"> = {}): RunningProgram {
    return startProgram((stdin, streams) => this.runSource(source, stdin, { ...options, ...streams }));
  }

  /** What `run` would do, as data: isolation, limits and launch plan. Starts nothing. @throws IsolateError */
  explain(command: string | readonly string[], options: RunOptions = {}): unknown {
    return this.#use().explain(checkedCommand(command), wholeOptions(options));
  }

  /** What `runSource` would do, as data. Starts nothing. @throws IsolateError */
  async explainSource(source: SourceRequest, options: RunOptions = {}): Promise<unknown> {
    return await this.#use().explainSource(wholeSource(source), wholeOptions(options));
  }

  /**
   * Empties the working directory of a temporary box: the next run finds it as the first one did.
   * @throws IsolateError: Config for any other box, LockBusy while a run goes on, Io
   */
  emptyWorkdir(): void {
    const box = this.#use();
    if (this.#isTemporary) this.#refuseBusy();
    box.emptyWorkdir();
  }

  /**
   * The same temporary box with another configuration; its id, directory, uid and gid stay, and `disk_quota` is null.
   * @throws IsolateError of kind Config
   */
  configured(config: IsolateConfigInput): Isolate {
    checkConfigInput(config);
    return new Isolate(this.#use().configured(config), this.#isTemporary, this.#isOfPool, this.#life);
  }

  /**
   * Removes the box: directory, record, groups, whatever is left. Works twice. Afterwards nothing can be run in it.
   * @throws IsolateError: LockBusy while a run goes on, Io
   */
  cleanup(): void {
    if (this.#life.gone !== null) return;
    if (this.#isOfPool) throw configError(`cannot clean up box ${this.id}: it belongs to a pool`, "close the pool: it removes its boxes");
    if (this.#isTemporary) this.#refuseBusy();
    this.#box.cleanup();
    this.#life.gone = `cannot use box ${this.id}: it was cleaned up`;
  }

  /** As {@link cleanup}: `using box = Isolate.temporary()`. */
  [Symbol.dispose](): void {
    this.cleanup();
  }

  /** Ends the runs of this object that go on, and cleans up: `await using box = Isolate.temporary()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endRuns(`box ${this.id} was disposed of`);
    this.cleanup();
  }

  async #endRuns(why: string): Promise<void> {
    const reason = new IsolateError("Process", `the run was ended: ${why}`, { hint: "await every run before the end of the block that has the box", aboutHost: false });
    for (const attendance of this.#runs.keys()) attendance.stop(reason);
    await Promise.all(this.#runs.values());
  }

  async #perform(start: Start, stdin: StdinInput, options: RunOptions): Promise<ExecutionResult> {
    const begin: Start = async (given, whole) => {
      this.#use();
      if (this.#isTemporary) return await this.#alone(() => start(given, whole));
      return await start(given, whole);
    };
    return await performRun(begin, stdin, options, {
      began: (attendance) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#runs.set(attendance, promise);
        return () => {
          this.#runs.delete(attendance);
          resolve();
        };
      },
    });
  }

  async #alone<T>(run: () => Promise<T>): Promise<T> {
    this.#refuseBusy();
    this.#life.isInUse = true;
    try {
      return await run();
    } finally {
      this.#life.isInUse = false;
    }
  }

  #refuseBusy(): void {
    if (!this.#life.isInUse) return;
    const hint = "runs in one box take turns: wait for the first before starting the next";
    throw new IsolateError("LockBusy", `box ${this.id} is in use by another run of this process (pid ${process.pid})`, { hint });
  }

  /** @throws IsolateError of kind Config for a box that is gone */
  #use(): InstanceBox {
    if (this.#life.gone !== null) throw configError(this.#life.gone, this.#isTemporary ? "make another box" : `make it with: mini-isolate init --box-id ${this.id}`);
    return this.#box;
  }
}

/** A box of a pool, as its caller has it for a while. @internal */
export function pooledBox(box: InstanceBox): Isolate {
  return wrapPooled(box);
}

/** The while is over: what still runs in it is ended, and nothing more can be. @internal */
export async function releaseBox(box: Isolate): Promise<void> {
  await releasePooled(box);
}
