import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../../src/config/config.ts";
import { configParser } from "../../../src/config/many.ts";

const first = { instance_id: "0", workdir: "/a", uid: 61_000, gid: 61_000, memory_limit: 64 * 2 ** 20 };

function answerOf(parse: typeof parseConfig, input: unknown): unknown {
  try {
    return JSON.stringify(parse(input, "configuration of box 1"));
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a parser for many configurations", () => {
  const others = [
    { instance_id: "1", workdir: "/b", uid: 61_001, gid: 61_002 },
    { instance_id: "1", workdir: null, uid: null, gid: null },
    { instance_id: ".1" },
    { instance_id: 1 },
    { workdir: "b" },
    { workdir: "/b\0" },
    { uid: 0 },
    { uid: 1.5 },
    { uid: 2 ** 32 - 1 },
    { gid: "61000" },
    { memory_limit: 0 },
    { unknown: 1 },
  ];

  test.each(others)("that has checked another says the same of %j as one that has not", (change) => {
    const parse = configParser();
    parse(first, "configuration of box 0");
    const input = { ...first, ...change };
    expect(answerOf(parse, input)).toBe(answerOf(parseConfig, input) as string);
  });

  test.each(["instance_id", "workdir", "uid", "gid"] as const)("fills in %s as for the first, or misses it", (name) => {
    const parse = configParser();
    parse(first, "configuration of box 0");
    const { [name]: _, ...input } = first;
    expect(answerOf(parse, input)).toBe(answerOf(parseConfig, input) as string);
  });

  test("refuses what is no object", () => {
    for (const input of [null, [], "", 0]) expect(answerOf(configParser(), input)).toBe(answerOf(parseConfig, input) as string);
  });
});
