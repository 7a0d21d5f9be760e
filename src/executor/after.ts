/** What is done after the program has ended. What fails here is told, and changes nothing about the result. */
import type { RunGroup } from "../cgroup/controller.ts";
import { isFull, roomAt } from "../kernel/mount.ts";
import { messageOf } from "../model/errors.ts";
import type { Holding } from "../model/observation.ts";
import type { RunOptions } from "../model/request.ts";
import type { Box } from "./plan/prepare.ts";

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

/** A program that failed may have found no room. That it ran and failed is true all the same, so this is no more than a warning. */
export function warnOfFullDisk({ workdir, config }: Box, { warn }: RunOptions): void {
  if (config.disk_quota !== null || warn === null) return;
  const room = roomAt(workdir);
  if (room !== null && isFull(room)) warn(`the file system of ${workdir} is full: the program may have failed because of that`);
}
