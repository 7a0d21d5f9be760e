/**
 * A user namespace with the caller's subordinate ids. Only a setuid program may map them, and only from outside: so a process of ours makes the
 * namespace and waits, the program maps the ids, and we keep the namespace by a descriptor when the process has ended.
 */
import { openSync } from "../kernel/fs.ts";
import { errno } from "../kernel/errno.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { waitForEnd } from "../kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../kernel/spawn.ts";
import { SubordinateIdsRefused } from "./plan/subordinate-refused.ts";
import { mappers, type IdRange, type SubordinateRanges } from "./plan/subordinate.ts";
import { makeUserNamespace, type MakePipe, UserNamespaceUnusable } from "./watch/namespace-holder.ts";

let kept: number | null = null;

/**
 * The user namespace of this process for its runs, made at the first call, which blocks for some milliseconds.
 * @returns a descriptor, close-on-exec, that stays open
 * @throws SubordinateIdsRefused; SyscallError when a process cannot be started
 */
export function subordinateNamespace(ranges: SubordinateRanges): number {
  return (kept ??= makeNamespace(ranges));
}

function makeNamespace({ uid, gid }: SubordinateRanges): number {
  try {
    return makeUserNamespace((holder, pipe) => map(holder, [[mappers.uid, process.geteuid!(), uid], [mappers.gid, process.getegid!(), gid]], pipe));
  } catch (error) {
    if (error instanceof UserNamespaceUnusable) throw new SubordinateIdsRefused(error.call, error.errno, "a user namespace");
    throw error;
  }
}

/** Both at the same time. */
function map(holder: number, tasks: readonly (readonly [program: string, own: number, range: IdRange])[], pipe: MakePipe): void {
  const nothing = openSync("/dev/null", "r+");
  try {
    const started = tasks.map(([program, own, { first, count }]) => {
      const [said, saying] = pipe();
      const argv = [program, holder, 0, own, 1, 1, first, count].map(String);
      return { program, said, pid: spawnPrepared(prepareSpawn(program, argv, [], [[nothing, 0], [nothing, 1], [saying, 2]])) };
    });
    const ended = started.map((task) => ({ ...task, exitCode: waitForEnd(task.pid) }));
    const failed = ended.find(({ exitCode }) => exitCode !== 0);
    if (failed !== undefined) throw new SubordinateIdsRefused(failed.program, errno.EPERM, "the caller's subordinate ids");
  } finally {
    closeDescriptor(nothing);
  }
}
