import { afterEach, describe, expect, test } from "bun:test";
import { closeSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { executeRepeatedly, figuresOf, refuseUnrepeatable } from "../../../src/executor/repeat.ts";
import { closeDescriptor, makePipe } from "../../../src/kernel/files.ts";
import { plainRun, type Stdin } from "../../../src/model/request.ts";
import type { StepResult } from "../../../src/model/result.ts";
import type { ExecutionStatus } from "../../../src/model/status.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";
import { resultWith } from "../cli/sample-result.ts";

const directory = makeTestDirectory();
afterEach(() => rmSync(`${directory}/input`, { force: true }));

const empty: Stdin = { kind: "empty" };
const ended = (status: ExecutionStatus, changes: Partial<StepResult> = {}): StepResult => ({ ...resultWith(), status, success: status === "Success", ...changes });

/** Runs that end as they are listed. */
async function repeat(runs: number, results: readonly StepResult[], stdin = empty, options = plainRun, during: () => void = () => {}): Promise<StepResult> {
  return await executeRepeatedly(runs, stdin, options, async (number, { warn }) => {
    warn?.("shared");
    during();
    return results[number - 1]!;
  });
}

describe("figures of several runs", () => {
  test.each([
    [[3], { min: 3, median: 3, max: 3, spread: 0 }],
    [[5, 1, 3], { min: 1, median: 3, max: 5, spread: 4 }],
    [[4, 1, 2, 9], { min: 1, median: 3, max: 9, spread: 8 }],
  ])("of %j are %j", (values, figures) => {
    expect(figuresOf(values, (value) => value)).toEqual(figures);
  });

  test("are rounded as those of one run", () => {
    expect(figuresOf([0.1, 0.3], (value) => Math.round(value * 1e6) / 1e6)).toEqual({ min: 0.1, median: 0.2, max: 0.3, spread: 0.2 });
  });

  test("are none when nothing was measured", async () => {
    expect(figuresOf([], (value) => value)).toBeNull();
    const { repeat: report } = await repeat(2, [ended("Success", { memory_peak: null }), ended("Success", { memory_peak: null })]);
    expect(report).toMatchObject({ runs: 2, memory_peak: null, cpu_time: { spread: 0 } });
  });
});

describe("a repeated run", () => {
  test("gives the last result, and the figures of all", async () => {
    const result = await repeat(3, [ended("Success", { cpu_time: 0.1, stdout: "1" }), ended("Success", { cpu_time: 0.4, stdout: "2" }), ended("Success", { cpu_time: 0.2, stdout: "3" })]);
    expect(result.stdout).toBe("3");
    expect(result.repeat).toMatchObject({ runs: 3, statuses: { Success: 3 }, cpu_time: { min: 0.1, median: 0.2, max: 0.4, spread: 0.3 } });
  });

  test("ends with the first run that does not succeed, whose figures do not count", async () => {
    const result = await repeat(5, [ended("Success", { cpu_time: 0.1 }), ended("TimeLimit", { cpu_time: 9 })]);
    expect(result.status).toBe("TimeLimit");
    expect(result.repeat).toMatchObject({ runs: 2, statuses: { Success: 1, TimeLimit: 1 }, cpu_time: { max: 0.1 } });
    expect((await repeat(5, [ended("Signaled")])).repeat).toEqual({ runs: 1, statuses: { Signaled: 1 }, cpu_time: null, wall_time: null, memory_peak: null });
  });

  test("warns of the same thing once", async () => {
    const warnings: string[] = [];
    await repeat(2, [ended("Success"), ended("Success")], empty, { ...plainRun, warn: (line) => warnings.push(line) });
    expect(warnings).toEqual(["shared"]);
  });

  test("reads its input from the same place each time", async () => {
    writeFileSync(`${directory}/input`, "skipped input");
    const fd = openSync(`${directory}/input`, "r");
    const read: string[] = [];
    const bytes = Buffer.alloc(64);
    readSync(fd, bytes, 0, 8, null);
    await repeat(2, [ended("Success"), ended("Success")], { kind: "descriptor", fd }, plainRun, () => read.push(bytes.toString("utf8", 0, readSync(fd, bytes, 0, 64, null))));
    closeSync(fd);
    expect(read).toEqual(["input", "input"]);
  });

  test("is refused with an input that can be read only once", () => {
    const [end, other] = makePipe();
    expect(() => refuseUnrepeatable({ kind: "descriptor", fd: end })).toThrow("cannot repeat a run that reads a pipe");
    for (const fd of [end, other]) closeDescriptor(fd);
    const nothing = openSync("/dev/null", "r");
    for (const stdin of [empty, { kind: "bytes", bytes: new Uint8Array(3) }, { kind: "descriptor", fd: nothing }] as const) refuseUnrepeatable(stdin);
    closeSync(nothing);
  });
});
