/** What a run left whose supervisor was killed: processes, groups, and files of a subordinate uid. */
import { lstatSync } from "../kernel/fs.ts";
import { means } from "../executor/plan/means.ts";
import { keepExecutablesIn } from "../kernel/executable-file.ts";
import { IsolateError, messageOf } from "../model/errors.ts";
import { removeLeftovers } from "../state/journal.ts";

/**
 * Makes a box fit for the next run, or for its removal. Only with its lock held.
 * @param workdir null: the usual one
 * @param patienceMs as for {@link removeLeftovers}
 * @throws IsolateError of kind Cgroup, Io
 */
export function clearLeftovers(home: string, workdir: string | null, patienceMs?: number): void {
  removeLeftovers(home, patienceMs);
  if (process.geteuid!() !== 0) takeBackFiles([workdir ?? `${home}/box`, `${home}/box`, `${home}/compile`], home);
}

/** What belongs to the caller holds nothing of anybody else, so only the directories are looked at. */
function takeBackFiles(directories: readonly string[], home: string): void {
  const caller = process.geteuid!();
  for (const directory of directories) {
    const owner = lstatSync(directory, { throwIfNoEntry: false })?.uid ?? caller;
    const { ranges } = owner === caller ? { ranges: null } : means();
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
