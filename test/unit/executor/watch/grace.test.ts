import { describe, expect, test } from "bun:test";
import { Grace } from "../../../../src/executor/watch/grace.ts";

const idle = () => false;
const busy = () => true;

describe("the grace after the end of the main process", () => {
  test("is over after 100 ms of quiet", () => {
    const grace = new Grace(1000, Infinity, 0);
    expect([grace.endsMs, grace.isOver(1099, 0, idle), grace.isOver(1100, 0, idle)]).toEqual([1100, false, true]);
  });

  test("goes on when something comes, and never longer than a second", () => {
    const grace = new Grace(1000, Infinity, 0);
    for (let at = 1000; at < 2000; at += 50) {
      grace.wrote(at, at);
      expect([at, grace.isOver(at + 50, at, idle)]).toEqual([at, at + 50 >= 2000]);
    }
    expect(grace.endsMs).toBe(2000);
  });

  test("is over with the wall time limit", () => {
    const grace = new Grace(1000, 30, 0);
    expect([grace.endsMs, grace.isOver(1030, 0, busy)]).toEqual([1030, true]);
  });

  test("waits on for somebody who waits for a processor, and not for somebody who has had it", () => {
    const grace = new Grace(1000, Infinity, 500);
    expect(grace.isOver(1100, 520, busy)).toBe(false);
    expect([grace.endsMs, grace.isOver(1120, 599, busy)]).toEqual([1120, false]);
    expect(grace.isOver(1140, 600, busy)).toBe(true);
    const starved = new Grace(1000, Infinity, 500);
    for (let at = 1100; at < 2000; at += 20) expect(starved.isOver(at, 500, busy)).toBe(false);
    expect(starved.isOver(2000, 500, busy)).toBe(true);
  });
});
