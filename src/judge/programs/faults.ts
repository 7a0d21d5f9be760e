/** What went wrong with a program of the jury, in words. It is never a verdict about a submission. */
import { signalName } from "../../executor/verdict/classify.ts";
import { exitCodes, IsolateError } from "../../model/errors.ts";
import type { ExecutionResult } from "../../model/result.ts";

const mostOfCompiler = 4000;

/** An error with exit code 5 that has the compiler's words. */
export function compileFault(path: string, step: "compile" | "build", result: ExecutionResult): IsolateError {
  const detail = { exitCode: exitCodes.internalError, aboutHost: result.status === "InternalError", hint: step === "build" ? "its build has to end with exit code 0, and there has to be a file run" : hintFor(result) };
  if (result.status === "Success") return new IsolateError("Process", `cannot build ${path}: its build made no file run`, detail);
  const said = [result.stderr, result.stdout].map((text) => text.trim()).find((text) => text !== "") ?? "";
  const words = said === "" ? "" : `\n${said.slice(0, mostOfCompiler)}`;
  return new IsolateError("Process", `cannot ${step} ${path}: ${result.error_message ?? "it failed"}${words}`, detail);
}

function hintFor({ stderr, stdout }: ExecutionResult): string {
  const missing = /testlib\.h: No such file|'testlib\.h' file not found/.test(stderr + stdout);
  return missing ? "testlib.h does not come with mini-isolate: put it into the package, beside the program" : "mend the program of the jury, or name its packs and its language";
}

/** Why a program that ended so has said nothing; null: it ended by itself, and its exit code is its word. */
export function endOf({ status, exit_code: code, signal, error_message: message, phase }: ExecutionResult): string | null {
  if (phase === "compile") return message ?? "it could not be compiled";
  if (status === "Success" || (status === "RuntimeError" && code !== null && code !== notExecuted)) return null;
  if (status === "Signaled" && signal !== null) return `it was ended by ${signalName(signal)}`;
  // What raises a limit of a submission does not raise this one.
  return message?.replace(/: raise it with .*$/s, "") ?? `its run ended with ${status}`;
}

/** Of a program that could not be executed. */
const notExecuted = 127;
