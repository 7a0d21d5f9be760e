// A problem of shell scripts: one test, programs of the jury and submissions that are scripts.
import { expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import type { TestResult } from "../../src/judge/events.ts";
import { readPlain } from "../../src/judge/formats/plain.ts";
import { judge } from "../../src/judge/judge.ts";
import type { Problem, Program } from "../../src/judge/problem.ts";
import { programAt } from "../helpers/jury.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

export interface OpenProblem extends Disposable {
  readonly tests: Problem["tests"];
  readonly limits: Problem["limits"];
  /** A program of the jury that is a shell script. */
  script(text: string): Program;
  /** Judges shell scripts, two at once. @returns the result of each test of each */
  judge(submissions: readonly string[], more: Partial<Problem>, waits?: "by a loop" | "by threads"): Promise<TestResult[][]>;
}

/** One test with the input 5 and the answer 25. */
export function openProblem(): OpenProblem {
  const base = makeTestDirectory("interactive");
  mkdirSync(join(base, "tests"));
  let files = 0;
  const file = (name: string, text: string, mode = 0o644) => {
    writeFileSync(join(base, name), text, { mode });
    return join(base, name);
  };
  file("tests/1.in", "5\n");
  file("tests/1.ans", "25\n");
  const problem = readPlain(join(base, "tests"));
  const stateDir = join(base, "state");
  return {
    tests: problem.tests,
    limits: problem.limits,
    script: (text) => programAt(file(`jury${files++}`, `#!/bin/sh\n${text}\n`, 0o755)),
    async judge(submissions, more, waits = "by a loop") {
      const loop = waits === "by a loop" ? new RunLoop() : null;
      const results: TestResult[][] = submissions.map(() => []);
      const sources = submissions.map((text) => ({ path: file(`submission${files++}.sh`, text), language: null, packs: [] }));
      const work = async () => {
        const events = judge({ ...problem, limits: { ...problem.limits, cpuTime: 1 }, ...more }, sources.map((source) => ({ path: source.path, source, outputs: null, language: null, codeBytes: 1, expected: null, refusal: null, fault: null })), { stateDir, ...(loop === null ? {} : { loop }), jobs: 2, until: "all" });
        for await (const event of events) if (event.kind === "test") results[event.submission]!.push(event.result);
      };
      await (loop === null ? work() : loop.work(work));
      return results;
    },
    [Symbol.dispose]() {
      const left = existsSync(stateDir) ? readdirSync(stateDir).filter((name) => name.startsWith("tmp-")) : [];
      rmSync(base, { recursive: true, force: true });
      expect(left).toEqual([]);
    },
  };
}

export const verdicts = (results: readonly (readonly TestResult[])[]) => results.map(([result]) => result!.decision.verdict);
