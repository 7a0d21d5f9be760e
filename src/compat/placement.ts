/** Memory nodes of a box (`boxN.mems`): a policy of the program, where version 1 of isolate had a control group. */
import { parseProcessors } from "../model/processors.ts";
import type { Step } from "../model/plan.ts";

/** set_mempolicy(2) */
const MPOL_BIND = 2;

/** @param mems as in cpuset(7); null: those of the caller */
export function memoryNodeSteps(mems: string | null): Step[] {
  if (mems === null) return [];
  const nodes = parseProcessors(mems);
  const bits = Math.max(64, Math.ceil((Math.max(...nodes) + 1) / 64) * 64);
  const mask = new Uint8Array(bits / 8);
  for (const node of nodes) mask[node >> 3]! |= 1 << (node & 7);
  // The kernel takes one bit less than it is told.
  return [{ does: `Cannot bind to memory nodes ${mems}`, call: "set_mempolicy", args: [MPOL_BIND, { hex: mask.toHex() }, bits + 1] }];
}
