/** The columns of the matrix: one for each test, or for several in a row where there are too many. */
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

/** So many cells are still moved about with ease by a browser, and make some megabytes. */
const mostCells = 20_000;
const mostColumns = 1_000;

/** @param tests of any submission: all have the same */
export function blocksOf(tests: readonly Pick<TestDocument, "group" | "sample">[], submissions: number): readonly Block[] {
  const most = Math.max(1, Math.min(mostColumns, Math.floor(mostCells / Math.max(1, submissions))));
  const runs = runsOf(tests);
  if (tests.length <= most) return runs.map((run) => blockOf(tests, run, 1));
  // Each block ends with a column that may be short.
  const forSize = most - runs.length;
  if (forSize < most / 2) return [{ group: null, sample: false, columns: columnsOf({ first: 0, last: tests.length - 1 }, Math.ceil(tests.length / most)) }];
  return runs.map((run) => blockOf(tests, run, Math.ceil(tests.length / forSize)));
}

function runsOf(tests: readonly Pick<TestDocument, "group" | "sample">[]): readonly Column[] {
  const runs: { first: number; last: number }[] = [];
  for (const [number, { group, sample }] of tests.entries()) {
    const before = tests[number - 1];
    if (before !== undefined && before.group === group && before.sample === sample) runs.at(-1)!.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs;
}

function blockOf(tests: readonly Pick<TestDocument, "group" | "sample">[], run: Column, size: number): Block {
  const { group, sample } = tests[run.first]!;
  return { group, sample, columns: columnsOf(run, size) };
}

function columnsOf({ first, last }: Column, size: number): readonly Column[] {
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, index) => ({ first: first + index * size, last: Math.min(last, first + (index + 1) * size - 1) }));
}
