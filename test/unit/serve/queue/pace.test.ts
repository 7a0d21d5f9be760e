// How long one more job has to wait, by what has begun while others waited.
import { expect, test } from "bun:test";
import { Pace } from "../../../../src/serve/queue/sqlite/pace.ts";

test("times at which nobody waits say nothing about the pace", () => {
  let now = 12_345.6;
  const pace = new Pace(() => now);
  expect(pace.waitOf(10)).toBeNull();
  pace.note(true);
  for (let start = 0; start < 20; start++) {
    now += 500;
    pace.count(true);
  }
  expect(pace.perSecond).toBeCloseTo(2);
  expect(pace.waitOf(10)).toBeCloseTo(5);
  pace.note(false);
  now += 50_000;
  // Started at once: it did not wait.
  pace.count(false);
  expect(pace.waitOf(10)).toBeCloseTo(5);
  now += 120_000;
  expect(pace.waitOf(10)).toBeNull();
});

test("what is older than two minutes does not count, and where nothing begins the wait is not known", () => {
  let now = 0;
  const pace = new Pace(() => now);
  pace.note(true);
  for (let second = 0; second < 200; second++) {
    now += 1000;
    for (let start = 0; start < (second < 80 ? 50 : 3); start++) pace.count(true);
  }
  expect(pace.perSecond).toBeGreaterThan(2.9);
  expect(pace.perSecond).toBeLessThan(3.5);
  now += 119_000;
  expect(pace.perSecond).toBeLessThan(0.1);
  now += 10_000;
  expect(pace.perSecond).toBe(0);
  expect(pace.waitOf(1)).toBeNull();
});
