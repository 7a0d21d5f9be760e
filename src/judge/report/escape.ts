/** Text from programs and packages, made so that a page shows it and does nothing else with it. */

/**
 * Control and format characters (bidi overrides, zero width, soft hyphens) and halves of surrogate pairs: none of them is to be seen, and some
 * make a text look like another one. Line feed and tab are left, for texts of several lines.
 */
const unseen = /[\p{Cf}\p{Cs}\u2028\u2029]|[\0-\x08\x0b-\x1f\x7f-\x9f]/gu;
const markup = /[&<>"'`]/g;

/** Most texts: nothing of the two above is in them. */
const plain = /^[\n\t !#$%(-;=?-_a-~]*$/;

/** For the content of an element and for an attribute in quotes. What is not to be seen becomes `\x1b` or `\u202e`. */
export function escapeText(text: string): string {
  if (plain.test(text)) return text;
  return showUnseen(text).replace(markup, (character) => `&#${character.charCodeAt(0)};`);
}

/** Only what is not to be seen, for terminals. */
export function showUnseen(text: string): string {
  return text.replace(unseen, codeOf);
}

/** The same text in one line, for names: line feeds and tabs are written out as well. */
export function oneLine(text: string): string {
  return text.replace(/[\n\t]/g, (character) => (character === "\n" ? "\\n" : "\\t"));
}

function codeOf(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  if (code < 0x80) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x1_0000 ? `\\u${digits.padStart(4, "0")}` : `\\u{${digits}}`;
}

/** The beginning of a text, cut between characters. @param most UTF-16 units, the sign for what was left out not counted */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most)}…`;
}

/** File names have at most 255 bytes; what is above them is cut to something that fits a table. */
const longestName = 200;

/** The name of a test, a group or a file, for a line. @param most UTF-16 units */
export function shownName(name: string, most = longestName): string {
  return name === "" ? "(no name)" : oneLine(cut(name, most));
}
