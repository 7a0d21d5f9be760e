// Patterns of packs: our own search, which takes linear time, finds what JavaScript's search finds.
import { describe, expect, test } from "bun:test";
import { firstMatch, replaceMatches } from "../../../src/language/pattern-match.ts";
import { linearSearch, patternProblem } from "../../../src/language/patterns.ts";
import { property, type Random, typed } from "./property.ts";

const characters = ["a", "b", "\\n", " ", "é", "😀", "_", "{", "\\{", "\\\\", "\\.", "\\x61", "\\u0062", "\\u{1F600}", "\\uD83D\\uDE00"].map((text) => (text === "{" ? "\\{" : text));
const classes = [".", "\\s", "\\S", "\\w", "\\W", "\\d", "[ab]", "[^a]", "[^\\n]", "[\\s\\S]", "[a-b_\\]]", "\\p{L}", "\\P{L}", "[\\p{ID_Start}$_]", "[^\\]b]", "[😀é]"];
const quantifiers = ["*", "+", "?", "{2}", "{0,2}", "{1,3}", "{1,}", "{0}", "{2,2}"];
const inputs = ["a", "a", "b", "b", "\n", " ", "é", "😀", "_", "{", "\\", ".", "1", "\r", "\u2028", "\ud83d", "\ude00"];

function fixed(random: Random): string {
  return random.list(2, () => (random.once(5) ? random.pick(["^", "$", "\\b", "\\B"]) : random.once(2) ? random.pick(classes) : random.pick(characters))).join("");
}

/** A pattern of the supported part, or one that is refused for a repeat of what may be empty. */
function pattern(random: Random, depth: number): string {
  const option = () => random.list(4, () => piece(random, depth)).join("");
  return random.once(3) ? `${option()}|${option()}${random.once(4) ? `|${option()}` : ""}` : option();
}

function piece(random: Random, depth: number): string {
  if (random.once(9)) return random.pick(["^", "$", "\\b", "\\B"]);
  if (random.once(12)) return `${random.pick(["(?=", "(?!", "(?<=", "(?<!"])}${fixed(random)}${random.once(3) ? `|${fixed(random)}` : ""})`;
  const atom = depth > 0 && random.once(3) ? `${random.pick(["(", "(?:"])}${pattern(random, depth - 1)})` : random.once(2) ? random.pick(classes) : random.pick(characters);
  return random.once(2) ? `${atom}${random.pick(quantifiers)}${random.once(3) ? "?" : ""}` : atom;
}

let compared = 0;

property("a search of our own gives the match, the groups and the replacement that RegExp gives", 4000, (random) => {
  const text = pattern(random, 3);
  if (patternProblem(text, "none") !== null) return;
  for (let tries = 0; tries < 3; tries++) {
    const input = random.text(inputs, 14);
    const expected = new RegExp(text, "mu").exec(input);
    const found = firstMatch(text, input);
    const context = { text, input };
    expect({ ...context, found: found && [found.begin, ...found.groups] }).toEqual({ ...context, found: expected && [expected.index, ...expected] });
    expect({ ...context, replaced: replaceMatches(text, input, " ") }).toEqual({ ...context, replaced: input.replace(new RegExp(text, "gmu"), " ") });
    compared++;
  }
});

test("the patterns that were compared are most of those that were made", () => {
  expect(compared).toBeGreaterThan(20_000);
});

property("what is said about a pattern is one sentence, whatever it is, and what is accepted can be searched", 2000, (random) => {
  const text = random.text([...characters, ...classes, ...quantifiers, "(", ")", "(?:", "(?<n>", "(?i:", "(?<=", "(?!", "|", "[", "]", "^", "\\1", "\\k<n>", "\\", "{", "}"], 12);
  const problem = patternProblem(text, "none");
  if (problem !== null) return expect(problem).toMatch(/^(not a regular expression: .+|cannot be used: .+; .+)$/su);
  firstMatch(text, random.text(inputs, 20));
});

test("a pattern that an earlier version has let into a box is refused when it is used, as a mistake of the pack", () => {
  const { error } = typed(() => linearSearch.matches("(a)\\1", "aa"));
  expect([error?.kind, error?.message]).toEqual(["Config", expect.stringContaining("the pattern (a)\\1 of a language pack cannot be used: at character 4 it has \\1")]);
});

describe("a long text of one kind", () => {
  const patterns = ["^\\s*package", "(?:a+)+$", "(?:a|b|ab)*c", "(?:[^x]*x)*y", "a*a*a*a*a*c", "(?:\\w+\\s?)*;", "(a|aa)+$", "\\s+$", "[^{]{0,300}\\{", "(?:\\s*\\w+)*\\s*x", ".*?.*?.*?=", "(?:(?:ab?)+(?:ba?)+)+!"];
  const units = ["\n", "a", "ab", " ", "x", "a ", "{", "é", "😀"];
  const timeOf = (use: () => void) => {
    const begun = process.cpuUsage();
    use();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };

  test("of 120 KB takes no pattern longer than 2 s of CPU time", () => {
    for (const text of patterns) {
      expect([text, patternProblem(text, "none")]).toEqual([text, null]);
      for (const unit of units) {
        const long = unit.repeat(120_000 / unit.length);
        expect([text, unit, timeOf(() => firstMatch(text, long)) < 2000]).toEqual([text, unit, true]);
      }
    }
  });

  test("takes four times as long when it is four times as long, not sixteen times", () => {
    for (const text of patterns) {
      const ratios: number[] = [];
      // The runtime's own compilers get in between.
      for (let tries = 0; tries < 6 && !ratios.some((ratio) => ratio < 6); tries++) {
        const small = timeOf(() => units.forEach((unit) => firstMatch(text, unit.repeat(15_000))));
        const large = timeOf(() => units.forEach((unit) => firstMatch(text, unit.repeat(60_000))));
        ratios.push(large / Math.max(small, 1));
      }
      expect([text, ratios.some((ratio) => ratio < 6), ratios]).toEqual([text, true, ratios]);
    }
  });
});
