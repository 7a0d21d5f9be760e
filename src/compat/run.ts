/** `--run`: one command in a box, from the lock to what is known about it. */
import { resetInheritedSignals } from "../kernel/process.ts";
import { signals } from "../kernel/os-numbers.ts";
import { inFirstUserNamespace } from "../kernel/caller.ts";
import { processCpuTimeMs } from "../kernel/clock.ts";
import { existsSync } from "../kernel/fs.ts";
import { inheritedDescriptors, isTerminal, writeFully } from "../kernel/files.ts";
import { callerEnvironment } from "../config/load.ts";
import type { RunGroup } from "../cgroup/controller.ts";
import { lastCapability } from "../executor/plan/resolve.ts";
import type { RunJob } from "../executor/watch/job.ts";
import { runProgram } from "../executor/watch/run.ts";
import { spawnRun, type RunProcesses, type StatusChannel } from "../executor/watch/spawn.ts";
import { spawnSmallRun } from "../executor/watch/spawn-small.ts";
import type { LaunchPlan } from "../model/plan.ts";
import { makeGroup } from "./control-groups.ts";
import { makeDirectories } from "./directories.ts";
import { programEnvironment } from "./environment.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";
import { defaultSyscalls, filterFor } from "./filter.ts";
import { foreground } from "./foreground.ts";
import { CompatGroup } from "./group.ts";
import type { Host } from "./host.ts";
import { handOver } from "./hand-over.ts";
import { requireOwn, requireSameMode, waitForLeftovers } from "./life.ts";
import { holdBox, type BoxRecord } from "./lock.ts";
import { describeMount, makePrivateDirectories, mountsOf, type Mount } from "./mounts.ts";
import type { Request } from "./options.ts";
import type { Place } from "./place.ts";
import { isolatePlan, type ProcessLimits } from "./plan.ts";
import { rulesInForce } from "./rules.ts";
import { ClientSignals, KeeperSignals } from "./signal-source.ts";
import { compatVerdict, type CompatVerdict } from "./verdict.ts";

const kilobyte = 1024;
const usualOpenFiles = { 1: 64, 2: 1024 } as const;

/** @param say told what is done, by how much of it somebody wants to know @throws Failure */
export async function runInBox(place: Place, request: Request, host: Host, say: (level: number, text: string) => void): Promise<CompatVerdict> {
  resetInheritedSignals(signals.SIGCHLD);
  const inherit = request.inheritDescriptors ? inheritedDescriptors() : [];
  if (!existsSync(place.home)) throw notFound(place, request);
  const held = await holdBox(place.config.lockRoot, place.id, request.wait, host.waiter);
  try {
    const record = checkedRecord(place, request, held.record);
    waitForLeftovers(place, held.record);
    const { home, work, uid, gid, owner, dialect } = place;
    const rules = rulesInForce(request.rules, request.defaultRules);
    makeDirectories(`${home}/root`, 0o750);
    makePrivateDirectories(rules, home, uid, gid);
    handOver(work, "box", uid, gid, request.specialFiles && dialect === 2);
    held.write({ ...record, running: true });
    const verdict = await launch(place, request, mountsOf(rules, home), inherit, host, say);
    held.write({ ...record, running: false });
    if (verdict.exitCode < 2) handOver(work, "box", owner.uid, owner.gid, request.specialFiles);
    return verdict;
  } finally {
    held.release();
  }
}

function notFound({ dialect }: Place, { cg }: Request) {
  return fatal(`${dialect === 1 ? "Box directory" : "Box"} not found, did you run \`isolate ${cg ? "--cg " : ""}--init'?`);
}

/** @throws Failure */
function checkedRecord(place: Place, request: Request, found: BoxRecord | null): BoxRecord {
  const { work, dialect, owner } = place;
  if (!existsSync(work) || (found === null && dialect === 2)) throw notFound(place, request);
  // Without a record isolate itself has made it.
  const record = found ?? { ownerUid: owner.uid, cg: request.cg, initialised: true, running: false };
  requireOwn(place, record);
  if (dialect === 2 && !record.initialised) throw fatal("This box was not initialized properly");
  requireSameMode(place, record, request.cg);
  if (request.cg && !record.cg) throw fatal(`Cannot write ${groupOfV1(place)}/tasks: No such file or directory`);
  return record;
}

/** Where version 1 has the group that `--init --cg` makes. */
function groupOfV1({ config, id }: Place): string {
  const root = config.cgRoot.startsWith("/") ? config.cgRoot : "/sys/fs/cgroup";
  return `${root}/memory/${config.cgParent === "" ? "" : `${config.cgParent}/`}box-${id}`;
}

async function launch(place: Place, request: Request, mounts: readonly Mount[], inherit: readonly number[], host: Host, say: (level: number, text: string) => void): Promise<CompatVerdict> {
  const { cpus, mems } = place.config.placements.get(place.id) ?? { cpus: null, mems: null };
  const real = request.cg ? await makeGroup(place, request.cgMemory === 0 ? null : request.cgMemory * kilobyte, cpus) : null;
  for (const directory of real?.directories ?? []) say(2, `Using control group ${directory}`);
  const inbox = host.signals === null ? new KeeperSignals() : new ClientSignals(host.signals);
  const restoreTerminal = request.ttyHack && isTerminal(1) ? foreground(1) : null;
  try {
    const plan = planOf(place, request, mounts, real, inherit, cpus, mems);
    for (const mount of mounts) say(1, describeMount(mount));
    for (const variable of plan.program!.environment) say(2, `Environment: ${variable}`);
    const whole = request.cg && request.cgTiming;
    let processes: RunProcesses | null = null;
    const mainCpuTimeMs = () => (processes === null ? null : (processCpuTimeMs(processes.program.pid) ?? 0) - (processes.status.launcherUsage()?.cpuTimeMs ?? 0));
    const group = new CompatGroup(real, whole ? null : mainCpuTimeMs);
    const begin: RunJob["begin"] = (given) => {
      const birthplace = group.birthplace?.descriptor ?? null;
      const descriptors = [...given, ...inherit] as unknown as readonly [number, number, number, ...number[]];
      processes = inFirstUserNamespace() ? spawnSmallRun(plan, descriptors, birthplace) : spawnRun(plan, descriptors, "pid namespace", birthplace);
      say(1, `Started proxy_pid=${processes.init!.pid} box_pid=${processes.program.pid} box_pid_inside_ns=2`);
      sayWhyNotExecuted(processes.status, request.words[0]!, host);
      return processes;
    };
    const facts = await runProgram({
      plan, limits: clocksOf(request), group, beginning: "pid namespace", bornInGroup: group.birthplace !== null, stdin: { fd: 0, byPipe: false }, inherit, passthrough: true,
      passed: null, waitingWrites: false, opens: [request.stdin, request.stdout, request.stderr].filter((path) => path !== null), blocking: host.waiter === null, waiter: host.waiter, signals: inbox, begin, trace: null,
    });
    const mainMs = (facts.mainUsage?.cpuTimeMs ?? 0) - (facts.launcherUsage?.cpuTimeMs ?? 0);
    const cpuTimeMs = whole ? facts.cpuTimeMs : Math.max(0, facts.launch.kind === "started" ? mainMs : 0);
    const cg = request.cg ? { memoryBytes: group.memoryPeakBytes() ?? 0, killedForMemory: group.killedForMemory() } : null;
    return compatVerdict({ facts, cpuTimeMs, cg, signal: inbox.first }, request);
  } finally {
    restoreTerminal?.();
    real?.remove();
  }
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

function planOf(place: Place, request: Request, mounts: readonly Mount[], group: RunGroup | null, inherit: readonly number[], cpus: string | null, mems: string | null): LaunchPlan {
  const { home, uid, gid, dialect, config } = place;
  return isolatePlan({
    root: `${home}/root`, mounts, uid, gid, caller: place.owner.uid === 0 ? null : place.owner, limits: limitsOf(request, dialect), shareNet: request.shareNet, inheritDescriptors: inherit.length > 0,
    takesTerminal: request.ttyHack && isTerminal(1), cgroupJoins: group?.joinFiles ?? [], cpus: request.cg ? cpus : null, mems: request.cg ? mems : null,
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
