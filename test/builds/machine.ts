/**
 * `bun test/builds/machine.ts PLATFORM [v1|v2]`: the claims of claims.sh on a virtual machine of that platform. MINI_ISOLATE_VM names the
 * program that starts one, as for test/vm/index.ts. It is called as `PROGRAM --cgroup VERSION --files DIRECTORY --timeout SECONDS -- COMMAND...`.
 */
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { program } from "../helpers/programs.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { buildFor } from "./build.ts";
import { platforms } from "./platforms.ts";
import { claimPrograms, compileForArm64 } from "./roots.ts";

const [name, cgroup = "v2"] = Bun.argv.slice(2);
const platform = platforms.find((one) => one.name === name);
const runner = Bun.env["MINI_ISOLATE_VM"];
if (platform === undefined || runner === undefined) {
  writeSync(2, `give a platform (${platforms.map((one) => one.name).join(", ")}), and MINI_ISOLATE_VM, which starts a virtual machine of it\n`);
  process.exit(64);
}
const directory = makeTestDirectory("vm");
try {
  const claims = join(directory, "claims");
  // An ordinary user has to get through it.
  chmodSync(directory, 0o755);
  mkdirSync(claims);
  await buildFor(platform, join(directory, "mini-isolate"));
  copyFileSync(join(import.meta.dir, "claims.sh"), join(claims, "claims.sh"));
  for (const each of claimPrograms) {
    if (platform.name.includes("arm64")) await compileForArm64(each, join(claims, each));
    else copyFileSync(await program(each), join(claims, each));
  }
  const command = ["/bin/sh", "-c", "cd claims && sh claims.sh ../mini-isolate"];
  const machine = Bun.spawn([runner, "--cgroup", cgroup, "--files", directory, "--timeout", "900", "--", ...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const output = await new Response(machine.stdout).text();
  const broken = (await machine.exited) === 0 && output.includes("ok - everything is cleaned up") ? 0 : 1;
  writeSync(1, output);
  const count = (begin: string) => output.split("\n").filter((line) => line.startsWith(begin)).length;
  const failed = count("not ok - ") + broken;
  writeSync(1, `${count("ok - ")} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
