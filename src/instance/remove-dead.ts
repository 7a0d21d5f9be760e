import type { StateDirectory } from "../state/state-dir.ts";
import { someListed } from "../state/temporary-boxes.ts";

/** Boxes whose makers were killed; hardly ever there are any, so what removes them is not loaded before. */
export function removeDead(state: StateDirectory): void {
  if (someListed(state)) (require("./dead-boxes.ts") as typeof import("./dead-boxes.ts")).removeDeadBoxes(state);
}
