/** A box whose launch plan a test may change before it is really performed. */
import { expect } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createGroup } from "../../src/cgroup/group.ts";
import { classify } from "../../src/executor/verdict/classify.ts";
import { buildPlan } from "../../src/executor/plan/build-plan.ts";
import { prepareRun, type Box } from "../../src/executor/plan/prepare.ts";
import { runProgram } from "../../src/executor/watch/run.ts";
import { Isolate } from "../../src/index.ts";
import type { LaunchPlan, Step } from "../../src/model/plan.ts";
import { plainRun, type RunOptions } from "../../src/model/request.ts";
import { mountTable } from "../helpers/host.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

/** Leaves a trace in the box if it ever runs. */
export const telltale = ["/bin/sh", "-c", "echo ran > /box/ran"];

/** Makes a box by the library in a state directory of its own, and removes both afterwards. */
export async function withPlanBox(use: (box: Box) => Promise<void>): Promise<void> {
  const base = makeTestDirectory("plan");
  const stateDir = join(base, "state");
  const isolate = Isolate.new({ instance_id: "0", uid: 63_102, gid: 63_102 }, { stateDir });
  try {
    const groupName = `mini-isolate-plan-${process.pid}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`;
    await use({
      config: isolate.config, home: join(stateDir, "0"), root: join(stateDir, ".root"), workdir: isolate.workdir, uid: 63_102, gid: 63_102, groupName, announce: () => {},
      settle: () => ({ bytes: 0, files: 0, unseen: null }),
    });
  } finally {
    isolate.cleanup();
    rmSync(base, { recursive: true, force: true });
  }
}

/** What is to be run, when it matters. */
interface Performed {
  readonly command: readonly string[];
  readonly options: RunOptions;
}

/** Performs the box's real plan after `change`, in real groups. @throws also when a group would not go, so none stays unseen */
export async function perform(box: Box, change: (plan: LaunchPlan) => LaunchPlan, { command = telltale, options = plainRun }: Partial<Performed> = {}) {
  const prepared = prepareRun(box, command, options);
  const { group, problems } = await createGroup({ name: box.groupName, limits: prepared.limits, cpus: null, announce: () => {} }, null, () => []);
  const stdin = openSync("/dev/null", "r");
  try {
    expect(problems).toEqual([]);
    const plan = change(buildPlan({ ...prepared.spec, cgroupJoins: group.joinFiles, rlimitProcesses: null, rlimitData: null }));
    const facts = await runProgram({
      plan, limits: prepared.limits, group, beginning: "pid namespace", bornInGroup: group.birthplace !== null, stdin: { fd: stdin, byPipe: false }, inherit: [], opens: [], passthrough: false, waitingWrites: true, blocking: true, trace: null,
    });
    const observed = { ...facts, holding: null };
    return { ...classify(observed, prepared.limits), observed };
  } finally {
    closeSync(stdin);
    group.remove();
    expect(group.directories.filter((directory) => existsSync(directory))).toEqual([]);
  }
}

/** The same step with a call in it that fails with EBADF on every kernel. */
export function broken({ does }: Step): Step {
  return { does, call: "close", args: [-1] };
}

/** What a run in this very process could leave: descriptors, mounts, children. */
export function left(): { readonly descriptors: number; readonly mounts: number; readonly children: number } {
  const children = readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "latin1").split(" ").filter((pid) => pid !== ""));
  return { descriptors: readdirSync("/proc/self/fd").length, mounts: mountTable().length, children: children.length };
}
