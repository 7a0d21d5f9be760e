/** A box and everything that can be done with it: the class behind the library and the command line. */
import { resolveStateDir } from "../config/load.ts";
import { configFor, parseConfig, parseNewConfig, recordOrigin, type IsolateConfig, type IsolateConfigInput } from "../config/config.ts";
import { configError, type IsolateError } from "../model/errors.ts";
import { explainRun } from "../executor/execute.ts";
import { executeRuns } from "../executor/runs.ts";
import { withMeans } from "../executor/plan/means.ts";
import { prepareRun, type Box } from "../executor/plan/prepare.ts";
import { withTriedMeans } from "../executor/try-namespaces.ts";
import { runResult } from "../executor/verdict/result.ts";
import type { LanguageSet } from "../language/registry.ts";
import { splitWords } from "../language/words.ts";
import { plainRun, stdinFrom, type Overrides, type RunOptions, type Stdin } from "../model/request.ts";
import type { SourceRequest } from "../source/source-request.ts";
import type { ExecutionResult } from "../model/result.ts";
import { checkBoxId } from "../model/box-id.ts";
import { boxPaths, createBox, removeBox, renewWorkdir, type Mark } from "../box/box.ts";
import { callerUid } from "../kernel/caller.ts";
import { cleanupBox } from "./cleanup.ts";
import { claimFor, claimsOnlyHere, withUid } from "./box-uid.ts";
import { makeInstance, ownerOf } from "./create.ts";
import { clearLeftovers } from "./leftovers.ts";
import type { NewOptions, StoreOptions } from "./options.ts";
import { factsOf, type Facts } from "./facts.ts";
import { onOwnCore } from "./own-core.ts";
import { packsToKeep } from "./packs-to-keep.ts";
import { acquireBoxLock, type BoxLock } from "../state/lock.ts";
import { keepReserve, withReserve } from "../state/reserve.ts";
import { openStateDirectory, type StateDirectory } from "../state/state-dir.ts";
import { readInstance, readInstances, type InstanceRecord } from "../state/store.ts";
import { listTemporary, unlistTemporary } from "../state/temporary-boxes.ts";
import type { UidClaim } from "../state/uid-claim.ts";
import { removeDead } from "./remove-dead.ts";
import { visited } from "./visit.ts";
import { boxOf, incompleteBox, withLockedBox, withState } from "./use.ts";

interface Held {
  readonly state: StateDirectory;
  readonly lock: BoxLock;
  readonly claim: UidClaim | null;
  isGone: boolean;
  mark: Mark | null;
}

/** Begins the name of every temporary box; `cleanup --all` sweeps those whose maker died. */
export const temporaryPrefix = "tmp-";

export class Isolate {
  readonly #stateDir: string;
  readonly #config: IsolateConfig;
  #facts: Facts;
  /** Held for life by a temporary box. */
  readonly #temporary: Held | null;

  private constructor(stateDir: string, config: IsolateConfig, facts: Facts, temporary: Held | null) {
    this.#stateDir = stateDir;
    this.#config = Object.freeze(config);
    this.#facts = facts;
    this.#temporary = temporary;
  }

  /**
   * Makes a box and writes it down.
   * @throws IsolateError: Config when the id exists (without `force`) or the configuration or a pack is wrong, LockBusy, Io
   */
  static new(config: IsolateConfigInput = {}, options: NewOptions = {}): Isolate {
    // What lies in a directory of the caller's is the caller's affair, unless it says how much may.
    const unmeasured = options.dir == null ? {} : { disk_limit: null };
    const given = config.disk_limit === undefined ? { ...config, ...unmeasured } : config;
    const checked = parseNewConfig({ instance_id: crypto.randomUUID(), ...given });
    const packs = packsToKeep(options.packs ?? []);
    return withState(options.stateDir, (state) => {
      keepReserve(state);
      const lock = withReserve(state, () => acquireBoxLock(state, checked.instance_id, { wait: false, create: true }));
      try {
        const [config, record] = withReserve(state, () => makeInstance(state, lock, checked, packs, options));
        lock.release();
        return new Isolate(state.path, config, factsOf(record, boxPaths(state, config.instance_id).home), null);
      } catch (error) {
        // Nothing of a box that was never made is left, not even its lock file.
        if (lock.record === null) lock.releaseAndRemove();
        else lock.release();
        throw error;
      }
    });
  }

  /** The instance with this id; null when it is unknown or its directory is gone. @throws IsolateError */
  static load(id: string, options: StoreOptions = {}): Isolate | null {
    return Isolate.#read(id, options, () => null);
  }

  /** As {@link load}, but a box that is written down and whose directory is gone is an error that says so. @throws IsolateError */
  static find(id: string, options: StoreOptions = {}): Isolate | null {
    return Isolate.#read(id, options, (problem) => {
      throw problem;
    });
  }

  static #read(id: string, options: StoreOptions, onIncomplete: (problem: IsolateError) => null): Isolate | null {
    return withState(options.stateDir, (state) => {
      const record = readInstance(state, checkBoxId(id));
      return record === undefined ? null : Isolate.#of(state, id, record, onIncomplete);
    });
  }

  static #of(state: StateDirectory, id: string, record: InstanceRecord, onIncomplete: (problem: IsolateError) => null, parse = parseConfig): Isolate | null {
    const { home, work } = boxPaths(state, id);
    const config = parse(record.config, recordOrigin(state.path, id));
    const workdir = config.workdir ?? work;
    const incomplete = incompleteBox(state, id, workdir);
    if (incomplete !== null) return onIncomplete(incomplete);
    return new Isolate(state.path, { ...config, workdir }, factsOf(record, home), null);
  }

  /** Every instance whose directory is there. @throws IsolateError */
  static loadAll(options: StoreOptions = {}): Isolate[] {
    // Loaded here only: no run needs it.
    const { configParser } = require("../config/many.ts") as typeof import("../config/many.ts");
    const parse = configParser();
    return withState(options.stateDir, (state) =>
      [...readInstances(state)].map(([id, record]) => Isolate.#of(state, id, record, () => null, parse)).filter((box) => box !== null));
  }

  /** Ids of all instances. @throws IsolateError */
  static listAll(options: StoreOptions = {}): string[] {
    return withState(options.stateDir, (state) => [...readInstances(state).keys()]);
  }

  /** A box that is not written down and that nobody else can use; `cleanup` removes it. @throws IsolateError */
  static temporary(config: IsolateConfigInput = {}, options: StoreOptions = {}): Isolate {
    // Unique is enough: the state directory is closed to others.
    const id = `${temporaryPrefix}${process.pid}-${Math.floor(performance.timeOrigin * 1000 + performance.now() * 1000).toString(36)}`;
    const checked = configFor(id, config);
    const state = openStateDirectory(resolveStateDir(options.stateDir));
    let lock: BoxLock | null = null;
    let claim: UidClaim | null = null;
    try {
      keepReserve(state);
      withReserve(state, () => listTemporary(state, id));
      lock = withReserve(state, () => acquireBoxLock(state, id, { wait: false, create: true }));
      claim = withReserve(state, () => claimFor(checked, state, true));
      const owned = withUid(checked, claim);
      const paths = withReserve(state, () => createBox(state, id, ownerOf(owned)));
      lock.markInitialised(true);
      const now = new Date().toISOString();
      return new Isolate(state.path, { ...owned, workdir: paths.work }, { createdAt: now, lastUsed: now, ownerUid: callerUid() }, { state, lock, claim, isGone: false, mark: null });
    } catch (error) {
      claim?.release();
      lock?.releaseAndRemove();
      unlistTemporary(state, id);
      state.close();
      throw error;
    }
  }

  /**
   * The languages that a source in a box may be in.
   * @param packs as `--pack` takes them
   * @param box null: a temporary one
   * @throws IsolateError of kind Config
   */
  static async languages(packs: readonly string[] = [], box: Isolate | null = null): Promise<LanguageSet> {
    return await (await sources()).languagesFor(box === null ? null : box.#box(), packs);
  }

  /** The configuration as it is persisted; cannot be changed. */
  get config(): IsolateConfig {
    return this.#config;
  }

  get id(): string {
    return this.#config.instance_id;
  }

  /** The program's working directory, as the host sees it. */
  get workdir(): string {
    return this.#config.workdir!;
  }

  /** ISO 8601. */
  get createdAt(): string {
    return this.#facts.createdAt;
  }

  /** ISO 8601; changes with every execution. */
  get lastUsed(): string {
    return this.#facts.lastUsed;
  }

  /** Uid of the user that made the box. */
  get ownerUid(): number {
    return this.#facts.ownerUid;
  }

  /**
   * Runs a command in the box.
   * @param command program and arguments; a string is split as a shell splits words
   * @param stdin what the program reads; nothing by default
   * @throws IsolateError; a verdict about the program is never thrown
   */
  async execute(command: string | readonly string[], stdin?: string | Uint8Array): Promise<ExecutionResult> {
    return await this.executeWithOverrides(command, stdin, {});
  }

  /** As {@link execute}, with limits for this run only (seconds, bytes; null lifts one). */
  async executeWithOverrides(command: string | readonly string[], stdin: string | Uint8Array | null | undefined, overrides: Overrides): Promise<ExecutionResult> {
    const words = typeof command === "string" ? splitWords(command) : command;
    return await this.run(words, stdinFrom(stdin), { ...plainRun, overrides });
  }

  /** Compiles a source file if its language is compiled, and runs it. The language goes by extension, then by the `#!` line. */
  async executeFile(path: string, stdin?: string | Uint8Array): Promise<ExecutionResult> {
    return await this.executeFileWithOverrides(path, stdin, {});
  }

  /** As {@link executeFile}, with limits for the run step only. */
  async executeFileWithOverrides(path: string, stdin: string | Uint8Array | null | undefined, overrides: Overrides): Promise<ExecutionResult> {
    return await this.runSource({ path, language: null, packs: [] }, stdinFrom(stdin), { ...plainRun, overrides });
  }

  /** The general form of {@link execute}. */
  async run(command: readonly string[], stdin: Stdin, options: RunOptions): Promise<ExecutionResult> {
    return await this.#locked(options, () => prepareRun(this.#box(), command, options), async (box, prepared) => runResult(await executeRuns(box, prepared, stdin, options), null, null));
  }

  /** The general form of {@link executeFile}. */
  async runSource(source: SourceRequest, stdin: Stdin, options: RunOptions): Promise<ExecutionResult> {
    const { executeSource, prepareSource } = await sources();
    return await this.#locked(options, () => prepareSource(this.#box(), source, options), (box, prepared) => executeSource(box, prepared, stdin, options));
  }

  /** What `run` would do, as data: isolation, limits and launch plan. Starts nothing. */
  explain(command: readonly string[], options: RunOptions): unknown {
    return explainRun(withTriedMeans(() => prepareRun(this.#box(), command, options)));
  }

  /** What `runSource` would do, as data. Starts nothing. */
  async explainSource(source: SourceRequest, options: RunOptions): Promise<unknown> {
    const { explainSource, prepareSource } = await sources();
    return explainSource(await withTriedMeans(() => prepareSource(this.#box(), source, options)));
  }

  /**
   * Empties the working directory of a temporary box: the next run finds it as the first one did.
   * @throws IsolateError of kind Config for any other box, Io
   */
  emptyWorkdir(): void {
    if (this.#temporary === null) throw configError(`cannot empty the directory of box ${this.id}: it is no temporary box`, "remove the files in its workdir, or make the box anew");
    this.#temporary.mark = renewWorkdir(this.#temporary.state, this.id, ownerOf(this.#config), this.#temporary.mark);
  }

  /** The same temporary box with another configuration; its id, directory, uid and gid stay, and `disk_quota` is null. @throws IsolateError of kind Config */
  configured(config: IsolateConfigInput): Isolate {
    if (this.#temporary === null) throw configError(`cannot change the configuration of box ${this.id}: it is no temporary box`, "make the box anew");
    const { instance_id, workdir, uid, gid } = this.#config;
    return new Isolate(this.#stateDir, parseNewConfig({ ...config, instance_id, workdir, uid, gid, disk_quota: null }), this.#facts, this.#temporary);
  }

  /** Removes the box: directory, record, groups, whatever is left. Works twice. @throws IsolateError */
  cleanup(): void {
    if (this.#temporary === null) return cleanupBox(this.id, { stateDir: this.#stateDir });
    const { state, lock, claim, isGone } = this.#temporary;
    if (isGone) return;
    try {
      // Before the box, as what is written down there is all that leads to them.
      clearLeftovers(boxPaths(state, this.id).home, null);
      removeBox(state, this.id);
      claim?.release();
      lock.releaseAndRemove();
      unlistTemporary(state, this.id);
      removeDead(state);
      this.#temporary.isGone = true;
    } finally {
      lock.release();
      claim?.release();
      state.close();
    }
  }

  #box(): Box {
    return { ...boxOf(this.#stateDir, this.#config), temporary: this.#temporary !== null };
  }

  async #locked<P>(options: RunOptions, prepare: () => P | Promise<P>, run: (box: Box, prepared: P) => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const prepared = await prepare();
    const use = onOwnCore(this.#stateDir, this.#config, options, (box) => visited(box, options, () => withMeans(prepared, prepare, (again) => run(box, again))));
    if (this.#temporary !== null) {
      const onlyHere = this.#temporary.claim?.onlyHere ?? null;
      if (onlyHere !== null) options.trace?.(claimsOnlyHere(onlyHere));
      return await use(this.#box());
    }
    const { result, usedAt } = await withLockedBox(this.#stateDir, this.#config, this.#facts.createdAt, options, use);
    if (usedAt !== null) this.#facts = { ...this.#facts, lastUsed: usedAt };
    return result;
  }
}

/** Languages are not loaded for a run without a source. */
const sources = () => import("../source/execute-source.ts");
