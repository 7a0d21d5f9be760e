import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { summaryLine } from "../helpers/summary.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const report = (attributes: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bun test" ${attributes}>\n  <testsuite tests="9" failures="9" skipped="9" />\n</testsuites>\n`;

test("the totals of the report become one line", () => {
  expect(summaryLine(report('tests="12" assertions="30" failures="2" skipped="3" time="1.5"'), 1)).toBe("7 passed, 2 failed, 3 skipped");
  expect(summaryLine(report('tests="12" assertions="30" failures="0" skipped="0" time="1.5"'), 0)).toBe("12 passed, 0 failed, 0 skipped");
});

test("a run that failed without a failed test is no run without failures", () => {
  expect(summaryLine(report('tests="12" assertions="30" failures="0" skipped="0" time="1.5"'), 1)).toBe("12 passed, 1 failed, 0 skipped");
  expect(summaryLine(null, 1)).toBe("0 passed, 1 failed, 0 skipped");
});

test("the report of this bun is understood", () => {
  const directory = makeTestDirectory("summary");
  try {
    const tests = ["test('a', () => {});", "test('b', () => { throw new Error('no'); });", "test.skip('c', () => {});", "test.todo('d');", "test('e', () => {});"];
    writeFileSync(join(directory, "one.test.ts"), `import { test } from "bun:test";\n${tests.join("\n")}\n`);
    const { exitCode, stdout } = Bun.spawnSync([process.execPath, join(import.meta.dir, "../run.ts"), directory], { cwd: directory, stderr: "pipe" });
    expect(stdout.toString().trimEnd().split("\n").at(-1)).toBe("2 passed, 1 failed, 2 skipped");
    expect(exitCode).toBe(1);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
