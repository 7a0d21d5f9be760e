/** A run, once or several times. What repeats is loaded only then. */
import type { RunOptions, Stdin } from "../model/request.ts";
import type { StepResult } from "../model/result.ts";
import { executeInBox } from "./execute.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";

/** As {@link executeInBox}, as often as `options.repeat` says. @throws the same */
export async function executeRuns(box: Box, prepared: PreparedRun, stdin: Stdin, options: RunOptions): Promise<StepResult> {
  const { repeat = null } = options;
  if (repeat === null) return await executeInBox(box, prepared, stdin, options);
  const { executeRepeatedly } = await import("./repeat.ts");
  return await executeRepeatedly(repeat, stdin, options, (number, told) => executeInBox({ ...box, groupName: `${box.groupName}r${number}` }, prepared, stdin, told));
}
