/** One run as callers of the library ask for it: checked, with what comes and goes while the program runs. */
import { configError, IsolateError } from "../model/errors.ts";
import { plainRun as wholePlainRun, type RunOptions as WholeRunOptions, type Stdin } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import { Attendance } from "./attendance.ts";
import { refused } from "./check.ts";
import { checkRunOptions } from "./check-options.ts";
import { InputStream, type Pieces, piecesOf } from "./input-stream.ts";
import type { RunOptions, StdinInput } from "./options.ts";
import { OutputStream } from "./output-stream.ts";
import { filesOutOf, withoutUndefined } from "./whole.ts";

/** Two tries to have a box are so far apart, at first and at most. */
const firstPauseMs = 2;
const longestPauseMs = 50;

/** Starts the run, with what it has to be given. Fails with LockBusy while the box is in use. */
export type Start = (stdin: Stdin, options: WholeRunOptions) => Promise<ExecutionResult>;

/** Who has to know that a run goes on. */
export interface Watcher {
  /** The run can be stopped by this from now on. @returns what is to be called when it is over */
  began(attendance: Attendance): () => void;
}

/**
 * @param start gets options that are complete
 * @throws IsolateError; the reason of the signal; what the caller's streams throw
 */
export async function performRun(start: Start, stdin: StdinInput, options: RunOptions, watcher: Watcher): Promise<ExecutionResult> {
  checkRunOptions(options);
  const input = inputOf(stdin, options);
  const { signal = null, stdout = null, stderr = null, wait = false, blocking = false, copyOut, readOut, ...others } = options;
  const filesOut = filesOutOf({ copyOut, readOut });
  if (signal?.aborted === true) throw signal.reason;
  const attendance = new Attendance();
  const over = watcher.began(attendance);
  const ring = () => attendance.ring();
  const stop = (reason: unknown) => attendance.stop(reason);
  const aborted = () => stop(signal!.reason);
  signal?.addEventListener("abort", aborted);
  const feed = "next" in input ? new InputStream(input, ring, stop) : null;
  const outlets = [stdout, stderr].map((to) => (to === null ? null : new OutputStream(to, ring, stop)));
  attendance.feed = feed;
  const whole: WholeRunOptions = {
    ...wholePlainRun,
    ...withoutUndefined(others),
    ...(filesOut === null ? {} : { filesOut }),
    ...(outlets[0] == null ? {} : { stdoutTo: outlets[0] }),
    ...(outlets[1] == null ? {} : { stderrTo: outlets[1] }),
    ...(blocking ? { blocking } : { waiter: attendance, signals: attendance.signals }),
  };
  const given: Stdin = feed === null ? (input as Stdin) : { kind: "descriptor", fd: feed.readEnd };
  try {
    const result = await inTurn(() => start(given, whole), wait, attendance);
    throwIfStopped(attendance);
    await attendance.unlessStopped(Promise.all(outlets.map((outlet) => outlet?.end())));
    throwIfStopped(attendance);
    return result;
  } catch (error) {
    for (const outlet of outlets) outlet?.abandon(error);
    // Why it was stopped says more than what failed for it.
    throwIfStopped(attendance);
    throw error;
  } finally {
    signal?.removeEventListener("abort", aborted);
    feed?.close();
    attendance.end();
    over();
  }
}

function throwIfStopped({ stopped }: Attendance): void {
  if (stopped !== null) throw stopped.reason;
}

/** Waits without blocking: the run that has the box may be one of this process. */
async function inTurn(start: () => Promise<ExecutionResult>, wait: boolean, attendance: Attendance): Promise<ExecutionResult> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await start();
    } catch (error) {
      if (!wait || !(error instanceof IsolateError) || error.kind !== "LockBusy") throw error;
    }
    await attendance.unlessStopped(Bun.sleep(pauseMs));
  }
}

function inputOf(stdin: unknown, { stdinFile, blocking, repeat }: RunOptions): Stdin | Pieces {
  const input = readStdin(stdin);
  const isNothing = "kind" in input && input.kind === "empty";
  if (!isNothing && stdinFile != null) throw configError("cannot use stdinFile together with another standard input", "leave one of them out");
  if ("next" in input && blocking === true) throw configError("cannot use a stream as standard input together with blocking", "leave blocking out");
  if ("next" in input && repeat != null) throw configError("cannot repeat a run that reads a stream: it can be read once only", "give text or bytes");
  return input;
}

const forms = "give text, a Uint8Array, a ReadableStream or an iterable of them";

function readStdin(stdin: unknown): Stdin | Pieces {
  if (stdin === undefined || stdin === null) return { kind: "empty" };
  if (typeof stdin === "string") return { kind: "bytes", bytes: Buffer.from(stdin) };
  if (stdin instanceof Uint8Array) return { kind: "bytes", bytes: stdin };
  if (typeof stdin !== "object") throw refused(stdin, "standard input", `it is of type ${typeof stdin}`, forms);
  if ("kind" in stdin) return checkedForm(stdin as Stdin);
  const pieces = piecesOf(stdin);
  if (pieces === null) throw refused(stdin, "standard input", "nothing can be read from it", forms);
  return pieces;
}

function checkedForm(stdin: Stdin): Stdin {
  switch (stdin.kind) {
    case "empty":
      return stdin;
    case "bytes":
      if (!(stdin.bytes instanceof Uint8Array)) throw refused(stdin.bytes, "the bytes of standard input", "it must be a Uint8Array");
      return stdin;
    case "descriptor":
      if (!Number.isInteger(stdin.fd) || stdin.fd < 0) throw refused(stdin.fd, "the descriptor of standard input", "it must be the number of a descriptor of this process");
      return stdin;
    default:
      throw refused((stdin as { kind: unknown }).kind, "the kind of standard input", "it must be one of empty bytes descriptor");
  }
}
