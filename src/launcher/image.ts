/**
 * Makes the launcher: an ELF image whose data is a launch plan. It is built anew for every run, in memory, and holds nothing but the plan
 * and some 300 bytes of code.
 */
import type { LaunchPlan } from "../model/plan.ts";
import { DataSegment } from "./data-segment.ts";
import { elf } from "./elf.ts";
import { blockBytes, layOut } from "./table.ts";

/** Bytes that a failed launcher writes to the status descriptor: row and error number, 64 bits each. */
export const failureBytes = 16;

/**
 * @param descriptors numbers of the descriptors that are handed over, by the names that the plan uses
 * @returns the file to execute
 */
export function launcherImage(plan: LaunchPlan, descriptors: Readonly<Record<string, number>>): Uint8Array {
  const data = new DataSegment();
  const block = data.reserve(blockBytes);
  layOut(data, plan, { handed: descriptors, place: "first" }).words.forEach((value, index) => data.writeWord(block + index * 8, value));
  return elf(data.content());
}
