// Texts of strangers against every pattern of every pack that is in the binary, and what a compiler answers.
import { describe, expect, test } from "bun:test";
import { builtInLanguages } from "../../../src/language/builtin.ts";
import { findEntryPoint } from "../../../src/language/entry-point.ts";
import type { Language } from "../../../src/language/language.ts";
import { patternProblem, searchFor, togetherOf } from "../../../src/language/patterns.ts";
import { pluginNames } from "../../../src/language/plugins.ts";
import { pluginLanguages } from "../../helpers/plugins.ts";

const languages = [...builtInLanguages(), ...pluginNames.flatMap((name) => pluginLanguages(name).map((language) => ({ ...language, layer: 1 })))];

interface Use {
  readonly language: Language;
  readonly pattern: string;
}

/** Each pattern once for each way in which it is searched. */
const uses = [...new Map(languages.flatMap(usesOf).map((use) => [`${searchFor(use.language) === searchFor({ layer: 0 })} ${use.pattern}`, use])).values()];

function usesOf(language: Language): Use[] {
  const { entryPoint: rule, toolchain, shebang } = language;
  const patterns = rule === null ? [] : [togetherOf(rule.ignore), ...rule.pattern, ...rule.package, ...rule.fileName].filter((pattern) => pattern !== "");
  return [...patterns, ...(toolchain === null ? [] : [toolchain.pattern]), ...(shebang === null ? [] : [shebang])].map((pattern) => ({ language, pattern }));
}

/** What a pattern may wait for, again and again, and what keeps it waiting. */
const units = [
  "\n", " ", "\t", "\r\n", "\u2028", "/*", "/* *", "//", "//\n", "\"", "'", "\"\"\"", "\\\"", "\\", "{", "}", "{}", "{;", "(", ".", "1", "1.", "1.1", "v1", "a", "a ", "é", "漢", "😀",
  "package ", "package a.", "package\n", "class ", "class a ", "class a{", "class a{static ", "public ", "public final ", "static ", "static public ", "void main ", "static void main\n",
  "object ", "object a ", "object a extends ", "object a extends b with ", "object a extends b with c with ", "object a{def ", "def main ", "@JvmStatic fun ", "fun main", "#!", "#!/usr/bin/env ", "javac ", "kotlinc-jvm ", "version ", "(v1", "PyPy ", "Python ",
];
/** A beginning after which the same goes on and on. */
const beginnings = ["", "package", "class", "class A", "class A{", "class A{static", "class A{static void", "class A{static void main", "public", "public final", "object A", "object A extends", "object A{", "#!", "#!/usr/bin/env", "(", "(v", "javac ", "\"", "'", "/*", "1"];

function cpuTimeMs(use: () => unknown): number {
  const begun = process.cpuUsage();
  use();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

interface Case {
  readonly beginning: string;
  readonly unit: string;
}

/** Texts of which a pattern knows every word; where the search is linear whatever the pattern is, only those of one kind from the beginning. */
function casesOf({ language, pattern }: Use): Case[] {
  const known = (text: string) => (text.match(/[A-Za-z]{3,}/g) ?? []).every((word) => pattern.includes(word));
  const begun = language.layer === 0 ? beginnings.filter(known) : [""];
  return begun.flatMap((beginning) => units.filter(known).map((unit) => ({ beginning, unit })));
}

const textOf = ({ beginning, unit }: Case, characters: number) => beginning + unit.repeat(Math.ceil(characters / unit.length));

test("every pattern of every pack can be searched in linear time", () => {
  expect(uses.length).toBeGreaterThan(20);
  expect(uses.map(({ pattern }) => [pattern, patternProblem(pattern, "none")])).toEqual(uses.map(({ pattern }) => [pattern, null]));
});

describe("a pattern of a pack takes less than 1.5 s of CPU time for 120 KB of anything", () => {
  for (const use of uses) {
    const { language, pattern } = use;
    test(`${language.id} (${language.layer === 0 ? "built-in" : "plugin"}): ${pattern.slice(0, 60)}`, () => {
      for (const one of casesOf(use)) {
        const text = textOf(one, 120_000);
        // The least of up to three, as neighbours on the processor make us slower, and never quicker.
        let took = Infinity;
        for (let tries = 0; tries < 3 && took >= 1500; tries++) took = Math.min(took, cpuTimeMs(() => searchFor(language).blankMatches(pattern, text)));
        expect([one, took < 1500, took]).toEqual([one, true, took]);
      }
    }, 120_000);
  }
});

test("a pattern of a built-in language takes four times as long for four times the text, not sixteen times", () => {
  for (const use of uses.filter(({ language: { layer } }) => layer === 0)) {
    const { language, pattern } = use;
    for (const one of casesOf(use)) {
      const [small, large] = [textOf(one, 60_000), textOf(one, 240_000)];
      const ratios: number[] = [];
      for (let tries = 0; tries < 8 && !ratios.some((ratio) => ratio < 6); tries++) {
        // What is over so soon is not quadratic, and too short to be measured: the runtime changes its way of searching in between.
        const took = cpuTimeMs(() => searchFor(language).blankMatches(pattern, large));
        ratios.push(took < 100 ? 1 : took / Math.max(1, cpuTimeMs(() => searchFor(language).blankMatches(pattern, small))));
      }
      expect([pattern, one, ratios.some((ratio) => ratio < 6), ratios]).toEqual([pattern, one, true, ratios]);
    }
  }
}, 300_000);

test("the main class of 16 MB of newlines, open comments, quotes or braces is looked for in the first part only", () => {
  for (const language of languages.filter(({ entryPoint }) => entryPoint !== null)) {
    for (const unit of ["\n", "/*", "\"", "{", "}"]) {
      const bytes = Buffer.alloc(16 * 1024 * 1024, unit);
      expect([language.id, unit, cpuTimeMs(() => findEntryPoint(language.entryPoint!, bytes, "Main", searchFor(language))) < 3000]).toEqual([language.id, unit, true]);
    }
  }
}, 120_000);
