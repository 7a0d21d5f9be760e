// Problems whose tests have several passes: the input of each comes from the checker of the one before.
import { expect } from "bun:test";
import { rmSync, writeFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestResult } from "../../src/judge/events.ts";
import { judge } from "../../src/judge/judge.ts";
import { readPlain } from "../../src/judge/formats/plain.ts";
import type { Problem } from "../../src/judge/problem.ts";
import type { IsolateError } from "../../src/model/errors.ts";
import { programAt } from "../helpers/jury.ts";
import { errorOf } from "../helpers/library-state.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const claim = claimWith(...sandbox);

interface OpenProblem extends Disposable {
  readonly problem: Problem;
  judge(submission: string, more?: Partial<Problem>): Promise<TestResult>;
}

/** One test with the input 1, a checker that is a shell script, and submissions that are. */
function openProblem(checker: string, passes: number): OpenProblem {
  const base = makeTestDirectory("passes");
  const file = (name: string, text: string, mode = 0o644) => {
    writeFileSync(join(base, name), text, { mode });
    return join(base, name);
  };
  file("1.in", "1\n");
  file("1.ans", "");
  const problem: Problem = { ...readPlain(base), passes, checker: { kind: "program", protocol: "kattis", program: programAt(file("check", `#!/bin/sh\n${checker}\n`, 0o755)), scale: 1 } };
  const stateDir = join(base, "state");
  return {
    problem,
    async judge(submission, more = {}) {
      const path = file("submission.sh", submission);
      let found: TestResult | null = null;
      const source = { path, language: null, packs: [] };
      for await (const event of judge({ ...problem, ...more }, [{ path, source, outputs: null, language: null, codeBytes: 1, expected: null, refusal: null, fault: null }], { stateDir })) if (event.kind === "test") found = event.result;
      return found!;
    },
    [Symbol.dispose]() {
      const left = existsSync(stateDir) ? readdirSync(stateDir).filter((name) => name.startsWith("tmp-")) : [];
      rmSync(base, { recursive: true, force: true });
      expect(left).toEqual([]);
    },
  };
}

/** Doubles until 8; then it is content with anything. */
const doubling = 'read n < "$1"; read got; [ "$got" = $((2*n)) ] || exit 43; echo "$n" >> "$3seen"; cp "$3seen" "$3judgemessage.txt"; [ "$got" -lt 8 ] && echo "$got" > "$3nextpass.in"; exit 42';
const double = 'read n; [ -e kept ] && exit 9; : > kept; echo $((2*n))';

claim("each pass has a fresh box, is recorded, and finds the feedback of those before", async () => {
  using open = openProblem(doubling, 5);
  const { record, decision } = await open.judge(double);
  expect([decision.verdict, record.passes.map(({ run, check }) => [run?.status, check?.kind, check?.message])]).toEqual(["AC", [["Success", "accepted", "1"], ["Success", "accepted", "1\n2"], ["Success", "accepted", "1\n2\n4"]]]);
});

claim("the first pass that fails is the last one, whatever the feedback says", async () => {
  using open = openProblem(doubling, 5);
  const wrong = await open.judge("read n; echo 2");
  expect([wrong.decision.verdict, wrong.record.passes.map(({ check }) => check?.kind)]).toEqual(["WA", ["accepted", "wrong"]]);
  const crashed = await open.judge("read n; [ $n = 2 ] && exit 3; echo $((2*n))");
  expect([crashed.decision.verdict, crashed.record.passes.map(({ check }) => check?.kind ?? null)]).toEqual(["RTE", ["accepted", null]]);
});

claim("more passes than the problem has are a judge error", async () => {
  using open = openProblem(doubling, 2);
  const { record, decision } = await open.judge(double);
  expect([decision.verdict, record.passes.length, decision.message]).toEqual(["JE", 2, expect.stringContaining("it asks for pass 3, and the problem has 2 at most")]);
});

claim("where each pass is followed by the next one, its input is what the checker printed", async () => {
  using open = openProblem('read n < "$1"; read got; [ "$got" = "$n!" ] || exit 43; echo "$got"; exit 42', 3);
  const { record, decision } = await open.judge('read n; echo "$n!"', { passing: "always" });
  expect([decision.verdict, record.passes.length]).toEqual(["AC", 3]);
  const wrong = await open.judge('read n; [ "$n" = 1 ] && echo "1!" || echo no', { passing: "always" });
  expect([wrong.decision.verdict, wrong.record.passes.length]).toEqual(["WA", 2]);
});

claim("a checker has another user than the submission", async () => {
  using open = openProblem('read uid; [ "$uid" -gt 0 ] || exit 1; [ "$uid" != "$(id -u)" ] || exit 43; exit 42', 1);
  expect((await open.judge("id -u")).decision.verdict).toBe("AC");
});

claim("a checker that cannot be compiled ends the judging with its compiler's words, and nothing is left", async () => {
  using open = openProblem("exit 42", 1);
  const program = programAt(join(open.problem.path, "wrong.c"));
  writeFileSync(program.path, "int main(void) { return no_such_word; }\n");
  const error: IsolateError = await errorOf(() => open.judge("exit 0", { checker: { kind: "program", protocol: "kattis", program, scale: 1 } }));
  expect([error.exitCode, error.message]).toEqual([5, expect.stringContaining("no_such_word")]);
});
