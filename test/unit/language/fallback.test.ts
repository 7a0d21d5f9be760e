import { expect, test } from "bun:test";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import { fallbackOf, programsOf } from "../../../src/language/fallback.ts";

const named = (id: string) => builtInLanguages().find((language) => language.id === id)!;

test("a fallback brings programs, needs, tests and name; what leads to the language stays, and there is no second fallback", () => {
  const javascript = named("javascript");
  const bun = named("javascript-bun");
  const standIn = fallbackOf(javascript, builtInLanguages())!;
  expect([standIn.name, standIn.run, standIn.toolchain, standIn.tests, standIn.sourceName]).toEqual([bun.name, bun.run, bun.toolchain, bun.tests, bun.sourceName]);
  expect([standIn.id, standIn.aliases, standIn.extensions, standIn.shebang, standIn.fallback]).toEqual([javascript.id, javascript.aliases, javascript.extensions, javascript.shebang, null]);
});

test("there is none for a language that names none, itself, or one that nobody brings", () => {
  expect(fallbackOf(named("python"), builtInLanguages())).toBeNull();
  const self = { ...named("python"), fallback: "python" };
  expect(fallbackOf(self, [self])).toBeNull();
  expect(fallbackOf({ ...named("python"), fallback: "nothing" }, builtInLanguages())).toBeNull();
});

test("what is made from the source or is in the binary is no program to look for", () => {
  expect([programsOf(named("typescript")), programsOf(named("cpp")), programsOf(named("javascript"))]).toEqual([[], ["/usr/bin/g++"], ["node"]]);
});
