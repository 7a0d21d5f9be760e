/**
 * How deep a JSON text is nested, and how many values it has, seen without parsing it. The parser of the engine would go down with it, as far as its
 * stack goes; and a value of one character becomes many bytes and many steps in whoever checks it.
 */

export interface JsonBounds {
  /** Lists and objects inside of each other. */
  readonly depth: number;
  /** Of lists and objects together, and those themselves. */
  readonly values: number;
}

const [quote, backslash, comma, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/** @returns what is wrong, as the end of a sentence; null: nothing. Of a text that is no JSON, anything */
export function shapeProblem(bytes: Uint8Array, most: JsonBounds): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [depth, values] = [0, 1];
  for (let index = 0; index < buffer.length; index++) {
    const byte = buffer[index]!;
    if (byte === quote) index = endOfText(buffer, index + 1);
    else if (byte === openBracket || byte === openBrace) {
      if (++depth > most.depth) return `is nested more than ${most.depth} times`;
      values++;
    } else if (byte === closeBracket || byte === closeBrace) depth--;
    else if (byte === comma) values++;
    if (values > most.values) return `has more than ${most.values} values`;
  }
  return null;
}

/** Where the quote stands that ends a text. Long texts, such as sources, are not looked at byte by byte. */
function endOfText(buffer: Buffer, start: number): number {
  for (let from = start; ; ) {
    const end = buffer.indexOf(quote, from);
    if (end < 0) return buffer.length;
    let backslashes = 0;
    while (end - 1 - backslashes >= start && buffer[end - 1 - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
    from = end + 1;
  }
}
