/**
 * What JSON.parse does not tell: where a JSON text is wrong, and whether a name comes twice in an object (it would
 * keep the last one silently). Slower than JSON.parse, so only for texts that we have not written ourselves.
 */

/** The first fault of a text. */
export interface JsonFault {
  /** Index into the text, in UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

export interface JsonScan {
  /** null: the text is JSON, and JSON.parse takes it. */
  readonly fault: JsonFault | null;
  /** Where the values of the upper two levels of objects begin, by {@link keyOf} of the names that lead there. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Key of a place in {@link JsonScan.offsets}. */
export function keyOf(names: readonly string[]): string {
  return JSON.stringify(names);
}

const maxDepth = 64;
const indexedDepth = 2;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const blanks = /[ \t\r\n]*/y;
/** The parts that a string consists of; one pattern for the whole string fails on a long one (the engine's limit). */
const plain = /[^"\\\u0000-\u001f]+/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const word = /true|false|null/y;

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Goes through a JSON text to its first fault or its end. Never throws. */
export function scanJson(text: string): JsonScan {
  const offsets = new Map<string, number>();
  let at = 0;
  const fail = (message: string, offset = at): never => {
    throw new Fault(offset, message);
  };
  const found = (): string => (at < text.length ? JSON.stringify(text[at]) : "the end of the file");
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0] ?? null;
    if (match !== null) at += match.length;
    return match;
  };
  const takeSign = (sign: string): boolean => {
    if (text[at] !== sign) return false;
    at++;
    return true;
  };
  const takeString = (): string | null => {
    const start = at;
    if (!takeSign('"')) return null;
    while (take(plain) !== null || take(escape) !== null);
    return takeSign('"') ? text.slice(start, at) : fail(`expected the string to go on or to be closed, found ${found()}`);
  };

  const value = (path: readonly string[], depth: number): void => {
    take(blanks);
    if (path.length > 0 && path.length <= indexedDepth) offsets.set(keyOf(path), at);
    if (depth > maxDepth) fail(`nested more than ${maxDepth} levels deep`);
    if (takeSign("{")) object(path, depth);
    else if (takeSign("[")) list(path, depth);
    else if (takeString() === null && take(number) === null && take(word) === null) fail(`expected a value, found ${found()}`);
    take(blanks);
  };
  const object = (path: readonly string[], depth: number): void => {
    const names = new Set<string>();
    take(blanks);
    if (takeSign("}")) return;
    do {
      take(blanks);
      const start = at;
      const name = JSON.parse(takeString() ?? fail(`expected a name in double quotes, found ${found()}`)) as string;
      if (names.has(name)) fail(`the name ${JSON.stringify(name)} comes twice`, start);
      names.add(name);
      take(blanks);
      if (!takeSign(":")) fail(`expected ":", found ${found()}`);
      // Names below the indexed levels are not kept.
      value(path.length <= indexedDepth ? [...path, name] : path, depth + 1);
    } while (takeSign(","));
    if (!takeSign("}")) fail(`expected "," or "}", found ${found()}`);
  };
  const list = (path: readonly string[], depth: number): void => {
    take(blanks);
    if (takeSign("]")) return;
    do value([...path, "", ""], depth + 1);
    while (takeSign(","));
    if (!takeSign("]")) fail(`expected "," or "]", found ${found()}`);
  };

  try {
    value([], 0);
    if (at < text.length) fail(`expected the end of the file, found ${found()}`);
    return { fault: null, offsets };
  } catch (error) {
    if (error instanceof Fault) return { fault: { offset: error.offset, message: error.message }, offsets };
    throw error;
  }
}

/** `line 3, column 14` of an index into a text, both from 1. */
export function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return `line ${line}, column ${offset - before.lastIndexOf("\n")}`;
}
