/**
 * The end of a box that has no pid namespace and a user of its own: a process of ours becomes that user and sends SIGKILL to everybody that it
 * may signal, in one call (kill(2), -1). The kernel goes through all processes while none can be made, so a program that forks as quickly
 * as it can does not outrun it. Others of that user could end the process of ours before its call: the caller tries again while somebody is left.
 */
import { signals } from "../../kernel/os-numbers.ts";
import { executableFile } from "../../kernel/executable-file.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import { openPidfd, pollReadable, reap } from "../../kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../../kernel/spawn.ts";
import { launcherImage } from "../../launcher/image.ts";
import type { LaunchPlan } from "../../model/plan.ts";

/** Whose every process belongs to one run. */
export interface BoxUser {
  readonly uid: number;
  readonly gid: number;
}

const { SIGKILL } = signals;

export function buildEndPlan({ uid, gid }: BoxUser): LaunchPlan {
  return {
    steps: [
      { does: "drop supplementary groups", call: "setgroups", args: [0, 0] },
      { does: `become gid ${gid}`, call: "setresgid", args: [gid, gid, gid] },
      { does: `become uid ${uid}`, call: "setresuid", args: [uid, uid, uid] },
      // Everybody but itself and pid 1.
      { does: `end every process of uid ${uid}`, call: "kill", args: [-1, SIGKILL] },
    ],
    // Nothing that can be executed: after the call it ends.
    program: { candidates: [], argv: [], environment: [] },
  };
}

/** How long the process may take; it makes four calls. */
const patienceMs = 1000;

/** Blocks until it has done it, a millisecond. Never fails: what is left then is found by those who look. */
export function endUser(user: BoxUser): void {
  let image: number | null = null;
  try {
    image = executableFile("end", launcherImage(buildEndPlan(user), {}));
    const pid = spawnPrepared(prepareSpawn(`/proc/self/fd/${image}`, ["end"], [], []));
    const pidfd = openPidfd(pid);
    try {
      if (pollReadable([pidfd], patienceMs).ready.length > 0) reap(pid);
    } finally {
      closeDescriptor(pidfd);
    }
  } catch {
    // No process, no descriptor: the others end one by one.
  } finally {
    if (image !== null) closeDescriptor(image);
  }
}
