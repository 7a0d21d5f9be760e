/** The state directory, opened as every command opens it. */
import { closeSync, openSync, unlinkSync } from "node:fs";
import { errnoOf, reasonOf } from "../kernel/errno.ts";
import { tryLock } from "../kernel/files.ts";
import { IsolateError } from "../model/errors.ts";
import { openStateDirectory } from "../state/state-dir.ts";

export interface StateTrial {
  /** Why it cannot be used; null: it can. */
  readonly refused: { readonly reason: string; readonly hint: string | null } | null;
  /** Whether flock(2) keeps a second one out; null: it was not tried. */
  readonly locks: boolean | null;
}

/** The directory is made when it is missing, as by any run. @throws what is no fault of the host */
export function tryState(path: string): StateTrial {
  try {
    const state = openStateDirectory(path);
    try {
      return { refused: null, locks: locksWork(`${path}/.doctor-${process.pid}`) };
    } finally {
      state.close();
    }
  } catch (error) {
    if (error instanceof IsolateError) return { refused: { reason: error.message, hint: error.hint }, locks: null };
    if (errnoOf(error) === null) throw error;
    return { refused: { reason: reasonOf(error), hint: null }, locks: null };
  }
}

/** A file of ours, opened twice: what one of them holds, the other must not get. */
function locksWork(path: string): boolean {
  const first = openSync(path, "wx", 0o600);
  const second = openSync(path, "r+");
  try {
    return tryLock(first) && !tryLock(second);
  } finally {
    closeSync(second);
    closeSync(first);
    unlinkSync(path);
  }
}
