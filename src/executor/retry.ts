/** What a refusal of the host changes before the run is prepared again. Nothing of the program has run then. */
import { describeErrno, errno, SyscallError } from "../kernel/errno.ts";
import { refuseMemoryFiles } from "../kernel/executable-file.ts";
import { PidNamespaceRefused } from "../kernel/spawn.ts";
import { UserNamespaceRefused } from "../kernel/starter.ts";
import { messageOf } from "../model/errors.ts";
import type { RunOptions } from "../model/request.ts";
import { giveUp, MeansLowered, pidNamespaceStep, subordinateIdsStep, userNamespaceStep } from "./plan/means.ts";
import { SubordinateIdsRefused } from "./plan/subordinate-refused.ts";

/**
 * For an error that ended the attempt to start a run.
 * @param home where executable files go when memory files are refused
 * @throws MeansLowered when the next attempt is another one
 */
export function retryWithout(error: unknown, home: string, options: RunOptions): void {
  if (isRefusedImage(error)) useFiles(home, messageOf(error), options);
  if (error instanceof SubordinateIdsRefused) lowerMeans(subordinateIdsStep, error.errno, options);
  if (error instanceof UserNamespaceRefused) lowerMeans(userNamespaceStep, error.errno, options);
  if (error instanceof PidNamespaceRefused) lowerMeans(pidNamespaceStep, error.errno, options);
}

/** Once, as it helps or not. @throws MeansLowered when the next attempt is another one */
export function useFiles(home: string, why: string, { trace }: RunOptions): void {
  if (!refuseMemoryFiles()) return;
  trace?.(`this host may not execute memory files (${why}): preparing the run again with files in ${home}`);
  throw new MeansLowered();
}

/** @throws MeansLowered when the refused step was for something that a run can go on without */
export function lowerMeans(step: string, number: number, { trace }: RunOptions): void {
  if (!giveUp(step, number)) return;
  trace?.(`this host refuses to ${step} (${describeErrno(number)}): preparing the run again without it`);
  throw new MeansLowered();
}

/** A security module may refuse to execute what has no path (AppArmor). By execve where a starter makes the processes. */
function isRefusedImage(error: unknown): boolean {
  return error instanceof SyscallError && (error.call === "posix_spawn" || error.call === "execve") && error.errno === errno.EACCES;
}
