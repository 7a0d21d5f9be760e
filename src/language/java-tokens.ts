/** A Java source as words and signs, without comments; what stands in strings and characters is one token. */

/** Stands for a string, a text block or a character. */
export const literalToken = '"';

const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const blank = /[\s\u001a]+/y;
const number = /[0-9][\w.]*/y;

/**
 * Every character is looked at once or twice, whatever the text is: it comes from a stranger. What is not closed reaches to the end of the text or,
 * for strings and characters, of the line.
 */
export function javaTokens(source: string): string[] {
  const text = withoutEscapes(source);
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const first = text[at]!;
    const space = matchAt(blank, text, at);
    const word = space === null ? (matchAt(identifier, text, at) ?? matchAt(number, text, at)) : null;
    if (space !== null) {
      at += space.length;
    } else if (word !== null) {
      tokens.push(word);
      at += word.length;
    } else if (text.startsWith("//", at)) {
      at = endOfLine(text, at);
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      at = end < 0 ? text.length : end + 2;
    } else if (first === '"' || first === "'") {
      tokens.push(literalToken);
      at = text.startsWith('"""', at) ? endOfText(text, at + 3) : endOfString(text, at + 1, first);
    } else {
      const sign = text.startsWith("...", at) ? "..." : first;
      tokens.push(sign);
      at += sign.length;
    }
  }
  return tokens;
}

/** `\u0041` stands for a letter wherever it is (JLS 3.3); after an odd number of backslashes it does not. */
function withoutEscapes(source: string): string {
  return source.replace(/\\\\|\\u+([0-9a-fA-F]{4})/g, (escape, digits: string | undefined) => (digits === undefined ? escape : String.fromCharCode(Number.parseInt(digits, 16))));
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at++;
  return at;
}

function endOfString(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) return at + 1;
    if (character === "\n" || character === "\r") return at;
    if (character === "\\" && text[at + 1] !== "\n" && text[at + 1] !== "\r") at++;
  }
  return text.length;
}

function endOfText(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"' && text.startsWith('"""', at)) return at + 3;
  }
  return text.length;
}
