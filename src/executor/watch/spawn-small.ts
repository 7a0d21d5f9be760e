/**
 * Starts the processes of a run so that the kernel's account of the program begins small.
 *
 * ru_maxrss survives execve: a launcher that we start ourselves begins with what this runtime needs, 40 MB and more. Here the launcher's image
 * is executed first, by a process that stays in our pid namespace, and only then is the launcher made, by clone(2) as a sibling of that
 * process. So the launcher has never had more than some hundred KB, and is our child all the same. The first process goes through the same
 * table: for the parent the result of clone is no 0, which ends it there; what it would say of that goes to /dev/null.
 *
 * Only the launcher knows who it is, so it sends a pidfd of itself.
 */
import { CLONE, O } from "../../kernel/constants.ts";
import { prepareBirth } from "../../kernel/birth.ts";
import { SyscallError } from "../../kernel/errno.ts";
import { executableFile } from "../../kernel/executable-file.ts";
import { closeDescriptor, makePipe } from "../../kernel/files.ts";
import { openSync, readFileSync } from "../../kernel/fs.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { openPidfd, pollReadable, waitForEnd } from "../../kernel/process.ts";
import { endWriting, makeSocketPair, receive } from "../../kernel/socket.ts";
import { bear, prepareSpawn, spawnFirstOfPidNamespace, spawnPrepared } from "../../kernel/spawn.ts";
import { launcherImage } from "../../launcher/image.ts";
import { statusDescriptor, type LaunchPlan, type Step } from "../../model/plan.ts";
import { buildInitPlan } from "../plan/build-plan.ts";
import { endProcesses } from "./orphans.ts";
import { endedEarly, openOwnNamespace, StatusChannel, type RunProcesses } from "./spawn.ts";

/** What the launcher sends with its pidfd. */
const helloBytes = 8;

/** However busy the host is. */
const helloDeadlineMs = 30_000;

/** Its number in the new namespace: init has 1. */
const launcherPid = 2;

function firstSteps(status: number): Step[] {
  return [
    { does: "enter the pid namespace of the box", call: "setns", args: [{ fd: "namespace" }, CLONE.NEWPID] },
    { does: "make the launcher", call: "clone", args: [CLONE.PARENT | signals.SIGCHLD, 0, 0, 0, 0], opens: "made", expects: { room: null, bytes: "00".repeat(8) } },
    { does: "take the status channel", call: "dup3", args: [{ fd: "report" }, status, 0] },
    { does: "close what it was", call: "close", args: [{ fd: "report" }] },
    { does: "close the namespace", call: "close", args: [{ fd: "namespace" }] },
    { does: "open itself", call: "pidfd_open", args: [launcherPid, 0], opens: "self" },
    { does: "say who it is", call: "sendmsg", args: [{ fd: statusDescriptor }, { message: { room: "hello", bytes: helloBytes, passes: "self" } }, 0] },
    { does: "close itself", call: "close", args: [{ fd: "self" }] },
  ];
}

/**
 * As `spawnRun` of spawn.ts, in a new pid namespace; for root of the host.
 * @param plan its first step asks for the signal at our end; the steps before it are added here
 * @throws SyscallError; nothing is left running then
 */
export function spawnSmallRun(plan: LaunchPlan, given: readonly [number, number, number, ...number[]], birthplace: number | null): RunProcesses {
  const passing: number[] = [];
  const kept: number[] = [];
  const started: number[] = [];
  let failed = true;
  try {
    const [statusOurs, statusTheirs] = makeSocketPair();
    kept.push(statusOurs);
    passing.push(statusTheirs);
    const [leashRead, leashWrite] = makePipe();
    passing.push(leashRead);
    kept.push(leashWrite);
    const init = startInit(leashRead, passing);
    started.push(init);
    const initPidfd = openPidfd(init);
    kept.push(initPidfd);
    const namespace = openSync(`/proc/${init}/ns/pid`, "r");
    const nowhere = openSync("/dev/null", O.WRONLY);
    passing.push(namespace, nowhere);
    const whole: LaunchPlan = { ...plan, steps: [...firstSteps(nowhere), ...plan.steps] };
    const image = executableFile("launcher", launcherImage(whole, { [statusDescriptor]: nowhere, report: statusTheirs, namespace }));
    passing.push(image);
    const descriptors = [...given.map((fd, index) => [fd, index < 3 ? index : fd] as const), ...[statusTheirs, nowhere, namespace].map((fd) => [fd, fd] as const)];
    const maker = startMaker(`/proc/self/fd/${image}`, descriptors, birthplace, passing);
    waitForEnd(maker);
    for (const fd of passing.splice(0)) closeDescriptor(fd);
    endWriting(statusOurs);
    const program = receiveLauncher(statusOurs);
    started.push(program.pid);
    kept.push(program.pidfd);
    failed = false;
    return { init: { pid: init, pidfd: initPidfd }, program, status: new StatusChannel(statusOurs, whole), leash: leashWrite };
  } finally {
    if (failed) endProcesses(started.toReversed());
    for (const fd of failed ? [...passing, ...kept] : passing) closeDescriptor(fd);
  }
}

function startInit(leash: number, passing: number[]): number {
  const image = executableFile("init", launcherImage(buildInitPlan(leash), {}));
  passing.push(image);
  const ownNamespace = openOwnNamespace();
  passing.push(ownNamespace);
  return spawnFirstOfPidNamespace(ownNamespace, prepareSpawn(`/proc/self/fd/${image}`, ["init"], [], [[leash, leash]]));
}

function startMaker(path: string, descriptors: readonly (readonly [number, number])[], birthplace: number | null, passing: number[]): number {
  if (birthplace === null) return spawnPrepared(prepareSpawn(path, ["launcher"], [], descriptors));
  const birth = prepareBirth(path, ["launcher"], descriptors, birthplace);
  const pid = bear(birth);
  passing.push(birth.pidfd[0]!);
  return pid;
}

/** @throws SyscallError when none was made */
function receiveLauncher(status: number): { readonly pid: number; readonly pidfd: number } {
  pollReadable([status], helloDeadlineMs);
  const { count, descriptors } = receive(status, new Uint8Array(helloBytes));
  const [pidfd] = descriptors;
  if (pidfd === undefined) throw new SyscallError("clone", count < 0 ? -count : 11, endedEarly);
  const pid = Number(/^Pid:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd}`, "latin1"))?.[1]);
  return { pid, pidfd };
}
