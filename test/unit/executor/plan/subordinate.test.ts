import { describe, expect, test } from "bun:test";
import { accountOf, chooseUser, insideOf, needsCaller, rangeOf } from "../../../../src/executor/plan/subordinate.ts";
import { ranges } from "./steps.ts";

describe("the range of a user", () => {
  const text = "other:100000:65536\nann:200000:1000\n1000:300000:10\nann:400000:5\n";

  test("is the first one under its name or its number", () => {
    expect(rangeOf(text, ["1000", "ann"])).toEqual({ first: 200_000, count: 1000 });
    expect(rangeOf(text, ["1000"])).toEqual({ first: 300_000, count: 10 });
  });

  test("is none in lines that say nothing, or uid 0", () => {
    for (const line of ["", "ann", "ann:x:5", "ann:5", "ann:0:65536", "ann:100:0", "ann:-5:10", "# ann:5:5", "bob:5:5"]) expect([line, rangeOf(line, ["ann"])]).toEqual([line, null]);
  });

  test("goes by the name that the uid has", () => {
    const passwd = "root:x:0:0::/:/bin/sh\nann:x:1000:100::/:/bin/sh\n";
    expect([accountOf(passwd, 1000), accountOf(passwd, 100), accountOf("", 1000)]).toEqual(["ann", null, null]);
  });
});

test("a program is somebody of the range, and never the caller", () => {
  const small = { uid: { first: 100_000, count: 3 }, gid: { first: 200_000, count: 65_536 } };
  for (let round = 0; round < 50; round++) {
    const { uid, gid, inside } = chooseUser(small);
    expect(uid).toBeWithin(100_000, 100_003);
    expect(gid).toBe(uid + 100_000);
    expect([inside.uid, inside.gid]).toEqual([insideOf(small.uid, uid), insideOf(small.gid, gid)]);
    expect(inside.uid).toBeGreaterThan(0);
  }
  expect(insideOf(ranges.uid, ranges.uid.first)).toBe(1);
});

test("a mount that can be written to needs the caller, the box does not", () => {
  const rule = { inside: "data", kind: "bind", source: "/usr", writable: false, devices: false, noExec: false, maybe: false, recursive: true, sourceType: "directory" } as const;
  expect(needsCaller([rule, { ...rule, inside: "box", source: "./box", writable: true }, { ...rule, kind: "scratch", source: "tmpfs", writable: true }])).toBe(false);
  expect(needsCaller([{ ...rule, writable: true }])).toBe(true);
});
