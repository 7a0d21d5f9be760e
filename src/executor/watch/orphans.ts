/** What a program leaves where no pid namespace holds its processes together: they are found as its descendants. */
import { constants } from "node:os";
import { errno, errnoOf } from "../../kernel/errno.ts";
import { killProcess, reap } from "../../kernel/process.ts";
import { processesBelow } from "./sampler.ts";

const { SIGKILL } = constants.signals;

/** Kills the session that the launcher began, and whatever descends from it. */
export function killDescendants(program: number): void {
  for (const { pid } of processesBelow([program])) killProcess(pid, SIGKILL);
}

/** Kills and reaps orphans, which come to us: we are a subreaper on the command line. @returns their CPU time in milliseconds @throws SyscallError */
export function reapOrphans(program: number): number {
  let cpuTimeMs = 0;
  for (const { pid } of processesBelow([program])) {
    killProcess(pid, SIGKILL);
    try {
      for (let end = reap(pid); end !== null; end = null) cpuTimeMs += end.usage.cpuTimeMs;
    } catch (error) {
      if (errnoOf(error) !== errno.ECHILD) throw error;
    }
  }
  return cpuTimeMs;
}
