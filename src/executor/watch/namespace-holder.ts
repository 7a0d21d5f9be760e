/** A user namespace that processes, or mounts, are to be in: made by a process that waits until somebody outside has mapped its ids. */
import { signals } from "../../kernel/os-numbers.ts";
import { errnoOf, SyscallError } from "../../kernel/errno.ts";
import { openSync, readSync } from "../../kernel/fs.ts";
import { CLONE } from "../../kernel/constants.ts";
import { executableFile } from "../../kernel/executable-file.ts";
import { closeDescriptor, makePipe } from "../../kernel/files.ts";
import { killProcess, waitForEnd } from "../../kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../../kernel/spawn.ts";
import { failureBytes, launcherImage } from "../../launcher/image.ts";
import { statusDescriptor, type LaunchPlan } from "../../model/plan.ts";
import { buildInitPlan } from "../plan/build-plan.ts";

/** A new pipe, both ends of which are closed when all is done. */
export type MakePipe = () => [number, number];

/** There can be no namespace, or nobody could get into it. */
export class UserNamespaceUnusable extends SyscallError {}

/**
 * Blocks for about a millisecond, and as long as `mapIds` takes.
 * @param mapIds writes the maps of this process
 * @returns a descriptor of the namespace, close-on-exec; the process has ended
 * @throws UserNamespaceUnusable; SyscallError when no process can be started; what `mapIds` throws
 */
export function makeUserNamespace(mapIds: (pid: number, pipe: MakePipe) => void): number {
  const opened: number[] = [];
  const pipe: MakePipe = () => {
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
    if (failure.length > 0) throw new UserNamespaceUnusable("unshare", new DataView(failure.buffer, failure.byteOffset).getInt32(8, true), "CLONE_NEWUSER");
    mapIds(holder, pipe);
    return openNamespace(holder);
  } finally {
    if (holder !== null) {
      killProcess(holder, signals.SIGKILL);
      waitForEnd(holder);
    }
    for (const fd of opened) closeDescriptor(fd);
  }
}

/** AppArmor may refuse to open what has no path. */
function openNamespace(pid: number): number {
  try {
    return openSync(`/proc/${pid}/ns/user`, "r");
  } catch (error) {
    throw new UserNamespaceUnusable("openat", errnoOf(error) ?? 0, `/proc/${pid}/ns/user`);
  }
}

/** As init does, it stays until it is killed, or until we are gone. It closes what it reports to when it is ready. */
function holderPlan(leash: number): LaunchPlan {
  return { steps: [{ does: "make a user namespace", call: "unshare", args: [CLONE.NEWUSER] }, ...buildInitPlan(leash).steps], program: null };
}

function readAll(fd: number, most: number): Uint8Array {
  const bytes = new Uint8Array(most);
  let length = 0;
  for (let count = 1; count > 0 && length < most; length += count) count = readSync(fd, bytes, length, most - length, null);
  return bytes.subarray(0, length);
}
