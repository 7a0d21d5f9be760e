/**
 * What a compiler made, for the other runs of this process: an entry as in the compile cache, in a file that only this process has open. Each box
 * gets a copy, so no program can change what the next one is.
 */
import type { Owner } from "../../box/box.ts";
import { withDirectory, withWorkdir } from "../../box/files.ts";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { errnoOf } from "../../kernel/errno.ts";
import { closeDescriptor, openAt, setPosition } from "../../kernel/files.ts";
import { IsolateError } from "../../model/errors.ts";
import type { CompileResult, StepResult } from "../../model/result.ts";
import { type EntryHead, placeArtefacts, readHead, writeEntry } from "./entry.ts";

/** Whose entry it is matters to nobody: there is one in each file. */
const key = "kept";

export class KeptResults implements Disposable {
  #entry: { readonly fd: number; readonly head: EntryHead } | null = null;

  /** Takes over an entry that was found. @param fd is closed later */
  hold(fd: number, head: EntryHead): void {
    this[Symbol.dispose]();
    this.#entry = { fd, head };
  }

  /**
   * Copies what is kept into a box.
   * @param to its working directory, a path that only we can change
   * @param mostBytes what the box may hold; null: anything
   * @returns null: nothing is kept, or the box cannot hold it @throws IsolateError, SyscallError when the box cannot take it
   */
  place(to: string, owner: Owner | null, mostBytes: number | null): CompileResult | null {
    if (this.#entry === null) return null;
    const { fd, head } = this.#entry;
    if (mostBytes !== null && head.artefacts.reduce((sum, [, , bytes]) => sum + bytes, 0) > mostBytes) return null;
    setPosition(fd, 0);
    if (!withWorkdir(to, (box) => placeArtefacts(fd, head, box, owner))) throw new IsolateError("Io", "cannot copy what was compiled before: the file has less than was written to it");
    return { ...head.compile, cached: true };
  }

  /**
   * Keeps the results of a step that has ended with Success. That it cannot is no fault: the next run compiles, or finds them in the cache.
   * @param stateDir where a file without a name can be made
   * @param from the directory that it was compiled in, in which no process works any more
   */
  keep(stateDir: string, from: string, artefacts: readonly string[], compile: StepResult, mostBytes: number | null): void {
    let fd: number | null = null;
    try {
      const file = (fd = openAt(AT_FDCWD, stateDir, O.TMPFILE | O.RDWR | O.EXCL, 0o600));
      withDirectory(from, (directory) => writeEntry(file, directory, artefacts, { key, created: new Date().toISOString(), compile }, mostBytes ?? Number.MAX_SAFE_INTEGER));
      const head = readHead(file, key);
      if (head === null) return;
      this.hold(file, head);
      fd = null;
    } catch (error) {
      if (!(error instanceof IsolateError) && errnoOf(error) === null) throw error;
    } finally {
      if (fd !== null) closeDescriptor(fd);
    }
  }

  [Symbol.dispose](): void {
    if (this.#entry !== null) closeDescriptor(this.#entry.fd);
    this.#entry = null;
  }
}
