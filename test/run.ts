/**
 * What `npm test` runs after the type check and the build: the tests, then their durations by directory, the failed ones once more, and
 * one line with their number, as the last one. Without arguments the tests that can run side by side do so first, then those that
 * measure times or count what is on the host, one after the other. Arguments are handed to `bun test` (`npm test -- test/unit`);
 * `--fast` alone: the unit tests. A few tests that failed in a run of all are run again by themselves. What an interrupted run has left is
 * removed first.
 */
import { existsSync, readFileSync, rmSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { binaryPath } from "./helpers/binary.ts";
import { durationTable, failedTests, failureList, isGood, type Phase, summaryLine } from "./helpers/summary.ts";
import { makeTestDirectory, removeLeftovers } from "./helpers/test-directory.ts";

/** More would not be faster: some tests start several programs of their own. */
const sideBySide = `--parallel=${Math.max(2, Math.min(4, availableParallelism()))}`;

/** A part of a run of the tests: arguments of `bun test`, and what is set for it. */
interface Part {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const usual: readonly (readonly string[])[] = [[sideBySide, "test/unit", "test/library", "test/e2e", "test/compat", "test/languages", "test/judge"], ["test/sandbox", "test/escape", "test/hosts", "test/cases", "test/pool", "test/keeper"], ["test/serve"]];

/** Once more with the same verdicts, whatever a command goes through (helpers/binary.ts). */
const waysThrough = Bun.env["MINI_ISOLATE_SLOW"] === "1" ? ["pool", "keeper"] : [];

function planned(given: readonly string[]): readonly Part[] {
  if (given.length > 0) return [{ words: given[0] === "--fast" ? [sideBySide, "test/unit", ...given.slice(1)] : given }];
  return [...usual.map((words) => ({ words })), ...waysThrough.map((through) => ({ words: ["test/sandbox", "test/escape"], env: { MINI_ISOLATE_TEST_THROUGH: through } }))];
}

let reports = 0;

function runPart({ words, env = {} }: Part, directory: string): Phase {
  const report = join(directory, `${reports++}.xml`);
  const command = [process.execPath, "test", "--timeout", "60000", "--reporter=junit", `--reporter-outfile=${report}`, ...words];
  const { exitCode } = Bun.spawnSync(command, { stdin: "inherit", stdout: "inherit", stderr: "inherit", env: { ...Bun.env, ...env } });
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  return { junit: existsSync(report) ? readFileSync(report, "utf8") : null, exitCode, command: `${settings.join("")}bun test ${words.join(" ")}` };
}

/** More failures in one run are no accident of the machine. */
const mostUnsteady = 3;
const timesAgain = 2;

/**
 * In a run of 10,000 tests on a machine that others use as well, one may fail for what the machine did. A test that failed is run again by itself,
 * and only one that passes each time counts as passed; the list at the end names it all the same, since somebody has to mend it.
 */
function lookAgain(part: Part, phase: Phase, directory: string): Phase {
  const failed = failedTests(phase.junit);
  if (failed.length === 0) return phase;
  const files = [...new Set(failed.map(({ file }) => file))];
  let unsteady = new Set(failed.map(({ title }) => title));
  for (let time = 0; time < timesAgain; time++) {
    const again = runPart({ ...part, words: files }, directory);
    const still = new Set(failedTests(again.junit).map(({ title }) => title));
    if (again.junit === null || (again.exitCode !== 0 && still.size === 0)) return phase;
    unsteady = unsteady.difference(still);
  }
  return { ...phase, unsteady };
}

for (const path of removeLeftovers(binaryPath)) writeSync(2, `left by an interrupted run, with something mounted: ${path}\n`);
const directory = makeTestDirectory("report");
try {
  const parts = planned(Bun.argv.slice(2));
  let phases = parts.map((part) => runPart(part, directory));
  const failures = phases.flatMap(({ junit }) => failedTests(junit)).length;
  // Somebody who names tests looks at them now.
  if (Bun.argv.length === 2 && failures <= mostUnsteady) phases = phases.map((phase, index) => lookAgain(parts[index]!, phase, directory));
  writeSync(1, `\n${durationTable(phases)}\n${failureList(phases)}${summaryLine(phases)}\n`);
  process.exitCode = phases.every(isGood) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
