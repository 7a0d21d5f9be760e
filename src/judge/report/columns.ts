/** The columns of a matrix, in the report and on a terminal: one for each test, or for several in a row where there are too many. */
import type { TestDocument } from "../document.ts";

/** Tests from `first` to `last`, both included, as numbers in the order of the problem. */
export interface Column {
  readonly first: number;
  readonly last: number;
}

/** Neighbours of the same group, samples apart. */
export interface Block {
  /** null: tests of several groups. */
  readonly group: string | null;
  readonly sample: boolean;
  readonly columns: readonly Column[];
}

/** What a column is made from. */
type Grouped = Pick<TestDocument, "group" | "sample">;

/**
 * @param tests of any submission: all have the same
 * @param most how many columns there may be, 1 at least
 */
export function blocksOf(tests: readonly Grouped[], most: number): readonly Block[] {
  const runs = runsOf(tests);
  if (tests.length <= most) return runs.map((run) => blockOf(tests, run, 1));
  // Each block ends with a column that may be short.
  const forSize = most - runs.length;
  if (forSize < most / 2) return [{ group: null, sample: false, columns: columnsOf({ first: 0, last: tests.length - 1 }, Math.ceil(tests.length / most)) }];
  return runs.map((run) => blockOf(tests, run, Math.ceil(tests.length / forSize)));
}

function runsOf(tests: readonly Grouped[]): readonly Column[] {
  const runs: { first: number; last: number }[] = [];
  for (const [number, { group, sample }] of tests.entries()) {
    const before = tests[number - 1];
    if (before !== undefined && before.group === group && before.sample === sample) runs.at(-1)!.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs;
}

function blockOf(tests: readonly Grouped[], run: Column, size: number): Block {
  const { group, sample } = tests[run.first]!;
  return { group, sample, columns: columnsOf(run, size) };
}

function columnsOf({ first, last }: Column, size: number): readonly Column[] {
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, index) => ({ first: first + index * size, last: Math.min(last, first + (index + 1) * size - 1) }));
}
