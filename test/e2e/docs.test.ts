// What the documents show is so: every command in them is run, on files that are in docs/examples, and prints what is shown.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildForNode } from "../builds/library.ts";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { documents } from "../helpers/doc-tables.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { commandsIn, isAsShown, shownBlocks, type ShownBlock } from "../helpers/shown-commands.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const top = join(import.meta.dir, "../..");
/** Where the documents say that the project is. */
const shownTop = "/srv/mini-isolate";
const marker = "--- output of the next command ---";

const pages = documents().map((name) => ({ name, blocks: shownBlocks(name, readFileSync(join(top, name), "utf8"), ["console", "sh"]) }));

// One for all pages: a source that several of them compile is compiled once.
let state: State;
beforeAll(async () => {
  state = openState();
  await buildForNode(state.scratch);
});
afterAll(async () => await state[Symbol.asyncDispose]());

/** A project with the examples, the binary and the package, and nothing else. */
function project(): string {
  const directory = join(state.scratch, "project");
  for (const name of ["project", "bin", "etc"]) rmSync(join(state.scratch, name), { recursive: true, force: true });
  mkdirSync(join(directory, "dist"), { recursive: true });
  mkdirSync(join(state.scratch, "bin"));
  cpSync(join(top, "docs/examples"), join(directory, "docs/examples"), { recursive: true });
  for (const path of [join(directory, "dist/mini-isolate"), join(state.scratch, "bin/mini-isolate")]) symlinkSync(binaryPath, path);
  symlinkSync(process.execPath, join(state.scratch, "bin/bun"));
  // The library as it is in src/: what a package of it holds is another test's affair.
  const library = join(directory, "node_modules/mini-isolate");
  mkdirSync(library, { recursive: true });
  writeFileSync(join(library, "package.json"), '{ "type": "module", "exports": { "bun": "./index.js", "node": "./node.js" } }');
  cpSync(join(state.scratch, "node.js"), join(library, "node.js"));
  writeFileSync(join(library, "index.js"), `export * from ${JSON.stringify(join(top, "src/index.ts"))};\n`);
  return directory;
}

/** Its own /etc, as far as runs have to do with it. */
function copyOfEtc(): string {
  const etc = join(state.scratch, "etc");
  mkdirSync(etc);
  for (const name of ["passwd", "group", "alternatives", "ld.so.cache", "localtime", "java-17-openjdk"]) if (existsSync(`/etc/${name}`)) cpSync(`/etc/${name}`, join(etc, name), { recursive: true, verbatimSymlinks: true });
  return etc;
}

/** What changes a host, or asks another one. */
const forTheHost = /(?:^|[;&|] *)(?:sudo|docker|apt(?:-get)?|apk|npm|systemctl|mount|umount|apparmor_parser|mi|mkdir \/|chown|rm)\b|client install|&$|>\s*\/(?!dev\/null)/m;

/** Runs the commands of a block one after the other in one shell, in the project if they name docs/examples, else in that directory. @returns their outputs */
async function outputsOf(block: ShownBlock, directory: string, etc: string): Promise<string[]> {
  const commands = commandsIn(block);
  const dangerous = commands.find(({ command }) => forTheHost.test(command) && !/^wait$/m.test(command));
  if (dangerous !== undefined) throw new Error(`${block.place}: '${dangerous.command}' is not for a test: say above it why it is not run`);
  const script = `(${block.before}) >/dev/null\n${commands.map(({ command }) => `echo '${marker}'\n${command}\n`).join("")}echo '${marker}'\n${block.after}\n`;
  const env = { PATH: `${state.scratch}/bin:${plainPath}`, LANG: "C.UTF-8", HOME: state.scratch, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment };
  const cwd = commands.some(({ command }) => command.includes("docs/examples/")) ? directory : join(directory, "docs/examples");
  // What a document does to a host is done in a view of the test's own: nothing is mounted, and nothing written, but here.
  const host = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'mount --bind "$0" /etc && mount --bind /usr /usr && mount -o remount,bind,ro /usr && exec "$@"', etc];
  const { stdout } = await start([...host, "/bin/bash", "-c", `exec 2>&1\n${script}`], { env, cwd, timeoutMs: 100_000 }).ended;
  const replaced = stdout.replaceAll(state.directory, "/tmp/mini-isolate").replaceAll(directory, shownTop).replaceAll(directory.slice(1), shownTop.slice(1));
  return replaced.split(`${marker}\n`).slice(1);
}

describe.each(pages.filter(({ blocks }) => blocks.some(({ notRun }) => notRun === null)))("the commands of $name", ({ blocks }) => {
  const run = blocks.filter(({ notRun }) => notRun === null);
  const needs = [...new Set(run.flatMap((block) => block.needs))].map((name) => executable(`/usr/bin/${name}`));
  claimWith(...sandbox, executable("/usr/bin/g++"), executable("/usr/bin/python3"), ...needs)("print what is shown", async () => {
    const directory = project();
    const etc = copyOfEtc();
    const wrong: { place: string; command: string; shown: string; printed: string }[] = [];
    // One after the other: a box that one of them makes is there for the next.
    for (const block of run) {
      const outputs = await outputsOf(block, directory, etc);
      const commands = commandsIn(block);
      // A list of commands without any output shows what can be typed.
      const isCompared = block.notCompared === null && block.language === "console" && commands.some(({ output }) => output.trim() !== "");
      for (const [index, { command, output }] of commands.entries()) {
        const printed = outputs[index] ?? "(not reached)";
        const isWrong = isCompared ? !isAsShown(printed, output) : /No such file|ENOENT|not found|unknown (?:flag|word|command)/.test(printed);
        if (isWrong) wrong.push({ place: block.place, command, shown: output, printed });
      }
    }
    await state.mini(["cleanup", "--all"]);
    expect(wrong).toEqual([]);
  }, { timeout: 400_000 });
});

describe("what is not run", () => {
  const blocks = pages.flatMap((page) => page.blocks);

  test("has a reason, and is less than what is", () => {
    const commands = blocks.filter(({ language }) => language === "console");
    const reasons = commands.filter(({ notRun }) => notRun !== null);
    for (const { place, notRun } of reasons) expect([place, notRun!.length > 9]).toEqual([place, true]);
    expect(commands.length).toBeGreaterThan(50);
    expect(reasons.length * 2).toBeLessThan(commands.length);
  });
});

test("an output that differs in more than numbers and blanks is not the one that is shown", () => {
  expect(isAsShown("Time: 0.2s  x\nb\n", "Time: 12s x\nb\n")).toBe(true);
  expect(isAsShown("one\ntwo\nthree\n", "one\n...\nthree\n")).toBe(true);
  expect(isAsShown("Time: 0.2s y\n", "Time: 0.2s x\n")).toBe(false);
  expect(isAsShown("one\ntwo\n", "one\n")).toBe(false);
});
