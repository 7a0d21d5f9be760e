// The configuration file of isolate, with the keys of both versions.
import { describe, expect, test } from "bun:test";
import { parseCompatConfig } from "../../../src/compat/config.ts";

const ids = "first_uid = 60000\nfirst_gid = 60001\nnum_boxes = 5\n";
const whole = `box_root = /boxes\ncg_root = /sys/fs/cgroup\n${ids}`;
const parse = (text: string) => parseCompatConfig(text, "/etc/isolate", (user) => (user === "judge" ? { firstUid: 100_000, firstGid: 200_000, boxes: 65_536 } : null));

describe("configuration", () => {
  test("version 1: places, ids, and where boxes run", () => {
    const config = parse(`# a comment\n\n${whole}cg_parent = boxes\nbox3.cpus = 4-7\nbox3.mems = 1\n`);
    expect(config).toMatchObject({ boxRoot: "/boxes", cgRoot: "/sys/fs/cgroup", cgParent: "boxes", firstUid: 60_000, firstGid: 60_001, boxes: 5, dialect: null, syscalls: null });
    expect(config.placements.get(3)).toEqual({ cpus: "4-7", mems: "1" });
  });

  test("version 2: subordinate ids, lock directory, filter, and our switch", () => {
    const text = "box_root=/boxes\nlock_root=/run/locks\ncg_root=auto:/run/isolate/cgroup\nsubid_user=judge\nrestricted_init=1\nsyscall_flags=3\ncompat=2\n";
    expect(parse(text)).toMatchObject({ lockRoot: "/run/locks", cgRoot: "auto:/run/isolate/cgroup", firstUid: 100_000, firstGid: 200_000, boxes: 65_536, restrictedInit: true, syscalls: 3, dialect: 2 });
  });

  for (const [claim, text, message] of [
    ["an unknown key", `${whole}foo = 3\n`, "line 6: Unknown configuration item"],
    ["a blank before a key", ` ${whole}`, "line 1: Syntax error, expecting key=value"],
    ["a line without =", `${whole}box_root\n`, "line 6: Syntax error, expecting key=value"],
    ["a number that is none", `${whole}num_boxes = abc\n`, "line 6: Invalid number"],
    ["a box that is none", `${whole}boxx.cpus = 1\n`, "line 6: Invalid number"],
    ["an unknown key of a box", `${whole}box1.foo = 2\n`, "line 6: Unknown per-box configuration item"],
    ["no end of the last line", `${whole}compat = 1`, "line 6: Line not terminated or too long"],
    ["a line that is too long", `${whole}box_root = ${"x".repeat(1100)}\n`, "line 6: Line not terminated or too long"],
    ["a key that is missing", "box_root = /boxes\n", "line 1: Configuration is not complete"],
    ["no boxes", `${whole}num_boxes = 0\n`, "line 6: Configuration is not complete"],
    ["a switch that is neither 1 nor 2", `${whole}compat = 3\n`, "line 6: Invalid number"],
    ["a user without subordinate ids", "box_root=/b\ncg_root=/c\nsubid_user=x\n", "line 3: Cannot find subordinate ids of user x"],
  ] as const) {
    test(`refuses ${claim}`, () => expect(() => parse(text)).toThrow(`Error in config file, ${message}`));
  }

  test("as many boxes as clients want", () => expect(parse(whole.replace("= 5", "= 2147483647")).boxes).toBe(2_147_483_647));
});
