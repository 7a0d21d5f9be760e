import { describe, expect, test } from "bun:test";
import { commands, flagOf, flagsOf, type CommandName } from "../../../src/cli/flags.ts";
import { flagGroups } from "../../../src/cli/help/groups.ts";
import { verbsOf } from "../../../src/cli/help/verbs.ts";
import { defaultOf, describeFlag, helpPages, renderHelp } from "../../../src/cli/help.ts";

const pages = Object.keys(helpPages());

describe("the help text", () => {
  test.each(pages.flatMap((name) => [80, 120].map((width) => ({ name, width }))))("of '$name' in $width columns", ({ name, width }) => {
    const text = renderHelp(name, width);
    expect(text).toMatchSnapshot();
    // Single words and examples stay whole.
    for (const line of text.split("\n")) if (line.length > width) expect(line).toMatch(/^ +(\S+|mini-isolate .*|echo .*)$/);
  });

  test.each((Object.keys(commands) as CommandName[]).map((name) => ({ name })))("of $name has no colours and names every flag, once", ({ name }) => {
    const text = renderHelp(name);
    expect(text).not.toContain("\x1b");
    for (const flag of flagsOf(name)) expect(text.match(new RegExp(`^  --${flag}( |$)`, "gm"))).toHaveLength(1);
  });

  test("of each command and verb has an example", () => {
    const named = [...Object.keys(commands).filter((name) => name !== "isolate"), ...Object.entries(verbsOf).flatMap(([name, verbs]) => Object.keys(verbs!).map((verb) => `${name} ${verb}`))];
    for (const name of named) expect([name, renderHelp(name)]).toEqual([name, expect.stringContaining("\nEXAMPLES\n\n  ")]);
  });

  test("has each flag in one group at most", () => {
    const all = flagGroups.flatMap(([, names]) => names);
    expect(new Set(all).size).toBe(all.length);
  });

  test("shows the state directory that is in force", () => {
    expect(renderHelp("list", 120, "/srv/boxes")).toContain("(default: /srv/boxes)");
  });

  test("shows the limits of a temporary box", () => {
    expect(renderHelp("run", 200)).toContain("(default: that of the box; of a temporary one 128)");
  });
});

describe("a flag's description", () => {
  test("tells unit, `unlimited` and the default in the unit that is written", () => {
    const mem = flagOf("init", "memory");
    expect(describeFlag(mem)).toEndWith("; MB, or unlimited");
    expect(defaultOf(mem)).toBe("128");
    expect(defaultOf(flagOf("init", "cpu-time"))).toBe("10");
    expect(defaultOf(flagOf("init", "processes"))).toBe("1");
    expect(defaultOf(flagOf("init", "wall-time"))).toBe("2 x --cpu-time");
    expect(defaultOf(flagOf("init", "strict"))).toBeNull();
  });

  test("differs where the command means something else by it", () => {
    expect(defaultOf(flagOf("init", "box-id"))).toBe("0");
    expect(defaultOf(flagOf("run", "box-id"))).toBe("0 if that box exists, else a temporary one");
    expect(defaultOf(flagOf("cleanup", "box-id"))).toBeNull();
  });
});
