/** The launches of one run: more than one where the host refuses a way to launch, before anything of the program has run. */
import type { RunGroup } from "../cgroup/controller.ts";
import { messageOf } from "../model/errors.ts";
import type { RunFacts } from "../model/observation.ts";
import type { RunOptions } from "../model/request.ts";
import { rlimitsInstead } from "./plan/fallback.ts";
import { buildPlan, joinSteps } from "./plan/build-plan.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import { withStreams } from "./plan/landlock.ts";
import { openedFiles } from "./plan/process.ts";
import type { LaunchSpec } from "./plan/spec.ts";
import { lowerMeans, useFiles } from "./retry.ts";
import { birthRefused, birthsWork } from "./watch/birth.ts";
import { listenerRefused, listenersWork } from "./watch/listener.ts";
import { runProgram } from "./watch/run.ts";
import { endedEarly, type Beginning } from "./watch/spawn.ts";
import type { PassedStreams } from "./watch/passed-streams.ts";
import type { StdinSource } from "./watch/stdin-source.ts";

/** What a launch needs beside the plan. */
export interface Surroundings {
  readonly group: RunGroup;
  readonly cpus: string | null;
  readonly input: StdinSource;
  /** As in RunJob. */
  readonly passed: PassedStreams | null;
  /** As in RunJob. */
  readonly userNamespace: number | null;
}

/** @throws MeansLowered when the run has to be prepared again; SyscallError when nothing could be started */
export async function launchAndWatch(box: Box, prepared: PreparedRun, options: RunOptions, around: Surroundings): Promise<RunFacts> {
  const { group, cpus } = around;
  const launch = (spec: Omit<LaunchSpec, "cgroupJoins">, bornInGroup: boolean) =>
    launchOnce(box, prepared, options, around, { ...spec, cgroupJoins: joinsOf(group, bornInGroup) }, bornInGroup);
  const [stdout, stderr] = around.passed ?? [null, null];
  const landlock = withStreams(prepared.spec.landlock, [around.input.byPipe ? null : around.input.fd, stdout, stderr]);
  let spec: Omit<LaunchSpec, "cgroupJoins"> = { ...prepared.spec, landlock, cpus, listener: prepared.spec.listener && listenersWork(), ...rlimitsInstead(group, prepared.spec, box.uid, prepared.limits) };
  // Whoever leaves the joining out is not born in the group either.
  let bornInGroup = birthsWork() && !prepared.spec.leftOut.includes(joinSteps);
  let facts: RunFacts;
  try {
    facts = await launch(spec, bornInGroup);
  } catch (error) {
    if (!birthRefused(error)) throw error;
    options.trace?.(`the launcher cannot be born in its control group here (${messageOf(error)}), and joins it later`);
    bornInGroup = false;
    facts = await launch(spec, bornInGroup);
  }
  if (!spec.listener || !listenerRefused(facts.launch)) return facts;
  // Nothing of the program has run, and the group counts what one launcher more has used: less than a millisecond.
  options.trace?.("no listener for the seccomp filter can be had here: forbidden system calls kill and are not named");
  spec = { ...spec, listener: false };
  return await launch(spec, bornInGroup);
}

function joinsOf(group: RunGroup, bornInGroup: boolean): readonly string[] {
  return [...group.joinFiles, ...(bornInGroup || group.birthplace === null ? [] : [group.birthplace.joinFile])];
}

async function launchOnce(box: Box, { isolation, limits, spec: prepared }: PreparedRun, options: RunOptions, around: Surroundings, spec: LaunchSpec, bornInGroup: boolean): Promise<RunFacts> {
  const plan = buildPlan(spec);
  const seen = await runProgram({
    plan,
    limits,
    group: around.group,
    beginning: beginningOf(spec),
    userNamespace: around.userNamespace,
    user: isolation === "none" && prepared.ownUid && box.aloneUnderUid ? box : null,
    bornInGroup,
    stdin: around.input,
    inherit: options.inheritDescriptors,
    passthrough: options.passthrough,
    passed: around.passed,
    stdoutTo: options.stdoutTo ?? null,
    stderrTo: options.stderrTo ?? null,
    waitingWrites: spec.waitingWrites && spec.listener,
    terminal: spec.terminal?.streams ?? null,
    opens: openedFiles(spec),
    blocking: options.blocking,
    trace: options.trace,
  });
  const named = seen.forbidden === null || !prepared.allowed.includes("abi32") ? seen.forbidden : (await import("./watch/forbidden-32-bit.ts")).named32Bit(seen.forbidden);
  const facts = { ...seen, forbidden: named };
  if (facts.launch.kind === "lost" && facts.launch.reason === endedEarly) useFiles(box.home, endedEarly, options);
  if (facts.launch.kind !== "failed") return facts;
  lowerMeans(facts.launch.does, facts.launch.errno, options);
  const { explainLaunch } = await import("./verdict/refused-limit.ts");
  const { explainStream } = await import("./verdict/refused-stream.ts");
  const { refuseStrayNames } = await import("./verdict/callers-mistake.ts");
  const launch = explainStream(explainLaunch(facts.launch, plan));
  refuseStrayNames(launch, spec, options);
  return { ...facts, launch };
}

/** Where the processes of a run begin. */
function beginningOf({ isolation, without }: LaunchSpec): Beginning {
  if (isolation === "none") return "ours";
  return isolation === "full" || without.includes("user namespace") ? "pid namespace" : "user and pid namespace";
}
