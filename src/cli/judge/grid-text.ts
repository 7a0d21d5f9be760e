/** Texts of the grid: names that fit, and what may be coloured. */
import { cut, oneLine, showUnseen } from "../../judge/report/escape.ts";
import type { Verdict } from "../../judge/verdict.ts";

/** No name needs more to be cut to the width of a terminal. UTF-16 units. */
const longest = 1_000;

/** Exactly so wide. The end of a path says which submission it is, so the beginning is cut off. */
export function nameOf(name: string, width: number): string {
  const text = oneLine(showUnseen(name.length > longest ? name.slice(-longest) : name));
  if (Bun.stringWidth(text) <= width) return padded(text, width);
  const characters = [...text];
  let room = width - 1;
  let first = characters.length;
  while (first > 0 && Bun.stringWidth(characters[first - 1]!) <= room) room -= Bun.stringWidth(characters[--first]!);
  return padded(`…${characters.slice(first).join("")}`, width);
}

/** Not wider than that; the end is cut off. */
export function fitted(text: string, width: number): string {
  const shown = oneLine(showUnseen(cut(text, longest)));
  if (Bun.stringWidth(shown) <= width) return shown;
  let room = width - 1;
  let fit = "";
  for (const character of shown) {
    room -= Bun.stringWidth(character);
    if (room < 0) break;
    fit += character;
  }
  return width < 1 ? "" : `${fit}…`;
}

function padded(text: string, width: number): string {
  return `${text}${" ".repeat(Math.max(0, width - Bun.stringWidth(text)))}`;
}

export type Paint = Verdict | "running" | "near" | "unexpected";

const colours: Readonly<Record<Verdict | "running", number>> = { AC: 32, WA: 31, TLE: 33, MLE: 35, RTE: 35, OLE: 36, CE: 31, JE: 31, running: 36 };

/** Underlined for what is close to a limit, inverse for what is unexpected: these can be seen without colours, too. */
export function painted(text: string, paints: readonly Paint[], color: boolean): string {
  const codes = paints.flatMap((paint) => (paint === "near" ? [4] : paint === "unexpected" ? [7] : color ? [colours[paint]] : []));
  return codes.length === 0 ? text : `\x1b[${codes.join(";")}m${text}\x1b[0m`;
}
