/**
 * Properties: a claim that holds for everything that a generator makes. Each is tried with fixed seeds, which never change,
 * and with one that is new in every run and printed; MINI_ISOLATE_SEED repeats a run.
 */
import { expect, test } from "bun:test";
import { writeSync } from "node:fs";
import { IsolateError } from "../../../src/model/errors.ts";

const fixedSeeds = [1, 2, 3];
const given = Number(Bun.env["MINI_ISOLATE_SEED"] ?? "");
const newSeed = Number.isInteger(given) && given > 0 ? given : 1 + Math.floor(Math.random() * 0xffff_fffe);
/** What everything random is tried with. */
export const seeds: readonly number[] = [...fixedSeeds, newSeed];
writeSync(2, `properties: seeds ${fixedSeeds.join(" ")} and ${newSeed} (MINI_ISOLATE_SEED=${newSeed} repeats it)\n`);

/** Repeatable choices (the SplitMix construction on 32 bits: a counter, and a mixing function of its value). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 bits. */
  word(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** From 0 up to, and not including, `bound`. */
  below(bound: number): number {
    return Math.floor((this.word() / 2 ** 32) * bound);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  list<T>(longest: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.below(longest + 1) }, (_, index) => make(index));
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  /** Text of these pieces. */
  text(pieces: readonly string[], longest: number): string {
    return this.list(longest, () => this.pick(pieces)).join("");
  }
}

/** Single characters that have broken parsers before, and some that have not. */
export const awkward: readonly string[] = [
  ..."abzAZ019_-.:,;=/\\'\"`$|&<>()[]{}*?!~#%@+ ", "\t", "\n", "\r", "\0", "\x1b", "\x7f", "\u0085", "\u00a0", "\u2028", "\ufeff", "é", "ß", "İ", "漢", "😀", "\ud800", "\udc00", "\ufffd",
];

/** Names that every object has, whether it wants or not. */
export const inherited: readonly string[] = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];

/** A few changes to a text: characters away, twice, replaced, or a piece put in. */
export function mutate(random: Random, text: string, pieces: readonly string[] = awkward): string {
  let changed = text;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(changed.length + 1);
    const end = Math.min(changed.length, at + 1 + random.below(random.once(4) ? 40 : 3));
    const replacement = random.pick([() => "", () => changed.slice(at, end).repeat(2), () => random.pick(pieces), () => changed.slice(at, end) + random.pick(pieces)])();
    changed = changed.slice(0, at) + replacement + changed.slice(end);
  }
  return changed;
}

/** What a call gives, or the IsolateError that it refuses with. Anything else that is thrown is a fault and goes through. */
export function typed<T>(run: () => T): { readonly value: T; readonly error: null } | { readonly value: null; readonly error: IsolateError } {
  try {
    return { value: run(), error: null };
  } catch (error) {
    if (!(error instanceof IsolateError)) throw error;
    expect(error.message).not.toBe("");
    return { value: null, error };
  }
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype, Map.prototype];
const shapeOf = () => JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)));
const shapeAtStart = shapeOf();

/**
 * Registers a property: `check` makes a case from the choices it is given and expects something of it. After every seed the
 * built-in prototypes must be as they were.
 * @param cases how many a seed gets
 */
export function property(claim: string, cases: number, check: (random: Random) => void): void {
  test(claim, () => {
    for (const seed of seeds) {
      const random = new Random(seed);
      for (let index = 0; index < cases; index++) {
        try {
          check(random);
        } catch (error) {
          throw new Error(`seed ${seed}, case ${index}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        }
      }
      expect(shapeOf()).toBe(shapeAtStart);
    }
  });
}
