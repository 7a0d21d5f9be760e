/** `list`: the boxes of a state directory. */
import { resolveStateDir } from "../../config/load.ts";
import { exitCodes } from "../../errors.ts";
import { bytesPerMebibyte } from "../../units.ts";
import { escapeControls } from "../../write.ts";
import type { Arguments } from "../args.ts";
import { describeBox, type BoxDescription } from "../box-description.ts";
import { findBoxes } from "../find-box.ts";
import { jsonDocument, printText } from "../output.ts";

/** @returns the exit code */
export async function list({ flags }: Arguments<"list">): Promise<number> {
  const stateDir = resolveStateDir(flags["state-dir"]);
  const descriptions = findBoxes(stateDir).map(describeBox);
  printText(flags.json ? jsonDocument(descriptions) : formatTable(descriptions));
  return exitCodes.success;
}

/** One line a box under a line of titles, columns apart by two blanks. */
export function formatTable(boxes: readonly BoxDescription[]): string {
  const rows = [["ID", "CREATED", "LAST USED", "MEMORY", "TIME", "PROCESSES"], ...boxes.map(row)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => `${cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()}\n`).join("");
}

function row({ box_id, created_at, last_used, config }: BoxDescription): string[] {
  const { memory_limit, time_limit, cpu_time_limit, process_limit } = config;
  // Both bound CPU time; the smaller counts.
  const times = [time_limit, cpu_time_limit].filter((limit) => limit !== null);
  return [
    box_id,
    escapeControls(created_at),
    escapeControls(last_used),
    memory_limit === null ? "unlimited" : `${Number((memory_limit / bytesPerMebibyte).toFixed(3))} MB`,
    times.length === 0 ? "unlimited" : `${Math.min(...times)} s`,
    process_limit === null ? "unlimited" : String(process_limit),
  ];
}
