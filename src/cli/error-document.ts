/** An error of ours as a document: for scripts that read JSON and nothing else. Loaded only where there is an error. */
import { IsolateError, messageOf } from "../model/errors.ts";
import { asksForJson } from "./asks-for-json.ts";
import { resultFlag, type RunFlags } from "./request.ts";
import { formatFault } from "./meta.ts";
import { hasPrinted, jsonDocument, printText } from "./output.ts";
import { describeError, type DescribedError } from "./report.ts";
import { ResultFile } from "./result-file.ts";
import type { Writable } from "./write.ts";

/** What `--json` prints where it cannot print a result; the fields before `error` are those of a result. */
export interface ErrorDocument {
  /** Says nothing about a program: none is judged by an error. */
  readonly status: "InternalError";
  readonly success: false;
  readonly limit: null;
  readonly exit_code: null;
  readonly signal: null;
  readonly error_message: string;
  readonly error: {
    readonly kind: DescribedError["kind"];
    readonly message: string;
    readonly hint: string | null;
    /** That of the command line. */
    readonly exit_code: number;
    /** `doctor` may know more. */
    readonly about_host: boolean;
  };
}

export function errorDocument(error: unknown): ErrorDocument {
  const { kind, message, hint, exitCode, aboutHost } = describeError(error);
  return {
    status: "InternalError", success: false, limit: null, exit_code: null, signal: null, error_message: message,
    error: { kind, message, hint, exit_code: exitCode, about_host: aboutHost },
  };
}

/** What is wrong with the flag that asks for a document: then it asks for none. */
const aboutJson = /(^|\s)--json\b/;

/** Prints the document where the arguments ask for one, right or wrong as they may be, and where standard output has nothing on it yet. */
export function printErrorDocument(argv: readonly string[], error: unknown): void {
  if (hasPrinted() || !asksForJson(argv) || (isUsage(error) && aboutJson.test(error.message))) return;
  try {
    printText(jsonDocument(errorDocument(error)));
  } catch {
    // The text is on standard error, and the exit code stands.
  }
}

function isUsage(error: unknown): error is IsolateError {
  return error instanceof IsolateError && error.kind === "Config";
}

/** Puts the error where a result was to go. No program has run. */
export function writeErrorFiles(flags: Pick<RunFlags, "meta" | "result" | "output">, error: unknown): void {
  const result = resultFlag(flags);
  if (flags.meta !== undefined && flags.meta !== result?.file) writeFile(() => ResultFile.open(flags.meta!, "meta"), formatFault(messageOf(error)));
  if (result !== null) writeFile(() => ResultFile.open(result.file, result.flag, "results"), jsonDocument(errorDocument(error)));
}

function writeFile(open: () => ResultFile, text: Writable): void {
  try {
    const file = open();
    try {
      file.write(text);
    } finally {
      file.close();
    }
  } catch {
    // The error that is reported says more.
  }
}
