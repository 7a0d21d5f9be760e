/**
 * `npm run test:vm`: the claims of claims.sh in a virtual machine, where a test may change settings of the kernel and use up what a
 * machine has only once. MINI_ISOLATE_VM names a program that starts one: it is called as
 * `PROGRAM --cgroup v1 --files DIRECTORY --timeout SECONDS -- COMMAND...`, copies the directory into the machine, runs the command there as
 * root with every capability, and passes its output and exit code through.
 */
import { copyFileSync, mkdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { weakenedBinary } from "../escape/weakened.ts";
import { binaryPath } from "../helpers/binary.ts";
import { program } from "../helpers/programs.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const runner = Bun.env["MINI_ISOLATE_VM"];
if (runner === undefined) {
  writeSync(2, "MINI_ISOLATE_VM is not set: it names the program that starts the virtual machine (test/vm/index.ts says how it is called)\n");
  process.exit(69);
}
const directory = makeTestDirectory("vm");
try {
  const files = join(directory, "files");
  mkdirSync(files);
  copyFileSync(binaryPath, join(files, "mini-isolate"));
  copyFileSync(await weakenedBinary(), join(files, "weakened"));
  copyFileSync(await program("attacks/once"), join(files, "once"));
  copyFileSync(join(import.meta.dir, "claims.sh"), join(files, "claims.sh"));
  const machine = Bun.spawn([runner, "--cgroup", "v1", "--files", files, "--timeout", "900", "--", "/bin/sh", "claims.sh"], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const output = await new Response(machine.stdout).text();
  const exitCode = await machine.exited;
  writeSync(1, output);
  const count = (begin: string) => output.split("\n").filter((line) => line.startsWith(begin)).length;
  const [passed, failed, skipped] = [count("ok - "), count("not ok - "), count("skip - ")];
  // A machine that did not come to its end has not shown anything.
  const broken = exitCode !== 0 || passed === 0 ? 1 : 0;
  writeSync(1, `${passed} passed, ${failed + broken} failed, ${skipped} skipped\n`);
  process.exitCode = failed + broken === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
