/** What the grid on a terminal shows: a byte for each submission and test, so that 100,000 of them are gone through in no time. */
import { isUnexpected } from "../../judge/report/marks.ts";
import { type Verdict, verdicts } from "../../judge/verdict.ts";

export interface GridState {
  readonly problem: string;
  readonly tests: readonly GridTest[];
  readonly rows: readonly GridRow[];
  /** Runs that have ended, and that there will be. */
  readonly done: number;
  readonly total: number;
  /** Seconds. */
  readonly elapsed: number;
}

export interface GridTest {
  readonly group: string;
  readonly sample: boolean;
}

export interface GridRow {
  readonly name: string;
  /** `stopped`: it was ended before all that is needed was run. */
  readonly phase: "waiting" | "judging" | "done" | "stopped";
  /** For each test, as {@link cell} makes it. */
  readonly cells: Uint8Array;
  /** CPU time in seconds; null: no test has ended. */
  readonly slowest: number | null;
  /** Seconds of CPU time; null: no limit, or not known yet. */
  readonly limit: number | null;
  readonly score: number | null;
  readonly maxScore: number | null;
  readonly expected: readonly Verdict[];
  /** null: not known yet, or there is none. */
  readonly verdict: Verdict | null;
  readonly asExpected: boolean | null;
}

/** Nothing is known of the test. */
export const emptyCell = 0;
export const runningCell = 1;
const firstVerdict = 2;
const verdictMask = 0x0f;
const nearFlag = 0x10;
const unexpectedFlag = 0x20;

/** From the best on, so that the largest of several cells is the worst one. */
const fromBest: readonly Verdict[] = ["AC", "WA", "OLE", "TLE", "MLE", "RTE", "CE", "JE"];
const numbers = Object.fromEntries(verdicts.map((verdict) => [verdict, fromBest.indexOf(verdict) + firstVerdict])) as Readonly<Record<Verdict, number>>;

/** A test that has ended. @param expected of the submission; empty: nothing is */
export function cell(verdict: Verdict, isNear: boolean, expected: readonly Verdict[]): number {
  // Until the whole submission is judged, what is neither AC nor expected may turn out to be why it is not as it should be.
  const isOff = isUnexpected({ expected, as_expected: false }, { verdict, as_expected: null });
  return numbers[verdict] | (isNear ? nearFlag : 0) | (isOff ? unexpectedFlag : 0);
}

export interface ShownCell {
  readonly state: "empty" | "running" | Verdict;
  readonly isNear: boolean;
  readonly isUnexpected: boolean;
}

/** The worst of several cells, with the marks of all. @param last included */
export function worstCell(cells: Uint8Array, first: number, last: number): ShownCell {
  let worst = emptyCell;
  let flags = 0;
  for (let index = first; index <= last; index++) {
    const value = cells[index]!;
    flags |= value;
    worst = Math.max(worst, value & verdictMask);
  }
  const state = worst === emptyCell ? "empty" : worst === runningCell ? "running" : fromBest[worst - firstVerdict]!;
  return { state, isNear: (flags & nearFlag) !== 0, isUnexpected: (flags & unexpectedFlag) !== 0 };
}
