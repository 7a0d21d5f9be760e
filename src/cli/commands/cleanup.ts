/** `cleanup`: removes one box or all. */
import { resolveStateDir } from "../../config/load.ts";
import { configError, exitCodes, messageOf } from "../../errors.ts";
import { cleanupAll, cleanupBox } from "../../instance/cleanup.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";
import { reportError } from "../report.ts";

interface Failure {
  readonly id: string;
  readonly error: unknown;
}

/**
 * Silent when all went well, unless `--json`. Failures are told one by one, and do not keep the others from being removed.
 * @returns the exit code: that of the failure for one box, 5 for `--all`
 */
export async function cleanup({ flags }: Arguments<"cleanup">): Promise<number> {
  const { all, "box-id": id } = flags;
  if (all === (id !== undefined)) {
    throw configError(all ? "--box-id and --all exclude each other" : "nothing to clean up is named", "give --box-id ID or --all");
  }
  if (all && flags.wait) throw configError("--wait and --all exclude each other", "--all tells about boxes in use and goes on");
  const stateDir = resolveStateDir(flags["state-dir"]);
  const { cleaned, failed } = id === undefined ? cleanAll(stateDir) : cleanOne(id, stateDir, flags.wait);
  if (flags.json) printText(jsonDocument({ cleaned, failed: failed.map((failure) => ({ id: failure.id, error: messageOf(failure.error) })) }));
  const codes = failed.map((failure) => reportError(failure.error));
  if (codes[0] === undefined) return exitCodes.success;
  return all ? exitCodes.internalError : codes[0];
}

interface Outcome {
  readonly cleaned: readonly string[];
  readonly failed: readonly Failure[];
}

function cleanOne(id: string, stateDir: string, wait: boolean): Outcome {
  try {
    cleanupBox(id, { stateDir, wait });
    return { cleaned: [id], failed: [] };
  } catch (error) {
    return { cleaned: [], failed: [{ id, error }] };
  }
}

function cleanAll(stateDir: string): Outcome {
  const before = Isolate.listAll({ stateDir });
  const failed = cleanupAll({ stateDir });
  const left = new Set(failed.map((failure) => failure.id));
  return { cleaned: before.filter((id) => !left.has(id)), failed };
}
