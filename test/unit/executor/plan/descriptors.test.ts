// Which descriptors of ours a program has after its execve.
import { expect, test } from "bun:test";
import { descriptorSteps, rlimitSteps } from "../../../../src/executor/plan/process.ts";
import { RLIMIT } from "../../../../src/kernel/constants.ts";
import { someSpec } from "../samples.ts";
import { inherited } from "./steps.ts";

const rest = 0xffff_ffff;
/** What is closed, from and to. */
const closed = (handed: readonly number[] | undefined) => descriptorSteps({ ...someSpec, ...(handed === undefined ? {} : { handed }) }).map(({ call, args }) => [call, args[0], args[1]]);

test.each([
  [undefined, [[3, rest]]],
  [[3], [[4, rest]]],
  [[5], [[3, 4], [6, rest]]],
  [[3, 4, 9], [[5, 8], [10, rest]]],
])("everything above 2 is closed but %p", (handed, ranges) => expect(closed(handed)).toEqual(ranges.map((range) => ["close_range", ...range])));

test("nothing but the status channel is closed when the caller's are inherited", () => {
  expect(descriptorSteps(inherited).map(({ call }) => call)).toEqual(["fcntl"]);
});

const bound = (resource: number, parts: object) => JSON.stringify(rlimitSteps({ ...someSpec, ...parts }).find(({ args }) => args[1] === resource)!.args[2]);

test("of two bounds of the data of a process the smaller one holds", () => {
  expect(bound(RLIMIT.DATA, { rlimitData: 8, dataBytes: 9 })).toBe(bound(RLIMIT.DATA, { rlimitData: 8 }));
  expect(bound(RLIMIT.DATA, { rlimitData: 9, dataBytes: 8 })).toBe(bound(RLIMIT.DATA, { rlimitData: 8 }));
  expect(bound(RLIMIT.DATA, { rlimitData: null, dataBytes: 8 })).toBe(bound(RLIMIT.DATA, { rlimitData: 8 }));
  expect(bound(RLIMIT.AS, {})).not.toBe(bound(RLIMIT.AS, { addressSpaceBytes: 8 }));
});
