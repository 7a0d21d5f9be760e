/** The arguments of this process, as they were given. */
import { readFileSync } from "./fs.ts";

/**
 * Whether arguments are what the caller wrote. Bytes that are not UTF-8 reach us as replacement characters: a program would be given other
 * arguments, and be run on other files.
 */
export function areAsWritten(argv: readonly string[]): boolean {
  if (!argv.some((argument) => argument.includes("\ufffd"))) return true;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(readFileSync("/proc/self/cmdline"));
    return true;
  } catch {
    return false;
  }
}
