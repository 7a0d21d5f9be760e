// What we read of the kernel, and what we write for scripts and terminals.
import { expect } from "bun:test";
import { mapCgroups } from "../../../src/cgroup/detect.ts";
import { formatMeta } from "../../../src/cli/meta.ts";
import { jsonDocument } from "../../../src/cli/output.ts";
import { formatResult } from "../../../src/cli/text.ts";
import { compileErrorResult, runResult, stepResult } from "../../../src/executor/verdict/result.ts";
import { statuses } from "../../../src/model/status.ts";
import type { Observation } from "../../../src/model/observation.ts";
import { quietRun } from "../executor/samples.ts";
import { awkward, inherited, mutate, property, type Random } from "./property.ts";

const mountinfo = [
  "24 30 0:22 / /proc rw,relatime - proc proc rw",
  "35 32 0:30 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory",
  "36 32 0:31 /inner /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct",
  "37 32 0:32 / /sys/fs/cgroup/a\\040b rw - cgroup cgroup rw,pids",
  "38 32 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
].join("\n");
const cgroup = "4:memory:/a/b\n3:cpu,cpuacct:/inner/c\n2:pids:/\n1:name=systemd:/x\n0::/y\n";

property("any text for mountinfo and cgroup gives directories below what is mounted, and never one that leads up", 1500, (random) => {
  const pieces = [...awkward, "..", "/..", "/../../etc", " - ", "cgroup", "memory", ":", "\\134", "\\056\\056", "\\777", "\n", ...inherited];
  const changed = mutate(random, cgroup, pieces);
  const fromPath = mapCgroups(mountinfo, changed).v1;
  for (const [controller, directory] of fromPath) {
    expect(["memory", "cpu", "cpuacct", "pids", "cpuset", "freezer"]).toContain(controller);
    expect(directory).toStartWith("/sys/fs/cgroup/");
    expect(directory.split("/")).not.toContain("..");
  }
  const all = mapCgroups(mutate(random, mountinfo, pieces), random.once(2) ? changed : random.text(pieces, 30)).v1;
  expect(all.size).toBeLessThanOrEqual(6);
  for (const directory of all.values()) expect(typeof directory).toBe("string");
});

function someBytes(random: Random): Uint8Array {
  return random.pick([
    () => random.bytes(random.below(200)),
    () => Buffer.from(random.text(awkward.filter((piece) => !/[\ud800-\udfff]/.test(piece)), 100)),
    // Around the size of the pieces in which documents are written, with characters of several units.
    () => Buffer.from("x".repeat(random.below(3)) + "😀é\n\"".repeat(random.below(2) * (13_100 + random.below(20)))),
    () => new Uint8Array(0),
  ])();
}

function someObservation(random: Random): Observation {
  return {
    ...quietRun,
    exitCode: random.once(2) ? random.below(256) : null,
    signal: random.once(2) ? 1 + random.below(64) : null,
    cpuTimeMs: random.below(10 ** 7) / 1000,
    wallTimeMs: random.below(10 ** 7) / 1000,
    memoryPeakBytes: random.below(2 ** 40),
    stdout: { bytes: someBytes(random), truncated: random.once(2) },
    stderr: { bytes: someBytes(random), truncated: random.once(2) },
  };
}

const enforced = { memory: "cgroup-v1", cpu_time: "cgroup-v1", wall_time: "clock", processes: "rlimit", network: "none", filesystem: "none", syscalls: "seccomp", user: 60_000 };

function someResult(random: Random) {
  const observed = someObservation(random);
  const step = stepResult(observed, { status: random.pick(statuses), message: random.once(3) ? null : random.text(awkward, 40) }, enforced);
  const compile = { ...step, cached: random.once(2) };
  return { observed, result: random.once(4) ? compileErrorResult(compile, "c") : runResult(step, random.pick([null, ...inherited]), random.once(3) ? compile : null) };
}

property("a result document is one line of JSON that says exactly the result, with every byte of the output in it", 60, (random) => {
  const { observed, result } = someResult(random);
  const text = [...jsonDocument(result)].join("");
  expect(text.indexOf("\n")).toBe(text.length - 1);
  expect(text === `${JSON.stringify(result)}\n` || Bun.deepEquals(JSON.parse(text), JSON.parse(JSON.stringify(result)))).toBeTrue();
  const back = JSON.parse(text) as typeof result;
  for (const stream of ["stdout", "stderr"] as const) {
    const base64 = back[`${stream}_base64`];
    const bytes = base64 === undefined ? Buffer.from(back[stream]) : Buffer.from(base64, "base64");
    expect(Buffer.compare(bytes, observed[stream].bytes)).toBe(0);
  }
});

property("a meta file has one key and one value on each line, whatever the program did", 300, (random) => {
  const text = formatMeta(someResult(random).result);
  expect(text).toEndWith("\n");
  const keys = text.trimEnd().split("\n").map((line) => /^([a-z-]+):[^\0-\x1f\x7f]*$/.exec(line)?.[1]);
  expect(keys).not.toContain(undefined);
  expect(new Set(keys).size).toBe(keys.length);
});

property("what goes to a terminal has no control character but line ends and tabs", 100, (random) => {
  const text = new TextDecoder().decode(formatResult(someResult(random).result, { verbose: random.once(2), terminal: true }));
  expect(/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(text)).toBeFalse();
});
