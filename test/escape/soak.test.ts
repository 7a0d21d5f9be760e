// A judge that runs for weeks: a thousand runs in one process, and nothing grows.
import { expect } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Isolate } from "../../src/index.ts";
import { cgroupDirectories, mountTable, processesOf } from "../helpers/host.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const claim = claimWith(...sandbox);
const runs = 1000;
/** By then everything that is made once has been made: the worker, the caches, the heap's first size. */
const warm = 100;
const uid = 63_104;
/** In the names of its groups, so that what another process has left is not taken for ours. */
const id = `soak-${process.pid}`;
const mebibyte = 1024 * 1024;

interface Held {
  readonly descriptors: number;
  readonly threads: number;
  readonly mounts: number;
  readonly children: number;
  readonly cgroups: number;
}

function held(stateDir: string): Held {
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "latin1").split(" ").filter((pid) => pid !== ""));
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: tasks.length,
    mounts: mountTable().filter(({ point }) => point.startsWith(stateDir)).length,
    children: children.length,
    cgroups: cgroupDirectories().filter((path) => path.includes(`mini-isolate-${id}-`)).length,
  };
}

function residentBytes(): number {
  Bun.gc(true);
  return Number(/^VmRSS:\s+([0-9]+) kB/m.exec(readFileSync("/proc/self/status", "latin1"))![1]) * 1024;
}

/** Ends of every kind, in turn. */
const programs: readonly (readonly [command: readonly string[], status: string])[] = [
  [["/bin/true"], "Success"],
  [["/bin/sh", "-c", "head -c 20000 /dev/zero; exit 3"], "RuntimeError"],
  [["/bin/cat"], "Success"],
  [["/bin/sh", "-c", "kill -SEGV $$"], "Signaled"],
  [["/no/such/program"], "RuntimeError"],
];

claim(`${runs} runs in one process leave as many descriptors, threads, cgroups, mounts and children as ${warm}, and no more memory`, async () => {
  const base = makeTestDirectory("soak");
  const stateDir = join(base, "state");
  const box = Isolate.new({ instance_id: id, uid, gid: uid, process_limit: 8 }, { stateDir });
  try {
    let before: { readonly held: Held; readonly bytes: number } | null = null;
    for (let run = 0; run < runs; run++) {
      const [command, status] = programs[run % programs.length]!;
      const result = await box.execute(command, "some input\n");
      if (result.status !== status) throw new Error(`run ${run}: ${result.status} ${result.error_message}`);
      if (run + 1 === warm) before = { held: held(stateDir), bytes: residentBytes() };
    }
    const after = held(stateDir);
    expect(after).toMatchObject({ mounts: 0, children: 0, cgroups: 0 });
    expect(processesOf(new Set([uid]))).toEqual([]);
    // The runtime's own pool may come and go by a thread.
    expect({ ...after, threads: 0 }).toEqual({ ...before!.held, threads: 0 });
    expect(after.threads).toBeLessThanOrEqual(before!.held.threads + 2);
    expect((residentBytes() - before!.bytes) / mebibyte).toBeLessThan(24);
  } finally {
    box.cleanup();
    rmSync(base, { recursive: true, force: true });
  }
}, { timeout: patience(60_000) });
