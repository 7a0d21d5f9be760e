/** The one writer of standard output. It carries results and nothing else; diagnostics go to standard error. */
import { IsolateError } from "../errors.ts";
import { reasonOf } from "../kernel/errno.ts";
import { isTerminal } from "../kernel/files.ts";
import { writeAll } from "../write.ts";

const standardOutput = 1;

/**
 * Writes to standard output as is.
 * @throws IsolateError of kind Io when it cannot be written: a result that nobody gets is a failure
 */
export function printText(data: string | Uint8Array): void {
  try {
    writeAll(standardOutput, data);
  } catch (error) {
    throw new IsolateError("Io", `cannot write to standard output: ${reasonOf(error)}`, { cause: error });
  }
}

/** One JSON document as we write it everywhere: one line. */
export function jsonDocument(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Whether standard output is a terminal. */
export function outputIsTerminal(): boolean {
  return isTerminal(standardOutput);
}
