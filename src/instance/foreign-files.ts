/** Files under a subordinate uid, in a box of an ordinary user whose supervisor was killed before it took them back. */
import { lstatSync } from "node:fs";
import { means } from "../executor/plan/means.ts";
import { keepExecutablesIn } from "../kernel/executable-file.ts";
import { IsolateError, messageOf } from "../model/errors.ts";

/**
 * Takes back what a program left in these directories. No process of the box may be alive.
 * @param home of the box
 * @param workdir null: the usual one
 * @throws IsolateError of kind Io
 */
export function takeBackFiles(home: string, workdir: string | null): void {
  const caller = process.geteuid!();
  if (caller === 0) return;
  for (const directory of new Set([workdir ?? `${home}/box`, `${home}/box`, `${home}/compile`])) {
    const owner = lstatSync(directory, { throwIfNoEntry: false })?.uid ?? caller;
    if (owner === caller) continue;
    const { ranges } = means();
    if (ranges === null) continue;
    keepExecutablesIn(home);
    try {
      (require("../executor/ownership.ts") as typeof import("../executor/ownership.ts")).giveBack(ranges, directory);
    } catch (error) {
      if (error instanceof IsolateError) throw error;
      throw new IsolateError("Io", `cannot take back the files of uid ${owner} in ${directory}: ${messageOf(error)}`, { cause: error, hint: "newuidmap must work for the caller, as it did for the run that made them" });
    }
  }
}
