// Records of a judging: kept once, decided again without running anything.
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JudgingDocument } from "../../src/judge/document.ts";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

/** Tests with the numbers 1 to 3, and a solution that burns 0.2 s of CPU time on 3, and is wrong on 2. */
function problem(state: State): { readonly tests: string; readonly solution: string; readonly records: string } {
  const tests = join(state.scratch, "tests");
  mkdirSync(tests);
  for (const number of [1, 2, 3]) {
    writeFileSync(join(tests, `${number}.in`), `${number}\n`);
    writeFileSync(join(tests, `${number}.ans`), `${number}\n`);
  }
  const solution = state.file("solution.py", "import time\nn = int(input())\nwhile n == 3 and time.process_time() < 0.2: pass\nprint(5 if n == 2 else n)\n");
  return { tests, solution, records: join(state.scratch, "records") };
}

async function document(state: State, args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly document: JudgingDocument; readonly verdicts: readonly (string | null)[] }> {
  const { exitCode, stdout, stderr } = await state.mini(["judge", ...args, "--json"]);
  const parsed = JSON.parse(stdout) as JudgingDocument;
  if (parsed.submissions === undefined) throw new Error(`${stdout}${stderr}`);
  return { exitCode, document: parsed, verdicts: parsed.submissions[0]!.tests.map(({ verdict }) => verdict) };
}

claim("what is decided again is the same, though problem and solution are gone", async () => {
  await using state = openState();
  const { tests, solution, records } = problem(state);
  const first = await document(state, [solution, tests, "--records", records]);
  expect(first.verdicts).toEqual(["AC", "WA", "AC"]);
  for (const path of [tests, solution]) rmSync(path, { recursive: true });
  expect(await document(state, ["--rejudge", records])).toEqual(first);
});

claim("a smaller time limit makes a TLE of what took longer, and of nothing else", async () => {
  await using state = openState();
  const { tests, solution, records } = problem(state);
  await document(state, [solution, tests, "--records", records, "--rerun-close", "none"]);
  const again = await document(state, ["--rejudge", records, "--time-limit", "0.15"]);
  expect([again.verdicts, again.document.submissions[0]!.limits.cpu_time_limit, again.document.time_limit]).toEqual([["AC", "WA", "TLE"], 0.15, expect.objectContaining({ value: 0.15, source: "flag" })]);
  expect((await document(state, ["--rejudge", records, "--time-limit", "0.15", "--verdict", "worst"])).document.submissions[0]!.verdict).toBe("TLE");
  // Python alone needs more than that.
  expect((await document(state, ["--rejudge", records, "--memory", "1"])).verdicts).toEqual(["MLE", "MLE", "MLE"]);
});

claim("a larger time limit says of a run that was ended that more is not known", async () => {
  await using state = openState();
  const { tests, solution, records } = problem(state);
  expect((await document(state, [solution, tests, "--records", records, "--time-limit", "0.15", "--rerun-close", "none"])).verdicts[2]).toBe("TLE");
  const { document: again } = await document(state, ["--rejudge", records, "--time-limit", "3"]);
  expect(again.submissions[0]!.tests[2]).toMatchObject({ verdict: "TLE", message: expect.stringContaining("run it again to know more") });
});

claimWith(...sandbox, executable("/usr/bin/pypy3"))("a grader that was not asked about what is decided now is a judge error", async () => {
  await using state = openState();
  const records = join(state.scratch, "records");
  const package_ = join(import.meta.dir, "../fixtures/problems/kattis-grader");
  expect((await document(state, [package_, "accepted/echo.py", "--records", records])).exitCode).toBe(0);
  expect((await document(state, ["--rejudge", records])).exitCode).toBe(0);
  const again = await document(state, ["--rejudge", records, "--time-limit", "0.001"]);
  expect([again.exitCode, again.document.judge_errors.map(({ message }) => message)]).toEqual([5, [expect.stringContaining("has not been asked about these verdicts")]]);
});

claim("text and report are made of records as of a judging", async () => {
  await using state = openState();
  const { tests, solution, records } = problem(state);
  const first = await state.mini(["judge", solution, tests, "--records", records, "--jobs", "1", "--rerun-close", "none"]);
  const html = join(state.scratch, "report.html");
  const again = await state.mini(["judge", "--rejudge", records, "--html", html]);
  expect(again).toEqual(first);
  expect(readFileSync(html, "utf8")).toContain("solution.py");
});

claim("a file that holds no records is never written over, and records that are none are refused", async () => {
  await using state = openState();
  const { tests, solution } = problem(state);
  for (const [content, problem] of [["", "it is no JSON"], ["{}", "it holds no records"], ['{"records_version": 99}', "another version"], ['{"records_version": 1, "problem": {"tests": []}}', "it is not complete"]] as const) {
    const directory = join(state.scratch, `records${content.length}`);
    mkdirSync(directory);
    writeFileSync(join(directory, "records.json"), content);
    const { exitCode, stderr } = await state.mini(["judge", "--rejudge", directory]);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining(problem)]);
    if (content === "") continue;
    expect(await state.mini(["judge", solution, tests, "--records", directory])).toMatchObject({ exitCode: 64, stdout: "", stderr: expect.stringContaining("would be lost") });
    expect(readFileSync(join(directory, "records.json"), "utf8")).toBe(content);
  }
  expect(await state.mini(["judge", "--rejudge", join(state.scratch, "nowhere")])).toMatchObject({ stdout: "", stderr: expect.stringContaining("ENOENT") });
  const fresh = join(state.scratch, "fresh");
  expect(await state.mini(["judge", "/nowhere.py", tests, "--records", fresh])).toMatchObject({ exitCode: expect.any(Number), stdout: "" });
  expect(existsSync(join(fresh, "records.json"))).toBe(false);
});

claim("a judging that is interrupted keeps what there is", async () => {
  await using state = openState();
  const { tests, records } = problem(state);
  const slow = state.file("slow.py", "import time\nn = int(input())\nif n == 2: time.sleep(60)\nprint(n)\n");
  const running = state.start(["judge", slow, tests, "--records", records, "--jobs", "1", "--wall-time", "60"]);
  await running.prints("AC  1");
  running.kill("SIGINT");
  expect((await running.ended).stdout).toContain("stopped");
  expect((await document(state, ["--rejudge", records])).verdicts).toEqual(["AC", null, null]);
});
