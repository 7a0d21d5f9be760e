// The configurations that are recognised without the schema are those that the schema takes, and come out the same.
import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../../src/config/config.ts";
import { defaultConfig } from "../../../src/config/defaults.ts";
import { checkConfig } from "../../../src/config/schema.ts";
import { usualConfig } from "../../../src/config/usual.ts";
import { limits } from "../../../src/model/limits.ts";

const usual = { instance_id: "b", ...defaultConfig, workdir: "/var/b", uid: 60706, gid: 60706 };

/** Values of all kinds, right and wrong, for any field. */
const values: readonly unknown[] = [
  null, undefined, true, false, 0, 1, -1, 2, 3, 0.5, 1.5, Number.NaN, Infinity, 2 ** 32 - 2, 2 ** 32 - 1, "", "a", "/", "/x", "/x\0", "x/y", "none", "host", "loopback", "default", "strict", "auto", "0-1",
  [], ["a"], [[]], {}, [["A", "b"]], ["locks"], "0", "a".repeat(65), "..", ".a",
  ...Object.values(limits).flatMap(({ min, max }) => [min, max, min - 1, max + 1, min + 0.25]),
];

function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a configuration that is recognised", () => {
  for (const field of Object.keys(usual)) {
    test(`is what the schema makes of it, whatever ${field} is`, () => {
      for (const value of values) {
        const input = { ...usual, [field]: value };
        const seen = usualConfig(input);
        if (seen !== null) expect([value, seen]).toEqual([value, outcome(() => checkConfig(input, "here")) as never]);
        expect([value, outcome(() => parseConfig(input, "here"))]).toEqual([value, outcome(() => checkConfig(input, "here"))]);
      }
    });
  }

  test("has every field and no other", () => {
    expect(usualConfig(usual)).toEqual(usual);
    expect(usualConfig({ ...usual, more: 1 })).toBeNull();
    const { strict: _, ...less } = usual;
    expect(usualConfig(less)).toBeNull();
    expect(usualConfig({ ...less, more: 1 })).toBeNull();
    expect(usualConfig(Object.assign(Object.create({ strict: true }), less, { more: 1 }) as Record<string, unknown>)).toBeNull();
  });
});
