import { describe, expect, test } from "bun:test";
import { OutputPace } from "../../../../src/executor/watch/output-pace.ts";

const pipeBytes = 64 * 1024;

interface Watched {
  /** How often the output was looked at. */
  readonly looks: number;
  /** How long the program had to wait for us since its pipe was full. */
  readonly stoppedMs: number;
  /** How late we saw the first byte over the cap. */
  readonly lateMs: number | null;
}

/** A program that writes a piece every so often, on a simulated clock, and a supervisor that looks when the pace says so; a wake-up takes 0.05 ms. */
function watched(pieceBytes: number, everyMs: number, forMs: number, capBytes = Infinity): Watched {
  const stepMs = Math.min(everyMs, 0.01);
  const pace = new OutputPace(0);
  let [inPipe, taken, looks, stoppedMs, owed] = [0, 0, 0, 0, 0];
  let overSince: number | null = null;
  for (let now = 0; now < forMs; now += stepMs) {
    owed += stepMs;
    if (owed >= everyMs) {
      if (inPipe + pieceBytes <= pipeBytes) {
        inPipe += pieceBytes;
        owed -= everyMs;
        if (taken + inPipe > capBytes) overSince ??= now;
      } else {
        stoppedMs += stepMs;
        owed = everyMs;
      }
    }
    const wakes = pace.dueMs === 0 ? inPipe > 0 : now >= pace.dueMs;
    if (!wakes) continue;
    looks++;
    taken += inPipe;
    if (taken > capBytes) return { looks, stoppedMs, lateMs: now - overSince! };
    pace.looked(now, inPipe, capBytes - taken);
    inPipe = 0;
  }
  return { looks, stoppedMs, lateMs: null };
}

describe("an output", () => {
  test("that comes byte by byte is looked at a few hundred times a second, however many bytes", () => {
    const { looks, stoppedMs } = watched(1, 0.001, 1000);
    expect(looks).toBeLessThan(300);
    expect(stoppedMs).toBe(0);
  });

  test("that comes seldom is looked at when it comes", () => {
    expect(watched(20, 50, 1000).looks).toBeLessThanOrEqual(21);
  });

  test("that comes in whole pipes never waits for a rest", () => {
    const pace = new OutputPace(0);
    for (let now = 1; now < 100; now++) {
      pace.looked(now, pipeBytes, Infinity);
      expect(pace.dueMs).toBe(0);
    }
  });

  test("that comes in blocks as fast as it can is not held up", () => {
    for (const block of [4096, 8192, pipeBytes]) {
      // 400 MB a second.
      const { stoppedMs } = watched(block, block / 400_000, 1000);
      expect(stoppedMs).toBeLessThan(20);
    }
  });

  test("that becomes a flood after a while holds the program up for one rest", () => {
    const pace = new OutputPace(0);
    let now = 0;
    for (; now < 100; now += 4) pace.looked(now, 10, Infinity);
    expect(pace.dueMs - (now - 4)).toBeLessThanOrEqual(4);
    pace.looked(now, pipeBytes, Infinity);
    expect(pace.dueMs).toBe(0);
  });

  test("over the cap is seen within a rest, near the cap at once", () => {
    const { lateMs } = watched(1, 0.001, 1000, 100_000);
    expect(lateMs).not.toBeNull();
    expect(lateMs!).toBeLessThanOrEqual(4.1);
    const pace = new OutputPace(0);
    for (let now = 1; now < 20; now++) pace.looked(now, 1000, 1e6);
    expect(pace.dueMs).toBeGreaterThan(0);
    pace.looked(20, 1000, 100);
    expect(pace.dueMs).toBe(0);
  });
});
