// What a submission can be: a file, a directory, an executable, outputs; and what becomes of one that cannot be judged.
import { expect } from "bun:test";
import { chmodSync, copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JudgingDocument } from "../../src/judge/document.ts";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));
const double = join(import.meta.dir, "../../docs/examples/double");

/** Files by their paths. @returns their directory */
function tree(state: State, name: string, files: Readonly<Record<string, string>>): string {
  const top = join(state.scratch, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  }
  return top;
}

const doubling = { "1.in": "1\n", "1.ans": "2\n", "2.in": "5\n", "2.ans": "10\n" };

async function judge(state: State, ...args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly document: JudgingDocument; readonly verdicts: readonly (string | null)[]; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await state.mini(["judge", ...args, "--json"]);
  const document = JSON.parse(stdout) as JudgingDocument;
  return { exitCode, document, verdicts: (document.submissions ?? []).map(({ verdict }) => verdict), stderr };
}

claim("a directory is its main source, with the other files beside it", async () => {
  await using state = openState();
  const tests = tree(state, "tests", doubling);
  const python = tree(state, "python", { "aaa.py": "def twice(n): return 2 * n\n", "main.py": "from aaa import twice\nprint(twice(int(input())))\n" });
  const c = tree(state, "c", { "twice.c": "int twice(int n) { return 2 * n; }\n", "main.c": '#include <stdio.h>\n#include "lib/twice.h"\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", twice(n)); return 0; }\n', "lib/twice.h": "int twice(int n);\n" });
  expect((await judge(state, python, c, tests, "--pack", "kattis")).verdicts).toEqual(["AC", "AC"]);
});

claim("a directory without a source is told, as is a file in no language", async () => {
  await using state = openState();
  const tests = tree(state, "tests", doubling);
  const empty = tree(state, "empty", { "notes.txt": "nothing\n" });
  expect(await state.mini(["judge", empty, tests])).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("no file in it is in a language that is known") });
  expect(await state.mini(["judge", join(empty, "notes.txt"), tests])).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("cannot tell the language") });
});

claim("an executable is run as it is", async () => {
  await using state = openState();
  const tests = tree(state, "tests", { "1.in": "a\n", "1.ans": "a\n" });
  const program = join(state.scratch, "cat");
  copyFileSync("/usr/bin/cat", program);
  chmodSync(program, 0o755);
  expect(await judge(state, program, tests)).toMatchObject({ exitCode: 0, verdicts: ["AC"] });
});

claim("one that cannot be judged keeps no other from it, and is a judge error; alone it is an error of the caller", async () => {
  await using state = openState();
  const tests = tree(state, "tests", doubling);
  const right = state.file("right.py", "print(2 * int(input()))\n");
  const { exitCode, document, verdicts } = await judge(state, right, join(state.scratch, "nowhere.py"), tests);
  expect([exitCode, verdicts]).toEqual([5, ["AC", "JE"]]);
  expect(document.judge_errors).toEqual([{ submission: join(state.scratch, "nowhere.py"), test: null, message: expect.stringContaining("cannot read submission") }]);
  expect((await state.mini(["judge", join(state.scratch, "nowhere.py"), tests])).exitCode).not.toBe(5);
});

claim("one that does not compile is CE, also beside others, and no test of it is run", async () => {
  await using state = openState();
  const tests = tree(state, "tests", doubling);
  const [right, broken] = [state.file("right.py", "print(2 * int(input()))\n"), state.file("broken.c", "int main(void) { return undeclared; }\n")];
  const { exitCode, document, verdicts } = await judge(state, broken, right, tests);
  expect([exitCode, verdicts]).toEqual([1, ["CE", "AC"]]);
  expect(document.submissions[0]!.tests.map(({ verdict }) => verdict)).toEqual([null, null]);
  expect(document.submissions[0]!.compile!.stderr).toContain("undeclared");
  expect((await judge(state, broken, tests)).exitCode).toBe(6);
});

claim("a submission of a package goes by its name in it, or by its path, and is expected to do what the package says", async () => {
  await using state = openState();
  for (const name of ["wrong_answer/narrow.c", "submissions/wrong_answer/narrow.c", join(double, "submissions/wrong_answer/narrow.c")]) {
    const { exitCode, document } = await judge(state, double, name);
    expect([exitCode, document.submissions[0]]).toEqual([0, expect.objectContaining({ verdict: "WA", as_expected: true, expected_by: expect.stringContaining("wrong_answer") })]);
  }
  // The same source from elsewhere is a stranger's.
  const own = join(state.scratch, "narrow.c");
  copyFileSync(join(double, "submissions/wrong_answer/narrow.c"), own);
  expect(await judge(state, own, double)).toMatchObject({ exitCode: 1, document: { submissions: [{ verdict: "WA", as_expected: null }] } });
});

claim("a source that is larger than the package allows is not compiled", async () => {
  await using state = openState();
  const place = join(state.scratch, "double");
  cpSync(double, place, { recursive: true });
  writeFileSync(join(place, "problem.yaml"), "problem_format_version: 2025-09\nname: Double\nuuid: 0d5e4bb4-6a1c-4ea4-9c52-5c5f1c2b8a01\nlimits:\n  time_limit: 2\n  code: 1\n");
  const large = state.file("large.py", `print(2 * int(input())) #${"x".repeat(2000)}\n`);
  const { exitCode, document } = await judge(state, place, large);
  expect([exitCode, document.submissions[0]]).toEqual([6, expect.objectContaining({ verdict: "CE", compile: null, message: expect.stringContaining("the problem allows 1 KB") })]);
});

claim("links in a submission's directory lead nowhere", async () => {
  await using state = openState();
  const tests = tree(state, "tests", doubling);
  const secret = state.file("secret", "nobody's business\n");
  const submission = tree(state, "links", { "main.py": "import os\nprint(os.path.exists('stolen'))\n" });
  symlinkSync(secret, join(submission, "stolen"));
  const { stdout, stderr } = await state.mini(["judge", submission, tests, "--json"]);
  expect(`${stdout}${stderr}`).not.toContain("nobody's business");
  expect(stdout.includes('"verdict":"AC"')).toBe(false);
});

claim("a test that cannot be set up is a judge error, and what is known of the others is told", async () => {
  await using state = openState();
  const place = join(state.scratch, "double");
  cpSync(double, place, { recursive: true });
  mkdirSync(join(place, "data/secret/1-zero.files"));
  symlinkSync(state.file("outside", "of the package\n"), join(place, "data/secret/1-zero.files/link"));
  const { exitCode, document } = await judge(state, place, "accepted/double.py");
  expect([exitCode, document.submissions[0]!.verdict, document.submissions[0]!.tests.map(({ name, verdict }) => [name, verdict])]).toEqual([5, "JE", [["sample/1", "AC"], ["secret/1-zero", "JE"], ["secret/2-large", "AC"]]]);
  expect(document.judge_errors).toEqual([{ submission: "accepted/double.py", test: "secret/1-zero", message: expect.stringContaining("link") }]);
});
