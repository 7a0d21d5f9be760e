/** What a worker and the process of a slot tell each other: JSON, a line each, over the standard input and output of that process. */
import type { JobEvent } from "../events.ts";
import type { Job, Limits } from "../job.ts";
import type { JobResult } from "../outcome.ts";

/** The first line: what holds for all jobs of the slot. */
export interface SlotSettings {
  /** Of boxes, absolute. */
  readonly stateDir: string;
  /** Directory of contents. */
  readonly contents: string;
  readonly sync: "normal" | "full";
  /** As `--pack` takes them. */
  readonly packs: readonly string[];
  readonly cpus: string | null;
  readonly usual: { readonly run: Limits; readonly compile: Limits };
}

/** Which descriptor of which program a talk is about; a source has one program, 0. */
export interface Stream {
  readonly command: number;
  readonly fd: number;
}

export type ToSlot =
  | { readonly kind: "settings"; readonly settings: SlotSettings }
  | { readonly kind: "begin"; readonly job: Job; readonly isWatched: boolean; readonly isTalk: boolean }
  /** Somebody watches from now on. */
  | { readonly kind: "watched" }
  | { readonly kind: "cancel" }
  | { readonly kind: "input"; readonly stream: Stream; /** null: the end. */ readonly base64: string | null }
  | { readonly kind: "signal"; readonly name: string }
  | { readonly kind: "resize"; readonly stream: Stream; readonly rows: number; readonly columns: number };

/** What the slot knows of a result. */
export type SlotResult = Pick<JobResult, "outcome" | "problem" | "status" | "compile" | "tests" | "commands">;

export type FromSlot =
  | { readonly kind: "ready" }
  /** The job is its own from now on. */
  | { readonly kind: "begun" }
  | { readonly kind: "event"; readonly event: JobEvent }
  | { readonly kind: "taken"; readonly stream: Stream; readonly bytes: number }
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "result"; readonly result: SlotResult };
