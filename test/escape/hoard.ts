/** What the host loses while a program holds kernel objects of one kind, against what its control group is charged. */
import { readFileSync } from "node:fs";
import type { ExecutionResult } from "../../src/model/result.ts";
import type { MiniOptions, State } from "../helpers/binary.ts";
import { cgroupDirectories } from "../helpers/host.ts";

export interface Hoard {
  /** Objects that it got; null: it was ended before it had said so. */
  readonly count: number | null;
  /** The most that the host lost beyond what the group was charged, in bytes. */
  readonly unchargedBytes: number;
  /** The same, but for what the host did not get back soon after the end: sockets of TCP take their time. */
  readonly goneBytes: number;
  /** The most that the group was charged, in bytes. */
  readonly chargedBytes: number;
  readonly result: ExecutionResult;
}

/** MemAvailable of /proc/meminfo in bytes. */
function availableBytes(): number {
  return Number(/^MemAvailable:\s+([0-9]+)/m.exec(readFileSync("/proc/meminfo", "utf8"))![1]) * 1024;
}

/** What the group of a box is charged right now, kernel memory included; 0 when there is none. */
function chargedTo(id: string): number {
  const groups = cgroupDirectories().filter((path) => path.includes(`/mini-isolate-${id}-`));
  // Of version 1, and of version 2, which has one group for everything.
  for (const file of groups.flatMap((group) => [`${group}/memory.usage_in_bytes`, `${group}/memory.current`])) {
    try {
      return Number(readFileSync(file, "utf8"));
    } catch {
      // Another controller's group, or the run has just ended.
    }
  }
  return 0;
}

/**
 * Looks at the host every few milliseconds until the program holds what it got, or has ended, and once more afterwards: what the host had
 * neither before nor gets back is another process's.
 */
export async function hoard(state: State, id: string, kind: string, flags: readonly string[] = [], options: MiniOptions = {}): Promise<Hoard> {
  const result = `${state.scratch}/result-${kind}.json`;
  const before = availableBytes();
  const running = state.start(["run", "--box-id", id, "--passthrough", "--output", result, ...flags, "--", "./hoard", kind], { timeoutMs: 50_000, ...options });
  let ended = false;
  const end = running.ended.finally(() => (ended = true));
  /** What the host had left at the last looks, the charge given back. What all of them show is no moment between two counters. */
  const last: number[] = [];
  let [least, charged] = [Infinity, 0];
  for (let looks = 0; !ended && looks < 20; await Bun.sleep(5)) {
    const use = chargedTo(id);
    charged = Math.max(charged, use);
    last.push(availableBytes() + use);
    if (last.length > 5) last.shift();
    if (last.length === 5) least = Math.min(least, Math.max(...last));
    if (running.stdoutSoFar().includes("holding ")) looks++;
  }
  if (!ended) running.kill("SIGTERM");
  await end;
  // A network namespace is taken down a little later than its last process ends.
  let after = availableBytes();
  for (let looks = 0; looks < 100 && after < before; looks++) {
    await Bun.sleep(15);
    after = Math.max(after, availableBytes());
  }
  const count = /holding \S+ ([0-9]+)/.exec(running.stdoutSoFar())?.[1];
  return {
    count: count === undefined ? null : Number(count),
    goneBytes: least === Infinity ? 0 : Math.max(0, before - least),
    unchargedBytes: least === Infinity ? 0 : Math.max(0, Math.min(before, after) - least),
    chargedBytes: charged,
    result: JSON.parse(readFileSync(result, "utf8")) as ExecutionResult,
  };
}
