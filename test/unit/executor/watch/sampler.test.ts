import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { ProcessTree, processesBelow } from "../../../../src/executor/watch/process-tree.ts";
import { ProcessSampler } from "../../../../src/executor/watch/sampler.ts";
import { program } from "../../../helpers/programs.ts";
import { claimWith, executable } from "../../../helpers/requires.ts";
import { until } from "../../../helpers/until.ts";

const started: Bun.Subprocess[] = [];
const compiled = claimWith(executable("/usr/bin/gcc"));

/** Starts a command; everything below it is killed after the test. */
function run(...command: string[]): Bun.Subprocess {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  started.push(child);
  return child;
}

afterEach(async () => {
  for (const child of started.splice(0)) {
    for (const { pid } of processesBelow([child.pid])) if (pid !== child.pid) process.kill(pid, "SIGKILL");
    child.kill("SIGKILL");
    await child.exited;
  }
});

/** Waits until this many processes are below, and all of them have become what they are meant to be. */
async function settled(pid: number, count: number, timeoutMs = 5000): Promise<number[]> {
  return await until(`${count} processes below ${pid}`, () => {
    const pids = processesBelow([pid]).map((member) => member.pid);
    return pids.length === count ? pids : null;
  }, timeoutMs);
}

describe("the processes of a run", () => {
  test("are the root and all that descend from it", async () => {
    const shell = run("/bin/sh", "-c", "/bin/sh -c 'sleep 60 & wait' & wait");
    const pids = await settled(shell.pid, 3);
    expect(pids).toContain(shell.pid);
    expect(pids).not.toContain(process.pid);
  });

  test("are also orphans that stayed in the session of the root", async () => {
    // setsid(1) forks only when it leads a group already; here it does not, so the child itself leads the session.
    const leader = run("/usr/bin/setsid", "/bin/sh", "-c", "(sleep 60 &) ; sleep 60");
    const pids = await settled(leader.pid, 3);
    const orphan = processesBelow([leader.pid]).find((member) => member.pid !== leader.pid && member.parent !== leader.pid);
    expect(orphan).toMatchObject({ session: leader.pid });
    expect(pids).toHaveLength(3);
  });

  test("are all of them, also when there are more children than the kernel lists in one piece", async () => {
    const shell = run("/bin/sh", "-c", "i=0; while [ $i -lt 750 ]; do sleep 60 & i=$((i+1)); done; wait");
    expect(await settled(shell.pid, 751, 30_000)).toHaveLength(751);
    const sampler = new ProcessSampler([shell.pid]);
    sampler.begin();
    expect(sampler.sample().memoryPeakBytes).toBeGreaterThan(750 * 4096);
    sampler.close();
  });

  test("are the same where the kernel has no lists of children and every process is looked at", async () => {
    const shell = run("/usr/bin/setsid", "/bin/sh", "-c", "(sleep 60 &) ; /bin/sh -c 'sleep 60 & wait'");
    const pids = await settled(shell.pid, 4);
    const everywhere = new ProcessTree([shell.pid], () => false, false, undefined, true).look();
    expect(everywhere.map(({ pid }) => pid).toSorted()).toEqual(pids.toSorted());
  });

  test("are none once they have all ended", async () => {
    const child = run("/bin/true");
    await child.exited;
    expect(processesBelow([child.pid])).toEqual([]);
  });
});

describe("the sampler", () => {
  compiled("counts the CPU time of a child as the run's", async () => {
    const child = run("/bin/sh", "-c", `${await program("spin")} & wait`);
    await settled(child.pid, 2);
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    const begun = performance.now();
    await until("100 ms of CPU time", () => sampler.sample().cpuTimeMs >= 100);
    expect(sampler.last.cpuTimeMs).toBeLessThan(performance.now() - begun + 100);
  });

  test("does not count what was used before the program began", async () => {
    const child = run("/bin/sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec sleep 60");
    const before = new ProcessSampler([child.pid]);
    await until("the shell is done", () => before.sample().cpuTimeMs > 20 && Bun.file(`/proc/${child.pid}/comm`).text().then((name) => name === "sleep\n"));
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    expect(sampler.sample().cpuTimeMs).toBeLessThan(5);
  });

  test("sees the memory that a program and its children have touched, and remembers the peak", async () => {
    // dd fills a buffer of this size again and again.
    const copy = "dd if=/dev/zero of=/dev/null bs=12M";
    const child = run("/bin/sh", "-c", `${copy} & ${copy} & wait`);
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    await until("two buffers of 12 MB", () => sampler.sample().memoryPeakBytes! >= 24 * 2 ** 20);
    const { memoryPeakBytes } = sampler.last;
    expect(memoryPeakBytes).toBeLessThan(30 * 2 ** 20);
    for (const { pid } of processesBelow([child.pid])) process.kill(pid, "SIGKILL");
    await child.exited;
    expect(sampler.sample().memoryPeakBytes).toBe(memoryPeakBytes);
  });

  compiled("sees a memory file that is written to and never mapped", async () => {
    const child = run("/bin/sh", "-c", `${await program("hold-memfd")} 20 & wait`);
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    await until("a memory file of 20 MB", () => sampler.sample().memoryPeakBytes! >= 20 * 2 ** 20);
    expect(sampler.last.memoryPeakBytes).toBeLessThan(24 * 2 ** 20);
    sampler.close();
  });

  test("has measured no memory of a process that is gone", async () => {
    const child = run("/bin/true");
    await child.exited;
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    expect(sampler.sample().memoryPeakBytes).toBeNull();
    sampler.close();
  });

  test("rests longer while nobody runs, and keeps no files open afterwards", async () => {
    const child = run("/bin/sleep", "60");
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    await until("the process sleeps", () => (sampler.sample(), sampler.pauseMs === 40));
    const open = readdirSync("/proc/self/fd").length;
    sampler.close();
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(open);
  });

  test("never goes back, also when a process that it saw has ended", async () => {
    const child = run("/bin/sh", "-c", "while :; do :; done");
    const sampler = new ProcessSampler([child.pid]);
    sampler.begin();
    const { cpuTimeMs } = await until("some CPU time", () => (sampler.sample().cpuTimeMs > 20 ? sampler.last : null));
    child.kill("SIGKILL");
    await child.exited;
    expect(sampler.sample().cpuTimeMs).toBeGreaterThanOrEqual(cpuTimeMs);
  });
});
