/** `--output FILE` of the verbs that make a pack. */
import { closeSync, openSync, rmSync } from "node:fs";
import { configError, IsolateError } from "../../../model/errors.ts";
import { namedFault } from "../../../model/host-fault.ts";
import { errno, errnoOf, reasonOf } from "../../../kernel/errno.ts";
import { writeAll } from "../../write.ts";

/**
 * Writes a file where there is none: what is there already, a link too, stays as it is.
 * @throws IsolateError of kind Config when it cannot be made, Io when it cannot be written (it is removed then)
 */
export function writeNewFile(path: string, text: string): void {
  let fd: number;
  try {
    fd = openSync(path, "wx", 0o644);
  } catch (error) {
    if (errnoOf(error) === errno.EEXIST) throw configError(`cannot write --output ${path}: it exists already`, "remove it, or choose another name");
    throw namedFault(`write --output ${path}`, error);
  }
  try {
    writeAll(fd, text);
  } catch (error) {
    rmSync(path, { force: true });
    throw new IsolateError("Io", `cannot write --output ${path}: ${reasonOf(error)}`);
  } finally {
    closeSync(fd);
  }
}
