/**
 * Whether a group ever had as many processes as it may have. With version 1, and before Linux 6.11 with version 2, a refused fork counts for
 * the group that it was refused to, whichever group's limit was in the way.
 */
import { attributeText } from "./attribute.ts";

/** @param directory of a group with the controller pids @returns null: this kernel keeps none */
export function peakOfProcesses(directory: string): number | null {
  const peak = attributeText(`${directory}/pids.peak`);
  return peak === null ? null : Number(peak);
}

/** @param directory of a group with the controller pids */
export function wasFull(directory: string): boolean {
  const limit = attributeText(`${directory}/pids.max`);
  if (limit === "max") return false;
  const peak = peakOfProcesses(directory);
  // Older kernels keep no peak, and the group's own limit is the likely one.
  return limit === null || peak === null || peak >= Number(limit);
}
