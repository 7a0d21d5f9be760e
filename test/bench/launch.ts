/**
 * Where the time of one run goes, in two tables.
 *
 * The phases are those of the supervisor, with the clock read between them: the functions that a run is made of are called here one
 * after the other, as the executor calls them, and wait for the same events.
 *
 * The steps are those of the launcher. A clock_gettime(2) is put after each step of the plan, and before the last one, which reports the
 * start, all readings are written to a pipe. So each figure is the time of system calls as they happen in a real launch, in their place;
 * what a reading costs is measured in the same way (two in a row) and taken off. The report and the execve are in no step.
 */
import { mkdirSync, openSync } from "node:fs";
import { detectCgroups } from "../../src/cgroup/detect.ts";
import { createV1Group } from "../../src/cgroup/v1.ts";
import { configFor } from "../../src/config/config.ts";
import { buildPlan } from "../../src/executor/plan/build-plan.ts";
import { prepareRun, type Box } from "../../src/executor/plan/prepare.ts";
import { closeRun, spawnRun } from "../../src/executor/watch/spawn.ts";
import { call } from "../../src/kernel/ffi.ts";
import { closeDescriptor, makePipe, readSome, setNonBlocking } from "../../src/kernel/files.ts";
import { killProcess, pollReadable, reap } from "../../src/kernel/process.ts";
import type { LaunchPlan, Step } from "../../src/model/plan.ts";
import { plainRun } from "../../src/model/request.ts";
import { median, ms, table, type Settings } from "./measure.ts";

const CLOCK_MONOTONIC = 1;
const readingBytes = 16;
const nothing = openSync("/dev/null", "r+");

/** Parts of a launch, by the names of their steps; the first that matches counts. */
const parts: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["open the cgroup files", /^open .*\/tasks$/],
  ["unshare mount, ipc, uts and network", /^unshare namespaces$/],
  ["new root, private mounts", /private$|(mount|create) the new root$|new root read-only$/],
  ["/dev", /\/dev(\/|$| )/],
  ["/etc", /\/etc(\/|$)/],
  ["/box, /proc, /tmp, /usr and its links", /\/(box|proc|tmp|usr|bin|lib|lib64)$/],
  ["pivot, detach the old root, chroot", /root$|root to the box's$/],
  ["loopback and host name", /socket|loopback|host name/],
  ["join the cgroups", /^join /],
  ["bounding set", /bounding set/],
  ["groups, gid, uid, capabilities", /supplementary|become|capabilities|undumpable/],
  ["no_new_privs and seccomp", /no_new_privs|seccomp/],
  ["everything else", /./],
];

function now(): number {
  const reading = new BigInt64Array(2);
  call("clock_gettime", "", CLOCK_MONOTONIC, reading);
  return Number(reading[0]!) * 1e3 + Number(reading[1]!) / 1e6;
}

const readClock = (room: string): Step => ({ does: "read the clock", call: "clock_gettime", args: [CLOCK_MONOTONIC, { room, bytes: readingBytes }] });

/** The plan with readings 0 to n around its steps but the last, and one more reading right after the n-th; written to `fd`. */
function timed(plan: LaunchPlan, fd: number): LaunchPlan {
  const steps = plan.steps.slice(0, -1);
  const rooms = Array.from({ length: steps.length + 2 }, (_, index) => `reading ${index}`);
  return {
    ...plan,
    steps: [
      readClock(rooms[0]!),
      ...steps.flatMap((step, index) => [step, readClock(rooms[index + 1]!)]),
      readClock(rooms.at(-1)!),
      ...rooms.map((room): Step => ({ does: "report the clock", call: "write", args: [fd, { room, bytes: readingBytes }, readingBytes] })),
      plan.steps.at(-1)!,
    ],
  };
}

/** One run of /bin/true. @returns how long each phase took, and each step of the launcher when `withSteps` */
function runOnce(box: Box, withSteps: boolean): { phases: Map<string, number>; steps: Map<string, number> } {
  const phases = new Map<string, number>();
  const steps = new Map<string, number>();
  const [readEnd, writeEnd] = makePipe();
  setNonBlocking(readEnd);
  let last = now();
  const mark = (phase: string) => {
    const at = now();
    phases.set(phase, at - last);
    last = at;
  };
  const prepared = prepareRun(box, ["/bin/true"], plainRun);
  mark("decide: limits, mounts, environment");
  const map = detectCgroups();
  const { group, problems } = createV1Group(map, { name: box.groupName, limits: prepared.limits, cpus: null, announce: box.announce });
  mark("make the cgroups");
  const real = buildPlan({ ...prepared.spec, cgroupJoins: group.joinFiles, rlimitProcesses: null, rlimitData: null });
  const plan = withSteps ? timed(real, writeEnd) : real;
  mark("build the plan");
  const processes = spawnRun(plan, [nothing, nothing, nothing, writeEnd], "pid namespace");
  mark("make the images, start init and the launcher");
  let launch = null;
  while (launch === null) {
    pollReadable([processes.status.descriptor], null);
    launch = processes.status.read();
  }
  mark("launcher, up to the execve");
  pollReadable([processes.program.pidfd], null);
  reap(processes.program.pid);
  mark("/bin/true itself, from execve to its end");
  killProcess(processes.init!.pid, 9);
  pollReadable([processes.init!.pidfd], null);
  reap(processes.init!.pid);
  mark("kill init, end of the pid namespace");
  group.cpuTimeMs();
  group.memoryPeakBytes();
  group.remove();
  mark("read the counters, remove the cgroups");
  closeRun(processes);
  if (launch.kind !== "started" || problems.length > 0) throw new Error(`the launch failed: ${JSON.stringify({ launch, problems })}`);
  if (withSteps) addSteps(steps, real, readEnd);
  closeDescriptor(readEnd);
  closeDescriptor(writeEnd);
  return { phases, steps };
}

/** Adds up the readings of one launch by parts. */
function addSteps(sums: Map<string, number>, plan: LaunchPlan, readEnd: number): void {
  const bytes = new Uint8Array(readingBytes * (plan.steps.length + 1));
  if (readSome(readEnd, bytes) !== bytes.length) throw new Error("readings are missing");
  const words = new BigInt64Array(bytes.buffer);
  const readings = Array.from({ length: words.length / 2 }, (_, index) => Number(words[index * 2]!) * 1e3 + Number(words[index * 2 + 1]!) / 1e6);
  const cost = readings.at(-1)! - readings.at(-2)!;
  plan.steps.slice(0, -1).forEach(({ does }, index) => {
    const [name] = parts.find(([, pattern]) => pattern.test(does))!;
    sums.set(name, (sums.get(name) ?? 0) + Math.max(0, readings[index + 1]! - readings[index]! - cost));
  });
}

/** @param directory an empty one of ours; the box that is measured is made in it */
export async function launchPhases(directory: string, { rounds, pauseMs }: Settings): Promise<void> {
  for (const name of ["root", "box"]) mkdirSync(`${directory}/${name}`);
  const boxFor = (round: number): Box => ({
    config: configFor("bench", {}),
    home: directory, root: `${directory}/root`, workdir: `${directory}/box`, uid: 64_000, gid: 64_000,
    groupName: `mini-isolate-bench-${process.pid}-${round}`, announce: () => {},
    settle: () => ({ bytes: 0, files: 0, unseen: null }),
  });
  const phases: Map<string, number>[] = [];
  const steps: Map<string, number>[] = [];
  for (let round = -3; round < rounds; round++) {
    for (const withSteps of [false, true]) {
      if (pauseMs > 0) Bun.sleepSync(pauseMs);
      const seen = runOnce(boxFor(round), withSteps);
      if (round >= 0) (withSteps ? steps.push(seen.steps) : phases.push(seen.phases));
    }
  }
  for (const [title, runs] of [["one run by phases of the supervisor", phases], ["the launcher by its steps", steps]] as const) {
    const names = [...runs[0]!.keys()];
    const sums = runs.map((run) => [...run.values()].reduce((sum, value) => sum + value, 0));
    const rows = names.map((name) => {
      const values = runs.map((run) => run.get(name)!);
      return [name, ms(median(values)), ms(Math.min(...values)), `${((100 * median(values)) / median(sums)).toFixed(1)} %`];
    });
    table(title, ["", "median ms", "min ms", "share"], [...rows, ["all together", ms(median(sums)), ms(Math.min(...sums)), "100 %"]]);
  }
}
