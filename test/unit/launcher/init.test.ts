import { afterEach, describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { openSync, readFileSync } from "node:fs";
import { buildInitPlan } from "../../../src/executor/plan/build-plan.ts";
import { closeDescriptor, makePipe } from "../../../src/kernel/files.ts";
import { sealedMemoryFile } from "../../../src/kernel/memory-file.ts";
import { killProcess, reap, type ChildEnd } from "../../../src/kernel/process.ts";
import { prepareSpawn, spawnInNewPidNamespace, spawnPrepared } from "../../../src/kernel/spawn.ts";
import { launcherImage } from "../../../src/launcher/image.ts";
import type { LaunchPlan } from "../../../src/model/plan.ts";
import { claimWith, root } from "../../helpers/requires.ts";
import { until } from "../../helpers/until.ts";
import { print, shell } from "./perform.ts";

const { SIGKILL } = constants.signals;
const running = new Set<number>();
const open = new Set<number>();

/** An image of the plan, ready to be started any number of times. */
function image(plan: LaunchPlan): string {
  const fd = sealedMemoryFile("image", launcherImage(plan, {}), true);
  open.add(fd);
  return `/proc/self/fd/${fd}`;
}

function prepared(path: string, descriptors: readonly (readonly [number, number])[] = []) {
  return prepareSpawn(path, ["init"], [], descriptors);
}

function start(path: string, descriptors: readonly (readonly [number, number])[] = []): number {
  const pid = spawnPrepared(prepared(path, descriptors));
  running.add(pid);
  return pid;
}

function startBoth(own: number, init: ReturnType<typeof prepared>, program: ReturnType<typeof prepared>): [number, number] {
  return spawnInNewPidNamespace(own, init, program, (pid) => void running.add(pid));
}

function pipe(): [number, number] {
  const ends = makePipe();
  for (const fd of ends) open.add(fd);
  return ends;
}

function close(fd: number): void {
  if (open.delete(fd)) closeDescriptor(fd);
}

async function end(pid: number): Promise<ChildEnd> {
  const seen = await until(`the end of ${pid}`, () => reap(pid));
  running.delete(pid);
  return seen;
}

/** Waits until a process has nothing to do. */
async function sleeps(pid: number): Promise<void> {
  await until(`${pid} sleeps`, () => /^State:\tS/m.test(readFileSync(`/proc/${pid}/status`, "latin1")));
}

afterEach(async () => {
  for (const pid of running) {
    killProcess(pid, SIGKILL);
    await end(pid);
  }
  for (const fd of open) close(fd);
});

describe("init", () => {
  test("stays without anything to do, with no descriptor open and no page writable and executable", async () => {
    const leash = pipe();
    const pid = start(image(buildInitPlan(leash[0])), [[leash[0], leash[0]]]);
    await sleeps(pid);
    expect(readFileSync(`/proc/${pid}/maps`, "latin1")).not.toMatch(/^\S+ .wx/m);
    expect([...new Bun.Glob("*").scanSync({ cwd: `/proc/${pid}/fd`, onlyFiles: false })]).toEqual([]);
    expect(reap(pid)).toBeNull();
    killProcess(pid, SIGKILL);
    expect(await end(pid)).toMatchObject({ signal: SIGKILL });
  });

  test("ends at once when the supervisor died before it was there", async () => {
    const leash = pipe();
    close(leash[1]);
    const pid = start(image(buildInitPlan(leash[0])), [[leash[0], leash[0]]]);
    expect(await end(pid)).toMatchObject({ exitCode: 127 });
  });

  claimWith(root)("reaps the orphans of its namespace, and takes everything with it when it goes", async () => {
    const leash = pipe();
    const [readEnd, writeEnd] = pipe();
    const initImage = image(buildInitPlan(leash[0]));
    // The program leaves two orphans and ends: one that ends by itself, and one that stays.
    const programImage = image({ steps: [print("begun\n")], program: shell("(sleep 0.1 &); (sleep 60 &); exit 3") });
    const own = openSync("/proc/thread-self/ns/pid", "r");
    open.add(own);
    const [init, program] = startBoth(own, prepared(initImage, [[leash[0], leash[0]]]), prepared(programImage, [[writeEnd, 1]]));
    close(writeEnd);
    const children = () => readFileSync(`/proc/${init}/task/${init}/children`, "latin1").split(" ").filter((pid) => pid !== "");
    expect(await end(program)).toMatchObject({ exitCode: 3 });
    // Both were init's before the program ended.
    await until("the one that ended is reaped", () => children().length === 1);
    const [orphan] = children();
    expect(readFileSync(`/proc/${orphan}/comm`, "latin1")).toBe("sleep\n");
    killProcess(init, SIGKILL);
    expect(await end(init)).toMatchObject({ signal: SIGKILL });
    expect(() => readFileSync(`/proc/${orphan}/comm`)).toThrow("ENOENT");
    expect(readFileSync(readEnd, "latin1")).toBe("begun\n");
  });

  claimWith(root)("is not ended by a program of its own namespace", async () => {
    const leash = pipe();
    const initImage = image(buildInitPlan(leash[0]));
    const programImage = image({ steps: [], program: shell("kill -TERM 1; kill -KILL 1; exit 4") });
    const own = openSync("/proc/thread-self/ns/pid", "r");
    open.add(own);
    const [init, program] = startBoth(own, prepared(initImage, [[leash[0], leash[0]]]), prepared(programImage));
    expect(await end(program)).toMatchObject({ exitCode: 4 });
    expect(reap(init)).toBeNull();
  });
});
