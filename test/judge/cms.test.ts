// Tasks of CMS: each type of tasks and of scores, with submissions of every verdict.
import { expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { judgePackage } from "../helpers/judged.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));

claim("Batch with files: what is not a file of its own is no output, and each test has its part of the points", async () => {
  await using state = openState();
  const { got, of, document, exitCode } = await judgePackage(state, "cms-files", "--submissions");
  expect(got).toEqual({ "solution.c": "AC 100", "first.c": "WA 50", "printed.c": "WA 0", "linked.c": "WA 0", "crash.c": "RTE 0", "slow.c": "TLE 0", "hungry.c": "MLE 0", "broken.c": "CE 0" });
  expect([document.format, document.problem, of("solution.c").max_score, exitCode]).toEqual(["cms", "total", 100, 0]);
  expect(of("solution.c").tests.map(({ name, sample, score }) => [name, sample, score])).toEqual([["000", true, 25], ["001", true, 25], ["002", false, 25], ["003", false, 25]]);
  expect(document.submissions.map(({ as_expected }) => as_expected)).toEqual(Array(8).fill(true));
  expect(of("linked.c").tests[0]!.message).toContain("output.txt");
});

claim("Batch with graders in three languages: submissions are compiled under the task's name, and GEN makes subtasks", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "cms-grader", "--submissions");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "solution.c": "AC 100", "soluzione.cpp": "AC 100", "plain.py": "AC 100", "narrow.c": "WA 40", "near.c": "WA 50" });
  expect(document.submissions.map(({ as_expected }) => as_expected)).toEqual(Array(5).fill(true));
  expect(of("near.c").groups.map(({ name, score, max_score }) => [name, score, max_score])).toEqual([["subtask0", 0, 0], ["subtask1", 20, 40], ["subtask2", 30, 60]]);
  expect(of("near.c").tests[1]!.checker?.message).toContain("one away");
});

claim("the old names, a checker that is executed as it is, and GroupMul by regular expressions", async () => {
  await using state = openState();
  const { got, of } = await judgePackage(state, "cms-old/somma", "--submissions");
  // Half of the points on each of two tests and of three: 10 and 7.5, which is rounded.
  expect(got).toEqual({ "soluzione.py": "AC 100", "segno.py": "WA 18", "piccoli.py": "WA 40" });
  expect(of("segno.py").groups.map(({ score }) => score)).toEqual([10, 8]);
});

claim("OutputOnly: submissions are directories of outputs, and a missing one is wrong", async () => {
  await using state = openState();
  const { got, of } = await judgePackage(state, "cms-output-only", "--submissions");
  expect(got).toEqual({ solution: "AC 90", one: "WA 30", wrong: "WA 30" });
  expect(of("one").tests[1]!.message).toContain("output_001.txt");
});

claim("BatchAndOutput: some outputs are part of the submission, and the checker is told which", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "cms-both", "--submissions");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ solution: "AC 30", "program.py": "WA 20", mixed: "WA 20" });
  expect(of("solution").tests.map(({ checker }) => checker?.message)).toEqual(["right, by batch", "right, by batch", "right, by outputonly"]);
  expect(of("mixed").tests.map(({ verdict }) => verdict)).toEqual(["AC", "AC", "WA"]);
  // Outputs alone are a submission as well: a directory of them, or one.
  const alone = await judgePackage(state, "cms-both", "outputs", "sol/solution/output_002.txt");
  expect(alone.got).toEqual({ outputs: "WA 20", "output_002.txt": "WA 10" });
  expect(alone.of("outputs").tests.map(({ message, checker }) => checker?.message ?? message)).toEqual(["the submission has no output for it", "right, by batch", "right, by outputonly"]);
});

claim("GroupThreshold compares outcomes with a threshold, and a test may be in two subtasks", async () => {
  await using state = openState();
  const { got, of } = await judgePackage(state, "cms-threshold", "--submissions");
  expect(got).toEqual({ "solution.py": "AC 100", "many.py": "WA 30", "too_many.py": "WA 0", "silent.py": "WA 0" });
  expect(of("many.py").groups.map(({ verdict, score }) => [verdict, score])).toEqual([["AC", 30], ["WA", 0]]);
});
