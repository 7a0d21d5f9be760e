/** What is done after the program has ended. What fails here is told, and changes nothing about the result. */
import { lstatSync } from "../kernel/fs.ts";
import type { RunGroup } from "../cgroup/controller.ts";
import { forbidsExecution, isClosed, roomAt } from "../kernel/mount.ts";
import { messageOf } from "../model/errors.ts";
import type { Holding } from "../model/observation.ts";
import type { RunOptions } from "../model/request.ts";
import type { Box } from "./plan/prepare.ts";
import type { LaunchSpec } from "./plan/spec.ts";
import type { Verdict } from "./verdict/classify.ts";

type Warn = RunOptions["warn"];

/** @returns whether it could be done */
export function isDone(act: () => void, warn: Warn): boolean {
  try {
    act();
    return true;
  } catch (error) {
    warn?.(`${messageOf(error)}: the next run in the box, or its cleanup, tries again`);
    return false;
  }
}

/** What the program left in its directory. @returns null when nobody could look */
export function settle(box: Box, options: RunOptions, warn: Warn): Holding | null {
  try {
    return box.settle(box.workdir, options);
  } catch (error) {
    warn?.(`what the program left in ${box.workdir} was not looked at, as that failed: ${messageOf(error)}. Its size is not known, and it may hold links and special files`);
    return null;
  }
}

/** The group stands in the journal of the box, so the next run finds it. */
export function removeGroup(group: RunGroup, warn: Warn): void {
  isDone(() => group.remove(), warn);
}

/**
 * Looks for what the host may have to do with a program that failed. Its directory that is gone: with namespaces the program cannot have
 * removed it, so the failure says nothing. A disk that is full or read-only, or that nothing can be executed on, is no more than a warning:
 * the program did run, and may have filled the disk itself.
 */
export function afterFailure({ workdir, config }: Box, { isolation, without }: Pick<LaunchSpec, "isolation" | "without">, verdict: Verdict, { warn }: RunOptions): Verdict {
  if (verdict.status !== "RuntimeError" && verdict.status !== "Signaled") return verdict;
  if (isolation !== "none" && lstatSync(workdir, { throwIfNoEntry: false }) === undefined) {
    return { ...verdict, status: "InternalError", message: `the directory of the box, ${workdir}, was removed on the host while the program ran` };
  }
  // Elsewhere that is lifted for the box.
  if ((isolation !== "full" || without.includes("noexec")) && forbidsExecution(workdir)) {
    warn?.(`nothing in ${workdir} can be executed, as its file system is mounted noexec: the program may have failed because of that`);
  }
  const room = config.disk_quota === null ? roomAt(workdir) : null;
  if (room !== null && isClosed(room)) warn?.(`the file system of ${workdir} is ${room.readOnly ? "read-only" : "full"}: the program may have failed because of that`);
  return verdict;
}
