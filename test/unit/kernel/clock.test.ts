import { describe, expect, test } from "bun:test";
import { processCpuTimeMs } from "../../../src/kernel/clock.ts";
import { until } from "../../helpers/until.ts";

describe("the CPU time of a process", () => {
  test("of our own is that of the runtime's own account, all threads together", () => {
    const before = process.cpuUsage();
    const seen = processCpuTimeMs(process.pid)!;
    const after = process.cpuUsage();
    expect(seen).toBeWithin((before.user + before.system) / 1000 - 1, (after.user + after.system) / 1000 + 1);
  });

  test("grows while it works, and has fractions of milliseconds", () => {
    const first = processCpuTimeMs(process.pid)!;
    for (const until = performance.now() + 5; performance.now() < until; );
    const second = processCpuTimeMs(process.pid)!;
    expect(second - first).toBeGreaterThan(0.5);
    expect([first, second].some((ms) => !Number.isInteger(ms))).toBe(true);
  });

  test("of another is seen from outside, and null once it is gone", async () => {
    const child = Bun.spawn(["/bin/sh", "-c", "while :; do :; done"]);
    await until("20 ms of CPU time", () => processCpuTimeMs(child.pid)! > 20);
    child.kill("SIGKILL");
    await child.exited;
    expect(processCpuTimeMs(child.pid)).toBeNull();
  });
});
