/**
 * Placeholders that YAML does not read as text: in `[gcc, {source}]` it reads a mapping, in `{command: cc {source}}` a mistake, and
 * goes on to find more of them. Here they are found, so that one message says what to do, and the rest of the file can be read.
 */
import { type Document, isCollection, isMap, isPair, isScalar, isSeq, type ParsedNode, Scalar, visit } from "yaml";

/** A text that has to stand in quotes. */
export interface UnquotedText {
  /** Where it begins, counted in characters from 0. */
  readonly offset: number;
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Beginnings and ends of all texts that the message is about. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

/** `{name}` or `{name-64}`; a doubled brace stands for itself. */
const braced = /(?<!\{)\{([A-Za-z_]+)(?:-[0-9]+)?\}/g;

/**
 * Whether a mapping of the document can only be a placeholder: `{source}` alone, without a value. @param names of placeholders
 */
export function hasBareBraces(document: Document.Parsed<ParsedNode>, names: readonly string[]): boolean {
  let found = false;
  visit(document, {
    Map: (_, map) => {
      const [only, ...more] = map.items;
      if (map.flow !== true || only === undefined || more.length > 0 || !isScalar(only.key) || only.value !== null) return undefined;
      found ||= names.includes(String(only.key.value).replace(/-[0-9]+$/, ""));
      return found ? visit.BREAK : undefined;
    },
    Seq: (_, list) => {
      found ||= list.items.some((item) => isMap(item) && item.flow === true && item.items.length === 1 && item.items[0]!.value === null);
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

/**
 * The text with a word of the same length in place of everything that may be a placeholder: `_source_`. Places do not move.
 * @param names those that are known; others count where no mapping can be meant
 */
export function withWordsForBraces(text: string, names: readonly string[]): string {
  return text.replace(braced, (whole, name: string, offset: number) => (names.includes(name) || isPartOfText(text, offset) ? asWord(whole) : whole));
}

/** The same only where quotes are missing: what is text anyway can be checked. */
export function withWordsFor(unquoted: readonly UnquotedText[], text: string): string {
  let result = "";
  let done = 0;
  for (const [start, end] of unquoted.flatMap(({ ranges }) => ranges).toSorted(([a], [b]) => a - b)) {
    result += text.slice(done, start) + text.slice(start, end).replace(braced, asWord);
    done = end;
  }
  return result + text.slice(done);
}

function asWord(whole: string): string {
  return `_${whole.slice(1, -1)}_`;
}

/** Behind another character of its line that begins no value, or in a list. */
function isPartOfText(text: string, offset: number): boolean {
  const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).trimEnd();
  return before !== "" && !/[:?{]$|(?:^|\s)-$/.test(before);
}

/**
 * The texts that have to be quoted, one for each list or value that has any.
 * @param document of the text with words in place of braces
 * @param text as it was
 */
export function unquotedTexts(document: Document.Parsed<ParsedNode>, text: string): UnquotedText[] {
  const found = new Map<string, { readonly first: Pick<UnquotedText, "offset" | "path">; readonly texts: string[]; readonly ranges: [number, number][] }>();
  visit(document, {
    Scalar: (key, node, ancestors) => {
      const [start, end] = node.range ?? [0, 0];
      if (key === "key" || node.type !== Scalar.PLAIN || node.range == null) return;
      const whole = text.slice(start, end).trim();
      const [brace] = whole.match(braced) ?? [];
      if (brace === undefined || !(whole.startsWith(brace) || ancestors.some((ancestor) => isCollection(ancestor) && ancestor.flow === true))) return;
      const path = pathOf(ancestors, node);
      const owner = path.slice(0, typeof path.at(-1) === "number" ? -1 : undefined).join("\n");
      const known = found.get(owner) ?? { first: { offset: start, path }, texts: [], ranges: [] };
      known.texts.push(whole);
      known.ranges.push([start, end]);
      found.set(owner, known);
    },
  });
  return [...found.values()].map(({ first, texts, ranges }) => ({ ...first, ranges, message: messageFor(texts) }));
}

/** More texts of one list are not written out. */
const shownTexts = 6;

function messageFor(texts: readonly string[]): string {
  const [brace = ""] = texts[0]!.match(braced) ?? [];
  const quoted = texts.slice(0, shownTexts).map((text) => (text.includes("\n") ? "the whole text" : `'${text.replaceAll("'", "''")}'`));
  return `YAML takes ${brace} for a mapping here: quote it: ${quoted.join(", ")}`;
}

function pathOf(ancestors: readonly unknown[], node: unknown): (string | number)[] {
  return [...ancestors, node].flatMap((ancestor, index, all): (string | number)[] => {
    const next = all[index + 1];
    if (isPair(ancestor) && isScalar(ancestor.key)) return [String(ancestor.key.value)];
    return isSeq(ancestor) && next !== undefined ? [ancestor.items.indexOf(next)] : [];
  });
}
