/**
 * Searches texts of strangers with the patterns of packs, in a time that grows with the text and not faster.
 *
 * It goes through the alternatives in the order in which JavaScript does, so match and groups are the same. But where JavaScript's search
 * tries the same place of the pattern at the same place of the text again and again, this one remembers for each place that several ways
 * lead to that it has been there: what failed once fails again, as nothing in a pattern depends on what was matched before. So every
 * instruction is performed at most once for each position, also when the search begins at another character.
 * The length of a pattern is bounded (pattern-program.ts).
 */
import { assertions, type Instruction, type Look, Op, type Program, programOf } from "./pattern-program.ts";

/** Where a pattern matched. */
export interface PatternMatch {
  readonly begin: number;
  readonly end: number;
  /** As JavaScript has them: the whole match, then the groups. */
  readonly groups: readonly (string | undefined)[];
}

/** The first match, or null. @param pattern one that patternProblem has nothing to say about */
export function firstMatch(pattern: string, text: string): PatternMatch | null {
  return new Search(programOf(pattern), text).next(0);
}

/** Replaces every match, as `replaceAll` does. */
export function replaceMatches(pattern: string, text: string, replacement: string): string {
  const search = new Search(programOf(pattern), text);
  let result = "";
  let kept = 0;
  for (let from = 0; from <= text.length; ) {
    const match = search.next(from);
    if (match === null) break;
    result += text.slice(kept, match.begin) + replacement;
    kept = match.end;
    from = match.end > match.begin ? match.end : match.end + widthAt(text, match.end);
  }
  return kept === 0 && result === "" ? text : result + text.slice(kept);
}

/** One text and one pattern. */
class Search {
  readonly #program: Program;
  readonly #text: string;
  readonly #classes: readonly CharacterClass[];
  readonly #head: RegExp | null;
  /** A bit for each join and position: we have been there. */
  readonly #visited: Uint32Array;
  readonly #wordsEach: number;
  /**
   * Ways not taken yet, three numbers each: instruction, position, and how far back another position may be taken (-1: not at all);
   * or, below 0, a slot (as -1 - slot), what it was, and nothing.
   */
  readonly #stack: number[] = [];
  readonly #slots: Int32Array;

  constructor(program: Program, text: string) {
    this.#program = program;
    this.#text = text;
    this.#classes = program.classes.map(classOf);
    this.#head = program.head === null ? null : new RegExp(program.head, "gmu");
    this.#wordsEach = Math.max(1, Math.ceil(program.joinCount / 32));
    this.#visited = new Uint32Array((text.length + 1) * this.#wordsEach);
    this.#slots = new Int32Array(program.slots);
  }

  /** The first match that begins at `from` or later. @param from not before the end of the match before */
  next(from: number): PatternMatch | null {
    const text = this.#text;
    for (let begin = from; begin <= text.length; begin += widthAt(text, begin)) {
      if (this.#head !== null) {
        this.#head.lastIndex = begin;
        const found = this.#head.exec(text);
        if (found === null) return null;
        begin = found.index;
      }
      this.#slots.fill(-1);
      if (!this.#matchesAt(begin)) continue;
      const slots = this.#slots;
      const end = slots[1]!;
      // The next search may begin at the end, where this one has been without failing.
      this.#visited.fill(0, end * this.#wordsEach, (end + 1) * this.#wordsEach);
      this.#stack.length = 0;
      const groups = Array.from({ length: slots.length / 2 }, (_, group) => (slots[2 * group + 1]! < 0 ? undefined : text.slice(slots[2 * group]!, slots[2 * group + 1]!)));
      return { begin, end, groups };
    }
    return null;
  }

  #matchesAt(begin: number): boolean {
    const { ops, as, bs, joins, looks, spans } = this.#program;
    const classes = this.#classes;
    const text = this.#text;
    const stack = this.#stack;
    const slots = this.#slots;
    const visited = this.#visited;
    const wordsEach = this.#wordsEach;
    let at = 0;
    let position = begin;
    for (;;) {
      let failed = false;
      const join = joins[at]!;
      if (join >= 0) {
        const word = position * wordsEach + (join >> 5);
        const bit = 1 << (join & 31);
        failed = (visited[word]! & bit) !== 0;
        visited[word]! |= bit;
      }
      if (!failed) {
        const a = as[at]!;
        switch (ops[at]) {
          case Op.code: {
            failed = codeAt(text, position) !== a;
            position += a > 0xffff ? 2 : 1;
            at++;
            break;
          }
          case Op.class: {
            const character = codeAt(text, position);
            failed = character < 0 || !classes[a]!.has(character);
            position += character > 0xffff ? 2 : 1;
            at++;
            break;
          }
          case Op.span: {
            const { min, max } = spans[bs[at]!]!;
            const taken = classes[a]!;
            let count = 0;
            let least = -1;
            for (; count < max; count++) {
              if (count === min) least = position;
              const character = codeAt(text, position);
              if (character < 0 || !taken.has(character)) break;
              position += character > 0xffff ? 2 : 1;
            }
            failed = count < min;
            at++;
            if (!failed && least >= 0 && least < position) stack.push(at, position - widthBefore(text, position), least);
            break;
          }
          case Op.assert:
            failed = !holds(a, text, position);
            at++;
            break;
          case Op.look:
            failed = this.#sees(looks[a]!, position) === looks[a]!.negative;
            at++;
            break;
          case Op.split:
            stack.push(bs[at]!, position, -1);
            at = a;
            break;
          case Op.jump:
            at = a;
            break;
          case Op.save:
            stack.push(-1 - a, slots[a]!, 0);
            slots[a] = position;
            at++;
            break;
          case Op.forget:
            for (let slot = a; slot < bs[at]!; slot++) {
              stack.push(-1 - slot, slots[slot]!, 0);
              slots[slot] = -1;
            }
            at++;
            break;
          default: return true;
        }
      }
      while (failed) {
        const least = stack.pop();
        if (least === undefined) return false;
        const value = stack.pop()!;
        const target = stack.pop()!;
        if (target < 0) {
          slots[-1 - target] = value;
          continue;
        }
        at = target;
        position = value;
        // Most patterns say with a character where a span ends.
        if (least >= 0 && ops[at] === Op.code) while (position > least && codeAt(text, position) !== as[at]!) position -= widthBefore(text, position);
        if (position > least && least >= 0) stack.push(at, position - widthBefore(text, position), least);
        failed = false;
      }
    }
  }

  #sees({ ahead, options }: Look, position: number): boolean {
    return options.some((option) => (ahead ? this.#ahead(option, position) : this.#behind(option, position)));
  }

  #ahead(option: readonly Instruction[], position: number): boolean {
    let here = position;
    return option.every(([op, a]) => {
      if (op === Op.assert) return holds(a, this.#text, here);
      const character = codeAt(this.#text, here);
      here += character > 0xffff ? 2 : 1;
      return op === Op.code ? character === a : character >= 0 && this.#classes[a]!.has(character);
    });
  }

  #behind(option: readonly Instruction[], position: number): boolean {
    let here = position;
    return option.toReversed().every(([op, a]) => {
      if (op === Op.assert) return holds(a, this.#text, here);
      const character = codeBefore(this.#text, here);
      here -= character > 0xffff ? 2 : 1;
      return op === Op.code ? character === a : character >= 0 && this.#classes[a]!.has(character);
    });
  }
}

/** -1 at the end. */
function codeAt(text: string, position: number): number {
  if (position >= text.length) return -1;
  const unit = text.charCodeAt(position);
  return unit < 0xd800 || unit > 0xdbff ? unit : text.codePointAt(position)!;
}

/** -1 at the beginning. */
function codeBefore(text: string, position: number): number {
  if (position === 0) return -1;
  const unit = text.charCodeAt(position - 1);
  const isLow = unit >= 0xdc00 && unit <= 0xdfff;
  const pair = isLow && position > 1 ? text.codePointAt(position - 2)! : 0;
  return pair > 0xffff ? pair : unit;
}

function widthBefore(text: string, position: number): number {
  return codeBefore(text, position) > 0xffff ? 2 : 1;
}

function widthAt(text: string, position: number): number {
  return codeAt(text, position) > 0xffff ? 2 : 1;
}

/** @param assertion index in {@link assertions} */
function holds(assertion: number, text: string, position: number): boolean {
  switch (assertions[assertion]!) {
    case "^": return position === 0 || isLineEnd(text.charCodeAt(position - 1));
    case "$": return position === text.length || isLineEnd(text.charCodeAt(position));
    case "\\b": return isWord(text, position - 1) !== isWord(text, position);
    case "\\B": return isWord(text, position - 1) === isWord(text, position);
  }
}

function isLineEnd(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x2028 || unit === 0x2029;
}

/** What `\w` is, which has no letters of the world. */
function isWord(text: string, position: number): boolean {
  // NaN outside of the text is no word.
  const unit = text.charCodeAt(position);
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x30 && unit <= 0x39) || unit === 0x5f;
}

const known = { no: 1, yes: 2 } as const;
const lastCode = 0x10ffff;

/** A class of characters: JavaScript says what is in it, once for each character. */
class CharacterClass {
  readonly #matcher: RegExp;
  /** By code; 0: not asked yet. */
  readonly #near = new Uint8Array(128);
  #far: Uint8Array | null = null;

  constructor(source: string) {
    this.#matcher = new RegExp(`^${source}$`, "u");
  }

  has(code: number): boolean {
    const answers = code < 128 ? this.#near : (this.#far ??= new Uint8Array(lastCode + 1));
    if (answers[code] === 0) answers[code] = this.#matcher.test(String.fromCodePoint(code)) ? known.yes : known.no;
    return answers[code] === known.yes;
  }
}

const classes = new Map<string, CharacterClass>();

function classOf(source: string): CharacterClass {
  let found = classes.get(source);
  if (found === undefined) classes.set(source, (found = new CharacterClass(source)));
  return found;
}
