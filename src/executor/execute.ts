/** One program in one box: control group, launch, observation, verdict. */
import { constants } from "node:os";
import type { RunGroup } from "../cgroup/controller.ts";
import { createGroup } from "../cgroup/group.ts";
import { cgroupParent, waysToManager } from "../config/load.ts";
import { IsolateError, messageOf } from "../model/errors.ts";
import { describeErrno, errno, SyscallError } from "../kernel/errno.ts";
import { keepExecutablesIn, refuseMemoryFiles } from "../kernel/executable-file.ts";
import { PidNamespaceRefused } from "../kernel/spawn.ts";
import { UserNamespaceRefused } from "../kernel/starter.ts";
import { callerUid } from "../kernel/caller.ts";
import { adoptOrphans, resetInheritedSignals } from "../kernel/process.ts";
import type { Holding, RunFacts } from "../model/observation.ts";
import type { LaunchPlan } from "../model/plan.ts";
import type { RunOptions, Stdin } from "../model/request.ts";
import type { StepResult } from "../model/result.ts";
import { classify } from "./verdict/classify.ts";
import { enforcement, pinning } from "./plan/enforcement.ts";
import { reportProblems, rlimitsInstead } from "./plan/fallback.ts";
import { documentedLimits } from "./plan/limits.ts";
import { birthRefused, birthsWork } from "./watch/birth.ts";
import { listenerRefused, listenersWork } from "./watch/listener.ts";
import { buildPlan, joinSteps } from "./plan/build-plan.ts";
import { giveUp, isWorthTelling, MeansLowered, pidNamespaceStep, subordinateIdsStep, userNamespaceStep } from "./plan/means.ts";
import { SubordinateIdsRefused } from "./plan/subordinate-refused.ts";
import type { Isolation, LaunchSpec } from "./plan/spec.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import { stepResult } from "./verdict/result.ts";
import { runProgram } from "./watch/run.ts";
import { endedEarly, type Beginning } from "./watch/spawn.ts";
import { openStdin, pipeForInput, refuseDirectories, viewOfInput, type StdinSource } from "./watch/stdin.ts";

/** The launch plan and limits of a run, for `--explain`; without the steps that join a control group, which does not exist yet. */
export function explainRun(prepared: PreparedRun): { isolation: Isolation; limits: Record<string, number | null>; plan: LaunchPlan } {
  const plan = buildPlan({ ...prepared.spec, cgroupJoins: [], rlimitProcesses: null, rlimitData: null });
  return { isolation: prepared.isolation, limits: documentedLimits(prepared.limits), plan };
}

/**
 * Runs a program in a box whose lock the caller holds. What fails after the program has ended is no error: the result is there.
 * @param warn told of what failed then
 * @throws MeansLowered when the host refused something that the run counted on: it has to be prepared again
 * @throws IsolateError, SyscallError when it could not be started at all; nothing is left behind then
 */
export async function executeInBox(box: Box, prepared: PreparedRun, stdin: Stdin, options: RunOptions, warn = options.warn): Promise<StepResult> {
  const { isolation, limits } = prepared;
  resetInheritedSignals(constants.signals.SIGCHLD);
  keepExecutablesIn(box.home);
  if (isolation === "none" && prepared.spec.ownUid) (await import("./plan/way-in.ts")).reportClosedWay(box.home, box.workdir, options);
  // Without a pid namespace, orphans of the box must come to us. Only where no other children of ours can be meant.
  if (isolation === "none" && options.blocking) adoptOrphans();
  const cpus = box.core?.cpus ?? prepared.spec.cpus;
  const { group, problems } = await createGroup({ name: box.groupName, limits, cpus, announce: box.announce }, cgroupParent(), waysToManager);
  const ownership = prepared.spec.subordinate === null ? null : await import("./ownership.ts");
  const takeBack = () => ownership === null || isDone(() => ownership.giveBack(prepared.spec.subordinate!.ranges, box.workdir), warn);
  let isTaken = false;
  try {
    for (const directory of group.directories) options.trace?.(`created cgroup ${directory}`);
    const enforced = enforcement(prepared.spec, group, limits, prepared.spec.subordinate?.uid ?? (prepared.spec.ownUid ? box.uid : callerUid()));
    reportProblems(problems, enforced, limits, options.strict || box.config.strict, options);
    if (prepared.lacks.some(isWorthTelling)) (await import("./plan/lacks.ts")).reportLacks(prepared.lacks, prepared.spec, options);
    const joins = (born: boolean) => [...group.joinFiles, ...(born || group.birthplace === null ? [] : [group.birthplace.joinFile])];
    // Whoever leaves the joining out is not born in the group either.
    let bornInGroup = birthsWork() && !prepared.spec.leftOut.includes(joinSteps);
    let spec: LaunchSpec = {
      ...prepared.spec, cpus, listener: prepared.spec.listener && listenersWork(), cgroupJoins: joins(bornInGroup), ...rlimitsInstead(group, prepared.spec, box.uid, limits),
    };
    const userNamespace = ownership === null ? null : ownership.admit(prepared.spec.subordinate!, box.home, box.workdir);
    const input = openInput(stdin, options, prepared, box);
    try {
      const run = async (launched: LaunchSpec) => {
        const plan = buildPlan(launched);
        const observed = await runProgram({
          plan,
          limits,
          group,
          beginning: beginningOf(launched),
          userNamespace,
          user: isolation === "none" && prepared.spec.ownUid && box.aloneUnderUid ? box : null,
          bornInGroup,
          stdin: input,
          inherit: options.inheritDescriptors,
          passthrough: options.passthrough,
          blocking: options.blocking,
          trace: options.trace,
        });
        if (observed.launch.kind === "lost" && observed.launch.reason === endedEarly) useFiles(box, endedEarly, options);
        if (observed.launch.kind !== "failed") return observed;
        lowerMeans(observed.launch.does, observed.launch.errno, options);
        const { explainLaunch } = await import("./verdict/refused-limit.ts");
        const { explainStream } = await import("./verdict/refused-stream.ts");
        return { ...observed, launch: explainStream(explainLaunch(observed.launch, plan)) };
      };
      let ended: RunFacts;
      try {
        ended = await run(spec);
      } catch (error) {
        if (!birthRefused(error)) throw error;
        options.trace?.(`the launcher cannot be born in its control group here (${messageOf(error)}), and joins it later`);
        bornInGroup = false;
        ended = await run((spec = { ...spec, cgroupJoins: joins(false) }));
      }
      // Nothing of the program has run, and the group counts what one launcher more has used: less than a millisecond.
      if (spec.listener && listenerRefused(ended.launch)) {
        options.trace?.("no listener for the seccomp filter can be had here: forbidden system calls kill and are not named");
        ended = await run({ ...spec, listener: false });
      }
      const observed = { ...ended, holding: (isTaken = takeBack()) ? settle(box, options, warn) : null };
      // Others may have come to the core while the program ran.
      const pinned = cpus === null ? {} : { cpus: pinning(group, box.core?.isShared() ?? false) };
      const hidden = observed.hidesMemoryFiles ? { memory: `${enforced.memory}, memory files hidden` } : {};
      return stepResult(observed, classify(observed, limits), { ...enforced, ...pinned, ...hidden });
    } finally {
      input.close();
    }
  } catch (error) {
    if (isRefusedImage(error)) useFiles(box, messageOf(error), options);
    if (error instanceof SubordinateIdsRefused) lowerMeans(subordinateIdsStep, error.errno, options);
    if (error instanceof UserNamespaceRefused) lowerMeans(userNamespaceStep, error.errno, options);
    if (error instanceof PidNamespaceRefused) lowerMeans(pidNamespaceStep, error.errno, options);
    if (error instanceof IsolateError || error instanceof MeansLowered) throw error;
    throw new IsolateError("Process", `cannot run the program: ${messageOf(error)}`, { cause: error });
  } finally {
    if (!isTaken) takeBack();
    removeGroup(group, warn);
  }
}

/** Once, as it helps or not. @throws MeansLowered when the next attempt is another one */
function useFiles({ home }: Box, why: string, { trace }: RunOptions): void {
  if (!refuseMemoryFiles()) return;
  trace?.(`this host may not execute memory files (${why}): preparing the run again with files in ${home}`);
  throw new MeansLowered();
}

/** A security module may refuse to execute what has no path (AppArmor). */
function isRefusedImage(error: unknown): boolean {
  return error instanceof SyscallError && error.call === "posix_spawn" && error.errno === errno.EACCES;
}

/** @throws MeansLowered when the refused step was for something that a run can go on without */
function lowerMeans(step: string, number: number, { trace }: RunOptions): void {
  if (!giveUp(step, number)) return;
  trace?.(`this host refuses to ${step} (${describeErrno(number)}): preparing the run again without it`);
  throw new MeansLowered();
}

/** Where the processes of a run begin. */
function beginningOf({ isolation, without }: LaunchSpec): Beginning {
  if (isolation === "none") return "ours";
  return isolation === "full" || without.includes("user namespace") ? "pid namespace" : "user and pid namespace";
}

type Warn = RunOptions["warn"];

/** Tells of what could not be done. */
function isDone(act: () => void, warn: Warn): boolean {
  try {
    act();
    return true;
  } catch (error) {
    warn?.(`${messageOf(error)}: the next run in the box, or its cleanup, tries again`);
    return false;
  }
}

/** @returns null when it could not be done */
function settle(box: Box, options: RunOptions, warn: Warn): Holding | null {
  try {
    return box.settle(box.workdir, options);
  } catch (error) {
    warn?.(`what the program left in ${box.workdir} was not looked at, as that failed: ${messageOf(error)}. Its size is not known, and it may hold links and special files`);
    return null;
  }
}

/** The group stands in the journal of the box. */
function removeGroup(group: RunGroup, warn: Warn): void {
  try {
    group.remove();
  } catch (error) {
    warn?.(`${messageOf(error)}: the next run in the box, or its cleanup, tries again`);
  }
}


function openInput(stdin: Stdin, { passthrough }: RunOptions, { isolation, spec }: PreparedRun, box: Box): StdinSource {
  if (passthrough) refuseDirectories();
  const given: Stdin = passthrough && stdin.kind === "empty" ? { kind: "descriptor", fd: 0 } : stdin;
  const ownStream = passthrough && given.kind === "descriptor" && given.fd === 0;
  const without = (protection: string) => spec.leftOut.some((text) => protection.startsWith(text));
  // Under the caller's uid and without namespaces the program reaches the caller's files anyway.
  const reader = spec.subordinate !== null ? spec.subordinate : spec.ownUid ? box : isolation === "userns" ? { uid: process.geteuid!(), gid: null } : null;
  return openStdin(given, without(viewOfInput) ? null : reader, ownStream || without(pipeForInput));
}
