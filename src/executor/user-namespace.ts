/**
 * Runs this program again as root of a user namespace, for callers who are not root. util-linux unshare makes the
 * namespaces, since a process with threads cannot (user_namespaces(7)); a pid namespace of our own must come with them,
 * or the way back from a box's pid namespace would be refused (setns(2), EPERM).
 */
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { F, FD_CLOEXEC, SIG_SETMASK, signalSetBytes, PR } from "../kernel/constants.ts";
import { killProcess, reap, resetInheritedSignals, type ChildEnd } from "../kernel/process.ts";
import { reasonOf } from "../kernel/errno.ts";
import { exitCodes, IsolateError } from "../model/errors.ts";
import { statusDescriptor, type LaunchPlan } from "../model/plan.ts";
import { closeRun, spawnRun, type RunProcesses } from "./watch/spawn.ts";
import { forwardedOnly, SignalInbox, stoppingSignals } from "./watch/signals.ts";
import { BlockingWaiter } from "./watch/waiter.ts";

const unshare = "/usr/bin/unshare";
const flags = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child=SIGKILL", "--mount", "--mount-proc"];

/** A program with our own streams that dies with us. */
function companion(argv: readonly string[], environment: readonly string[]): LaunchPlan {
  return {
    steps: [
      { does: "die with the supervisor", call: "prctl", args: [PR.SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0] },
      { does: "unblock all signals", call: "rt_sigprocmask", args: [SIG_SETMASK, { hex: "00".repeat(signalSetBytes) }, 0, signalSetBytes] },
      { does: "close the status channel on execve", call: "fcntl", args: [{ fd: statusDescriptor }, F.SETFD, FD_CLOEXEC] },
    ],
    program: { candidates: [argv[0]!], argv, environment },
  };
}

/** Whether this host lets an ordinary user have what {@link runInUserNamespace} needs. */
export async function userNamespacesWork(): Promise<boolean> {
  if (!existsSync(unshare)) return false;
  // Before the start: a caller's ignored SIGCHLD would have the kernel reap the child behind our back.
  resetInheritedSignals(constants.signals.SIGCHLD);
  const nothing = openNothing();
  try {
    const end = await attend(spawnRun(companion([unshare, ...flags, "/bin/true"], []), [nothing, nothing, nothing], false), () => {});
    return end.exitCode === 0;
  } finally {
    closeSync(nothing);
  }
}

function openNothing(): number {
  try {
    return openSync("/dev/null", "r+");
  } catch (error) {
    throw new IsolateError("Process", `cannot open /dev/null: ${reasonOf(error)}`, { exitCode: exitCodes.unavailable, hint: "programs need it: mknod -m 666 /dev/null c 1 3", cause: error });
  }
}

/**
 * Starts `command` as root of a new user namespace with our own streams, hands signals on, and waits.
 * @returns the exit code that we should end with
 */
export async function runInUserNamespace(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  resetInheritedSignals(constants.signals.SIGCHLD);
  const inbox = new SignalInbox([...stoppingSignals, ...forwardedOnly]);
  try {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const processes = spawnRun(companion([unshare, ...flags, ...command], variables), [0, 1, 2], false);
    const end = await attend(processes, () => {
      for (const name of inbox.take()) for (const pid of childrenOf(processes.program.pid)) killProcess(pid, constants.signals[name]);
    });
    return end.exitCode ?? 128 + end.signal!;
  } finally {
    inbox.close();
  }
}

async function attend(processes: RunProcesses, onTurn: () => void): Promise<ChildEnd> {
  const waiter = new BlockingWaiter();
  try {
    for (;;) {
      const end = reap(processes.program.pid);
      if (end !== null) return end;
      await waiter.wait([processes.program.pidfd], 1000);
      onTurn();
    }
  } finally {
    closeRun(processes);
  }
}

/** unshare itself holds signals back; the one that they are meant for is its child. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter((text) => text !== "").map(Number);
  } catch {
    // It has just ended.
    return [];
  }
}
