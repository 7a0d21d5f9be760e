/** `list`: the boxes of a state directory. */
import { resolveStateDir } from "../../config/load.ts";
import { exitCodes } from "../../model/errors.ts";
import type { Arguments } from "../args.ts";
import { describeBox, type BoxDescription } from "../box-description.ts";
import { findBoxes } from "../find-box.ts";
import { jsonDocument, printText } from "../output.ts";
import { showBytes } from "../quantities.ts";
import { fitColumns } from "../table.ts";
import { outputWidth } from "../width.ts";
import { defaultWidth } from "../wrap.ts";

/** @returns the exit code */
export async function list({ flags }: Arguments<"list">): Promise<number> {
  const stateDir = resolveStateDir(flags["state-dir"]);
  const descriptions = findBoxes(stateDir).map(describeBox);
  printText(flags.json ? jsonDocument(descriptions) : formatTable(descriptions, outputWidth()));
  return exitCodes.success;
}

/** One line a box under a line of titles. */
export function formatTable(boxes: readonly BoxDescription[], width = defaultWidth): string {
  return fitColumns([["ID", "CREATED", "LAST USED", "MEMORY", "TIME", "PROCESSES"], ...boxes.map(row)], width);
}

function row({ box_id, created_at, last_used, config }: BoxDescription): string[] {
  const { memory_limit, time_limit, cpu_time_limit, process_limit } = config;
  // Both bound CPU time; the smaller counts.
  const times = [time_limit, cpu_time_limit].filter((limit) => limit !== null);
  return [
    box_id,
    moment(created_at),
    moment(last_used),
    memory_limit === null ? "unlimited" : showBytes(memory_limit),
    times.length === 0 ? "unlimited" : `${Math.min(...times)} s`,
    process_limit === null ? "unlimited" : String(process_limit),
  ];
}

/** `2026-11-28 12:29Z`, from ISO 8601. */
function moment(time: string): string {
  return time.replace("T", " ").replace(/:[0-9]{2}(\.[0-9]+)?Z$/, "Z");
}
