/** Where the standard streams of a program lead, as far as the launcher decides it. */
import { configError } from "../../model/errors.ts";
import type { RunOptions } from "../../model/request.ts";
import type { LaunchSpec } from "./spec.ts";

/** In the launch plan it means the stream that the program has by then, not the file (process.ts). */
const wherever = "/dev/stdout";

/**
 * @param chdir working directory in the box
 * @throws IsolateError of kind Config for options that do not go together
 */
export function redirectionsOf(options: RunOptions, chdir: string): LaunchSpec["redirections"] {
  const { stdinFile, stdoutFile, stderrFile, stderrToStdout = false } = options;
  const [stdoutTo, stderrTo] = [options.stdoutTo ?? null, options.stderrTo ?? null];
  const refuse = (one: string, other: string) => configError(`cannot use ${one} together with ${other}`, "leave one of them out");
  if (stderrToStdout && stderrFile !== null) throw refuse("stderrToStdout", "stderrFile");
  if (stderrToStdout && stderrTo !== null) throw refuse("stderrToStdout", "stderrTo");
  if (stdoutTo !== null && stdoutFile !== null) throw refuse("stdoutTo", "stdoutFile");
  if (stderrTo !== null && stderrFile !== null) throw refuse("stderrTo", "stderrFile");
  if (options.passthrough && (stdoutTo ?? stderrTo) !== null) throw refuse("passthrough", stdoutTo !== null ? "stdoutTo" : "stderrTo");
  // Opened twice, the two streams would write over each other.
  const oneFile = stdoutFile !== null && stderrFile !== null && isSamePath(stdoutFile, stderrFile, chdir);
  return [stdinFile, stdoutFile, stderrToStdout || oneFile ? wherever : stderrFile];
}

/** By their words: what is there may change until the program starts. */
function isSamePath(one: string, other: string, from: string): boolean {
  const [first, second] = [one, other].map((path) => `${path.startsWith("/") ? "" : `${from}/`}${path}`.split("/").filter((name) => name !== "" && name !== ".").join("/"));
  return first === second;
}
