import { describe, expect, test } from "bun:test";
import { watch, type WatchdogInput } from "../../../../src/executor/watch/watchdog.ts";
import { noLimits, someLimits } from "../samples.ts";

const calm: WatchdogInput = { wallTimeMs: 0, cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0, outputOverflowed: false };
const longest = 100;

function decide(seen: Partial<WatchdogInput>, processors = 1) {
  return watch({ ...calm, ...seen }, someLimits, processors, longest);
}

describe("the watchdog kills", () => {
  test.each([
    { claim: "for CPU time past the limit", seen: { cpuTimeMs: 1000.001 }, kill: "cpu" },
    { claim: "for wall time past the limit", seen: { wallTimeMs: 2000.001 }, kill: "wall" },
    { claim: "for sampled memory past the limit", seen: { memoryPeakBytes: 1_048_577 }, kill: "memory" },
    { claim: "the rest of a box that lost one process to the oom killer", seen: { oomKills: 1 }, kill: "memory" },
    { claim: "for output past its cap", seen: { outputOverflowed: true }, kill: "output" },
  ] as const)("$claim", ({ seen, kill }) => {
    expect(decide(seen)).toEqual({ kill, lookAgainMs: 0 });
  });

  test("for memory before time before output, in the order of the verdict", () => {
    const all = { oomKills: 1, cpuTimeMs: 2000, wallTimeMs: 3000, outputOverflowed: true };
    expect(decide(all).kill).toBe("memory");
    expect(decide({ ...all, oomKills: 0 }).kill).toBe("cpu");
    expect(decide({ ...all, oomKills: 0, cpuTimeMs: 0 }).kill).toBe("wall");
  });
});

describe("the watchdog spares", () => {
  test("a program that is exactly at its limits", () => {
    expect(decide({ cpuTimeMs: 1000, wallTimeMs: 2000, memoryPeakBytes: 1_048_576 }).kill).toBeNull();
  });

  test("a program without limits, whatever it uses", () => {
    const seen = { ...calm, cpuTimeMs: 1e9, wallTimeMs: 1e9, memoryPeakBytes: 1e15 };
    expect(watch(seen, noLimits, 1, longest)).toEqual({ kill: null, lookAgainMs: longest });
  });
});

describe("the watchdog looks again", () => {
  test("after the longest pause while every limit is far away", () => {
    expect(decide({}).lookAgainMs).toBe(longest);
  });

  test("when the wall time limit is reached, if that is sooner", () => {
    expect(decide({ wallTimeMs: 1960 }).lookAgainMs).toBe(40);
  });

  test("when one processor alone could have used the rest of the CPU time", () => {
    expect(decide({ cpuTimeMs: 970 }).lookAgainMs).toBe(30);
  });

  test("sooner by the number of processors that may work at once", () => {
    expect(decide({ cpuTimeMs: 970 }, 3).lookAgainMs).toBe(10);
  });

  test("after no less than 2 ms, so that looking costs little", () => {
    expect(decide({ cpuTimeMs: 999.999 }).lookAgainMs).toBe(2);
    expect(decide({ wallTimeMs: 2000 }).lookAgainMs).toBe(2);
  });
});
