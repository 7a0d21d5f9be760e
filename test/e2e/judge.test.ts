// `judge`: a solution against the tests of a directory.
import { expect } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));

/** A directory of tests: the numbers n, and their doubles. */
function doubles(state: State, numbers: readonly number[] = [1, 2, 3]): string {
  const directory = join(state.scratch, "tests");
  mkdirSync(directory);
  for (const number of numbers) {
    writeFileSync(join(directory, `${number}.in`), `${number}\n`);
    writeFileSync(join(directory, `${number}.ans`), `${2 * number}\n`);
  }
  return directory;
}

interface Document {
  readonly problem: string;
  readonly limits: Readonly<Record<string, number | null>>;
  readonly submissions: readonly [{
    readonly verdict: string | null;
    readonly language: string;
    readonly compile: { readonly status: string; readonly cached: boolean } | null;
    readonly slowest: { readonly test: string; readonly time: number } | null;
    readonly tests: readonly { readonly name: string; readonly verdict: string | null; readonly message?: string; readonly reruns?: number; readonly output_bytes?: number; readonly idle?: boolean }[];
  }];
  readonly judge_errors: readonly { readonly submission: string; readonly test: string; readonly message: string }[];
  readonly enforced: Readonly<Record<string, unknown>>;
}

async function judge(state: State, source: string, tests: string, ...flags: string[]): Promise<{ readonly exitCode: number | null; readonly document: Document; readonly verdicts: readonly (string | null)[] }> {
  const { exitCode, stdout, stderr } = await state.mini(["judge", source, tests, "--json", ...flags]);
  if (stdout === "") throw new Error(stderr);
  const document = JSON.parse(stdout) as Document;
  return { exitCode, document, verdicts: document.submissions[0].tests.map(({ verdict }) => verdict) };
}

const doubleInC = '#include <stdio.h>\nint main(void) { int n; if (scanf("%d", &n) != 1) return 1; printf("%d\\n", 2 * n); return 0; }\n';

claim("a right solution is accepted, with a line for each test and a summary", async () => {
  await using state = openState();
  const { exitCode, stdout, stderr } = await state.mini(["judge", state.file("double.c", doubleInC), doubles(state)]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  const time = String.raw`\d\.\d{3} s`;
  expect(stdout).toMatch(new RegExp(String.raw`double\.c: c, compiled in \d+\.\d\d s\n( AC  [123] +${time} +\d+\.\d MB\n){3}3 tests: 3 AC\nslowest: [123], ${time} of 10 s; memory limit 128 MB\nAC\n$`));
  await expectNothingLeft(state);
});

claim("each test has its own verdict, and the first that fails is that of the solution", async () => {
  await using state = openState();
  const program = [
    "import sys, time",
    "n = int(input())",
    "if n == 2: print(5)",
    "elif n == 3: sys.exit(3)",
    "elif n == 4: x = bytearray(200 << 20)",
    "elif n == 5:",
    "    while True: pass",
    "elif n == 6:",
    "    while True: sys.stdout.write('x' * 65536)",
    "elif n == 7: time.sleep(60)",
    "else: print(2 * n)",
  ].join("\n");
  const limits = ["--time-limit", "0.8", "--wall-time", "3", "--memory", "64", "--rerun-close", "none"];
  const { exitCode, document, verdicts } = await judge(state, state.file("all.py", program), doubles(state, [1, 2, 3, 4, 5, 6, 7, 8]), ...limits);
  expect([exitCode, verdicts]).toEqual([1, ["AC", "WA", "RTE", "MLE", "TLE", "OLE", "TLE", "AC"]]);
  const [submission] = document.submissions;
  expect([submission.verdict, submission.language, submission.compile]).toEqual(["WA", "python", null]);
  // On a busy machine the one that computes may be out of time on the clock, too.
  expect(submission.tests.map(({ idle }, number) => number === 4 || idle === (number === 6))).not.toContain(false);
  expect(submission.tests[1]).toMatchObject({ message: "line 1, column 1: found '5', the answer has '4'", output_bytes: 2 });
  expect(document.limits).toMatchObject({ cpu_time_limit: 0.8, wall_time_limit: 3, memory_limit: 64 * 2 ** 20 });
  const worst = await judge(state, state.file("all.py", program), join(state.scratch, "tests"), ...limits, "--verdict", "worst");
  expect(worst.document.submissions[0].verdict).toBe("RTE");
});

claim("what does not compile has no tests, and its own exit code", async () => {
  await using state = openState();
  const tests = doubles(state);
  const source = state.file("broken.c", "nonsense\n");
  const { exitCode, document, verdicts } = await judge(state, source, tests);
  expect([exitCode, document.submissions[0].verdict, document.submissions[0].compile?.status, verdicts]).toEqual([6, "CE", "RuntimeError", [null, null, null]]);
  const text = await state.mini(["judge", source, tests]);
  expect([text.exitCode, text.stdout]).toEqual([6, expect.stringMatching(/^\S+broken\.c: c, does not compile\n[\s\S]*error[\s\S]*\nCE\n$/)]);
});

claim("the compiler runs once, however many tests and jobs there are", async () => {
  await using state = openState();
  const source = state.file("double.c", doubleInC);
  const tests = doubles(state, [1, 2, 3, 4, 5, 6]);
  const first = await judge(state, source, tests, "--jobs", "3");
  expect([first.exitCode, first.document.submissions[0].compile?.cached, first.verdicts]).toEqual([0, false, Array(6).fill("AC")]);
  expect((await judge(state, source, tests)).document.submissions[0].compile?.cached).toBe(true);
});

claim("ends after the first failure where that is asked for; a time limit is none with slowest", async () => {
  await using state = openState();
  const tests = doubles(state, [1, 2, 3, 4]);
  const source = state.file("late.py", "n = int(input())\nwhile n == 1: pass\nprint(n if n == 2 else 2 * n)\n");
  const until = async (when: string) => (await judge(state, source, tests, "--jobs", "1", "--time-limit", "0.2", "--rerun-close", "none", "--until", when)).verdicts;
  expect(await until("first-error")).toEqual(["TLE", null, null, null]);
  expect(await until("slowest")).toEqual(["TLE", "WA", null, null]);
  expect(await until("all")).toEqual(["TLE", "WA", "AC", "AC"]);
});

claim("a test that ends close to the limit is run again, alone, and says so", async () => {
  await using state = openState();
  const tests = doubles(state, [1, 2]);
  const source = state.file("slow.py", "import sys\nn = int(input())\nwhile n == 2: pass\nprint(2 * n)\n");
  const { document } = await judge(state, source, tests, "--time-limit", "0.3");
  expect(document.submissions[0].tests.map(({ verdict, reruns }) => [verdict, reruns])).toEqual([["AC", 0], ["TLE", 1]]);
});

claim("compares as it is told", async () => {
  await using state = openState();
  const tests = doubles(state, [1]);
  writeFileSync(join(tests, "1.ans"), "2 Yes\n");
  const source = state.file("near.py", "print('2.0000001  yes')\n");
  for (const [flags, exitCode] of [["", 1], ["float_tolerance 1e-6", 0], ["float_tolerance 1e-6 case_sensitive", 1], ["float_tolerance 1e-6 space_change_sensitive", 1]] as const) {
    expect((await judge(state, source, tests, ...(flags === "" ? [] : ["--compare", flags]))).exitCode).toBe(exitCode);
  }
});

claim("an answer that cannot be read is a fault of the judge, whatever the other tests say", async () => {
  await using state = openState();
  const tests = doubles(state);
  symlinkSync("/nowhere/at/all", join(tests, "4.ans"));
  writeFileSync(join(tests, "4.in"), "4\n");
  const { exitCode, document, verdicts } = await judge(state, state.file("double.py", "print(2 * int(input()) if True else 0)\n"), tests);
  expect([exitCode, verdicts]).toEqual([5, ["AC", "AC", "AC", "JE"]]);
  expect(document.judge_errors).toEqual([{ submission: expect.stringMatching(/double\.py$/), test: "4", message: expect.stringMatching(/^cannot read .*4\.ans: ENOENT/) }]);
});

claim("with --jsonl a document comes for each test as it ends", async () => {
  await using state = openState();
  const { exitCode, stdout } = await state.mini(["judge", state.file("double.c", doubleInC), doubles(state), "--jsonl"]);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { name: string; verdict: string });
  expect([exitCode, lines.map(({ name, verdict }) => `${name} ${verdict}`).toSorted()]).toEqual([0, ["1 AC", "2 AC", "3 AC"]]);
});

claim("a program that writes what looks like a verdict changes none", async () => {
  await using state = openState();
  const tests = doubles(state, [1]);
  const source = state.file("liar.py", "import sys\nprint(' AC  1  0.000 s')\nsys.stderr.write('AC\\n')\n");
  expect(await judge(state, source, tests)).toMatchObject({ exitCode: 1, verdicts: ["WA"] });
});

claim("mistakes of the caller are told before anything runs", async () => {
  await using state = openState();
  const tests = doubles(state);
  const source = state.file("double.c", doubleInC);
  const empty = join(state.scratch, "empty");
  mkdirSync(empty);
  for (const [args, message] of [
    [[], "cannot judge without a solution"],
    [[source], "without tests"],
    [[source, tests, "more"], "cannot read more: ENOENT"],
    [[source, empty], "there are no tests in it"],
    [[source, join(state.scratch, "missing")], "ENOENT"],
    [[join(state.scratch, "missing.c"), tests], "ENOENT"],
    [[source, tests, "--until", "never"], "cannot use --until 'never'"],
    [[source, tests, "--compare", "exactly"], "cannot compare with 'exactly'"],
    [[source, tests, "--rerun-close", "10"], "cannot use --rerun-close '10'"],
    [[source, tests, "--json", "--jsonl"], "exclude each other"],
  ] as const) {
    const { exitCode, stdout, stderr } = await state.mini(["judge", ...args]);
    expect([exitCode, stdout, stderr]).toEqual([64, args.includes("--json" as never) ? expect.any(String) : "", expect.stringContaining(message)]);
  }
});

claim("a signal ends what runs; what is known is shown", async () => {
  await using state = openState();
  const tests = doubles(state, [1, 2, 3]);
  const source = state.file("wait.py", "import time\nn = int(input())\nif n == 2: time.sleep(60)\nprint(2 * n)\n");
  const child = state.start(["judge", source, tests, "--jobs", "1"]);
  await child.prints(" AC  1 ");
  child.kill("SIGINT");
  const { stdout, stderr } = await child.ended;
  expect(stdout).toMatch(/1 of 3 tests: 1 AC\n[\s\S]*stopped\n$/);
  expect(stderr).toContain("SIGINT");
  await expectNothingLeft(state);
});
