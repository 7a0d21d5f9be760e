/** How wide texts for people may be. */
import { callerColumns } from "../config/load.ts";
import { windowSize } from "../kernel/terminal.ts";
import { usableWidth } from "./wrap.ts";

/** Columns of standard output: COLUMNS, else those of its terminal, else 80. */
export function outputWidth(): number {
  return usableWidth(callerColumns(), () => columnsOf(windowSize(1)));
}

/** The same where somebody looks at it; without a terminal and without COLUMNS there is no bound, for texts that are copied. */
export function widthForReader(): number {
  return callerColumns() === undefined && windowSize(1) === null ? Number.POSITIVE_INFINITY : outputWidth();
}

/** Columns and lines of the terminal that standard output is; null: it is none, or it does not say. */
export function terminalSize(): { readonly columns: number; readonly lines: number } | null {
  const size = windowSize(1);
  if (size === null) return null;
  const [lines, columns] = [new DataView(size.buffer).getUint16(0, true), columnsOf(size)!];
  return columns === 0 || lines === 0 ? null : { columns, lines };
}

/** The second of four 16-bit numbers; null: no terminal. */
function columnsOf(size: Uint8Array | null): number | null {
  return size === null ? null : new DataView(size.buffer).getUint16(2, true);
}
