/**
 * What `npm test` runs after the type check and the build: the tests, then their durations by directory, the failed ones once more, and
 * one line with their number, as the last one. Without arguments the tests that can run side by side do so first, then those that
 * measure times or count what is on the host, one after the other. Arguments are handed to `bun test` (`npm test -- test/unit`);
 * `--fast` alone: the unit tests. What a run that was interrupted has left is removed first.
 */
import { existsSync, readFileSync, rmSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { binaryPath } from "./helpers/binary.ts";
import { durationTable, failureList, type Phase, summaryLine } from "./helpers/summary.ts";
import { makeTestDirectory, removeLeftovers } from "./helpers/test-directory.ts";

/** More would not be faster: some tests start several programs of their own. */
const sideBySide = `--parallel=${Math.max(2, Math.min(4, availableParallelism()))}`;

/** A part of a run of the tests: arguments of `bun test`, and what is set for it. */
interface Part {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const usual: readonly (readonly string[])[] = [[sideBySide, "test/unit", "test/library", "test/e2e", "test/compat", "test/languages", "test/judge"], ["test/sandbox", "test/escape", "test/hosts", "test/cases", "test/pool", "test/keeper"]];

/** Once more with the same verdicts, whatever a command goes through (helpers/binary.ts). */
const waysThrough = Bun.env["MINI_ISOLATE_SLOW"] === "1" ? ["pool", "keeper"] : [];

function planned(given: readonly string[]): readonly Part[] {
  if (given.length > 0) return [{ words: given[0] === "--fast" ? [sideBySide, "test/unit", ...given.slice(1)] : given }];
  return [...usual.map((words) => ({ words })), ...waysThrough.map((through) => ({ words: ["test/sandbox", "test/escape"], env: { MINI_ISOLATE_TEST_THROUGH: through } }))];
}

for (const path of removeLeftovers(binaryPath)) writeSync(2, `left by an interrupted run, with something mounted: ${path}\n`);
const directory = makeTestDirectory("report");
try {
  const phases: Phase[] = [];
  for (const [number, { words, env }] of planned(Bun.argv.slice(2)).entries()) {
    const report = join(directory, `${number}.xml`);
    const command = [process.execPath, "test", "--timeout", "60000", "--reporter=junit", `--reporter-outfile=${report}`, ...words];
    const { exitCode } = Bun.spawnSync(command, { stdin: "inherit", stdout: "inherit", stderr: "inherit", env: { ...Bun.env, ...env } });
    const settings = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value} `);
    phases.push({ junit: existsSync(report) ? readFileSync(report, "utf8") : null, exitCode, command: `${settings.join("")}bun test ${words.join(" ")}` });
  }
  writeSync(1, `\n${durationTable(phases)}\n${failureList(phases)}${summaryLine(phases)}\n`);
  process.exitCode = phases.some(({ exitCode }) => exitCode !== 0) ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
