import { expect, test } from "bun:test";
import { blocksOf } from "../../../../src/judge/report/columns.ts";

const tests = (...groups: readonly (readonly [group: string, count: number, sample?: boolean])[]) => groups.flatMap(([group, count, sample = false]) => Array.from({ length: count }, () => ({ group, sample })));
const columnsOf = (...of: Parameters<typeof blocksOf>) => blocksOf(...of).flatMap(({ columns }) => columns);

test("each test has a column; samples and groups are apart", () => {
  expect(blocksOf(tests(["", 1, true], ["", 2], ["b", 1]), 4)).toEqual([
    { group: "", sample: true, columns: [{ first: 0, last: 0 }] },
    { group: "", sample: false, columns: [{ first: 1, last: 1 }, { first: 2, last: 2 }] },
    { group: "b", sample: false, columns: [{ first: 3, last: 3 }] },
  ]);
});

test("tests have a column each where there is room for all", () => expect(columnsOf(tests(["a", 150], ["b", 150]), 300)).toHaveLength(300));

test.each([
  ["one group", tests(["a", 100_000]), 1000],
  ["20 groups", tests(...Array.from({ length: 20 }, (_, index) => [`g${index}`, 5000] as const)), 666],
  ["50,000 groups", tests(...Array.from({ length: 50_000 }, (_, index) => [`g${index}`, 2] as const)), 666],
  ["one group, with room for two", tests(["a", 100_000]), 2],
  ["one group, with room for one", tests(["a", 100_000]), 1],
  ["two groups, with room for one", tests(["a", 50_000], ["b", 50_000]), 1],
])("100,000 tests of %s have no more columns than there may be, and each test is in one of them", (_what, all, most) => {
  const columns = columnsOf(all, most);
  expect(columns.length).toBeLessThanOrEqual(most);
  let next = 0;
  for (const { first, last } of columns) {
    if (first !== next || last < first) throw new Error(`a column from ${first} to ${last} after ${next - 1}`);
    next = last + 1;
  }
  expect(next).toBe(all.length);
});

test("a column of several tests stays in its group where there are not too many groups", () => {
  const all = tests(["a", 1500], ["b", 2500]);
  expect(columnsOf(all, 1000).filter(({ first, last }) => all[first]!.group !== all[last]!.group)).toEqual([]);
});
