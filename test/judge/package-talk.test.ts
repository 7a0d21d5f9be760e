// Processes that talk, in tasks of CMS and problems of Hydro.
import { expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { judgePackage } from "../helpers/judged.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/python3"));

const solutions = (...names: readonly string[]) => names.map((name) => `solutions/${name}`);

claim("CMS Communication with a stub: two processes by FIFOs, whose failures are those of the submission", async () => {
  await using state = openState();
  const { got, document } = await judgePackage(state, "cms-stub", "--submissions");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "solution.c": "AC 100", "narrow.c": "WA 30", "crash.c": "RTE 0", "slow.c": "TLE 0" });
});

claim("CMS Communication by standard streams: the manager gives parts of the points", async () => {
  await using state = openState();
  const { got, of, document } = await judgePackage(state, "cms-streams", "--submissions");
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "solution.py": "AC 100", "counts.py": "WA 75", "gives_up.py": "WA 50" });
  expect(of("counts.py").tests[1]!.checker?.message).toContain("found with 90 guesses");
});

claim("Hydro interactive: the interactor's word is the verdict, with its part of the points", async () => {
  await using state = openState();
  const { got, document } = await judgePackage(state, "hydro-talk", ...solutions("halves.py", "counts.py", "gives_up.py", "crash.py"));
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "halves.py": "AC 100", "counts.py": "WA 75", "gives_up.py": "WA 50", "crash.py": "RTE 0" });
});

claim("Hydro communication: processes get their numbers, and the manager reads the input", async () => {
  await using state = openState();
  const { got, document } = await judgePackage(state, "hydro-group", ...solutions("relay.py", "digit.py", "crash.py"));
  expect(document.judge_errors).toEqual([]);
  expect(got).toEqual({ "relay.py": "AC 100", "digit.py": "WA 50", "crash.py": "RTE 0" });
});
