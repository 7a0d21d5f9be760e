/**
 * What `npm test` runs after the type check and the build: the tests, then one line with their number, as the last one.
 * Arguments are handed to `bun test`: `npm test -- test/unit`. What a run that was interrupted has left is removed first.
 */
import { existsSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { binaryPath } from "./helpers/binary.ts";
import { summaryLine } from "./helpers/summary.ts";
import { makeTestDirectory, removeLeftovers } from "./helpers/test-directory.ts";

for (const path of removeLeftovers(binaryPath)) writeSync(2, `left by an interrupted run, with something mounted: ${path}\n`);
const directory = makeTestDirectory("report");
try {
  const report = join(directory, "junit.xml");
  const command = [process.execPath, "test", "--timeout", "60000", "--reporter=junit", `--reporter-outfile=${report}`];
  const { exitCode } = Bun.spawnSync([...command, ...Bun.argv.slice(2)], { stdin: "inherit", stdout: "inherit", stderr: "inherit" });
  writeSync(1, `${summaryLine(existsSync(report) ? readFileSync(report, "utf8") : null, exitCode)}\n`);
  process.exitCode = exitCode;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
