import { describe, expect, test } from "bun:test";
import { gridLines } from "../../../../src/cli/judge/grid.ts";
import { cell, emptyCell, type GridRow, type GridState, runningCell, worstCell } from "../../../../src/cli/judge/grid-state.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";

const plain = (line: string) => line.replace(/\x1b\[[0-9;]*m/g, "");

function rowOf(name: string, cells: readonly number[], more: Partial<GridRow> = {}): GridRow {
  return { name, phase: "judging", cells: Uint8Array.from(cells), slowest: null, limit: 1, score: null, maxScore: null, expected: [], verdict: null, asExpected: null, ...more };
}

const tests = [{ group: "", sample: true }, { group: "one", sample: false }, { group: "one", sample: false }, { group: "two", sample: false }, { group: "two", sample: false }];
const ac = cell("AC", false, ["AC"]);
const state = (rows: readonly GridRow[], more: Partial<GridState> = {}): GridState => ({ problem: "sums", tests, rows, done: 4, total: 10, elapsed: 2, ...more });

describe("a grid", () => {
  test("has a line for each submission with a cell for each test: samples in lower case, groups apart, marks behind", () => {
    const rows = [
      rowOf("good.cpp", [ac, ac, cell("AC", true, ["AC"]), ac, ac], { phase: "done", slowest: 0.934, verdict: "AC", asExpected: true, expected: ["AC"] }),
      rowOf("bad.cpp", [ac, cell("WA", false, ["AC"]), runningCell, emptyCell, emptyCell], { slowest: 0.1 }),
      rowOf("wrong.py", [ac, cell("WA", false, ["WA"]), cell("TLE", true, ["WA"]), cell("RTE", false, []), cell("JE", false, [])], { phase: "done", slowest: 1.2, limit: 3, verdict: "WA", asExpected: false, expected: ["AC", "TLE"] }),
      rowOf("next.py", [0, 0, 0, 0, 0], { phase: "waiting" }),
    ];
    expect(gridLines(state(rows), 100, 20, false).map(plain)).toEqual([
      "sums     s…|one |two",
      "good.cpp a |A A~|A A   0.93/1 s  AC ok",
      "bad.cpp  a |W!? |. .   0.10/1 s  judging",
      "wrong.py a |W T!|R J!  1.20/3 s  WA not AC|TLE",
      "next.py  . |. . |. .             waiting",
      "4 of 10 tests, 2.0 tests/s, about 3 s left, 1 not as expected",
    ]);
  });

  test("shows scores where there are some", () => {
    const rows = [rowOf("a", [ac, ac, ac, ac, ac], { phase: "done", score: 33.3333333, maxScore: 100, verdict: "AC" }), rowOf("b", [0, 0, 0, 0, 0])];
    expect(gridLines(state(rows), 80, 20, false)[1]).toBe("a    a |A A |A A   33.33/100  AC");
  });

  test("marks what is close to the limit by a line and what is unexpected inverse, where a cell has one column", () => {
    const rows = [rowOf("a", [ac, cell("AC", true, ["AC"]), cell("TLE", false, ["AC"]), runningCell, emptyCell], { phase: "done", verdict: "TLE" })];
    expect(gridLines(state(rows), 18, 20, false)[1]).toBe("a    a|\x1b[4mA\x1b[0m\x1b[7mT\x1b[0m|?.  TLE");
    expect(gridLines(state(rows), 18, 20, true)[1]).toBe("a    \x1b[32ma\x1b[0m|\x1b[32;4mA\x1b[0m\x1b[33;7mT\x1b[0m|\x1b[36m?\x1b[0m.  TLE");
  });

  test("says how long it takes in minutes and hours, and nothing before it can know", () => {
    const foot = (more: Partial<GridState>) => gridLines(state([rowOf("a", [0, 0, 0, 0, 0])], more), 80, 20, false).at(-1);
    expect(foot({ done: 0, elapsed: 1 })).toBe("0 of 10 tests");
    expect(foot({ done: 100, total: 1100, elapsed: 10 })).toBe("100 of 1100 tests, 10 tests/s, about 1 min 40 s left");
    expect(foot({ done: 1, total: 10_001, elapsed: 1 })).toBe("1 of 10001 tests, 1.0 tests/s, about 2 h 46 min left");
    expect(foot({ done: 10, total: 10, elapsed: 5 })).toBe("10 of 10 tests, 2.0 tests/s");
  });

  test("of more rows than lines shows those that are judged, and counts the others", () => {
    const none = [0, 0, 0, 0, 0];
    const rows = [
      ...Array.from({ length: 5 }, (_, index) => rowOf(`done${index}`, none, { phase: "done", verdict: "AC", asExpected: true })),
      rowOf("off", none, { phase: "done", verdict: "WA", asExpected: false }), rowOf("now", none), rowOf("then", none, { phase: "waiting" }), rowOf("later", none, { phase: "waiting" }),
    ];
    const lines = gridLines(state(rows), 80, 6, false).map(plain);
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["sums", "off", "now", "then", "and", "4"]);
    expect(lines[4]).toBe("and 6 more: 5 done, 1 waiting");
  });

  test("cuts the beginning of names that are too long, and shows what is hostile in them as text", () => {
    const rows = [rowOf("submissions/accepted/a-very-long-name-of-a-file.cpp", [0, 0, 0, 0, 0]), rowOf("\x1b[2J\n\u202eevil", [0, 0, 0, 0, 0])];
    const lines = gridLines(state(rows), 80, 20, true);
    expect(lines[1]).toStartWith("…-name-of-a-file.cpp .");
    expect(lines[2]).toStartWith("\\x1b[2J\\n\\u202eevil  .");
  });
});

describe("whatever the terminal", () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({ group: `g${index % 5000 < 2500 ? 1 : 2}`, sample: index < 3 }));
  const scattered = Array.from({ length: 300 }, (_, index) => ({ group: `g${index}`, sample: false }));
  const rows = (count: number) => Array.from({ length: 30 }, (_, index) => rowOf(`submissions/漢字/${"x".repeat(index * 3)}.cpp`, Array.from({ length: count }, (_unused, number) => (number % 7 === 0 ? cell("WA", true, ["AC"]) : ac)), { phase: index % 2 === 0 ? "done" : "judging", slowest: 123.456, score: 100, maxScore: 100, verdict: "TLE", asExpected: false, expected: ["AC", "WA", "RTE", "MLE", "OLE"] }));

  test.each([["5 tests", tests], ["5,000 tests", many], ["300 groups", scattered], ["no tests", []]] as const)("a grid of %s is no wider and no higher", (_what, all) => {
    const made = state(rows(all.length), { tests: all, problem: "漢字".repeat(40) });
    for (const width of [1, 2, 3, 5, 8, 13, 20, 40, 60, 79, 80, 81, 120, 200, 500]) {
      for (const height of [0, 1, 2, 3, 4, 10, 24, 50]) {
        const lines = gridLines(made, width, height, true);
        expect(lines.length).toBeLessThanOrEqual(height);
        const wide = lines.filter((line) => Bun.stringWidth(line) > width || line.includes("\n"));
        if (wide.length > 0) throw new Error(`wider than ${width} at height ${height}: ${JSON.stringify(wide[0])}`);
      }
    }
  });

  test("a failure is seen however many tests a cell stands for", () => {
    const cells = many.map((_, index) => (index === 4321 ? cell("WA", false, ["AC"]) : ac));
    expect(plain(gridLines(state([rowOf("a", cells)], { tests: many }), 80, 20, false)[1]!).match(/W/g)).toHaveLength(1);
  });
});

test("of several cells the worst is shown, with the marks of all", () => {
  const of = (...cells: number[]) => worstCell(Uint8Array.from(cells), 0, cells.length - 1);
  const verdicts: readonly Verdict[] = ["AC", "WA", "OLE", "TLE", "MLE", "RTE", "CE", "JE"];
  for (const [index, verdict] of verdicts.entries()) expect(of(...verdicts.slice(0, index + 1).map((one) => cell(one, false, []))).state).toBe(verdict);
  expect(of(emptyCell, runningCell, emptyCell)).toEqual({ state: "running", isNear: false, isUnexpected: false });
  expect(of(runningCell, ac)).toEqual({ state: "AC", isNear: false, isUnexpected: false });
  expect(of(cell("AC", true, ["AC"]), cell("WA", false, ["AC"]))).toEqual({ state: "WA", isNear: true, isUnexpected: true });
});
