// The comparisons beside slow and simple ones, on random files that differ in little; always the same ones.
import { afterAll, describe, expect, test } from "bun:test";
import { compareBy } from "../../../../src/judge/compare/compare-by.ts";
import { chunkBytes } from "../../../../src/judge/compare/token-source.ts";
import type { BuiltInChecker } from "../../../../src/judge/problem.ts";
import { FilePair, noRest } from "./files.ts";

/** Numbers from 0 to n - 1. */
function randomNumbers(seed: number): (n: number) => number {
  return (n) => {
    seed = (seed + 0x9e3779b9) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % n;
  };
}

type IsSame = (output: string, answer: string) => boolean;

const same = (one: readonly string[], other: readonly string[]) => one.length === other.length && one.every((part, index) => part === other[index]);
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const words = (text: string, space = /[\t\n\v\f\r ]+/) => text.split(space).filter((word) => word !== "");
const withoutLast = (lines: readonly string[], isEmpty: (line: string) => boolean) => lines.slice(0, lines.findLastIndex((line) => !isEmpty(line)) + 1);
const withoutReturns = (text: string) => text.replace(/\r(?=\n|$(?![^]))/g, "");

const linesOfWords: IsSame = (output, answer) => {
  const [ours, theirs] = [output, answer].map((text) => withoutLast(text.split("\n").map((line) => words(line).join(" ")), (line) => line === ""));
  return same(ours!, theirs!);
};

const linesOfTestlib: IsSame = (output, answer) => {
  const [ours, theirs] = [output, answer].map((text) => {
    const lines = withoutReturns(text).split("\n");
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  }) as [string[], string[]];
  const compared = theirs.at(-1) === "" ? theirs.slice(0, -1) : theirs;
  return compared.every((line, index) => line === (ours[index] ?? "")) && ours.slice(compared.length).every((line) => words(line, /[\t\n\r ]+/).length === 0);
};

const references: Readonly<Partial<Record<BuiltInChecker, IsSame>>> = {
  default: (output, answer) => same(words(lower(output)), words(lower(answer))),
  "white-diff": linesOfWords,
  lcmp: linesOfWords,
  lines(output, answer) {
    const [ours, theirs] = [output, answer].map((text) => withoutLast(text.split("\n").map((line) => line.replace(/[\t\r ]+$/, "")), (line) => line === ""));
    return same(ours!, theirs!);
  },
  exact(output, answer) {
    const [ours, theirs] = [output, answer].map((text) => withoutReturns(text).replace(/\n$(?![^])/, ""));
    return ours === theirs;
  },
  wcmp: (output, answer) => same(words(output, /[\t\n\r ]+/), words(answer, /[\t\n\r ]+/)),
  fcmp: linesOfTestlib,
};

const files = new FilePair();
afterAll(() => files[Symbol.dispose]());

const check = async (name: BuiltInChecker, output: string, answer: string, args: readonly string[] = []) =>
  (await files.with(output, answer, (ours, theirs) => compareBy(name, ours, theirs, args, noRest))).kind === "accepted";

function randomText(random: (n: number) => number): string {
  const gaps = [" ", " ", "\n", "\n", "\n", "\r\n", "  ", "\n\n", " \n", "\t", "\v", "\f", "\r", "\r\r\n"];
  let text = random(6) === 0 ? gaps[random(gaps.length)]! : "";
  for (let count = random(7); count > 0; count--) text += ["a", "A", "bb", "b", "12", "123456789", "\0", "\u00e4"][random(8)]! + (count > 1 || random(2) === 0 ? gaps[random(gaps.length)]! : "");
  return text;
}

function changed(text: string, random: (n: number) => number): string {
  for (let times = random(3); times > 0; times--) {
    const at = random(text.length + 1);
    const way = random(6);
    if (way === 0) text = text.slice(0, at) + text.slice(at + 1);
    else if (way === 1) text = text.slice(0, at) + [" ", "\n", "\r\n", "\t", "\r", "\v", "a"][random(7)]! + text.slice(at);
    else if (way === 2) text = text.replaceAll("\n", "\r\n");
    else if (way === 3) text = text.trimEnd() + ["", "\n", "\r\n", " \n \n", "\n\n"][random(5)]!;
    else if (way === 4) text = text.toUpperCase();
    else text = text.replaceAll(/[\n ]/g, (space) => (space === " " ? "\n" : " "));
  }
  return text;
}

describe("bytes", () => {
  for (const [index, [name, isSame]] of Object.entries(references).entries()) {
    test(`${name} says what the simple comparison says`, async () => {
      const random = randomNumbers(index + 1);
      for (let round = 0; round < 250; round++) {
        const answer = randomText(random);
        const output = random(8) === 0 ? randomText(random) : changed(answer, random);
        expect([output, answer, await check(name as BuiltInChecker, output, answer)]).toEqual([output, answer, isSame!(output, answer)]);
      }
    });

    test(`${name} says the same where a piece that is read ends in the middle of it`, async () => {
      const random = randomNumbers(index + 100);
      for (let round = 0; round < 25; round++) {
        const answer = randomText(random);
        const output = changed(answer, random);
        const before = "0123456 ".repeat(chunkBytes / 8).slice(0, chunkBytes - random(16));
        const more = random(3) === 0 ? before.replaceAll(" ", "\n") : before;
        const isRight = (await check(name as BuiltInChecker, more + output, more + answer)) === isSame!(more + output, more + answer);
        expect([output, answer, more.length, isRight]).toEqual([output, answer, more.length, true]);
      }
    });
  }

  test("white space that counts is the same, byte by byte", async () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 250; round++) {
      const answer = randomText(random);
      const output = changed(answer, random);
      expect([output, answer, await check("default", output, answer, ["space_change_sensitive"])]).toEqual([output, answer, lower(output) === lower(answer)]);
    }
  });
});

describe("numbers", () => {
  /** As an integer number of 10^-40. */
  const parsed = (word: string): bigint | null => {
    const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(word);
    if (match === null || match[2]! + match[3]! === "") return null;
    const shift = 40 - match[3]!.length + Number(match[4] ?? 0);
    return BigInt(match[2]! + match[3]!) * 10n ** BigInt(shift) * (match[1] === "-" ? -1n : 1n);
  };
  const positive = (value: bigint) => (value < 0n ? -value : value);
  const isNear = (output: string, answer: string, absolute: string | null, relative: string | null): boolean => {
    if (output.toLowerCase() === answer.toLowerCase()) return true;
    const [given, expected] = [parsed(output), parsed(answer)];
    if (given === null || expected === null) return false;
    const distance = positive(given - expected);
    return (absolute !== null && distance <= parsed(absolute)!) || (relative !== null && distance * 10n ** 40n <= parsed(relative)! * positive(expected));
  };

  test("an output is accepted when each number is near enough, exactly", async () => {
    const random = randomNumbers(3);
    const digits = (count: number) => Array.from({ length: count }, () => random(10)).join("");
    const number = () => `${["", "", "-", "+"][random(4)]!}${digits(random(4) + (random(4) === 0 ? 8 : 1))}${["", ".", `.${digits(random(3) + 1)}`, `.${digits(9)}`][random(4)]!}${random(6) === 0 ? `e${random(9) - 4}` : ""}`;
    const near = (word: string) => {
      const way = random(6);
      const last = word.search(/\d(?=\D*$)/);
      if (way === 0) return word;
      if (way === 1) return word.slice(0, last) + digits(1) + word.slice(last + 1);
      if (way === 2) return /e/.test(word) ? word : word + (word.includes(".") ? digits(random(4)) : `.${digits(random(5))}`);
      if (way === 3) return ["nan", "x", "-0", "0", ".5", "5.", "."][random(7)]!;
      return way === 4 ? word.replace(/^\+?/, "0") : number();
    };
    for (let round = 0; round < 800; round++) {
      const answers = Array.from({ length: 1 + random(3) }, number);
      const outputs = answers.map((word) => (random(3) === 0 ? near(word) : word));
      const tolerance = ["1e-6", "0.5", "1e-1", "0.001", "2e-9", "0", "1e1"][random(7)]!;
      const kind = ["float_tolerance", "float_absolute_tolerance", "float_relative_tolerance"][random(3)]!;
      const [absolute, relative] = [kind === "float_relative_tolerance" ? null : tolerance, kind === "float_absolute_tolerance" ? null : tolerance];
      const expected = outputs.every((word, index) => isNear(word, answers[index]!, absolute, relative));
      const seen = await check("default", outputs.join(" "), answers.join("\n"), [kind, tolerance]);
      expect([outputs, answers, kind, tolerance, seen]).toEqual([outputs, answers, kind, tolerance, expected]);
    }
  });
});
