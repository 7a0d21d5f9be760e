import { describe, expect, test } from "bun:test";
import type { MemoryLook } from "../../../../src/cgroup/memory-files.ts";
import { ProgramMemory } from "../../../../src/executor/watch/program-memory.ts";

const mebibyte = 2 ** 20;

/** Figures in MB. */
type Look = readonly [peak: number | null, program: number, other: number];

function after(...looks: readonly Look[]): ProgramMemory {
  const memory = new ProgramMemory();
  for (const [peak, program, other] of looks) {
    const look: MemoryLook = {
      peakBytes: peak === null ? null : peak * mebibyte, programBytes: program * mebibyte, otherBytes: other * mebibyte, source: "peaks between looks",
    };
    memory.add(look);
  }
  return memory;
}

const rows: readonly { readonly claim: string; readonly looks: readonly Look[]; readonly megabytes: number }[] = [
  { claim: "is the peak of a run that ended before the first look, less the page cache that it left", looks: [[60, 0, 10]], megabytes: 50 },
  { claim: "is what was there at a look, when nothing else is known", looks: [[null, 20, 300]], megabytes: 20 },
  { claim: "is that of a moment long before the end", looks: [[50, 50, 0], [50, 1, 0], [2, 0, 0]], megabytes: 50 },
  { claim: "is not the page cache that came while the program read", looks: [[30, 1, 29], [60, 1, 59], [100, 1, 99], [100, 0, 99]], megabytes: 1 },
  { claim: "is not the page cache of files that were removed between two looks", looks: [[61, 1, 60], [61, 0, 0]], megabytes: 1 },
  { claim: "is what came between two looks and went again, beside page cache", looks: [[100, 1, 99], [150, 1, 99], [100, 0, 99]], megabytes: 51 },
  { claim: "is what the kernel gave page cache up for", looks: [[100, 1, 99], [100, 30, 70], [100, 50, 50], [100, 0, 50]], megabytes: 50 },
  { claim: "is at least what was there at the peak, when the program read a file after that", looks: [[50, 0, 20]], megabytes: 30 },
  { claim: "is 0 and not less", looks: [[1, 0, 2]], megabytes: 0 },
];

describe("the program's peak", () => {
  for (const { claim, looks, megabytes } of rows) {
    test(claim, () => expect(after(...looks).peakBytes).toBe(megabytes * mebibyte));
  }

  test("is not known before the first look", () => {
    expect([after().peakBytes, after().source]).toEqual([null, null]);
    expect(after([1, 1, 0]).source).toBe("peaks between looks");
  });
});

describe("the pauses between looks", () => {
  const still = (looks: number): ProgramMemory => after(...Array.from({ length: looks }, (): Look => [20, 20, 0]));

  test("grow while nothing changes, at first up to eight times what they were", () => {
    expect(after().pauseMs).toBe(10);
    expect(after([20, 20, 0]).pauseMs).toBe(10);
    expect(after([20, 20, 0], [20, 20, 0]).pauseMs).toBe(20);
    expect(still(9).pauseMs).toBe(80);
  });

  test("are later no longer than an eighth of the time for which nothing has changed, and never longer than 0.64 s", () => {
    let quietMs = 0;
    for (let looks = 2; looks < 80; looks++) {
      quietMs += still(looks - 1).pauseMs;
      const { pauseMs } = still(looks);
      expect(pauseMs).toBeLessThanOrEqual(Math.min(640, Math.max(80, quietMs / 8)));
    }
    expect(still(80).pauseMs).toBe(640);
  });

  test("grow in the same way when nobody has run, without a look", () => {
    const memory = after([20, 20, 0]);
    for (let rest = 0; rest < 79; rest++) memory.rest();
    expect([memory.pauseMs, memory.peakBytes]).toEqual([640, 20 * mebibyte]);
  });

  test("are short again when something came or went, also when it did both", () => {
    const calm: readonly Look[] = Array.from({ length: 5 }, () => [20, 20, 0]);
    expect(after(...calm, [30, 30, 0]).pauseMs).toBe(10);
    expect(after(...calm, [20, 20, 5]).pauseMs).toBe(10);
    expect(after(...calm, [50, 20, 0]).pauseMs).toBe(10);
    expect(after(...calm, [null, 20, 0]).pauseMs).toBe(80);
  });
});
