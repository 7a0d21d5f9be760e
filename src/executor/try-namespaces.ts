/** For those who tell of runs and start none: finds out whether an ordinary user can have namespaces here. A run finds out by itself. */
import { signals } from "../kernel/os-numbers.ts";
import { CLONE, PR } from "../kernel/constants.ts";
import { pollReadable } from "../kernel/process.ts";
import { SyscallError } from "../kernel/errno.ts";
import { UserNamespaceRefused } from "../kernel/starter.ts";
import type { LaunchPlan } from "../model/plan.ts";
import { giveUp, means, userNamespaceStep } from "./plan/means.ts";
import { endProcesses } from "./watch/orphans.ts";
import { closeRun, spawnRun } from "./watch/spawn.ts";

/** The first steps that can be refused, and then nothing. */
const plan: LaunchPlan = {
  steps: [
    { does: "die with the supervisor", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
    { does: "unshare namespaces", call: "unshare", args: [CLONE.NEWNS | CLONE.NEWIPC | CLONE.NEWUTS | CLONE.NEWNET] },
    { does: "end", call: "exit_group", args: [0] },
  ],
  program: { candidates: [], argv: [], environment: [] },
};

let tried = false;

/** Lowers the means where this host does not allow what they count on. Blocks for some milliseconds, once. @throws SyscallError */
export function tryNamespaces(): void {
  if (tried || process.geteuid!() === 0 || means().isolation === "none") return;
  tried = true;
  try {
    const processes = spawnRun(plan, [0, 0, 0], "user and pid namespace");
    try {
      pollReadable([processes.program.pidfd], null);
      const launch = processes.status.read();
      if (launch?.kind === "failed") giveUp(launch.does, launch.errno);
    } finally {
      endProcesses([processes.program.pid, processes.init!.pid]);
      closeRun(processes);
    }
  } catch (error) {
    // Without memory files a run has a place for what is executed instead, and we have none.
    if (error instanceof SyscallError && error.call === "memfd_create") return;
    if (!(error instanceof UserNamespaceRefused)) throw error;
    giveUp(userNamespaceStep, error.errno);
  }
}

/** What is decided when {@link tryNamespaces} has decided first. */
export function withTriedMeans<T>(decide: () => T): T {
  tryNamespaces();
  return decide();
}
