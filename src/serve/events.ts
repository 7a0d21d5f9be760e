/** What happens to a job, for whoever watches it. */
import type { CompileOutcome, JobResult, TestOutcome } from "./outcome.ts";

export type JobEvent =
  | { readonly kind: "queued" }
  /** A slot has it. */
  | { readonly kind: "started"; readonly attempt: number; readonly worker: string }
  | { readonly kind: "compiling" }
  | { readonly kind: "compiled"; readonly compile: CompileOutcome }
  | { readonly kind: "test"; readonly test: number; readonly name: string }
  /** A piece of what is written: `test` null while compiling; for commands the number of the command, and its descriptor as `stream`. */
  | { readonly kind: "output"; readonly test: number | null; readonly stream: "stdout" | "stderr" | number; readonly base64: string }
  | { readonly kind: "tested"; readonly test: number; readonly outcome: TestOutcome }
  /** The slot lost it, and it will be started again. */
  | { readonly kind: "given-back"; readonly reason: string }
  | { readonly kind: "ended"; readonly result: JobResult };
