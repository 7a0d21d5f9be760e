// Directories of tests that are large, or not as they should be: each has its own message, and nothing waits or grows without end.
import { describe, expect } from "bun:test";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { peakOf } from "../helpers/peak-memory.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

const megabyte = 1024 * 1024;

function testsIn(state: State, files: Readonly<Record<string, string>> = {}): string {
  const directory = join(state.scratch, "tests");
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/** Runs `judge` in a process of its own, whose memory is known afterwards. */
async function judgeMeasured(state: State, ...args: string[]): Promise<{ readonly exitCode: number; readonly lines: readonly string[]; readonly peak: number }> {
  const child = Bun.spawn([binaryPath, "judge", "--state-dir", state.directory, ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exitCode, peak] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited, peakOf(child)]);
  return { exitCode, lines: `${stdout}${stderr}`.trim().split("\n"), peak };
}

describe("much", () => {
  claim("of tens of thousands of tests only those that are needed are run, and memory is bounded", async () => {
    await using state = openState();
    const tests = testsIn(state, { "0.in": "1\n", "0.ans": "2\n" });
    for (let number = 1; number < 20_000; number++) for (const ending of ["in", "ans"]) linkSync(join(tests, `0.${ending}`), join(tests, `${number}.${ending}`));
    const { exitCode, lines, peak } = await judgeMeasured(state, state.file("wrong.py", "print(3)\n"), tests, "--until", "first-error", "--jobs", "1");
    expect([exitCode, lines[2], lines.at(-1)]).toEqual([1, "1 of 20000 tests: 1 WA", "WA"]);
    expect(peak).toBeLessThan(300 * megabyte);
  });

  claim("an input and an answer of two gigabytes are neither copied nor held", async () => {
    await using state = openState();
    const tests = testsIn(state, { "1.in": "", "1.ans": "2147483648\n", "2.in": "", "2.ans": "7" });
    truncateSync(join(tests, "1.in"), 2048 * megabyte);
    truncateSync(join(tests, "2.ans"), 2048 * megabyte);
    const { exitCode, lines, peak } = await judgeMeasured(state, state.file("size.py", "import os\nprint(os.lseek(0, 0, os.SEEK_END))\n"), tests, "--jobs", "1");
    expect(exitCode).toBe(1);
    expect(lines[1]).toMatch(/^ AC {2}1 /);
    expect(lines[2]).toMatch(String.raw`WA  2 `);
    expect(lines[2]).toContain(String.raw`found '0', the answer has '7\x00\x00`);
    expect(peak).toBeLessThan(150 * megabyte);
  });
});

describe("what is no file", () => {
  const fifo = (path: string) => void execFileSync("mkfifo", [path]);
  const makers: Readonly<Record<string, (path: string) => void>> = {
    "a FIFO": fifo,
    "a directory": (path) => void mkdirSync(path),
    "a link to a device": (path) => symlinkSync("/dev/zero", path),
    "a link to nothing": (path) => symlinkSync("nothing", path),
  };
  for (const [what, make] of Object.entries(makers)) {
    const reason = what === "a link to nothing" ? "ENOENT (no such file or directory)" : "it is no regular file";

    claim(`${what} as an input is a judge error of that test, and the others are judged`, async () => {
      await using state = openState();
      const tests = testsIn(state, { "1.ans": "1\n", "2.in": "", "2.ans": "1\n" });
      make(join(tests, "1.in"));
      const { exitCode, stdout } = await state.mini(["judge", state.file("one.py", "print(1)\n"), tests, "--jobs", "1"]);
      const lines = stdout.split("\n").filter((line) => /^ (?:JE|AC)  /.test(line));
      expect([exitCode, lines.map((line) => line.slice(0, 6)), lines[0]!.includes(`cannot read ${tests}/1.in: ${reason}`)]).toEqual([5, [" JE  1", " AC  2"], true]);
    });

    claim(`${what} as an answer is a judge error of that test`, async () => {
      await using state = openState();
      const tests = testsIn(state, { "1.in": "", "2.in": "", "2.ans": "1\n" });
      make(join(tests, "1.ans"));
      const { exitCode, stdout } = await state.mini(["judge", state.file("one.py", "print(1)\n"), tests, "--jobs", "1"]);
      const lines = stdout.split("\n");
      expect(exitCode).toBe(5);
      expect([lines[1]!.slice(0, 6), lines[1]!.split("MB  ")[1], lines[2]!.slice(0, 6), lines[5]]).toEqual([" JE  1", `cannot read ${tests}/1.ans: ${reason}`, " AC  2", "JE"]);
    });
  }

  claim("links to files are files", async () => {
    await using state = openState();
    const tests = testsIn(state);
    symlinkSync(state.file("input", "4\n"), join(tests, "1.in"));
    symlinkSync(state.file("answer", "8\n"), join(tests, "1.ans"));
    const { exitCode } = await state.mini(["judge", state.file("double.py", "print(2 * int(input()))\n"), tests]);
    expect(exitCode).toBe(0);
  });
});

describe("names", () => {
  const names = ["a b", " ", "c\nd", "e\u001b[31m", "-x", "*", "ü", "'", '"'];

  claim("with blanks, line feeds and what terminals act on are shown in one line, and are in the document as they are", async () => {
    await using state = openState();
    const tests = testsIn(state, Object.fromEntries(names.flatMap((name) => [[`${name}.in`, ""], [`${name}.ans`, "1\n"]])));
    const source = state.file("one.py", "print(1)\n");
    const { exitCode, stdout } = await state.mini(["judge", source, tests, "--jobs", "1"]);
    const lines = stdout.split("\n");
    expect([exitCode, lines.filter((line) => line.startsWith(" AC  ")).length, lines.length]).toEqual([0, names.length, names.length + 5]);
    expect(lines.filter((line) => /[^ -~ü]/.test(line))).toEqual([]);
    const document = JSON.parse((await state.mini(["judge", source, tests, "--json"])).stdout) as { readonly submissions: readonly { readonly tests: readonly { readonly name: string }[] }[] };
    expect(document.submissions[0]!.tests.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  claim("that are no UTF-8 are refused", async () => {
    await using state = openState();
    const tests = testsIn(state, { "1.in": "", "1.ans": "1\n" });
    renameSync(Buffer.from(`${tests}/1.in`), Buffer.concat([Buffer.from(`${tests}/1`), Buffer.of(0xff), Buffer.from(".in")]));
    const { exitCode, stderr } = await state.mini(["judge", state.file("one.py", "print(1)\n"), tests]);
    expect([exitCode, stderr]).toEqual([64, `mini-isolate: cannot judge with ${tests}: the name of a file in it is no UTF-8 (1\ufffd.in)\nhint: rename it\n`]);
  });
});
