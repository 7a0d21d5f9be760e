import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { durationTable, failedTests, failureList, isGood, summaryLine } from "../helpers/summary.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const report = (attributes: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bun test" ${attributes}>\n  <testsuite tests="9" failures="9" skipped="9" />\n</testsuites>\n`;

const run = (attributes: string, exitCode: number) => ({ junit: report(attributes), exitCode, command: "bun test x" });

test("the totals of the reports become one line", () => {
  expect(summaryLine([run('tests="12" assertions="30" failures="2" skipped="3" time="1.5"', 1)])).toBe("7 passed, 2 failed, 3 skipped");
  const second = run('tests="3" assertions="3" failures="1" skipped="1" time="1.5"', 1);
  expect(summaryLine([run('tests="12" assertions="30" failures="0" skipped="0" time="1.5"', 0), second])).toBe("13 passed, 1 failed, 1 skipped");
});

test("a run that failed without a failed test is no run without failures", () => {
  expect(summaryLine([run('tests="12" assertions="30" failures="0" skipped="0" time="1.5"', 1)])).toBe("12 passed, 1 failed, 0 skipped");
  expect(summaryLine([run('tests="2" assertions="30" failures="0" skipped="0" time="1.5"', 0), { junit: null, exitCode: 1, command: "bun test y" }])).toBe("2 passed, 1 failed, 0 skipped");
});

test("durations are summed up by directory, the longest first", () => {
  const suite = (file: string, tests: number, time: number) => `  <testsuite name="${file}" file="${file}" tests="${tests}" assertions="3" failures="0" skipped="0" time="${time}" hostname="x">\n`;
  const junit = suite("test/unit/a.test.ts", 2, 0.25) + suite("test/e2e/b.test.ts", 1, 3) + suite("test/unit/c/d.test.ts", 3, 0.5);
  expect(durationTable([{ junit, exitCode: 0, command: "bun test test" }])).toBe("    3.0 s      1 tests  test/e2e\n    0.8 s      5 tests  test/unit\n");
});

test("a part that failed without a failed test is named", () => {
  expect(failureList([{ junit: null, exitCode: 0, command: "bun test x" }, { junit: null, exitCode: 3, command: "bun test y" }])).toBe("(fail) bun test y ended with 3, and no test is reported as failed\n");
});

test("a test that passed each time it was run again is no failure, and is named all the same", () => {
  const junit = `<testsuites name="bun test" tests="4" failures="2" skipped="0">
  <testcase name="a" classname="g" time="0.1" file="x.test.ts" line="1" assertions="1">
    <failure type="AssertionError" message="one&#10;two" />
  </testcase>
  <testcase name="b" classname="g" time="0.1" file="x.test.ts" line="2" assertions="1">
    <failure type="Error" message="three" />
  </testcase>
</testsuites>`;
  const phase = { junit, exitCode: 1, command: "bun test x" };
  expect(failedTests(junit).map(({ title }) => title)).toEqual(["x.test.ts > g > a", "x.test.ts > g > b"]);
  const one = { ...phase, unsteady: new Set(["x.test.ts > g > a"]) };
  expect([isGood(phase), isGood(one), summaryLine([one])]).toEqual([false, false, "3 passed, 1 failed, 0 skipped"]);
  const both = { ...phase, unsteady: new Set(["x.test.ts > g > a", "x.test.ts > g > b"]) };
  expect([isGood(both), summaryLine([both])]).toEqual([true, "4 passed, 0 failed, 0 skipped"]);
  expect(failureList([one])).toBe("(unsteady) passed each time when it was run again: x.test.ts > g > a [bun test x]\n  AssertionError: one\n  two\n(fail) x.test.ts > g > b [bun test x]\n  Error: three\n");
  // Something else went wrong, which no test tells of.
  expect(isGood({ junit: null, exitCode: 1, command: "bun test x" })).toBe(false);
});

test("the report of this bun is understood", () => {
  const directory = makeTestDirectory("summary");
  try {
    const tests = ["test('a', () => {});", "test('b', () => { throw new Error('no < yes\\n& so'); });", "test.skip('c', () => {});", "test.todo('d');", "test('e', () => {});"];
    writeFileSync(join(directory, "one.test.ts"), `import { test } from "bun:test";\n${tests.join("\n")}\n`);
    const { exitCode, stdout } = Bun.spawnSync([process.execPath, join(import.meta.dir, "../run.ts"), directory], { cwd: directory, stderr: "pipe" });
    expect(stdout.toString().trimEnd().split("\n").slice(-4)).toEqual([`(fail) one.test.ts > b [bun test ${directory}]`, "  Error: no < yes", "  & so", "2 passed, 1 failed, 2 skipped"]);
    expect(exitCode).toBe(1);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
