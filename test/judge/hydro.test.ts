// Problems of Hydro: each type and each kind of checker, with submissions of every verdict.
import { expect } from "bun:test";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { judgePackage, problems } from "../helpers/judged.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));

const solutions = (...names: readonly string[]) => names.map((name) => `solutions/${name}`);

claim("an exported problem: tests by the names of files, and submissions as their directories say", async () => {
  await using state = openState();
  const { got, document, exitCode } = await judgePackage(state, "hydro-named", "--submissions");
  expect(got).toEqual({ "std.c": "AC 100", "sum.py": "AC 100", "narrow.c": "WA 67", "inner.py": "WA 0", "slow.c": "TLE 0", "hungry.c": "MLE 0", "crash.py": "RTE 0", "broken.c": "CE 0" });
  expect(document.submissions.map(({ as_expected }) => as_expected)).toEqual(Array(8).fill(true));
  expect([document.format, exitCode]).toEqual(["hydro", 0]);
});

claim("subtasks: min, max and sum, points that are shared and rounded down, and one that needs another", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "hydro-subtasks", ...solutions("double.py", "near.py", "small.py", "large.py"));
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "double.py": "AC 100", "near.py": "WA 32", "small.py": "WA 66", "large.py": "WA 33" });
  expect(of("double.py").groups.map(({ name, score, max_score }) => [name, score, max_score])).toEqual([["subtask1", 33, 33], ["subtask2", 33, 33], ["subtask3", 34, 34]]);
  expect(of("double.py").tests.map(({ score }) => score)).toEqual([33, 33, 33, null, 5, 14, 15]);
  expect(of("small.py").groups.map(({ verdict, score }) => [verdict, score])).toEqual([["AC", 33], ["AC", 33], ["WA", 0]]);
});

const kinds = {
  strict: { once: "WA 0", blank: "WA 0" },
  testlib: { once: "WA 50", blank: "WA 0" },
  syzoj: { once: "WA 50", blank: "WA 0" },
  hustoj: { once: "WA 0", blank: "WA 0" },
  lemon: { once: "WA 50", blank: "WA 0" },
  qduoj: { once: "WA 0", blank: "WA 0" },
  kattis: { once: "WA 0", blank: "WA 0" },
} as const;

for (const [kind, { once, blank }] of Object.entries(kinds)) {
  claim(`a checker of the kind ${kind}`, async () => {
    await using state = openState();
    const { got, document } = await judgePackage(state, `hydro-checkers/${kind}`, ...["twice.py", "once.py", "nothing.py", "blank.py"].map((name) => `../${name}`));
    expect(document.judge_errors).toEqual([]);
    expect(got).toEqual({ "twice.py": "AC 100", "once.py": once, "nothing.py": "WA 0", "blank.py": blank });
  });
}

claim("config.ini: a subtask for each line, with files in Input and Output", async () => {
  await using state = openState();
  const { got } = await judgePackage(state, "hydro-ini", ...solutions("echo.py", "one.py"));
  expect(got).toEqual({ "echo.py": "AC 100", "one.py": "WA 40" });
});

claim("submit_answer: one file for all tests, or a directory of files", async () => {
  await using state = openState();
  expect((await judgePackage(state, "hydro-answer", ...solutions("blue.txt", "red.txt"))).got).toEqual({ "blue.txt": "WA 40", "red.txt": "WA 0" });
  expect((await judgePackage(state, "hydro-answers", ...solutions("all", "second"))).got).toEqual({ all: "AC 100", second: "WA 50" });
  const { exitCode, stderr } = await state.mini(["judge", join(problems, "hydro-answers"), state.file("all.zip", "PK")]);
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining("outputs in a zip file are not read")]);
});

claim("several passes: the checker makes the input of the next one", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "hydro-passes", ...solutions("double.py", "once.py", "late.py"));
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "double.py": "AC 100", "once.py": "WA 0", "late.py": "RTE 0" });
  expect(of("double.py").tests.map(({ passes }) => passes.length)).toEqual([3, 3]);
});

claim("interactive: the interactor's word is the verdict, with its part of the points", async () => {
  await using state = openState();
  const { got, document } = await judgePackage(state, "hydro-talk", ...solutions("halves.py", "counts.py", "gives_up.py", "crash.py"));
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "halves.py": "AC 100", "counts.py": "WA 75", "gives_up.py": "WA 50", "crash.py": "RTE 0" });
});

claim("communication: processes get their numbers, and the manager reads the input", async () => {
  await using state = openState();
  const { got, document } = await judgePackage(state, "hydro-group", ...solutions("relay.py", "digit.py", "crash.py"));
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "relay.py": "AC 100", "digit.py": "WA 50", "crash.py": "RTE 0" });
});
