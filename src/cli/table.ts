/** Columns of text. */
import { escapeControls } from "./write.ts";

/** One line a row, columns apart by two blanks; the first row is the titles. Control characters are shown as escapes. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  // A line feed or a tab in a cell would look like a cell of its own.
  const cells = rows.map((row) => row.map((cell) => escapeControls(cell).replace(/\n/g, "\\n").replace(/\t/g, "\\t")));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column]!))));
  const pad = (cell: string, width: number) => cell + " ".repeat(width - Bun.stringWidth(cell));
  return cells.map((row) => `${row.map((cell, column) => pad(cell, widths[column]!)).join("  ").trimEnd()}\n`).join("");
}
