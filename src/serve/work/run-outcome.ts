/** From the result of a run to what is kept of it: long outputs become files of the store. */
import type { StepResult } from "../../model/result.ts";
import { inline, mostInlineBytes, noContent, type Content, type Contents } from "../content.ts";
import type { CompileOutcome, FileOutcome, RunOutcome } from "../outcome.ts";

/** What was captured outside of the result. */
export interface Captured {
  readonly stdout: Uint8Array | null;
  readonly stderr: Uint8Array | null;
  readonly output: Uint8Array | null;
}

export const nothingCaptured: Captured = { stdout: null, stderr: null, output: null };

/** @throws IsolateError of kind Io when an output cannot be kept */
export async function runOutcome(step: StepResult, captured: Captured, contents: Contents): Promise<RunOutcome> {
  const { stdout, stderr, stdout_base64: stdoutBytes, stderr_base64: stderrBytes, files, repeat: _repeat, resource_usage: _usage, ...facts } = step;
  return {
    ...onlyOfSteps(facts),
    error_message: withoutFlag(step.error_message),
    stdout: await kept(captured.stdout, stdout, stdoutBytes, contents),
    stderr: await kept(captured.stderr, stderr, stderrBytes, contents),
    output: captured.output === null ? null : await keep(captured.output, contents),
    files: await filesOf(files ?? {}, contents),
  };
}

/** @throws IsolateError of kind Io */
export async function compileOutcome(compile: StepResult & { readonly cached: boolean }, contents: Contents): Promise<CompileOutcome> {
  const { cached, ...step } = compile;
  return { ...(await runOutcome(step, nothingCaptured, contents)), cached };
}

/** Who sends a job has no flags of ours and no pack that could raise a limit. */
function withoutFlag(message: string | null): string | null {
  return message?.replace(/: raise it (?:with|in) .*$/s, "") ?? null;
}

/** A result document has more than a step. */
function onlyOfSteps<T extends object>(facts: T): Omit<T, "phase" | "language" | "compile"> {
  const { phase: _phase, language: _language, compile: _compile, ...rest } = facts as T & { phase?: unknown; language?: unknown; compile?: unknown };
  return rest as Omit<T, "phase" | "language" | "compile">;
}

async function kept(captured: Uint8Array | null, text: string, base64: string | undefined, contents: Contents): Promise<Content> {
  if (captured !== null) return await keep(captured, contents);
  if (base64 !== undefined) return await keep(Buffer.from(base64, "base64"), contents);
  if (text.length <= mostInlineBytes / 3) return text === "" ? noContent : { text };
  return await keep(Buffer.from(text), contents);
}

async function keep(bytes: Uint8Array, contents: Contents): Promise<Content> {
  return bytes.length <= mostInlineBytes ? inline(bytes) : await contents.put(bytes);
}

async function filesOf(files: NonNullable<StepResult["files"]>, contents: Contents): Promise<Record<string, FileOutcome>> {
  const outcomes: Record<string, FileOutcome> = {};
  for (const [name, { text, base64, error }] of Object.entries(files)) {
    if (error !== undefined) outcomes[name] = { error, type: "CopyOutOpen" };
    else {
      const bytes = text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text);
      outcomes[name] = { content: await keep(bytes, contents), bytes: bytes.length, truncated: false };
    }
  }
  return outcomes;
}
