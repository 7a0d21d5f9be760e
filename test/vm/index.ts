/**
 * `npm run test:vm`: tests in virtual machines, where they may change settings of the kernel, use up what a machine has only once, and have
 * another version of cgroups than the host. `npm run test:vm -- WORD...` takes only the machines with one of these words in their name, `=NAME` the
 * one with that name.
 *
 * MINI_ISOLATE_VM names a program that starts one: it is called as
 * `PROGRAM [--image NAME] --cgroup v1|v2|hybrid [FLAG...] --mem 4G --files DIRECTORY --timeout SECONDS -- COMMAND...`, copies the directory into
 * the machine, runs the command there as root with every capability (`--user`: as an ordinary user), and passes its output and exit code
 * through. Further flags are in machines.ts. MINI_ISOLATE_VM_IMAGES names the images to use, each with another kernel; the first has to have
 * version 1 as well. MINI_ISOLATE_VM_APPARMOR names one with AppArmor 4 and its programs.
 */
import { mkdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { countOf, type Count } from "./count.ts";
import { fillFiles } from "./files.ts";
import { type Machine, machines } from "./machines.ts";

const runner = Bun.env["MINI_ISOLATE_VM"];
if (runner === undefined) {
  writeSync(2, "MINI_ISOLATE_VM is not set: it names the program that starts the virtual machine (test/vm/index.ts says how it is called)\n");
  process.exit(69);
}
const images = Bun.env["MINI_ISOLATE_VM_IMAGES"]?.split(" ") ?? [null];
const withAppArmor = Bun.env["MINI_ISOLATE_VM_APPARMOR"];
const words = Bun.argv.slice(2);
const chosen = machines.filter(({ name }) => words.length === 0 || words.some((word) => (word.startsWith("=") ? name === word.slice(1) : name.includes(word))));

async function runIn(machine: Machine, image: string | null, files: string): Promise<Count> {
  const { cgroup, flags, timeout, command } = machine;
  const words = [...(image === null ? [] : ["--image", image]), "--cgroup", cgroup, ...flags, "--mem", "4G", "--files", files, "--timeout", String(timeout)];
  const child = Bun.spawn([runner!, ...words, "--", ...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    writeSync(1, text);
  }
  return countOf(output, await child.exited);
}

/** Every machine on every image that can be it. */
function planned(): { machine: Machine; image: string | null }[] {
  const usual = images.flatMap((image, number) => chosen.filter(({ cgroup, appArmor }) => !appArmor && (cgroup === "v2" || number === 0)).map((machine) => ({ machine, image })));
  return [...usual, ...(withAppArmor === undefined ? [] : chosen.filter(({ appArmor }) => appArmor).map((machine) => ({ machine, image: withAppArmor })))];
}

const directory = makeTestDirectory("vm");
try {
  const files = join(directory, "files");
  mkdirSync(files);
  await fillFiles(files);
  const unmade = withAppArmor === undefined ? chosen.filter(({ appArmor }) => appArmor).length : 0;
  const sum = { passed: 0, failed: 0, skipped: unmade };
  const rows: string[] = [];
  for (const { machine, image } of planned()) {
    writeSync(1, `\n=== ${machine.name}, cgroup ${machine.cgroup}, ${image ?? "the runner's image"}\n`);
    const begin = performance.now();
    const count = await runIn(machine, image, files);
    const seconds = Math.round((performance.now() - begin) / 1000);
    for (const key of ["passed", "failed", "skipped"] as const) sum[key] += count[key];
    rows.push(`${String(seconds).padStart(6)} s  ${String(count.passed).padStart(5)} passed ${String(count.failed).padStart(4)} failed ${String(count.skipped).padStart(4)} skipped  ${image ?? ""} ${machine.cgroup} ${machine.name}\n`);
  }
  writeSync(1, `\n${rows.join("")}\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
  process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
