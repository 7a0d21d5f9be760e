// judge() of the library: events as tests end, results at the end, and decide() on its own.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decide, judge, readProblem, type JudgeEvent, type JudgingOptions } from "../../src/index.ts";
import { errorOf, openLibrary, type LibraryState } from "../helpers/library-state.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

function problemIn({ base }: LibraryState): { readonly tests: string; readonly right: string; readonly wrong: string } {
  const tests = join(base, "tests");
  mkdirSync(tests);
  for (const number of [1, 2]) for (const ending of ["in", "ans"]) writeFileSync(join(tests, `${number}.${ending}`), `${number}\n`);
  const [right, wrong] = [join(base, "right.py"), join(base, "wrong.py")];
  writeFileSync(right, "print(input())\n");
  writeFileSync(wrong, "n = input()\nprint(3 if n == '2' else n)\n");
  return { tests, right, wrong };
}

async function all(events: AsyncIterable<JudgeEvent>): Promise<JudgeEvent[]> {
  const seen: JudgeEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

claim("tests are told as they end, and the last event has every result", async () => {
  using state = openLibrary();
  const { tests, right, wrong } = problemIn(state);
  const events = await all(judge(tests, [right, wrong], { stateDir: state.stateDir, rerunClose: null }));
  const ended = events.flatMap((event) => (event.kind === "test" ? [`${event.submission} ${event.result.name} ${event.result.decision.verdict}`] : []));
  expect(ended).toEqual(["0 1 AC", "0 2 AC", "1 1 AC", "1 2 WA"]);
  expect(events.at(-1)).toMatchObject({ kind: "end", results: [{ decision: { verdict: "AC" } }, { decision: { verdict: "WA" } }] });
});

claim("what was measured decides again, by another policy, without a box", async () => {
  using state = openLibrary();
  const { tests, right } = problemIn(state);
  const problem = await readProblem(tests);
  const last = (await all(judge(problem, [right], { stateDir: state.stateDir, jobs: 2 }))).at(-1)!;
  if (last.kind !== "end") throw new Error("the last event is the end");
  const { records } = last.results[0]!;
  expect(decide(problem, records, {}).verdict).toBe("AC");
  expect(decide(problem, records, { limits: { cpu_time_limit: 0.000001 } }).verdict).toBe("TLE");
});

claim("an abort ends the judging with the reason, and nothing of it is left", async () => {
  using state = openLibrary();
  const { tests } = problemIn(state);
  const slow = join(state.base, "slow.py");
  writeFileSync(slow, "import time\nif input() == '2': time.sleep(30)\nprint(1)\n");
  const abort = new AbortController();
  const reason = new Error("enough");
  const judging = async () => {
    for await (const event of judge(tests, [slow], { stateDir: state.stateDir, wallTime: 3, signal: abort.signal })) if (event.kind === "test") abort.abort(reason);
  };
  await expect(judging()).rejects.toBe(reason);
});

test("mistakes of the caller are told before anything runs", async () => {
  using state = openLibrary();
  const { tests, right } = problemIn(state);
  const options = (given: unknown) => ({ stateDir: state.stateDir, ...(given as JudgingOptions) });
  for (const [given, message] of [
    [{ jobs: 0 }, "cannot use 0 as jobs"],
    [{ timelimit: 1 }, "unknown field 'timelimit' of the options of a judging"],
    [{ format: "katis" }, 'cannot use "katis" as format'],
    [{ until: "never" }, 'cannot use "never" as until'],
    [{ compare: ["exactly"] }, "cannot compare with 'exactly'"],
    [{ signal: 1 }, "cannot use 1 as signal"],
  ] as const) expect((await errorOf(() => all(judge(tests, [right], options(given))))).message).toContain(message);
  expect((await errorOf(() => all(judge(tests, "all", options({}))))).message).toContain("without a submission");
  expect((await errorOf(() => all(judge(tests, [join(state.base, "nowhere.py")], options({}))))).message).toContain("cannot read submission");
});
