/** Base64 as clients of Judge0 write and read it. */

const lineLength = 60;

/** With a newline after each 60 characters and at the end, as they have always had it. */
export function encodeLines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let lines = "";
  for (let at = 0; at < text.length; at += lineLength) lines += `${text.slice(at, at + lineLength)}\n`;
  return lines;
}

/**
 * White space may be anywhere, the padding may be missing, and the alphabet may be that of URLs.
 * @returns null: it is no Base64 at all, as when somebody sends plain text and says that it is encoded
 */
export function decodeLenient(text: string): Uint8Array | null {
  const plain = /\s/.test(text) ? text.replace(/\s+/g, "") : text;
  const length = plain.endsWith("==") ? plain.length - 2 : plain.endsWith("=") ? plain.length - 1 : plain.length;
  if (length % 4 === 1 || !isAlphabet(plain, length)) return null;
  return Buffer.from(plain, "base64");
}

function isAlphabet(text: string, length: number): boolean {
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    // + / - _ and digits
    if (!isLetter && !(code >= 47 && code <= 57) && code !== 43 && code !== 45 && code !== 95) return false;
  }
  return true;
}
