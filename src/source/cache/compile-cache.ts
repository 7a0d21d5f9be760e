/**
 * Compile results are kept: a source that was compiled before, by the same compiler in the same way, is not compiled again. Nothing that goes
 * wrong here is an error of the run: it goes on as if there were no cache, and `--verbose` says why.
 */
import { futimesSync } from "node:fs";
import { IsolateError, messageOf } from "../../model/errors.ts";
import type { Owner } from "../../box/box.ts";
import { withDirectory, withWorkdir } from "../../box/files.ts";
import { removeTree } from "../../box/remove-tree.ts";
import { O } from "../../kernel/constants.ts";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { closeDescriptor, openAt } from "../../kernel/files.ts";
import type { CompileResult, StepResult } from "../../model/result.ts";
import { type CompileInputs, compileKey } from "./compile-key.ts";
import { type CacheDirectory, openCacheDirectory, withCacheLock } from "./directory.ts";
import { type EntryHead, placeArtefacts, readHead, writeEntry } from "./entry.ts";
import { addToTotal, chargeOf, makeRoom, removeAll, sweepUnfinished } from "./eviction.ts";
import type { KeptResults } from "./kept-results.ts";
import { type Patience, takeTurn, type Turn } from "./turn.ts";
import { putInPlace } from "./unfinished.ts";
import { describeBytes } from "../../model/units.ts";

/** An entry larger than this part of the cache would push out too many others. */
const largestPart = 1 / 4;

/** The cache for one compile step. Opens nothing until it is asked. */
export class CompileCache {
  readonly #stateDir: string;
  readonly #limitBytes: number;
  readonly #inputs: CompileInputs;
  readonly #trace: (line: string) => void;
  /** What was looked for; null: there was nothing to look for. */
  #key: string | null = null;

  /**
   * @param stateDir absolute, checked already
   * @param limitBytes size of the whole cache; 0: nothing is looked up and nothing kept
   * @param trace told what was found and what was not, one line of text each
   */
  constructor(stateDir: string, limitBytes: number, inputs: CompileInputs, trace: ((line: string) => void) | null) {
    this.#stateDir = stateDir;
    this.#limitBytes = limitBytes;
    this.#inputs = inputs;
    this.#trace = trace ?? (() => {});
  }

  /**
   * Looks the step up, and puts its artefacts into a box.
   * @param to the box's working directory, a path that only we can change
   * @param mostBytes what the box may hold; null: anything
   * @param kept gets what is found, for the next runs
   * @returns null when it has to be compiled, also when the box cannot take them: the compile step then finds out why, and says so
   */
  take(to: string, owner: Owner | null, mostBytes: number | null = null, kept?: KeptResults): CompileResult | null {
    if (this.#limitBytes === 0) return null;
    if (this.#inputs.prepared.isolation === "none") {
      this.#trace("compile cache not used: without namespaces a program could write to it");
      return null;
    }
    this.#key = this.#unlessFaulty(() => compileKey(this.#inputs));
    if (this.#key === null) return null;
    const key = this.#key;
    using directory = this.#unlessFaulty(() => openCacheDirectory(this.#stateDir, false));
    const found = directory && this.#unlessFaulty(() => this.#find(directory, key));
    if (!found) return null;
    let isHeld = false;
    try {
      if (mostBytes !== null && found.head.artefacts.reduce((sum, [, , bytes]) => sum + bytes, 0) > mostBytes) {
        this.#trace("compile cache not used: the results are larger than the box may be");
        return null;
      }
      const whole = this.#unlessFaulty(() => withWorkdir(to, (box) => placed(found, box, owner)));
      if (whole === false) this.#damaged(directory!, key);
      if (whole !== true) return null;
      // Its last use, by which entries are evicted; a file system that is read-only by now does not matter.
      this.#unlessFaulty(() => futimesSync(found.fd, new Date(), new Date()));
      this.#trace(`compile result from the cache: ${key}, made ${found.head.created}`);
      kept?.hold(found.fd, found.head);
      isHeld = kept !== undefined;
      return { ...found.head.compile, cached: true };
    } finally {
      if (!isHeld) closeDescriptor(found.fd);
    }
  }

  /**
   * Waits while somebody else compiles the same. Call when it was looked up in vain.
   * @returns dispose of it when the result is kept, or cannot be
   */
  async turn(patience: Patience): Promise<Turn> {
    const none: Turn = { hasWaited: false, [Symbol.dispose]: () => {} };
    const key = this.#key;
    const directory = key === null ? null : this.#unlessFaulty(() => openCacheDirectory(this.#stateDir, true));
    if (directory === null) return none;
    try {
      const turn = await takeTurn(directory, key!, patience);
      if (turn.hasWaited) {
        this.#trace(`waited for another that compiled the same: ${key}`);
        directory[Symbol.dispose]();
        return turn;
      }
      return {
        hasWaited: false,
        [Symbol.dispose]: () => {
          this.#unlessFaulty(() => turn[Symbol.dispose]());
          directory[Symbol.dispose]();
        },
      };
    } catch (error) {
      directory[Symbol.dispose]();
      this.#unlessFaulty(() => {
        throw error;
      });
      return none;
    }
  }

  /**
   * Keeps a step that was looked up in vain and has ended with Success.
   * @param from the directory that it was compiled in, a path that only we can change; no process works in it any more
   */
  keep(from: string, compile: StepResult): void {
    const key = this.#key;
    if (key === null || compile.status !== "Success") return;
    this.#unlessFaulty(() => {
      // A compiler that was replaced while it ran belongs to neither key.
      if (compileKey(this.#inputs) !== key) return this.#trace("compile result not kept: compiler or mounted files have changed meanwhile");
      using directory = openCacheDirectory(this.#stateDir, true)!;
      withDirectory(from, (artefacts) => this.#write(directory, key, artefacts, compile));
    });
  }

  #find(directory: CacheDirectory, key: string): { readonly fd: number; readonly head: EntryHead } | null {
    let fd: number;
    try {
      fd = openAt(directory.entries, key, O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
    } catch (error) {
      if (errnoOf(error) === errno.ENOENT) return null;
      if (errnoOf(error) === errno.ELOOP || errnoOf(error) === errno.ENXIO) return this.#damaged(directory, key);
      throw error;
    }
    let head: EntryHead | null = null;
    try {
      head = readHead(fd, key);
      return head === null ? this.#damaged(directory, key) : { fd, head };
    } finally {
      if (head === null) closeDescriptor(fd);
    }
  }

  #damaged(directory: CacheDirectory, key: string): null {
    this.#trace(`compile cache: removing ${key}, which is damaged`);
    this.#unlessFaulty(() => removeTree(directory.entries, key));
    return null;
  }

  #write(directory: CacheDirectory, key: string, artefacts: number, compile: StepResult): void {
    const facts = { key, created: new Date().toISOString(), compile };
    const write = (fd: number) => writeEntry(fd, artefacts, this.#inputs.plan.artefacts, facts, this.#limitBytes * largestPart);
    putInPlace(directory, directory.entries, key, write, (rename, bytes) =>
      withCacheLock(directory, (lock) => {
        sweepUnfinished(directory);
        addToTotal(lock, chargeOf(bytes));
        rename();
        const removed = makeRoom(directory, lock, this.#limitBytes);
        this.#trace(`compile result kept: ${key}, ${describeBytes(bytes)[0]}${removed === 0 ? "" : `, ${removed} others evicted`}`);
      }),
    );
  }

  #unlessFaulty<T>(use: () => T): T | null {
    try {
      return use();
    } catch (error) {
      // Anything else is a mistake in this program.
      if (!(error instanceof IsolateError) && errnoOf(error) === null) throw error;
      this.#trace(`compile cache not used: ${messageOf(error)}`);
      return null;
    }
  }
}

/** false: the entry cannot be read. */
function placed({ fd, head }: { readonly fd: number; readonly head: EntryHead }, box: number, owner: Owner | null): boolean {
  try {
    return placeArtefacts(fd, head, box, owner);
  } catch (error) {
    if (errnoOf(error) === errno.EIO) return false;
    throw error;
  }
}

/**
 * Removes every compile result that is kept.
 * @param stateDir absolute
 * @returns how many there were, and their bytes
 * @throws IsolateError of kind Io
 */
export function emptyCompileCache(stateDir: string): { readonly entries: number; readonly bytes: number } {
  using directory = openCacheDirectory(stateDir, false);
  return directory === null ? { entries: 0, bytes: 0 } : withCacheLock(directory, (lock) => removeAll(directory, lock));
}
