import { describe, expect, test } from "bun:test";
import { flags } from "../../../src/cli/flags.ts";
import { isolateHint } from "../../../src/cli/isolate-hints.ts";
import { options } from "../../../src/compat/options.ts";

const named = /--([a-z][a-z-]*)/g;

describe("each option of isolate has an answer", () => {
  test.each(options.filter(({ name }) => !["version", "syscalls"].includes(name)).map(({ name, short }) => ({ name, short })))("$name", ({ name, short }) => {
    for (const command of ["init", "run", "execute"] as const) {
      for (const written of [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]) {
        const hint = isolateHint(command, written, "10");
        expect(hint).toStartWith("isolate's ");
        // What it advises exists, here or in the command line of isolate.
        const words = [...hint!.matchAll(named)].map(([, word]) => word!);
        for (const word of words) expect(word in flags || options.some((option) => option.name === word)).toBe(true);
      }
    }
  });

  test("all short ones of version 1", () => {
    const letters = options.flatMap(({ short }) => short ?? []);
    for (const letter of "bcdefikmMoprstvwxEDq") expect(letters).toContain(letter);
  });
});

test.each([
  [null, "--init", "isolate's --init: the command comes first: mini-isolate init; mini-isolate isolate has the command line of isolate"],
  ["run", "-t=2", "isolate's -t (--time) is --cpu-time 2 here"],
  ["run", "--cg-mem=1500", "isolate's --cg-mem is --memory 1500K (isolate counts in KB) here"],
  ["run", "-p", "isolate's -p (--processes) is --processes here; without a number isolate means any number: --processes unlimited"],
  ["run", "-nosuch", null],
  ["run", "-z", null],
  ["run", "--nothing", null],
] as const)("%s %s", (command, written, hint) => {
  expect(isolateHint(command, written, undefined)).toBe(hint);
});
