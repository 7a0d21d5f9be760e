/**
 * Reads the regular expressions of packs: the part of JavaScript's syntax that pattern-match.ts can search in linear time. What does not
 * belong to this part is refused when the pack is loaded, never when a source is read. Pure.
 */

/** One character. `source` is its JavaScript text; `code` is null for a class. */
export interface CharacterNode {
  readonly kind: "character";
  readonly source: string;
  readonly code: number | null;
}

export interface AssertionNode {
  readonly kind: "assertion";
  /** `^`, `$`, `\b` or `\B`. */
  readonly source: Assertion;
}

export type Assertion = "^" | "$" | "\\b" | "\\B";

/** What a lookaround may consist of: its length is known. */
export type FixedNode = CharacterNode | AssertionNode;

export type PatternNode =
  | FixedNode
  | { readonly kind: "look"; readonly ahead: boolean; readonly negative: boolean; readonly options: readonly (readonly FixedNode[])[] }
  | { readonly kind: "sequence"; readonly items: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly options: readonly PatternNode[] }
  /** `index`: number of the group, null for one that captures nothing. */
  | { readonly kind: "group"; readonly index: number | null; readonly body: PatternNode }
  /** `groups`: the numbers of the groups in the body, from the first to before the last. */
  | { readonly kind: "repeat"; readonly body: PatternNode; readonly min: number; readonly max: number; readonly lazy: boolean; readonly groups: readonly [from: number, to: number] };

export interface Pattern {
  readonly root: PatternNode;
  readonly groupCount: number;
}

/** Why a pattern is refused; the message is part of a sentence that begins with the key of the pattern. */
export class PatternRefusal extends Error {}

/** Groups in groups: deeper ones have no use. */
const deepest = 100;

/** @throws PatternRefusal for anything but a pattern of the supported part */
export function parsePattern(text: string): Pattern {
  try {
    // JavaScript's own word on what is a pattern at all; what follows need not look for mistakes.
    new RegExp(text, "mu");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PatternRefusal(`not a regular expression: ${reason.replace(/^Invalid regular expression: /i, "")}`);
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Pattern {
    const root = this.#choice();
    return { root, groupCount: this.#groups };
  }

  #choice(): PatternNode {
    if (++this.#depth > deepest) throw this.#refusal(this.#at, "opens one group too many inside others", `at most ${deepest} may lie in each other`);
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    this.#depth--;
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== "|" && this.#text[this.#at] !== ")") items.push(this.#repeated());
    return items.length === 1 ? items[0]! : { kind: "sequence", items };
  }

  #repeated(): PatternNode {
    const begin = this.#at;
    const firstGroup = this.#groups + 1;
    const body = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === null) return body;
    const lazy = this.#take("?");
    if (bounds.max > 0 && mayBeEmpty(body)) {
      throw this.#refusal(begin, `has ${quoted(this.#text.slice(begin, this.#at))}, which repeats what may be empty`, "let what is repeated have at least one character, such as (?:a+)? for (?:a*)?");
    }
    return { kind: "repeat", body, ...bounds, lazy, groups: [firstGroup, this.#groups + 1] };
  }

  #quantifier(): { readonly min: number; readonly max: number } | null {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    const [whole, min = "", comma, max = ""] = this.#match(/\{([0-9]+)(,([0-9]*))?\}/y) ?? [];
    if (whole === undefined) return null;
    return { min: Number(min), max: comma === undefined ? Number(min) : max === "" ? Infinity : Number(max) };
  }

  #atom(): PatternNode {
    const begin = this.#at;
    const text = this.#text;
    switch (text[begin]) {
      case "^":
      case "$":
        this.#at++;
        return { kind: "assertion", source: text[begin] as Assertion };
      case "(": return this.#group(begin);
      case "[": {
        this.#match(/\[(?:[^\\\]]|\\[^])*\]/y);
        return { kind: "character", source: text.slice(begin, this.#at), code: null };
      }
      case ".":
        this.#at++;
        return { kind: "character", source: ".", code: null };
      case "\\": return this.#escape(begin);
      default: {
        const code = text.codePointAt(begin)!;
        this.#at += code > 0xffff ? 2 : 1;
        return { kind: "character", source: text.slice(begin, this.#at), code };
      }
    }
  }

  #group(begin: number): PatternNode {
    const [opening = ""] = this.#match(/\((?:\?(?:[:=!]|<[=!]|<[^>=!][^>]*>)?)?/y)!;
    if (opening === "(?") throw this.#refusal(begin, "switches flags inside the pattern", "write out what may stand there, such as [aA]");
    if (opening === "(?:") return { kind: "group", index: null, body: this.#closed() };
    if (opening !== "(" && !opening.endsWith(">")) return this.#look(begin, opening);
    const index = ++this.#groups;
    return { kind: "group", index, body: this.#closed() };
  }

  #look(begin: number, opening: string): PatternNode {
    const groupsBefore = this.#groups;
    const body = this.#closed();
    const options = (body.kind === "choice" ? body.options : [body]).map((option) => (option.kind === "sequence" ? option.items : [option]));
    if (this.#groups !== groupsBefore || !options.every((items) => items.every(isFixed))) {
      throw this.#refusal(begin, `has ${quoted(this.#text.slice(begin, this.#at))}, which looks at more than a few characters`, `between ${opening} and ) may stand only characters, classes and |, without groups and repeats`);
    }
    return { kind: "look", ahead: !opening.includes("<"), negative: opening.endsWith("!"), options: options as FixedNode[][] };
  }

  #closed(): PatternNode {
    const body = this.#choice();
    this.#at++;
    return body;
  }

  #escape(begin: number): PatternNode {
    const letter = this.#text[begin + 1]!;
    if (letter === "b" || letter === "B") {
      this.#at += 2;
      return { kind: "assertion", source: `\\${letter}` };
    }
    const [source] = this.#match(/\\(?:[pPu]\{[^}]*\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|k<[^>]*>|[1-9][0-9]*|[^])/uy)!;
    if (/^\\[k1-9]/.test(source)) throw this.#refusal(begin, `has ${source}, which stands for what a group has matched: no search for that is sure to end soon`, "write out what may stand there, such as [a-z]+");
    // Punctuation stands for itself.
    return { kind: "character", source, code: /^\\[^A-Za-z0-9]$/.test(source) ? letter.charCodeAt(0) : null };
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** @param matcher sticky */
  #match(matcher: RegExp): RegExpExecArray | null {
    matcher.lastIndex = this.#at;
    const match = matcher.exec(this.#text);
    if (match !== null) this.#at = matcher.lastIndex;
    return match;
  }

  /** @param what goes on after "it" */
  #refusal(at: number, what: string, instead: string): PatternRefusal {
    return new PatternRefusal(`cannot be used: at character ${at + 1} it ${what}; ${instead}`);
  }
}

function isFixed(node: PatternNode): node is FixedNode {
  return node.kind === "character" || node.kind === "assertion";
}

/** Whether a node can match without a character. */
export function mayBeEmpty(node: PatternNode): boolean {
  switch (node.kind) {
    case "character": return false;
    case "assertion":
    case "look": return true;
    case "group": return mayBeEmpty(node.body);
    case "sequence": return node.items.every(mayBeEmpty);
    case "choice": return node.options.some(mayBeEmpty);
    case "repeat": return node.min === 0 || mayBeEmpty(node.body);
  }
}

function quoted(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 40)}...` : text}'`;
}
