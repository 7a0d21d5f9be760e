/** `cleanup`: removes one box or all, and the compile results that are kept. */
import { resolveStateDir } from "../../config/load.ts";
import { configError, exitCodes, messageOf } from "../../model/errors.ts";
import { cleanupAll, cleanupBox } from "../../instance/cleanup.ts";
import { Isolate } from "../../instance/isolate.ts";
import { openStateDirectory } from "../../state/state-dir.ts";
import type { Arguments } from "../args.ts";
import { jsonDocument, printText } from "../output.ts";
import { reportError } from "../report.ts";

interface Failure {
  readonly id: string;
  readonly error: unknown;
}

/**
 * Silent when all went well, unless `--json`. Failures are told one by one, and do not keep the rest from being removed.
 * @returns the exit code: that of the failure for one box, 5 for `--all`
 */
export async function cleanup({ flags }: Arguments<"cleanup">): Promise<number> {
  const { all, "box-id": id } = flags;
  if (all && id !== undefined) throw configError("--box-id and --all exclude each other", "give --box-id ID or --all");
  if (!all && id === undefined && !flags.cache) throw configError("nothing to clean up is named", "give --box-id ID, --all or --cache");
  if (all && flags.wait) throw configError("--wait and --all exclude each other", "--all tells about boxes in use and goes on");
  const stateDir = resolveStateDir(flags["state-dir"]);
  const { cleaned, failed } = all ? cleanAll(stateDir) : id === undefined ? nothing : cleanOne(id, stateDir, flags.wait);
  const emptied = flags.cache ? await emptyCache(stateDir) : null;
  if (flags.json) {
    const cache = emptied === null ? {} : { cache: "error" in emptied ? { error: messageOf(emptied.error) } : emptied };
    printText(jsonDocument({ cleaned, failed: failed.map((failure) => ({ id: failure.id, error: messageOf(failure.error) })), ...cache }));
  }
  const faults = [...failed, ...(emptied !== null && "error" in emptied ? [emptied] : [])];
  const codes = faults.map((fault) => reportError(fault.error));
  if (codes[0] === undefined) return exitCodes.success;
  return all ? exitCodes.internalError : codes[0];
}

interface Outcome {
  readonly cleaned: readonly string[];
  readonly failed: readonly Failure[];
}

const nothing: Outcome = { cleaned: [], failed: [] };

async function emptyCache(stateDir: string): Promise<{ readonly entries: number; readonly bytes: number } | { readonly error: unknown }> {
  const { emptyCompileCache } = await import("../../source/cache/compile-cache.ts");
  try {
    // Checks whose the state directory is.
    openStateDirectory(stateDir).close();
    return emptyCompileCache(stateDir);
  } catch (error) {
    return { error };
  }
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
