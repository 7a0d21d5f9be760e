/**
 * A user namespace with the caller's subordinate ids. Only a setuid program may map them, and only from outside: so a process of ours makes the
 * namespace and waits, the program maps the ids, and we keep the namespace by a descriptor when the process has ended.
 */
import { constants } from "node:os";
import { openSync, readSync } from "node:fs";
import { CLONE } from "../kernel/constants.ts";
import { errno } from "../kernel/errno.ts";
import { executableFile } from "../kernel/executable-file.ts";
import { closeDescriptor, makePipe } from "../kernel/files.ts";
import { killProcess, waitForEnd } from "../kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../kernel/spawn.ts";
import { failureBytes, launcherImage } from "../launcher/image.ts";
import { statusDescriptor, type LaunchPlan } from "../model/plan.ts";
import { buildInitPlan } from "./plan/build-plan.ts";
import { SubordinateIdsRefused } from "./plan/subordinate-refused.ts";
import { mappers, type IdRange, type SubordinateRanges } from "./plan/subordinate.ts";

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
  const opened: number[] = [];
  const pipe = (): [number, number] => {
    const ends = makePipe();
    opened.push(...ends);
    return ends;
  };
  let holder: number | null = null;
  try {
    const [said, saying] = pipe();
    const [leash] = pipe();
    const image = executableFile("holder", launcherImage(holderPlan(leash), { [statusDescriptor]: saying }));
    opened.push(image);
    holder = spawnPrepared(prepareSpawn(`/proc/self/fd/${image}`, ["holder"], [], [[saying, saying], [leash, leash]]));
    closeDescriptor(opened.splice(opened.indexOf(saying), 1)[0]!);
    const failure = readAll(said, failureBytes);
    if (failure.length > 0) throw new SubordinateIdsRefused("unshare", new DataView(failure.buffer, failure.byteOffset).getInt32(8, true), "CLONE_NEWUSER");
    map(holder, [[mappers.uid, process.geteuid!(), uid], [mappers.gid, process.getegid!(), gid]], pipe);
    return openSync(`/proc/${holder}/ns/user`, "r");
  } finally {
    if (holder !== null) {
      killProcess(holder, constants.signals.SIGKILL);
      waitForEnd(holder);
    }
    for (const fd of opened) closeDescriptor(fd);
  }
}

/** As init does, it stays until it is killed, or until we are gone. It closes what it reports to when it is ready. */
function holderPlan(leash: number): LaunchPlan {
  return { steps: [{ does: "make a user namespace", call: "unshare", args: [CLONE.NEWUSER] }, ...buildInitPlan(leash).steps], program: null };
}

/** Both at the same time. */
function map(holder: number, tasks: readonly (readonly [program: string, own: number, range: IdRange])[], pipe: () => [number, number]): void {
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

function readAll(fd: number, most: number): Uint8Array {
  const bytes = new Uint8Array(most);
  let length = 0;
  for (let count = 1; count > 0 && length < most; length += count) count = readSync(fd, bytes, length, most - length, null);
  return bytes.subarray(0, length);
}
