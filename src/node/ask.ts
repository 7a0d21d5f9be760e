/** A command of the binary that is over at once: the caller waits for its document. And what a document or an ending says about an error. */
import { spawnSync } from "node:child_process";
import { IsolateError, type IsolateErrorKind } from "../model/errors.ts";

/** As large as a list of boxes or a launch plan may become. */
const documentBytes = 256 * 1024 * 1024;

/** @returns standard output @throws IsolateError as the library does */
export function ask(binary: string, words: readonly string[]): string {
  const { error, status, signal, stdout, stderr } = spawnSync(binary, words, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", maxBuffer: documentBytes });
  if (error !== undefined) throw notStarted(binary, error);
  if (status !== 0) throw errorOf(documentOf(stdout), status, signal, stderr);
  return stdout;
}

export function notStarted(binary: string, error: Error): IsolateError {
  return new IsolateError("Process", `cannot execute ${binary}: ${error.message}`, { cause: error });
}

interface DescribedError {
  readonly kind: IsolateErrorKind | "Internal";
  readonly message: string;
  readonly hint: string | null;
  readonly exit_code: number;
  readonly about_host: boolean;
}

/** @returns null: no document */
export function documentOf(text: string): Record<string, unknown> | null {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null && !Array.isArray(document) ? (document as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The error of an error document; without one, what the ending and standard error say. */
export function errorOf(document: Record<string, unknown> | null, status: number | null, signal: string | null, stderr: string): IsolateError {
  const described = document?.["error"] as DescribedError | undefined;
  if (described !== undefined) {
    const { kind, message, hint, exit_code: exitCode, about_host: aboutHost } = described;
    return new IsolateError(kind === "Internal" ? "Process" : kind, message, { ...(hint === null ? {} : { hint }), exitCode, aboutHost });
  }
  const said = /^mini-isolate: (.*)$/m.exec(stderr)?.[1];
  const hint = /^hint: (.*)$/m.exec(stderr)?.[1];
  const kind = status === 64 ? "Config" : status === 75 ? "LockBusy" : "Process";
  const ended = signal === null ? `it ended with exit code ${status}` : `it was ended by ${signal}`;
  return new IsolateError(kind, said ?? `cannot learn what mini-isolate did: ${ended} and said nothing`, { ...(hint === undefined ? {} : { hint }), ...(status === null ? {} : { exitCode: status }) });
}
