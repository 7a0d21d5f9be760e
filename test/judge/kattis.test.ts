// Packages of the problem package format, legacy and 2025-09, with submissions of every verdict: each ends as its directory says.
import { describe, expect, test } from "bun:test";
import type { SubmissionDocument } from "../../src/judge/document.ts";
import { openState } from "../helpers/binary.ts";
import { judgePackage } from "../helpers/judged.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

// The format's Python is PyPy; validators are Python, too.
const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"), executable("/usr/bin/pypy3"));

/** `verdict score` of each submission; `!` after what is not as expected. */
async function judged(problem: string) {
  await using state = openState();
  const { document, exitCode } = await judgePackage(state, problem, "--submissions");
  const results = document.submissions.map(({ path, verdict, score, as_expected }) => [path.replace(/^.*submissions\//, ""), `${verdict}${score === null ? "" : ` ${score}`}${as_expected === false ? " !" : ""}`]);
  return { got: Object.fromEntries(results) as Record<string, string>, document, exitCode };
}

/** What every submission of a package gets. */
const packages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "kattis-passfail": {
    "accepted/half.c": "AC", "accepted/half.py": "AC", "wrong_answer/floor.py": "WA", "time_limit_exceeded/loop.py": "TLE", "run_time_error/crash.c": "RTE", "run_time_error/memory.py": "MLE",
  },
  "kattis-scoring": { "accepted/all.py": "AC 100", "partially_accepted/short.py": "AC 40", "wrong_answer/everything.py": "WA 0" },
  "kattis-custom-score": { "accepted/best.py": "AC 13", "partially_accepted/less.py": "AC 11", "wrong_answer/more.py": "WA 0" },
  "kattis-grader": { "accepted/echo.py": "AC 20", "accepted/two.py": "AC 20", "partially_accepted/one.py": "AC 10", "wrong_answer/none.py": "WA 0" },
  "kattis-include": { "accepted/add.c": "AC", "accepted/add.py": "AC", "wrong_answer/subtract.c": "WA" },
  "kattis-interactive": {
    "accepted/search.py": "AC", "wrong_answer/linear.py": "WA", "wrong_answer/words.py": "WA", "run_time_error/crash.py": "RTE", "time_limit_exceeded/loop.py": "TLE", "time_limit_exceeded/silent.py": "TLE",
  },
  "kattis-2023-07": { "accepted/sign.py": "AC 10", "partially_accepted/lower.py": "AC 3", "wrong_answer/none.py": "WA 0" },
  "2025-09-passfail": {
    "accepted/echo.c": "AC", "accepted/echo.py": "AC", "accepted/linked": "AC", "wrong_answer/lower.py": "WA", "run_time_error/exit.py": "RTE", "run_time_error/writes.py": "RTE", "time_limit_exceeded/loop.py": "TLE", "other_language/echo.sh": "CE",
  },
  "2025-09-scoring": { "accepted/echo.py": "AC 120", "partial/near.py": "AC 80", "partial/three.py": "WA 102.5", "partial/late.py": "WA 70", "wrong_answer/zero.py": "WA 0" },
  "2025-09-unbounded": { "accepted/ten.py": "AC 50", "wrong_answer/nothing.py": "WA 0" },
  "2025-09-multipass": {
    "accepted/both.py": "AC", "wrong_answer/first.py": "WA", "wrong_answer/second.py": "WA", "wrong_answer/remembers.py": "WA", "run_time_error/second.py": "RTE", "time_limit_exceeded/second.py": "TLE",
  },
  "2025-09-interactive-multipass": { "accepted/add.py": "AC", "wrong_answer/first.py": "WA", "run_time_error/second.py": "RTE" },
  "2025-09-submit-answer": { "accepted/both": "AC", "wrong_answer/one": "WA", "wrong_answer/missing": "WA" },
};

/** What else is to be seen in the document. */
const further: Readonly<Record<string, (of: (name: string) => SubmissionDocument) => void>> = {
  "2025-09-scoring": (of) => {
    const groups = (name: string) => Object.fromEntries(of(name).groups.map((group) => [group.name, `${group.score} of ${group.max_score}`]));
    expect(groups("partial/near.py")).toMatchObject({ "secret/group1": "20 of 20", "secret/group2": "18 of 30", "secret/group3": "42 of 70" });
    expect(groups("partial/three.py")).toMatchObject({ "secret/group3": "52.5 of 70" });
    // Group 2 needs group 1, and is not run.
    expect(groups("partial/late.py")).toMatchObject({ "secret/group1": "0 of 20", "secret/group2": "0 of 30", "secret/group3": "70 of 70" });
  },
  "2025-09-multipass": (of) => {
    const passes = (name: string) => of(name).tests.map((one) => one.passes.length);
    expect([passes("accepted/both.py"), passes("run_time_error/second.py")]).toEqual([[2, 2], [2, 2]]);
    expect(of("time_limit_exceeded/second.py").tests.map(({ verdict }) => verdict)).toEqual(["TLE", "AC"]);
  },
  "2025-09-passfail": (of) => {
    expect(of("other_language/echo.sh").message).toBe("the problem takes submissions in python3, c, and this one is in shell");
    expect(of("time_limit_exceeded/loop.py").tests.map(({ verdict }) => verdict)).toEqual(["AC", "TLE", "AC", "AC"]);
  },
};

describe("every submission gets its verdict and its score", () => {
  for (const [problem, expected] of Object.entries(packages)) {
    claim(problem, async () => {
      const { got, document, exitCode } = await judged(problem);
      expect(document.judge_errors).toEqual([]);
      // A submission of which nothing is expected is to be accepted.
      expect(exitCode).toBe("other_language/echo.sh" in expected ? 1 : 0);
      expect(got).toEqual(expected);
      further[problem]?.((name) => document.submissions.find(({ path }) => path.endsWith(name))!);
    });
  }
});

test("every fixture of the format is in the table", async () => {
  const names = [...new Bun.Glob("{kattis,2025-09}-*/problem.yaml").scanSync({ cwd: `${import.meta.dir}/../fixtures/problems` })].map((path) => path.split("/")[0]!);
  expect(names.toSorted()).toEqual(Object.keys(packages).toSorted());
});
