/** Whether a run gets a core of its own. What takes it is loaded only then. */
import type { IsolateConfig } from "../config/config.ts";
import type { Box } from "../executor/plan/prepare.ts";
import { anyCore } from "../model/processors.ts";
import type { RunOptions } from "../model/request.ts";

/** @returns the same use of a box, on a core of its own if that was asked for */
export function onOwnCore<T>(stateDir: string, config: IsolateConfig, options: RunOptions, use: (box: Box) => Promise<T>): (box: Box) => Promise<T> {
  if ((options.cpus ?? config.cpus) !== anyCore) return use;
  return async (box) => {
    const { withCore } = await import("./box-core.ts");
    return await withCore(stateDir, box, options, use);
  };
}
