/** Columns of text. */
import { escapeControls } from "./write.ts";
import { wrapText } from "./wrap.ts";

/** One line a row, columns apart by two blanks; the first row is the titles. Control characters are shown as escapes. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  // A line feed or a tab in a cell would look like a cell of its own.
  const cells = rows.map((row) => row.map((cell) => escapeControls(cell).replace(/\n/g, "\\n").replace(/\t/g, "\\t")));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column]!))));
  const pad = (cell: string, width: number) => cell + " ".repeat(width - Bun.stringWidth(cell));
  return cells.map((row) => `${row.map((cell, column) => pad(cell, widths[column]!)).join("  ").trimEnd()}\n`).join("");
}

/**
 * The same in a bounded width: where the columns have no room, the widest are made narrower and their cells go on in the next line. The first
 * column and single words stay whole, even if that is too much.
 */
export function fitColumns(rows: readonly (readonly string[])[], width: number): string {
  const columns = rows[0]!.map((_, column) => {
    const cells = rows.map((row) => row[column]!);
    const longest = Math.max(...cells.map((cell) => Bun.stringWidth(cell)));
    const least = column === 0 ? longest : Math.max(...cells.flatMap((cell) => cell.split(" ")).map((word) => Bun.stringWidth(word)));
    return { width: longest, least };
  });
  const sum = (key: "width" | "least") => columns.reduce((all, column) => all + column[key] + 2, -2);
  // A path in the last column has no blanks to be cut at: the others are not squeezed for it in vain.
  const beyond = sum("least") > width ? columns.at(-1)!.width - Bun.stringWidth(rows[0]!.at(-1)!) : 0;
  for (let excess = sum("width") - beyond - width; excess > 0; excess--) {
    const widest = columns.filter(({ width, least }) => width > least).toSorted((a, b) => b.width - a.width)[0];
    if (widest === undefined) break;
    widest.width--;
  }
  return formatColumns(rows.flatMap((row) => {
    const cells = row.map((cell, column) => wrapText(cell, columns[column]!.width));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => cells.map((lines) => lines[line] ?? ""));
  }));
}
