/** The one writer of standard output. It carries results and nothing else; diagnostics go to standard error. */
import { IsolateError } from "../model/errors.ts";
import { hintFor } from "../model/host-fault.ts";
import { errno, errnoOf, reasonOf, SyscallError } from "../kernel/errno.ts";
import { servedNow } from "../keeper/served.ts";
import { isTerminal, wasClosedByCaller } from "../kernel/files.ts";
import { writeSync } from "../kernel/fs.ts";
import { noteUnread } from "./unread.ts";
import { writeAll, type Writable } from "./write.ts";

const standardOutput = 1;

let printed = false;

/** Whether anything was written to standard output, or tried to be: there is one document on it. */
export function hasPrinted(): boolean {
  return servedNow()?.hasPrinted ?? printed;
}

/**
 * Writes to standard output as is.
 * @throws IsolateError of kind Io when it cannot be written: a result that nobody gets is a failure
 */
export function printText(data: Writable): void {
  const served = servedNow();
  if (served === null) printed = true;
  else served.hasPrinted = true;
  try {
    if (wasClosedByCaller(standardOutput)) throw new SyscallError("write", errno.EBADF, "standard output");
    writeAll(standardOutput, data, writeSync);
  } catch (error) {
    if (served === null && errnoOf(error) === errno.EPIPE) noteUnread();
    const hint = hintFor(error);
    throw new IsolateError("Io", `cannot write to standard output: ${reasonOf(error)}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}

/** Longest piece of a text that is turned into JSON at once. */
const pieceCharacters = 64 * 1024;

/**
 * One JSON document as we write it everywhere: one line. In parts, so that what a program printed is not held several times
 * over; the parts together are what JSON.stringify gives.
 */
export function* jsonDocument(value: unknown): Generator<string, void, undefined> {
  yield* jsonParts(value);
  yield "\n";
}

function* jsonParts(value: unknown): Generator<string, void, undefined> {
  if (typeof value === "string" && value.length > pieceCharacters) {
    yield '"';
    // A pair of surrogates that is cut in two becomes two escapes, which mean the same.
    for (let at = 0; at < value.length; at += pieceCharacters) yield JSON.stringify(value.slice(at, at + pieceCharacters)).slice(1, -1);
    yield '"';
  } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    let separator = "{";
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      yield `${separator}${JSON.stringify(key)}:`;
      yield* jsonParts(member);
      separator = ",";
    }
    yield separator === "{" ? "{}" : "}";
  } else {
    yield JSON.stringify(value);
  }
}

/** Whether standard output is a terminal. */
export function outputIsTerminal(): boolean {
  return isTerminal(standardOutput);
}
