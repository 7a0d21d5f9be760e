/** What is said when we cannot even begin, or when something of ours was thrown that nobody has caught. */
import { exitCodes, IsolateError, messageOf } from "../model/errors.ts";
import { reportError } from "./report.ts";

/** What the engine says that did not get from the host what it needs: its own words help nobody. */
const starved: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [/requires the JIT/, "the engine could not reserve memory for its code", "give it more address space (ulimit -v, ulimit -d), and leave BUN_JSC_useJIT unset"],
  [/out of memory/i, "memory ran out", "give it more (ulimit -v, ulimit -d)"],
  [/call stack/i, "the stack is too small", "give it more (ulimit -s)"],
];

/** Tells on standard error why we end. @returns the exit code */
export function tellFatal(error: unknown): number {
  const known = error instanceof IsolateError ? undefined : starved.find(([pattern]) => pattern.test(messageOf(error)));
  if (known === undefined) return reportError(error);
  const [, what, hint] = known;
  return reportError(new IsolateError("Process", `cannot start: ${what}`, { hint, exitCode: exitCodes.unavailable, cause: error }));
}
