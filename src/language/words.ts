/** Splitting a command line into words as a POSIX shell does, without a shell, and putting words together again. */
import { configError } from "../model/errors.ts";

const blank = /[ \t\n]/;
/** Characters that a backslash escapes between double quotes (POSIX shell, 2.2.3). */
const escapableInDoubleQuotes = "$`\"\\\n";

/**
 * Splits at blanks; `'...'` and `"..."` keep blanks, a backslash takes the next character as it is.
 * Nothing is expanded: `$HOME`, `*`, `~`, `|` and `>` are ordinary characters. Empty text gives no words.
 * @throws IsolateError of kind Config when a quote is not closed or the text ends in a backslash
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (blank.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw unbalanced(text, "'", at);
      word = (word ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (character === '"') {
      const [inner, end] = doubleQuoted(text, at);
      word = (word ?? "") + inner;
      at = end;
    } else if (character === "\\") {
      if (at + 1 >= text.length) throw configError(`cannot split '${text}' into words: it ends in a backslash`);
      at += 1;
      // A backslash at the end of a line joins it with the next one.
      if (text[at] !== "\n") word = (word ?? "") + text[at]!;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

/** The words as one line that a shell, and {@link splitWords}, splits into the same words. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^(?:[\w@%+=:,./-]+|[\w@%+=:./{}-]+)$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

function doubleQuoted(text: string, start: number): [inner: string, end: number] {
  let inner = "";
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return [inner, at];
    const next = text[at + 1];
    if (character === "\\" && next !== undefined && escapableInDoubleQuotes.includes(next)) {
      if (next !== "\n") inner += next;
      at += 1;
    } else {
      inner += character;
    }
  }
  throw unbalanced(text, '"', start);
}

function unbalanced(text: string, quote: string, at: number) {
  return configError(`cannot split '${text}' into words: the ${quote} at character ${at + 1} is not closed`);
}
