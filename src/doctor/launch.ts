/** Steps of a launch plan, performed by a process of its own that ends after them: as the launcher does it, by the same code. */
import { closeSync, openSync } from "node:fs";
import { signals } from "../kernel/os-numbers.ts";
import { messageOf } from "../model/errors.ts";
import { killProcess, reap, resetInheritedSignals } from "../kernel/process.ts";
import type { Step } from "../model/plan.ts";
import { type Beginning, closeRun, type RunProcesses, spawnRun } from "../executor/watch/spawn.ts";
import { BlockingWaiter } from "../executor/watch/waiter.ts";
import type { LaunchOutcome } from "./host.ts";

/** No step of ours waits for anything. */
const deadlineMs = 1000;

const end: Step = { does: "end", call: "exit_group", args: [0] };

function namespaces(): Beginning {
  return process.geteuid!() === 0 ? "pid namespace" : "user and pid namespace";
}

/** @returns how it went; never throws */
export async function launchSteps(steps: readonly Step[], inside = false): Promise<LaunchOutcome> {
  let nothing: number | null = null;
  try {
    resetInheritedSignals(signals.SIGCHLD);
    nothing = openSync("/dev/null", "r+");
    return await attend(spawnRun({ steps: [...steps, end], program: null }, [nothing, nothing, nothing], inside ? namespaces() : "ours"));
  } catch (error) {
    return { kind: "lost", reason: messageOf(error) };
  } finally {
    if (nothing !== null) closeSync(nothing);
  }
}

async function attend(processes: RunProcesses): Promise<LaunchOutcome> {
  const { program, init, status } = processes;
  const waiter = new BlockingWaiter();
  try {
    const deadline = performance.now() + deadlineMs;
    let ended = reap(program.pid);
    while (ended === null && performance.now() < deadline) {
      await waiter.wait([program.pidfd], deadline - performance.now());
      ended = reap(program.pid);
    }
    if (ended === null) return await abandoned(program.pid, program.pidfd, waiter);
    const launch = status.read();
    if (launch?.kind === "failed") return { kind: "refused", does: launch.does, errno: launch.errno };
    return ended.exitCode === 0 ? { kind: "done" } : { kind: "lost", reason: ended.signal === null ? `it ended with ${ended.exitCode}` : `it was ended by signal ${ended.signal}` };
  } finally {
    if (init !== null) await finish(init.pid, init.pidfd, waiter);
    waiter.close();
    closeRun(processes);
  }
}

async function abandoned(pid: number, pidfd: number, waiter: BlockingWaiter): Promise<LaunchOutcome> {
  await finish(pid, pidfd, waiter);
  return { kind: "lost", reason: `it did not end within ${deadlineMs / 1000} s` };
}

async function finish(pid: number, pidfd: number, waiter: BlockingWaiter): Promise<void> {
  killProcess(pid, signals.SIGKILL);
  while (reap(pid) === null) await waiter.wait([pidfd], deadlineMs);
}
