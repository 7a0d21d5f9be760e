/** The class of the library, for programs that do not run under Bun: every operation is a command of the binary. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { IsolateConfig, IsolateConfigInput } from "../config/isolate-config.ts";
import type { NewOptions, StoreOptions } from "../instance/options.ts";
import { listOf, notEmptyText } from "../library/check.ts";
import { checkConfigInput, checkedCommand, checkNewOptions, checkRunOptions, checkStoreOptions } from "../library/check-options.ts";
import type { Languages, RunOptions, SourceRequest, StdinInput } from "../library/options.ts";
import { type RunningProgram, startProgram } from "../library/running-program.ts";
import { asSource, wholeSource } from "../library/source.ts";
import { configError, IsolateError } from "../model/errors.ts";
import type { Overrides } from "../model/overrides.ts";
import type { ExecutionResult } from "../model/result.ts";
import { ask } from "./ask.ts";
import { findBinary } from "./binary.ts";
import { configFlags, runFlags, sourceWords } from "./flags.ts";
import { type Going, perform } from "./perform.ts";
import { cleanUpAtExit, type Removable, removed } from "./left-over.ts";

/** What `info --json` prints of a box. */
interface BoxRecord {
  readonly box_id: string;
  readonly workdir: string;
  readonly created_at: string;
  readonly last_used: string;
  readonly owner_uid: number;
  readonly config: IsolateConfig;
}

interface Store {
  readonly binary: string;
  readonly place: readonly string[];
}

function storeOf({ binary, stateDir }: StoreOptions): Store {
  return { binary: findBinary(binary), place: stateDir === undefined ? [] : [`--state-dir=${resolve(stateDir)}`] };
}

const recordsIn = ({ binary, place }: Store) => JSON.parse(ask(binary, ["list", "--json", ...place])) as BoxRecord[];

/** A box, in which programs run one after the other. */
export class Isolate implements Disposable, AsyncDisposable, Removable {
  readonly #store: Store;
  #record: BoxRecord;
  /** The flags that it was made with; null: it has to stay when this object goes. */
  readonly #made: readonly string[] | null;
  readonly #runs = new Map<Going, Promise<void>>();
  #gone: string | null = null;

  private constructor(store: Store, record: BoxRecord, made: readonly string[] | null) {
    [this.#store, this.#record, this.#made] = [store, record, made];
    if (made !== null) cleanUpAtExit(this);
  }

  static #make(config: IsolateConfigInput, options: NewOptions, isTemporary: boolean): Isolate {
    checkConfigInput(config);
    const store = storeOf(options);
    const id = config.instance_id ?? randomUUID();
    const dir = options.dir ?? config.workdir ?? null;
    const flags = [`--box-id=${id}`, ...store.place, ...configFlags(config), ...(options.packs ?? []).map((pack) => `--pack=${pack}`), ...(dir === null ? [] : [`--dir=${dir}`])];
    initialize(store, [...flags, ...(options.force === true ? ["--force"] : [])]);
    return new Isolate(store, recordOf(store, id), isTemporary ? flags : null);
  }

  /** @throws IsolateError: Config when the id exists (without `force`) or something given is wrong, LockBusy, Io */
  static new(config: IsolateConfigInput = {}, options: NewOptions = {}): Isolate {
    checkNewOptions(options);
    return Isolate.#make(config, options, false);
  }

  /** A box for this object alone; `cleanup` removes it, and so does the end of the process. @throws IsolateError */
  static temporary(config: IsolateConfigInput = {}, options: StoreOptions = {}): Isolate {
    checkStoreOptions(options);
    return Isolate.#make(config, options, true);
  }

  static load(id: string, options: StoreOptions = {}): Isolate | null {
    return Isolate.loadAll(options).find((box) => box.id === id) ?? null;
  }

  static find(id: string, options: StoreOptions = {}): Isolate | null {
    checkStoreOptions(options);
    const store = storeOf(options);
    try {
      return new Isolate(store, recordOf(store, id), null);
    } catch (error) {
      if (error instanceof IsolateError && error.message === `box ${id} does not exist`) return null;
      throw error;
    }
  }

  static loadAll(options: StoreOptions = {}): Isolate[] {
    checkStoreOptions(options);
    const store = storeOf(options);
    return recordsIn(store).map((record) => new Isolate(store, record, null));
  }

  static listAll(options: StoreOptions = {}): string[] {
    checkStoreOptions(options);
    return recordsIn(storeOf(options)).map(({ box_id }) => box_id);
  }

  static async languages(packs: readonly string[] = [], box: Isolate | null = null): Promise<Languages> {
    listOf(notEmptyText)(packs, "packs");
    const { binary, place } = box === null ? storeOf({}) : box.#use();
    const flags = [...packs.map((pack) => `--pack=${pack}`), ...(box === null ? [] : [`--box-id=${box.id}`])];
    const found = JSON.parse(ask(binary, ["languages", "list", "--json", ...place, ...flags])) as Languages["languages"];
    return { languages: found.map(({ id, name, aliases, extensions, hidden = false, origin }) => ({ id, name, aliases, extensions, hidden, origin })), problems: [] };
  }

  get config(): IsolateConfig {
    return this.#record.config;
  }
  get id(): string {
    return this.#record.box_id;
  }
  get workdir(): string {
    return this.#record.workdir;
  }
  get createdAt(): string {
    return this.#record.created_at;
  }
  get lastUsed(): string {
    return this.#gone === null ? (this.#record = recordOf(this.#store, this.id)).last_used : this.#record.last_used;
  }
  get ownerUid(): number {
    return this.#record.owner_uid;
  }

  /** @throws IsolateError; the reason of `options.signal`; a verdict about the program is never thrown */
  async execute(command: string | readonly string[], stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    this.#use();
    return await this.#perform("run", ["--", ...checkedCommand(command)], stdin, options);
  }

  async executeWithOverrides(command: string | readonly string[], stdin: StdinInput, overrides: Overrides): Promise<ExecutionResult> {
    return await this.execute(command, stdin, { overrides });
  }

  async executeFile(source: string | SourceRequest, stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    return await this.runSource(asSource(source), stdin, options);
  }

  async executeFileWithOverrides(source: string | SourceRequest, stdin: StdinInput, overrides: Overrides): Promise<ExecutionResult> {
    return await this.runSource(asSource(source), stdin, { overrides });
  }

  async run(command: string | readonly string[], stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    return await this.execute(command, stdin, options);
  }

  async runSource(source: SourceRequest, stdin?: StdinInput, options: RunOptions = {}): Promise<ExecutionResult> {
    this.#use();
    using file = fileOf(source);
    return await this.#perform("execute", sourceWords(source, file.path), stdin, options);
  }

  start(command: string | readonly string[], options: Omit<RunOptions, "stdout" | "stderr"> = {}): RunningProgram {
    return startProgram((stdin, streams) => this.execute(command, stdin, { ...options, ...streams }));
  }

  startSource(source: SourceRequest, options: Omit<RunOptions, "stdout" | "stderr"> = {}): RunningProgram {
    return startProgram((stdin, streams) => this.runSource(source, stdin, { ...options, ...streams }));
  }

  explain(command: string | readonly string[], options: RunOptions = {}): unknown {
    return this.#explain("run", ["--", ...checkedCommand(command)], options);
  }

  async explainSource(source: SourceRequest, options: RunOptions = {}): Promise<unknown> {
    using file = fileOf(source);
    return this.#explain("execute", sourceWords(source, file.path), options);
  }

  #explain(verb: string, rest: readonly string[], options: RunOptions): unknown {
    const { binary } = this.#use();
    checkRunOptions(options);
    return JSON.parse(ask(binary, [...this.#words(verb), "--explain", ...runFlags(options), ...rest]));
  }

  /** The next run finds the working directory as the first one did: the box is made again. @throws IsolateError: Config for a box that is not temporary, LockBusy, Io */
  emptyWorkdir(): void {
    const store = this.#use();
    if (this.#made === null) throw configError(`cannot empty the working directory of box ${this.id}: it is not temporary`, "clean it up and make it again");
    initialize(store, [...this.#made, "--force"]);
    this.#record = recordOf(store, this.id);
  }

  /** @throws IsolateError of kind Config: only the library under Bun can do it */
  configured(_config: IsolateConfigInput): Isolate {
    throw configError(`cannot change the configuration of box ${this.id}: the binary has no command for it`, "give overrides to the run, or make another box");
  }

  /** Removes the box. Works twice. @throws IsolateError: LockBusy while a run goes on, Io */
  cleanup(): void {
    if (this.#gone !== null) return;
    ask(this.#store.binary, this.#words("cleanup").concat("--json"));
    this.#gone = `cannot use box ${this.id}: it was cleaned up`;
    removed(this);
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endRuns(`box ${this.id} was disposed of`);
    this.cleanup();
  }

  /** @internal */
  async endRuns(why: string): Promise<void> {
    const reason = new IsolateError("Process", `the run was ended: ${why}`, { hint: "await every run before the end of the block that has the box", aboutHost: false });
    for (const run of this.#runs.keys()) run.stop(reason);
    await Promise.all(this.#runs.values());
  }

  async #perform(verb: string, rest: readonly string[], stdin: StdinInput, options: RunOptions): Promise<ExecutionResult> {
    return await perform(this.#store.binary, this.#words(verb), rest, stdin, options, this.config.output_limit, (run) => {
      let resolveOver = () => {};
      this.#runs.set(run, new Promise((done) => (resolveOver = done)));
      return () => {
        this.#runs.delete(run);
        resolveOver();
      };
    });
  }

  #words(verb: string): string[] {
    return [verb, `--box-id=${this.id}`, ...this.#store.place];
  }

  #use(): Store {
    if (this.#gone !== null) throw configError(this.#gone, this.#made === null ? `make it with: mini-isolate init --box-id ${this.id}` : "make another box");
    return this.#store;
  }
}

function recordOf({ binary, place }: Store, id: string): BoxRecord {
  return JSON.parse(ask(binary, ["info", `--box-id=${id}`, "--json", ...place])) as BoxRecord;
}

function initialize({ binary }: Store, flags: readonly string[]): void {
  ask(binary, ["init", ...flags]);
}

/** The file that the binary reads: the caller's, or one with the caller's bytes under the name that was given. */
function fileOf(source: SourceRequest): Disposable & { readonly path: string } {
  const { path: given, bytes } = wholeSource(source);
  if (bytes === undefined) return { path: given, [Symbol.dispose]: () => {} };
  const directory = mkdtempSync(join(tmpdir(), "mini-isolate-source-"));
  const path = join(directory, basename(given));
  writeFileSync(path, bytes);
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}
