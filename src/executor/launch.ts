/** The launches of one run: more than one where the host refuses a way to launch, before anything of the program has run. */
import type { RunGroup } from "../cgroup/controller.ts";
import { messageOf } from "../model/errors.ts";
import type { RunFacts } from "../model/observation.ts";
import type { LaunchPlan } from "../model/plan.ts";
import type { RunOptions } from "../model/request.ts";
import { rlimitsInstead } from "./plan/fallback.ts";
import { buildPlan, joinSteps } from "./plan/build-plan.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import { withStreams } from "./plan/landlock.ts";
import { openedFiles } from "./plan/process.ts";
import type { LaunchSpec } from "./plan/spec.ts";
import type { SplitPlan } from "./plan/split-plan.ts";
import { lowerMeans, useFiles } from "./retry.ts";
import { birthRefused, birthsWork } from "./watch/birth.ts";
import type { RunJob } from "./watch/job.ts";
import { listenerRefused, listenersWork } from "./watch/listener.ts";
import { runProgram } from "./watch/run.ts";
import { endedEarly, type Beginning } from "./watch/spawn.ts";
import type { PassedStreams } from "./watch/passed-streams.ts";
import type { StdinSource } from "./watch/stdin-source.ts";
import type { WarmLauncher, WarmLauncherGone } from "./watch/warm-launcher.ts";
import { alwaysWarm, mostWarmLaunchers, warm } from "./warmth.ts";

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
  const launchers = warm();
  const split = launchers?.splitFor(spec, bornInGroup && around.group.birthplace !== null) ?? null;
  // What is told of it belongs to this run, and later the box may be gone.
  const later = options.trace === null ? options.waiter?.later : undefined;
  const wish = later === undefined ? { box, limits, cpus: around.cpus, inUse: around.group.directories } : null;
  const prepare = split === null ? null : () => launchers?.prepareNext(split, wish, mostWarmLaunchers(), launcher !== null, options.trace);
  const meanwhile = prepare === null || later === undefined ? prepare : () => later(prepare);
  const ownTerminal = spec.terminal === null ? null : (options.ownTerminal ?? null);
  const jobFor = (plan: LaunchPlan): RunJob => ({
    plan,
    limits,
    group: around.group,
    beginning: beginningOf(spec),
    userNamespace: around.userNamespace,
    user: isolation === "none" && prepared.ownUid && box.aloneUnderUid ? box : null,
    bornInGroup,
    stdin: around.input,
    inherit: options.inheritDescriptors,
    ...(options.handed === undefined ? {} : { handed: options.handed }),
    passthrough: options.passthrough,
    passed: around.passed,
    stdoutTo: options.stdoutTo ?? null,
    stderrTo: options.stderrTo ?? null,
    waitingWrites: spec.waitingWrites && spec.listener,
    terminal: ownTerminal === null ? (spec.terminal?.streams ?? null) : null,
    ownTerminal,
    opens: openedFiles(spec),
    blocking: options.blocking,
    waiter: options.waiter ?? null,
    signals: options.signals ?? null,
    moments: options.moments ?? null,
    trace: options.trace,
    meanwhile,
  });
  if (split !== null && alwaysWarm()) launchers?.prepareNext(split, null, 1, false, options.trace);
  const launcher = split === null ? null : (launchers?.takeWarm(split, options.trace) ?? null);
  const first = launcher === null ? null : await launchWarm(launcher, split!, jobFor, spec.cgroupJoins);
  const plan = first?.plan ?? buildPlan(spec);
  const seen = first?.seen ?? (await runProgram(jobFor(plan)));
  // Who is not started in the usual way either says nothing about launchers that wait.
  if (launcher !== null && seen.launch.kind === "started") launchers?.worked(first?.seen !== undefined || first?.ofThisRun === true);
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

interface WarmLaunch {
  readonly plan?: LaunchPlan;
  /** Left out: it did not come to start the program. Then nothing of it has run, and a launch in the usual way says why, if there is a reason. */
  readonly seen?: RunFacts;
  /** It is because of this run that it was no use. */
  readonly ofThisRun?: boolean;
}

async function launchWarm(launcher: WarmLauncher, split: SplitPlan, jobFor: (plan: LaunchPlan) => RunJob, joins: readonly string[]): Promise<WarmLaunch> {
  const plan = launcher.planFor(split);
  const job = jobFor(plan);
  try {
    job.trace?.("a launcher that waited is taken");
    const seen = await runProgram({ ...job, begin: (given) => launcher.begin(split, plan, given, joins) });
    if (seen.launch.kind !== "failed" && !(seen.launch.kind === "lost" && seen.launch.reason === endedEarly)) return { plan, seen };
    job.trace?.("the launcher that waited did not start the program: launching another");
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "WarmLauncherGone") throw error;
    job.trace?.(`the launcher that waited cannot be used (${error.message}): launching another`);
    return { ofThisRun: (error as WarmLauncherGone).ofThisRun };
  }
  return {};
}

/** Where the processes of a run begin. */
function beginningOf({ isolation, without }: LaunchSpec): Beginning {
  if (isolation === "none") return "ours";
  return isolation === "full" || without.includes("user namespace") ? "pid namespace" : "user and pid namespace";
}
