// Problems whose tests are talks: output validators that talk, interactors of testlib's kind, several passes.
import { describe, expect } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import type { TestResult } from "../../src/judge/events.ts";
import { readProblem } from "../../src/judge/formats/read.ts";
import { judge } from "../../src/judge/judge.ts";
import type { Problem, Program } from "../../src/judge/problem.ts";
import type { Verdict } from "../../src/judge/verdict.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { openProblem, verdicts, type OpenProblem } from "./open-problem.ts";

const claim = claimWith(...sandbox);

describe("an output validator that talks", () => {
  const kattis = (program: Program, more: Partial<Problem> = {}): Partial<Problem> => ({
    kind: { kind: "interactive", interactor: { protocol: "kattis" } }, checker: { kind: "program", protocol: "kattis", program, scale: 1 }, ...more,
  });

  claim("gets input, answer, feedback directory and flags, and gives the verdict with its words", async () => {
    using open = openProblem();
    const program = open.script('read n < "$1"; read answer < "$2"; echo $n; read got || exit 43; echo "$4: got $got" > "$3judgemessage.txt"; [ "$got" = "$answer" ] && exit 42; exit 43');
    const results = await open.judge(["read n; echo $((n*n))", "read n; echo 7; read more; exit 1", "exit 0", "read n; exit 3", "read n; while :; do :; done"], {
      ...kattis(program), tests: open.tests.map((test) => ({ ...test, checkerArgs: ["flag"] })),
    });
    expect(verdicts(results)).toEqual(["AC", "WA", "WA", "RTE", "TLE"]);
    const [pass] = results[0]![0]!.record.passes;
    expect(pass!.transcript).toEqual([{ from: "interactor", text: "5\n" }, { from: "submission", text: "25\n" }]);
    expect(pass!.check).toMatchObject({ kind: "accepted", message: "flag: got 25", exit_code: 42 });
    expect(results[1]![0]!.decision.message).toBe("flag: got 7");
    expect(results[1]![0]!.record.passes[0]!.first_to_end).toBe("interactor");
  });

  claim("needs no loop of ours", async () => {
    using open = openProblem();
    const program = open.script("echo 5; read got || exit 43; [ $got = 25 ] && exit 42; exit 43");
    expect(verdicts(await open.judge(["read n; echo $((n*n))", "read n; echo 7; read more; exit 1", "exit 0"], kattis(program), "by threads"))).toEqual(["AC", "WA", "WA"]);
  });

  claim("that breaks its protocol is a judge error that names it", async () => {
    using open = openProblem();
    const message = async (text: string, submission = "read line; exit 0") => {
      const [[result]] = (await open.judge([submission], kattis(open.script(text)))) as [[TestResult]];
      expect([text, result.decision.verdict]).toEqual([text, "JE"]);
      return result.decision.message;
    };
    expect(await message("exit 0")).toContain("the interactor failed: ");
    expect(await message("kill -SEGV $$")).toContain("SIGSEGV");
    expect(await message('echo many > "$3score.txt"; exit 42')).toContain("score.txt has no number");
    expect(await message('dd if=/dev/zero of="$3large" bs=1M count=200 2>/dev/null; exit 42')).toContain("MB");
  });

  claim("talks in several passes, with a feedback directory that stays", async () => {
    using open = openProblem();
    const program = open.script('read n < "$1"; echo $n; read got; echo "$n" >> "$3seen"; cp "$3seen" "$3judgemessage.txt"; [ "$got" = $((n-1)) ] || exit 43; [ "$got" -gt 2 ] && echo $got > "$3nextpass.in"; exit 42');
    const [down, stays, crashes] = await open.judge(["[ -e kept ] && exit 9; : > kept; read n; echo $((n-1))", "read n; [ $n = 4 ] && echo 4 || echo $((n-1)); read more; exit 0", "read n; [ $n = 4 ] && exit 1; echo $((n-1))"], kattis(program, { passes: 3 }));
    expect(down![0]!.decision.verdict).toBe("AC");
    expect(down![0]!.record.passes.map(({ check, transcript }) => [check!.message, transcript!.length])).toEqual([["5", 2], ["5\n4", 2], ["5\n4\n3", 2]]);
    expect([stays![0]!.decision.verdict, stays![0]!.record.passes.length]).toEqual(["WA", 2]);
    expect([crashes![0]!.decision.verdict, crashes![0]!.record.passes.length]).toEqual(["RTE", 2]);
    const [tooMany] = await open.judge(["read n; echo $((n-1))"], kattis(program, { passes: 2 }));
    expect(tooMany![0]!.decision.verdict).toBe("JE");
  });
});

describe("an interactor of testlib's kind", () => {
  const testlib = (open: OpenProblem, interactor: string, checker: string, more: Partial<Problem> = {}, runs?: readonly number[]): Partial<Problem> => ({
    kind: { kind: "interactive", interactor: { protocol: "testlib", program: open.script(interactor), ...(runs === undefined ? {} : { runs }) } },
    checker: { kind: "program", protocol: "testlib", program: open.script(checker), scale: "auto" },
    ...more,
  });
  const notes = 'read n < "$1"; echo $n; read got || { echo "wrong answer nothing came" >&2; exit 1; }; echo "$got" > "$2"; exit 0';
  const compares = 'read tout < "$2"; read answer < "$3"; if [ "$tout" = "$answer" ]; then echo "ok $tout" >&2; else echo "wrong answer $tout" >&2; exit 1; fi';

  claim("writes a file that the checker reads in place of an output", async () => {
    using open = openProblem();
    const results = await open.judge(["read n; echo $((n*n))", "read n; echo 7", "read n", "read n; echo 25; exit 2"], testlib(open, notes, compares));
    expect(verdicts(results)).toEqual(["AC", "WA", "WA", "RTE"]);
    expect(results.map(([result]) => result!.record.passes[0]!.check?.message)).toEqual(["ok 25", "wrong answer 7", "wrong answer nothing came", null]);
  });

  claim("that fails is a judge error, as a checker after it that does", async () => {
    using open = openProblem();
    expect(verdicts(await open.judge(["read n; echo 1"], testlib(open, 'echo "FAIL no input" >&2; exit 3', compares)))).toEqual(["JE"]);
    expect(verdicts(await open.judge(["read n; echo 1"], testlib(open, notes, "exit 3")))).toEqual(["JE"]);
  });

  claim("takes part in the passes that it is for, and what it writes is the input of the next one", async () => {
    using open = openProblem();
    const [twice] = await open.judge(["read n; echo $((n*n))"], testlib(open, notes, 'read in < "$1"; read out < "$2"; [ "$in $out" = "25 625" ] || exit 1', { passes: 2, passing: "always" }, [1]));
    expect([twice![0]!.decision.verdict, twice![0]!.record.passes.map(({ first_to_end: first }) => first !== null)]).toEqual(["AC", [true, false]]);
  });
});

const fixtures = join(import.meta.dir, "../fixtures/problems");

describe("packages of our own", () => {
  const expected: Readonly<Record<string, Readonly<Record<string, Verdict>>>> = {
    "hydro-talk": { "solutions/halves.py": "AC", "solutions/gives_up.py": "WA", "solutions/crash.py": "RTE" },
  };

  claim("with an interactor have the verdicts that they expect", async () => {
    for (const [name, submissions] of Object.entries(expected)) {
      const problem = await readProblem(join(fixtures, name));
      const stateDir = join(makeTestDirectory("package"), "state");
      const found: Record<string, Verdict> = {};
      const loop = new RunLoop();
      await loop.work(async () => {
        const sources = Object.keys(submissions).map((path) => ({ path, source: { path: join(fixtures, name, path), language: null, packs: [] }, outputs: null, language: null, codeBytes: 1, expected: null, refusal: null, fault: null }));
        for await (const event of judge(problem, sources, { stateDir, loop, jobs: 2 })) {
          if (event.kind === "submission") found[sources[event.submission]!.path] = event.result.decision.verdict!;
        }
      });
      rmSync(join(stateDir, ".."), { recursive: true, force: true });
      expect([name, found]).toEqual([name, { ...submissions }]);
    }
  });
});
