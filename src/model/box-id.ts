/** What a box id may look like. Kept apart from config/schema.ts, which would pull valibot into every start. */
import { configError } from "./errors.ts";

/** The form of a box id; it is also a directory name, so nothing that a path could mean is allowed. */
export const boxIdPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

/** Names that the state directory uses itself, next to the boxes (instance/state-dir.ts). */
export const reservedNames: ReadonlySet<string> = new Set(["instances.json", "instances.lock", "locks", "uids"]);

/**
 * Passes a usable box id through.
 * @throws IsolateError of kind Config for anything else
 */
export function checkBoxId(id: string): string {
  // Quoted and cut: the text comes from outside and may hold anything.
  const shown = JSON.stringify(id.slice(0, 80));
  if (!boxIdPattern.test(id)) {
    throw configError(`cannot use box id ${shown}: must be 1 to 64 of A-Z a-z 0-9 . _ - and not start with a dot`);
  }
  if (reservedNames.has(id)) {
    throw configError(`cannot use box id ${shown}: the name is used by the state directory itself`, "choose another id");
  }
  return id;
}
