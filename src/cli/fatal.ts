/** What is said when we cannot even begin, or when something of ours was thrown that nobody has caught. */
import { exitCodes, IsolateError, messageOf } from "../model/errors.ts";
import { signals } from "../kernel/os-numbers.ts";
import { reportError } from "./report.ts";
import { isUnread } from "./unread.ts";

/** What the engine says that did not get from the host what it needs: its own words help nobody. */
const starved: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [/requires the JIT/, "the engine could not reserve memory for its code", "give it more address space (ulimit -v, ulimit -d), and leave BUN_JSC_useJIT unset"],
  [/out of memory/i, "memory ran out", "give it more (ulimit -v, ulimit -d)"],
  [/call stack/i, "the stack is too small", "give it more (ulimit -s)"],
];

/** Tells why we end, on standard error and where JSON was asked for in a document. @returns the exit code */
export function tellFatal(error: unknown): number {
  if (isUnread()) (require("../kernel/death.ts") as typeof import("../kernel/death.ts")).dieBySignal(signals.SIGPIPE);
  const known = error instanceof IsolateError ? undefined : starved.find(([pattern]) => pattern.test(messageOf(error)));
  const told = known === undefined ? error : new IsolateError("Process", `cannot start: ${known[1]}`, { hint: known[2], exitCode: exitCodes.unavailable, cause: error });
  const code = reportError(told);
  const argv = process.argv.slice(2);
  if (argv.some((argument) => argument.startsWith("--json"))) tellInJson(argv, told);
  return code;
}

/** Where memory is short, what is loaded for it may be too much. */
function tellInJson(argv: readonly string[], error: unknown): void {
  try {
    (require("./error-document.ts") as typeof import("./error-document.ts")).printErrorDocument(argv, error);
  } catch {
    // It stands on standard error.
  }
}
