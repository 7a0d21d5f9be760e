/** Looking for boxes without making anything: a state directory that is not there has no boxes, and stays not there. */
import { lstatSync } from "../kernel/fs.ts";
import { configError, type IsolateError } from "../model/errors.ts";
import { Isolate } from "../instance/isolate.ts";
import { errno, errnoOf } from "../kernel/errno.ts";

/** The box with this id, or null. @throws IsolateError, of kind Config also when there is a record of it but not its directory */
export function findBox(id: string, stateDir: string): Isolate | null {
  return isMissing(stateDir) ? null : Isolate.find(id, { stateDir });
}

/** As {@link findBox}. @throws IsolateError of kind Config when there is none */
export function requireBox(id: string, stateDir: string): Isolate {
  const box = findBox(id, stateDir);
  if (box === null) throw noSuchBox(id);
  return box;
}

/** Every box whose directory is there. @throws IsolateError */
export function findBoxes(stateDir: string): Isolate[] {
  if (isMissing(stateDir)) return [];
  return Isolate.loadAll({ stateDir });
}

function noSuchBox(id: string): IsolateError {
  return configError(`box ${id} does not exist`, `make it with: mini-isolate init --box-id ${id}`);
}

function isMissing(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    // Anything else is for the one who opens it to explain.
    return errnoOf(error) === errno.ENOENT;
  }
}
