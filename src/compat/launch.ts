/** The launch of one compatible run: its group, its plan, what the supervision is told, and the verdict. */
import { inFirstUserNamespace } from "../kernel/caller.ts";
import { processCpuTimeMs } from "../kernel/clock.ts";
import { isTerminal, writeFully } from "../kernel/files.ts";
import { callerEnvironment } from "../config/load.ts";
import type { RunGroup } from "../cgroup/controller.ts";
import { lastCapability } from "../executor/plan/resolve.ts";
import { birthRefused, birthsWork } from "../executor/watch/birth.ts";
import type { RunJob } from "../executor/watch/job.ts";
import { runProgram } from "../executor/watch/run.ts";
import { spawnRun, type RunProcesses, type StatusChannel } from "../executor/watch/spawn.ts";
import { spawnSmallRun } from "../executor/watch/spawn-small.ts";
import type { LaunchPlan } from "../model/plan.ts";
import { makeGroup } from "./control-groups.ts";
import { programEnvironment } from "./environment.ts";
import { errorWords } from "./error-words.ts";
import { defaultSyscalls, filterFor } from "./filter.ts";
import { foreground } from "./foreground.ts";
import { CompatGroup } from "./group.ts";
import type { Host } from "./host.ts";
import { describeMount, type Mount } from "./mounts.ts";
import type { Request } from "./options.ts";
import type { Place } from "./place.ts";
import { isolatePlan, type ProcessLimits } from "./plan.ts";
import { ClientSignals, KeeperSignals } from "./signal-source.ts";
import { compatVerdict, type CompatVerdict } from "./verdict.ts";

const kilobyte = 1024;
const usualOpenFiles = { 1: 64, 2: 1024 } as const;

/** What a launch is made from. */
export interface Launching {
  readonly place: Place;
  readonly request: Request;
  readonly mounts: readonly Mount[];
  /** Descriptors of ours above 2 for the program. */
  readonly inherit: readonly number[];
  readonly host: Host;
  readonly say: (level: number, text: string) => void;
}

/** @throws Failure, SyscallError when nothing could be started */
export async function launch(launching: Launching): Promise<CompatVerdict> {
  const { place, request, mounts, host, say } = launching;
  const cpus = place.config.placements.get(place.id)?.cpus ?? null;
  const real = request.cg ? await makeGroup(place, request.cgMemory === 0 ? null : request.cgMemory * kilobyte, cpus) : null;
  for (const directory of real?.directories ?? []) say(2, `Using control group ${directory}`);
  const inbox = host.signals === null ? new KeeperSignals() : new ClientSignals(host.signals);
  const restoreTerminal = request.ttyHack && isTerminal(1) ? foreground(1) : null;
  try {
    for (const mount of mounts) say(1, describeMount(mount));
    for (let isBorn = real?.birthplace != null && birthsWork(); ; isBorn = false) {
      try {
        return await launchOnce(launching, real, isBorn, inbox);
      } catch (error) {
        if (!isBorn || !birthRefused(error)) throw error;
      }
    }
  } finally {
    restoreTerminal?.();
    removeQuietly(real);
  }
}

/** There is a verdict, or a better reason for a failure; the next run in the box removes it. */
function removeQuietly(group: RunGroup | null): void {
  try {
    group?.remove();
  } catch {
    // A process that the kernel does not let go of.
  }
}

/** @param isBorn the launcher begins in its group of version 2 */
async function launchOnce({ place, request, mounts, inherit, host, say }: Launching, real: RunGroup | null, isBorn: boolean, inbox: KeeperSignals | ClientSignals): Promise<CompatVerdict> {
  const joins = [...(real?.joinFiles ?? []), ...(isBorn || real?.birthplace == null ? [] : [real.birthplace.joinFile])];
  const plan = planOf(place, request, mounts, joins, inherit);
  for (const variable of plan.program!.environment) say(2, `Environment: ${variable}`);
  const whole = request.cg && request.cgTiming;
  let processes: RunProcesses | null = null;
  const mainCpuTimeMs = () => (processes === null ? null : (processCpuTimeMs(processes.program.pid) ?? 0) - (processes.status.launcherUsage()?.cpuTimeMs ?? 0));
  const group = new CompatGroup(real, whole ? null : mainCpuTimeMs);
  const begin: RunJob["begin"] = (given) => {
    const birthplace = isBorn ? group.birthplace!.descriptor : null;
    const descriptors = [...given, ...inherit] as unknown as readonly [number, number, number, ...number[]];
    processes = inFirstUserNamespace() ? spawnSmallRun(plan, descriptors, birthplace) : spawnRun(plan, descriptors, "pid namespace", birthplace);
    say(1, `Started proxy_pid=${processes.init!.pid} box_pid=${processes.program.pid} box_pid_inside_ns=2`);
    sayWhyNotExecuted(processes.status, request.words[0]!, host);
    return processes;
  };
  const facts = await runProgram({
    plan, limits: clocksOf(request), group, beginning: "pid namespace", bornInGroup: isBorn, stdin: { fd: 0, byPipe: false }, inherit, passthrough: true,
    passed: null, waitingWrites: false, opens: [request.stdin, request.stdout, request.stderr].filter((path) => path !== null), blocking: host.waiter === null, waiter: host.waiter, signals: inbox, begin, trace: null,
  });
  const mainMs = (facts.mainUsage?.cpuTimeMs ?? 0) - (facts.launcherUsage?.cpuTimeMs ?? 0);
  const cpuTimeMs = whole ? facts.cpuTimeMs : Math.max(0, facts.launch.kind === "started" ? mainMs : 0);
  const cg = request.cg ? { memoryBytes: group.memoryPeakBytes() ?? 0, killedForMemory: group.killedForMemory() } : null;
  return compatVerdict({ facts, cpuTimeMs, cg, signal: inbox.first }, request);
}

/** The extra time is one of CPU time alone. The figures that are shown are whole milliseconds, and over the limit when a program was killed. */
function clocksOf({ timeMs, wallTimeMs, extraTimeMs, processes }: Request): RunJob["limits"] {
  const over = (ms: number, extraMs = 0) => (ms === 0 ? null : Math.max(ms, extraMs, 0) + 1);
  return {
    cpuTimeMs: over(timeMs, extraTimeMs), wallTimeMs: over(wallTimeMs), memoryBytes: null, processes: processes === 0 ? null : processes, fileSizeBytes: null, stackBytes: null, coreBytes: null,
    openFiles: 0, outputBytes: Infinity, diskBytes: null, cpuShares: 1024,
  };
}

function limitsOf({ memory, stack, fileSize, core, openFiles, processes }: Request, dialect: Place["dialect"]): ProcessLimits {
  const unlessNone = (value: number, unit: number) => (value === 0 ? "keep" : value * unit);
  return {
    addressSpace: unlessNone(memory, kilobyte), stack: stack === 0 ? null : stack * kilobyte, fileSize: unlessNone(fileSize, kilobyte), core: core * kilobyte,
    openFiles: unlessNone(openFiles ?? usualOpenFiles[dialect], 1), processes: unlessNone(processes, 1),
  };
}

function planOf(place: Place, request: Request, mounts: readonly Mount[], cgroupJoins: readonly string[], inherit: readonly number[]): LaunchPlan {
  const { home, uid, gid, dialect, config } = place;
  const { cpus, mems } = config.placements.get(place.id) ?? { cpus: null, mems: null };
  return isolatePlan({
    root: `${home}/root`, mounts, uid, gid, caller: place.owner.uid === 0 ? null : place.owner, limits: limitsOf(request, dialect), shareNet: request.shareNet, inheritDescriptors: inherit.length > 0,
    takesTerminal: request.ttyHack && isTerminal(1), cgroupJoins, cpus: request.cg ? cpus : null, mems: request.cg ? mems : null,
    filter: filterFor(request.syscalls ?? config.syscalls ?? defaultSyscalls[dialect]), noNewPrivileges: dialect === 2,
    stdin: request.stdin, stdout: request.stdout, stderr: request.stderr, stderrToStdout: request.stderrToStdout, chdir: request.chdir, command: request.words,
    environment: programEnvironment(request.environment, request.fullEnvironment, callerEnvironment()), lastCapability: lastCapability(),
  });
}

/** To where the program would have said it. */
function sayWhyNotExecuted(status: StatusChannel, command: string, host: Host): void {
  const read = status.read.bind(status);
  status.read = () => {
    const launched = read();
    if (launched?.kind === "not executable") {
      try {
        const text = Buffer.from(`execve("${command}"): ${errorWords(launched.errno)}\n`);
        if (status.terminal === null) host.write(2, text);
        else writeFully(status.terminal, text);
      } catch {
        // Nobody reads it.
      }
    }
    return launched;
  };
}
