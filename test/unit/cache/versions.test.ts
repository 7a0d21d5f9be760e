// What compilers say of their version is asked once for each compiler file.
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rememberedVersion } from "../../../src/cache/versions.ts";
import { temporaryDirectory } from "../instance/temporary.ts";

/** Asks as often as it is told to. @returns the answers, and how often the compiler was asked */
async function asking(state: string, identities: readonly string[], answer: string | null): Promise<[answers: (string | null)[], asked: number]> {
  let asked = 0;
  const answers: (string | null)[] = [];
  for (const identity of identities) {
    answers.push(
      await rememberedVersion(state, identity, async () => {
        asked++;
        return answer;
      }),
    );
  }
  return [answers, asked];
}

test("a compiler is asked once, and another file again", async () => {
  using state = temporaryDirectory();
  expect(await asking(state.path, ["a", "a", "b", "a"], "gcc 12\nä\n")).toEqual([["gcc 12\nä\n", "gcc 12\nä\n", "gcc 12\nä\n", "gcc 12\nä\n"], 2]);
  expect(await asking(state.path, ["a", "c"], "gcc 13")).toEqual([["gcc 12\nä\n", "gcc 13"], 1]);
});

test("an answer that says nothing is remembered, none is not", async () => {
  using state = temporaryDirectory();
  expect(await asking(state.path, ["a", "a"], null)).toEqual([[null, null], 2]);
  expect(await asking(state.path, ["a", "a"], "")).toEqual([["", ""], 1]);
});

test("an answer without end is given and not remembered", async () => {
  using state = temporaryDirectory();
  const long = "x".repeat(65_537);
  expect(await asking(state.path, ["a", "a"], long)).toEqual([[long, long], 2]);
  expect(readdirSync(state.path)).toEqual([]);
});

test("a cache that cannot be used only costs the asking", async () => {
  using state = temporaryDirectory();
  mkdirSync(join(state.path, ".cache"));
  chmodSync(join(state.path, ".cache"), 0o777);
  expect(await asking(state.path, ["a", "a"], "gcc")).toEqual([["gcc", "gcc"], 2]);
});

test("what the asking ends with is the caller's", async () => {
  using state = temporaryDirectory();
  const refused = rememberedVersion(state.path, "a", async () => {
    throw new Error("not installed");
  });
  expect(refused).rejects.toThrow("not installed");
});
