/** Lines of a bounded width. Nothing is imported here: help texts are wrapped before anything is loaded. */

/** Where nobody says how wide the output is. */
export const defaultWidth = 80;

/** Text in fewer columns than this is not read but deciphered. */
const narrowest = 40;

/**
 * @param columns the variable COLUMNS
 * @param ofTerminal asked when the variable says nothing; null or 0: no terminal, or one that does not know
 */
export function usableWidth(columns: string | undefined, ofTerminal: () => number | null): number {
  const said = columns !== undefined && /^[1-9][0-9]{0,4}$/.test(columns) ? Number(columns) : ofTerminal();
  return said === null || said === 0 ? defaultWidth : Math.max(narrowest, said);
}

/** The text in lines of at most `width` characters, cut at blanks; a word that is longer has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** The same behind `first`, with every further line under the beginning of the text. */
export function hang(first: string, text: string, width: number, column = first.length): string {
  const indent = " ".repeat(column);
  const [head = "", ...rest] = wrapText(text, Math.max(20, width - column));
  return [`${first.padEnd(column)}${head}`.trimEnd(), ...rest.map((line) => `${indent}${line}`)].join("\n");
}
