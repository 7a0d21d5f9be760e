/** The processes of a run, started for it or waiting for it. */
import type { RunJob } from "./job.ts";
import { spawnRun, type RunProcesses } from "./spawn.ts";

/** Descriptor of the group that the launcher is born in; null: it joins its groups later, if there are any. */
export function birthplaceOf({ group, bornInGroup }: Pick<RunJob, "group" | "bornInGroup">): number | null {
  return bornInGroup ? (group?.birthplace?.descriptor ?? null) : null;
}

/** @param given descriptors of ours for 0, 1 and 2 @throws SyscallError when nothing could be started; what `job.begin` throws */
export function beginRun(job: RunJob, given: readonly [number, number, number]): RunProcesses {
  return job.begin?.(given) ?? spawnRun(job.plan, [...given, ...job.inherit], job.beginning, birthplaceOf(job), job.userNamespace, job.handed?.filter(({ as }) => as > 2));
}
