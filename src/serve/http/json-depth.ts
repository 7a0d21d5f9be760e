/** How deep a JSON text is nested, seen without parsing it: the parser of the engine would go down with it, as far as its stack goes. */

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** @returns whether lists and objects stand inside of each other more than `most` times. Of a text that is no JSON, anything */
export function isDeeper(bytes: Uint8Array, most: number): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let depth = 0;
  for (let index = 0; index < buffer.length; index++) {
    const byte = buffer[index]!;
    if (byte === quote) index = endOfText(buffer, index + 1);
    else if (byte === openBracket || byte === openBrace) {
      if (++depth > most) return true;
    } else if (byte === closeBracket || byte === closeBrace) depth--;
  }
  return false;
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
