/**
 * What `npm start` runs after the build: a C++ and a Python program in a box, with the commands that a user would give.
 * Ends with 1 when an example went wrong or none could be run.
 */
import { accessSync, constants, mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";

const project = join(import.meta.dir, "../..");
const examples = [
  { language: "C++", source: "docs/examples/sum.cpp", expected: "Hello from C++: 42\n", needs: "/usr/bin/g++", debianPackage: "g++" },
  { language: "Python", source: "docs/examples/sum.py", expected: "Hello from Python: 42\n", needs: "/usr/bin/python3", debianPackage: "python3" },
];

function print(text: string): void {
  writeSync(1, `${text}\n`);
}

function isInstalled(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command of the binary as it would be typed in the project's directory, in a state directory of its own. */
function run(args: readonly string[], stateDir: string): string {
  print(`$ dist/mini-isolate ${args.join(" ")}`);
  const { stdout } = Bun.spawnSync([join(project, "dist/mini-isolate"), ...args], {
    cwd: project,
    env: { ...process.env, MINI_ISOLATE_STATE_DIR: stateDir },
    stdin: "ignore",
    stderr: "inherit",
  });
  print(stdout.toString());
  return stdout.toString();
}

/** What this host cannot give, from what the result says was enforced. */
function notes({ enforced }: ExecutionResult): string[] {
  const withoutCgroup = (["memory", "cpu_time", "processes"] as const).filter((name) => !enforced[name].startsWith("cgroup"));
  return [
    ...(process.getuid?.() === 0 ? [] : ["not root: the programs ran without a uid of their own (run `npm start` as root)"]),
    ...(withoutCgroup.length === 0 ? [] : [`no cgroup v1 for ${withoutCgroup.join(", ")}: enforced by other means, less exactly (docs/host-setup.md says how to mount it)`]),
    ...(enforced.filesystem === "none" ? ["no namespaces: the programs saw the host's files (docs/host-setup.md)"] : []),
  ];
}

const stateDir = mkdtempSync(join(tmpdir(), "mini-isolate-start-"));
try {
  const runnable = examples.filter(({ needs }) => isInstalled(needs));
  const wrong: string[] = [];
  for (const { language, source, expected } of runnable) {
    print(`--- ${language}\n`);
    const shown = run(["execute", "--source", source, "--input", "docs/examples/tests/1.in"], stateDir);
    if (!shown.endsWith(`--- STDOUT ---\n${expected}`)) wrong.push(language);
  }
  const last = runnable.at(-1);
  if (last !== undefined && wrong.length === 0) {
    print("--- The same as JSON\n");
    const document = run(["execute", "--source", last.source, "--input", "docs/examples/tests/1.in", "--json"], stateDir);
    if (document === "") wrong.push(last.language);
    else for (const note of notes(JSON.parse(document) as ExecutionResult)) print(`note: ${note}`);
  }
  for (const { language, needs, debianPackage } of examples) {
    if (!isInstalled(needs)) print(`${language} was not run: ${needs} is not installed (on Debian: apt-get install ${debianPackage})`);
  }
  if (runnable.length === 0) print("nothing could be run: install one of these first");
  for (const language of wrong) print(`the ${language} example did not print what it should`);
  process.exitCode = runnable.length === 0 || wrong.length > 0 ? 1 : 0;
} finally {
  rmSync(stateDir, { recursive: true, force: true });
}
