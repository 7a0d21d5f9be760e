/** One program in one box: control group, launch, observation, verdict. */
import { signals } from "../kernel/os-numbers.ts";
import { createGroup } from "../cgroup/group.ts";
import { cgroupParent, waysToManager } from "../config/load.ts";
import { IsolateError, messageOf } from "../model/errors.ts";
import { hintFor } from "../model/host-fault.ts";
import { keepExecutablesIn } from "../kernel/executable-file.ts";
import { callerUid } from "../kernel/caller.ts";
import { adoptOrphans, resetInheritedSignals } from "../kernel/process.ts";
import type { LaunchPlan } from "../model/plan.ts";
import type { RunOptions, Stdin } from "../model/request.ts";
import type { StepResult } from "../model/result.ts";
import { afterFailure, isDone, removeGroup, settle } from "./after.ts";
import { openInput, passOutputs } from "./input.ts";
import { launchAndWatch } from "./launch.ts";
import { buildPlan } from "./plan/build-plan.ts";
import { enforcement, pinning } from "./plan/enforcement.ts";
import { reportProblems } from "./plan/fallback.ts";
import { documentedLimits } from "./plan/limits.ts";
import { isWorthTelling, MeansLowered } from "./plan/means.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import type { Isolation } from "./plan/spec.ts";
import { retryWithout } from "./retry.ts";
import { stepResult } from "./verdict/result.ts";
import { verdictOn } from "./verdict-on.ts";
import { warm } from "./warmth.ts";

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
  const { isolation, limits, spec, lacks } = prepared;
  resetInheritedSignals(signals.SIGCHLD);
  keepExecutablesIn(box.home);
  if (isolation === "none" && spec.ownUid) (await import("./plan/way-in.ts")).reportClosedWay(box.home, box.workdir, options);
  // Without a pid namespace, orphans of the box must come to us. Only where no other children of ours can be meant.
  if (isolation === "none" && options.blocking) adoptOrphans();
  const cpus = box.core?.cpus ?? spec.cpus;
  const launchers = warm();
  const ready = launchers?.takeGroup({ box, limits, cpus }) ?? null;
  const announce = launchers === null ? box.announce : (directories: readonly string[]) => box.announce([...launchers.readyGroupsOf(box), ...directories]);
  const { group, problems } = ready ?? await createGroup({ name: box.groupName, limits, cpus, announce }, cgroupParent(), waysToManager);
  const ownership = spec.subordinate === null ? null : await import("./ownership.ts");
  const takeBack = () => ownership === null || isDone(() => ownership.giveBack(spec.subordinate!.ranges, box.workdir), warn);
  let isTaken = false;
  try {
    for (const directory of group.directories) options.trace?.(`${ready === null ? "created" : "takes"} cgroup ${directory}`);
    const enforced = enforcement(spec, group, limits, spec.subordinate?.uid ?? (spec.ownUid ? box.uid : callerUid()));
    reportProblems(problems, enforced, limits, options.strict || box.config.strict, options);
    if (lacks.some(isWorthTelling)) (await import("./plan/lacks.ts")).reportLacks(lacks, spec, options);
    const userNamespace = ownership === null ? null : ownership.admit(spec.subordinate!, box.home, box.workdir);
    const passed = await passOutputs(options, prepared, box);
    const input = openInput(stdin, options, prepared, box);
    try {
      const facts = await launchAndWatch(box, prepared, options, { group, cpus, input, passed, userNamespace });
      options.moments?.counted?.(group.processesPeak());
      isTaken = takeBack();
      // Before links are removed from the working directory: the program may have been one.
      const launch = facts.launch.kind === "not executable" ? (await import("./exec-failure/explain.ts")).explainExecFailure(facts.launch, box, prepared) : facts.launch;
      const observed = { ...facts, launch, exitCode: launch.kind === "failed" ? null : facts.exitCode, holding: isTaken ? settle(box, options, warn) : null };
      // Others may have come to the core while the program ran.
      const pinned = cpus === null ? {} : { cpus: pinning(group, box.core?.isShared() ?? false) };
      const hidden = observed.hidesMemoryFiles ? { memory: `${enforced.memory}, memory files hidden` } : {};
      const verdict = afterFailure(box, spec, await verdictOn(observed, prepared, box), options);
      return stepResult(observed, verdict, { ...enforced, ...pinned, ...hidden });
    } finally {
      input.close();
    }
  } catch (error) {
    retryWithout(error, box.home, options);
    if (error instanceof IsolateError || error instanceof MeansLowered) throw error;
    const hint = hintFor(error);
    throw new IsolateError("Process", `cannot run the program: ${messageOf(error)}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  } finally {
    if (!isTaken) takeBack();
    removeGroup(group, warn);
  }
}
