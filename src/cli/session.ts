/** What `run` and `execute` share: the box that is used, and how its result reaches the caller. */
import type { Stdin, RunOptions } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import { wantsColour } from "../config/load.ts";
import { configError, exitCodes, messageOf } from "../model/errors.ts";
import { Isolate } from "../instance/isolate.ts";
import { exitCodeOfStatus } from "../model/status.ts";
import { endBySignal, formatInternalError } from "./report.ts";
import type { ResultFile } from "./result-file.ts";
import { escapeControls, writeDiagnostic, type Writable } from "./write.ts";
import { findBox, requireBox } from "./find-box.ts";
import { formatFault, formatMeta } from "./meta.ts";
import { jsonDocument, outputIsTerminal, printText } from "./output.ts";
import { refuseContradictions, resultFlag, type Delivery, type RunFlags, type RunRequest } from "./request.ts";
import { formatResult } from "./text.ts";
import { warnOf } from "./warn.ts";

/** A run in a box that is there: the command line's part is over when it returns. */
export type RunStep = (box: Isolate, stdin: Stdin, options: RunOptions) => Promise<ExecutionResult>;

/**
 * What comes before a run. An error is told where the result was to go, too.
 * @throws what `prepare` throws, IsolateError of kind Config for flags that do not go together
 */
export async function beforeRun<T>(flags: RunFlags, prepare: () => Promise<T>): Promise<T> {
  // As any mistake in the arguments it changes no file.
  refuseContradictions(flags);
  try {
    return await prepare();
  } catch (error) {
    if (flags.meta !== undefined || resultFlag(flags) !== null) (await import("./error-document.ts")).writeErrorFiles(flags, error);
    throw error;
  }
}

/**
 * Runs and delivers. A temporary box is removed whatever happens.
 * @returns the exit code
 */
export async function runAndDeliver(request: RunRequest, step: RunStep, box: Isolate | null): Promise<number> {
  const { delivery } = request;
  try {
    const result = await runInBox(request, step, box);
    return await deliver(result, delivery);
  } finally {
    delivery.output?.close();
    delivery.meta?.close();
  }
}

async function runInBox(request: RunRequest, step: RunStep, found: Isolate | null): Promise<ExecutionResult> {
  try {
    return await withBox(request, found, (box) => step(box, request.stdin, request.options));
  } catch (error) {
    await noteFault(request.delivery, error);
    throw error;
  } finally {
    await warnOf(request.warnings);
  }
}

/** Prints what would be done, as one JSON document; nothing is started. @returns the exit code */
export async function printPlan(request: RunRequest, explain: (box: Isolate) => unknown, box: Isolate | null): Promise<number> {
  const plan = await withBox(request, box, async (box) => await explain(box));
  printText(jsonDocument(plan));
  return exitCodes.success;
}

/** The box that is asked for; null: a temporary one. @throws IsolateError of kind Config when there is no such box */
export function requestedBox({ boxId, stateDir }: Pick<RunRequest, "boxId" | "stateDir">): Isolate | null {
  return boxId === null ? findBox("0", stateDir) : requireBox(boxId, stateDir);
}

/** Uses the box that was found, or makes a temporary one and removes it afterwards. */
async function withBox<T>(request: RunRequest, box: Isolate | null, use: (box: Isolate) => Promise<T>): Promise<T> {
  if (box !== null) {
    const misplaced = request.temporaryFlags[0];
    if (misplaced !== undefined) {
      throw configError(`cannot use --${misplaced} with box ${box.id}`, `set it when the box is made: mini-isolate init --box-id ${box.id} --${misplaced} ...`);
    }
    return await use(box);
  }
  const temporary = Isolate.temporary(request.temporary, { stateDir: request.stateDir });
  try {
    return await use(temporary);
  } finally {
    await removeTemporary(temporary);
  }
}

/** The outcome of the run stands, also when its box cannot be removed. */
async function removeTemporary(box: Isolate): Promise<void> {
  try {
    box.cleanup();
  } catch (error) {
    await warnOf([`cannot remove temporary box ${box.id}: ${messageOf(error)} (mini-isolate cleanup --all tries again)`]);
  }
}

/** A place that cannot be written to keeps the result from no other, and says nothing about the program. */
async function deliver(result: ExecutionResult, delivery: Delivery): Promise<number> {
  // Files first: they are read by scripts as soon as we have ended, whatever happens to standard output.
  const faults = [put(delivery.meta, formatMeta(result)), put(delivery.output, jsonDocument(result))];
  if (result.status === "InternalError") writeDiagnostic(formatInternalError(result.error_message));
  if (delivery.passthrough) tellWhy(result, delivery);
  else if (delivery.json) printText(jsonDocument(result));
  else if (!delivery.silent) {
    const terminal = outputIsTerminal();
    printText(formatResult(result, { verbose: delivery.verbose, terminal, colour: terminal && wantsColour() }));
  }
  const uncopied = result.files !== undefined && delivery.silent ? (await import("./copy-out.ts")).notCopied(result) : [];
  await warnOf([...faults.filter((fault) => fault !== null), ...uncopied]);
  // The document was asked for, and is nowhere else.
  if (faults[1] !== null && !delivery.json) writeDiagnostic(jsonDocument(result));
  const ended = result.status === "InternalError" ? endBySignal(result.error_message) : null;
  return ended ?? (delivery.passthrough ? exitCodeOfProgram(result) : exitCodeOfStatus(result.status));
}

/** @returns why it could not be written, or null */
function put(file: ResultFile | null, text: Writable): string | null {
  try {
    file?.write(text);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** With `--passthrough`: the program's own code or 128 + signal, as a shell has it; ours when there was no program. */
export function exitCodeOfProgram(result: ExecutionResult): number {
  if (result.status === "InternalError" || result.phase === "compile") return exitCodeOfStatus(result.status);
  if (result.signal !== null) return 128 + result.signal;
  return result.exit_code ?? exitCodeOfStatus(result.status);
}

/**
 * The program has our streams. Where nothing ran the reason has to come from us, as it does from env(1) or a compiler; of a program that
 * was ended it is told in one line, after what it wrote itself.
 */
function tellWhy(result: ExecutionResult, { reasons }: Delivery): void {
  const compile = result.phase === "compile" ? (result.compile ?? result) : null;
  if (compile !== null) writeDiagnostic(compile.stdout + compile.stderr);
  const byUs = result.limit !== null || result.status === "SecurityViolation";
  const message = result.error_message ?? result.status;
  if ((byUs && reasons) || (compile === null && message.startsWith("cannot execute"))) tell(message);
}

function tell(message: string): void {
  writeDiagnostic(escapeControls(`mini-isolate: ${message}\n`));
}

/** A fault of ours is in the files too, for scripts that look nowhere else. One that cannot be written is not told: the fault says more. */
async function noteFault({ meta, output }: Delivery, fault: unknown): Promise<void> {
  put(meta, formatFault(messageOf(fault)));
  if (output !== null) put(output, jsonDocument((await import("./error-document.ts")).errorDocument(fault)));
}
