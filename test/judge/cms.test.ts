// Tasks of CMS: each type of tasks and of scores. That all submissions of the packages get what they should is in packages.test.ts.
import { expect } from "bun:test";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { judgePackage, problems } from "../helpers/judged.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));

claim("Batch with files: what is not a file of its own is no output, and each test has its part of the points", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "cms-files", "sol/first.c", "sol/linked.c");
  expect(got).toEqual({ "first.c": "WA 50", "linked.c": "WA 0" });
  expect([document.format, document.problem, of("first.c").max_score]).toEqual(["cms", "total", 100]);
  expect(of("first.c").tests.map(({ name, sample, score }) => [name, sample, score])).toEqual([["000", true, 0], ["001", true, 25], ["002", false, 25], ["003", false, 0]]);
  expect(of("linked.c").tests[0]!.message).toContain("output.txt");
});

claim("Batch with graders in three languages: submissions are compiled under the task's name, and GEN makes subtasks", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "cms-grader", "sol/near.c", "sol/soluzione.cpp", "sol/plain.py");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "soluzione.cpp": "AC 100", "plain.py": "AC 100", "near.c": "WA 50" });
  expect(of("near.c").groups.map(({ name, score, max_score }) => [name, score, max_score])).toEqual([["subtask0", 0, 0], ["subtask1", 20, 40], ["subtask2", 30, 60]]);
  expect(of("near.c").tests[1]!.checker?.message).toContain("one away");
});

claim("a language that the task has no grader for is refused", async () => {
  await using state = openState();
  const { exitCode, stderr } = await state.mini(["judge", join(problems, "cms-grader"), state.file("add.sh", "echo 1")]);
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining("the problem has a grader for .c .cpp .cc .cxx .c++ .py only")]);
});

claim("the old names, a checker that is executed as it is, and GroupMul by regular expressions", async () => {
  await using state = openState();
  const { got, of } = await judgePackage(state, "cms-old", "sol/segno.py");
  // Half of the points on each of two tests and of three: 10 and 7.5, which is rounded.
  expect(got).toEqual({ "segno.py": "WA 18" });
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
  // Outputs alone are a submission as well: a directory of them, or one.
  const { got, of, document } = await judgePackage(state, "cms-both", "sol/solution", "sol/program.py", "outputs", "sol/solution/output_002.txt");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ solution: "AC 30", "program.py": "WA 20", outputs: "WA 20", "output_002.txt": "WA 10" });
  const messages = (name: string) => of(name).tests.map(({ message, checker }) => checker?.message ?? message);
  expect(messages("solution")).toEqual(["right, by batch", "right, by batch", "right, by outputonly"]);
  expect(messages("outputs")).toEqual(["the submission has no output for it", "right, by batch", "right, by outputonly"]);
});

claim("GroupThreshold compares outcomes with a threshold, and a test may be in two subtasks", async () => {
  await using state = openState();
  const { got, of } = await judgePackage(state, "cms-threshold", "sol/many.py");
  expect(got).toEqual({ "many.py": "WA 30" });
  expect(of("many.py").groups.map(({ verdict, score }) => [verdict, score])).toEqual([["AC", 30], ["WA", 0]]);
});

claim("Communication with a stub: two processes by FIFOs, and a test in two subtasks", async () => {
  await using state = openState();
  const { got, document } = await judgePackage(state, "cms-stub", "sol/narrow.c");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "narrow.c": "WA 30" });
});

claim("Communication by standard streams: the manager gives parts of the points", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "cms-streams", "sol/counts.py");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "counts.py": "WA 75" });
  expect(of("counts.py").tests[1]!.checker?.message).toContain("found with 90 guesses");
});
