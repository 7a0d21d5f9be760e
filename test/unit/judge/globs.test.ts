// Patterns of submissions.yaml, by a table.
import { expect, test } from "bun:test";
import { globMatcher, globMistake } from "../../../src/judge/globs.ts";

test("a star stands for part of one name, and braces for alternatives", () => {
  const table: [pattern: string, path: string, matches: boolean][] = [
    ["accepted", "accepted/a.py", true],
    ["accepted/*", "accepted/a.py", true],
    ["accepted/*", "accepted/directory/main.py", true],
    ["*", "accepted/a.py", true],
    ["accepted/*.py", "accepted/a.cpp", false],
    ["accepted/a", "accepted/a.py", false],
    ["accept", "accepted/a.py", false],
    ["accepted/a.py/x", "accepted/a.py", false],
    ["*/{simple,complex}.py", "wrong_answer/complex.py", true],
    ["a{b,c}{d,e}", "ace", true],
    ["a{b,c}{d,e}", "abc", false],
    ["a{b,{c,d}x}", "adx", true],
    ["a{,b}", "a", true],
    ["a{ b , c }", "ac", true],
    ["secret/*-big", "secret/01-big", true],
    ["secret/*-big", "secret/x/01-big", false],
    ["secret/g1", "secret/g1/deep/01", true],
    ["a*b*c", "axxbxxc", true],
    ["a*b*c", "ac", false],
    ["a*a", "a", false],
    ["*.*", "x.py", true],
    ["author.py", "author_py", false],
    ["a,b", "a,b", true],
  ];
  for (const [pattern, path, matches] of table) expect([pattern, path, globMatcher(pattern)(path)]).toEqual([pattern, path, matches]);
});

test("what the format does not have is a mistake", () => {
  expect(globMistake("accepted/*.{py,cpp}")).toBeNull();
  expect(globMistake("**/x")).toStartWith("has '**'");
  expect(globMistake("[ab]")).toStartWith("has brackets");
  expect(globMistake("{a,b")).toBe("does not close a brace");
  expect(globMistake("a}")).toBe("closes a brace that is not open");
  expect(globMistake("{a,b}".repeat(40))).toBe("means more than 10000 names");
});

test("a pattern of many stars is decided at once", () => {
  expect(globMatcher(`${"a*".repeat(1000)}b`)("a".repeat(5000))).toBe(false);
});
