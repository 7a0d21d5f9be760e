/** From a pattern to a small program: instructions for one character each, with repeats written out. pattern-match.ts runs it. Pure. */
import { type FixedNode, type Pattern, parsePattern, type PatternNode, PatternRefusal } from "./pattern-syntax.ts";

/** What an instruction does; `a` and `b` are its operands. */
export const Op = {
  /** Takes the character with code `a`. */
  code: 0,
  /** Takes a character of class `a`. */
  class: 1,
  /** Goes on where assertion `a` of {@link assertions} holds. */
  assert: 2,
  /** Goes on where lookaround `a` holds. */
  look: 3,
  /** Goes on at `a`, and when that fails at `b`. */
  split: 4,
  jump: 5,
  /** Notes the position in slot `a`. */
  save: 6,
  /** Forgets the slots from `a` to before `b`: an iteration has not captured anything yet. */
  forget: 7,
  match: 8,
  /** Takes characters of class `a`, as many as {@link Program.spans} `b` lets it, then fewer. */
  span: 9,
} as const;

export const assertions = ["^", "$", "\\b", "\\B"] as const;

export interface Look {
  readonly ahead: boolean;
  readonly negative: boolean;
  /** Each a straight program: `code`, `class` and `assert` only. */
  readonly options: readonly (readonly Instruction[])[];
}

/** Bounds of a repeat of one character. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

export type Instruction = readonly [op: number, a: number, b: number];

export interface Program {
  /** By instruction: what it does, and its operands. */
  readonly ops: Uint8Array;
  readonly as: Int32Array;
  readonly bs: Int32Array;
  /** JavaScript's text of each class. */
  readonly classes: readonly string[];
  readonly looks: readonly Look[];
  readonly spans: readonly Span[];
  /** By instruction: the number of a place that several ways lead to, or -1. */
  readonly joins: Int32Array;
  readonly joinCount: number;
  /** Two for each group, the whole match being group 0. */
  readonly slots: number;
  /** Regular expression without repeats for how every match begins; null: nothing can be said. */
  readonly head: string | null;
}

/** More instructions make a search slow, though still linear. */
export const mostInstructions = 2000;

const programs = new Map<string, Program>();

/** @throws PatternRefusal */
export function programOf(text: string): Program {
  let program = programs.get(text);
  if (program === undefined) programs.set(text, (program = new Compiler().compile(parsePattern(text))));
  return program;
}

class Compiler {
  readonly #code: [op: number, a: number, b: number][] = [];
  readonly #classes: string[] = [];
  readonly #looks: Look[] = [];
  readonly #spans: Span[] = [];
  /** Instructions, with those that a span stands for. */
  #steps = 0;

  compile({ root, groupCount }: Pattern): Program {
    this.#add(Op.save, 0);
    this.#node(root);
    this.#add(Op.save, 1);
    this.#add(Op.match);
    const joins = joinsOf(this.#code);
    const column = (index: 0 | 1 | 2) => Int32Array.from(this.#code, (instruction) => instruction[index]);
    return { ops: Uint8Array.from(column(0)), as: column(1), bs: column(2), classes: this.#classes, looks: this.#looks, spans: this.#spans, ...joins, slots: 2 * (groupCount + 1), head: headOf(root) };
  }

  #add(op: number, a = 0, b = 0, steps = 1): number {
    this.#steps += steps;
    if (this.#steps > mostInstructions) {
      throw new PatternRefusal(`cannot be used: it has more than ${mostInstructions} steps with its repeats {n,m} written out; use smaller numbers, or * and +`);
    }
    return this.#code.push([op, a, b]) - 1;
  }

  #node(node: PatternNode): void {
    switch (node.kind) {
      case "character":
      case "assertion": return void this.#add(...this.#fixed(node));
      case "look": {
        const { ahead, negative, options } = node;
        this.#looks.push({ ahead, negative, options: options.map((items) => items.map((item) => this.#fixed(item))) });
        return void this.#add(Op.look, this.#looks.length - 1);
      }
      case "sequence": return node.items.forEach((item) => this.#node(item));
      case "choice": return this.#choice(node.options);
      case "group": {
        if (node.index === null) return this.#node(node.body);
        this.#add(Op.save, 2 * node.index);
        this.#node(node.body);
        return void this.#add(Op.save, 2 * node.index + 1);
      }
      case "repeat": return this.#repeat(node);
    }
  }

  #fixed(node: FixedNode): Instruction {
    if (node.kind === "assertion") return [Op.assert, assertions.indexOf(node.source), 0];
    return node.code === null ? [Op.class, this.#class(node.source), 0] : [Op.code, node.code, 0];
  }

  #class(source: string): number {
    const index = this.#classes.indexOf(source);
    return index < 0 ? this.#classes.push(source) - 1 : index;
  }

  #choice(options: readonly PatternNode[]): void {
    const jumps: number[] = [];
    options.forEach((option, index) => {
      const split = index === options.length - 1 ? null : this.#add(Op.split, this.#code.length + 1);
      this.#node(option);
      if (split === null) return;
      jumps.push(this.#add(Op.jump));
      this.#code[split]![2] = this.#code.length;
    });
    for (const jump of jumps) this.#code[jump]![1] = this.#code.length;
  }

  #repeat({ body, min, max, lazy, groups: [from, to] }: PatternNode & { kind: "repeat" }): void {
    if (body.kind === "character" && max !== Infinity && !lazy) {
      return void this.#add(Op.span, this.#class(body.source), this.#spans.push({ min, max }) - 1, max);
    }
    const once = () => {
      if (from < to) this.#add(Op.forget, 2 * from, 2 * to);
      this.#node(body);
    };
    const branch = (split: number, away: number) => {
      this.#code[split] = lazy ? [Op.split, away, split + 1] : [Op.split, split + 1, away];
    };
    for (let count = 0; count < min; count++) once();
    if (max === Infinity) {
      const split = this.#add(Op.split);
      once();
      this.#add(Op.jump, split);
      return branch(split, this.#code.length);
    }
    const splits: number[] = [];
    for (let count = min; count < max; count++) {
      splits.push(this.#add(Op.split));
      once();
    }
    for (const split of splits) branch(split, this.#code.length);
  }
}

/** Numbers the instructions that several others lead to. */
function joinsOf(code: readonly Instruction[]): Pick<Program, "joins" | "joinCount"> {
  const ways = code.map((_, index) => (index === 0 ? 1 : 0));
  code.forEach(([op, a, b], index) => {
    const next = op === Op.split ? [a, b] : op === Op.jump ? [a] : op === Op.match ? [] : [index + 1];
    // The end of a span is reached from many positions.
    for (const to of next) ways[to]! += op === Op.span ? 2 : 1;
  });
  let joinCount = 0;
  const joins = Int32Array.from(ways, (count) => (count > 1 ? joinCount++ : -1));
  return { joins, joinCount };
}

/** Beginnings of a pattern are not followed further than this. */
const mostHeads = 12;
const longestHead = 80;

/** Texts of regular expressions, one of which begins every match; `whole`: nothing comes after it. */
interface Heads {
  readonly texts: readonly string[];
  readonly whole: boolean;
}

function headOf(root: PatternNode): string | null {
  const { texts } = headsOf(root);
  return texts.includes("") ? null : `(?:${texts.join("|")})`;
}

function headsOf(node: PatternNode): Heads {
  switch (node.kind) {
    case "character":
    case "assertion": return { texts: [node.source], whole: true };
    case "look": return { texts: [""], whole: true };
    case "group": return headsOf(node.body);
    case "choice": {
      const all = node.options.map(headsOf);
      const texts = all.flatMap((heads) => heads.texts);
      return texts.length > mostHeads ? { texts: [""], whole: false } : { texts, whole: all.every(({ whole }) => whole) };
    }
    case "sequence": {
      let texts: readonly string[] = [""];
      for (const item of node.items) {
        const heads = headsOf(item);
        const longer = texts.flatMap((text) => heads.texts.map((more) => text + more));
        if (longer.length > mostHeads || longer.some((text) => text.length > longestHead)) return { texts, whole: false };
        texts = longer;
        if (!heads.whole) return { texts, whole: false };
      }
      return { texts, whole: true };
    }
    case "repeat": return node.min === 0 ? { texts: [""], whole: false } : { ...headsOf(node.body), whole: false };
  }
}
