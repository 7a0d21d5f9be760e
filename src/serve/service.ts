/** What dialects ask of the service. They know neither how jobs are kept nor where they run. */
import type { ServeConfig } from "./config/config.ts";
import type { Contents } from "./content.ts";
import type { JobEvent } from "./events.ts";
import type { Job } from "./job.ts";
import type { LanguageCatalog } from "./languages.ts";
import type { JobResult } from "./outcome.ts";
import type { Added, NewJob, QueueStats, StoredJob, WorkerState } from "./queue/queue.ts";

export interface Service {
  readonly config: ServeConfig;
  /** Changes when packs are loaded again. */
  readonly languages: LanguageCatalog;
  readonly contents: Contents;
  readonly version: string;
  /** All or none are acknowledged: from then on they survive. @throws Refusal */
  submit(jobs: readonly NewJob[]): Promise<readonly Added[]>;
  get(id: string): Promise<StoredJob | null>;
  getMany(ids: readonly string[]): Promise<readonly (StoredJob | null)[]>;
  list(dialect: string | null, offset: number, most: number): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }>;
  /** Until it has ended, `ms` have passed or the signal is aborted. @returns as it is then; null: unknown */
  wait(id: string, ms: number, signal: AbortSignal): Promise<StoredJob | null>;
  /**
   * Submits a job and waits for its end, for requests that are answered with it. When the signal is aborted before (the client is gone), the job
   * is cancelled. @throws Refusal
   */
  perform(job: Job, signal: AbortSignal): Promise<JobResult>;
  /** @throws StoreFault */
  watch(id: string, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** @returns false: unknown, or it has ended */
  cancel(id: string): Promise<boolean>;
  /** Only what has ended. @returns false: unknown */
  remove(id: string): Promise<boolean>;
  /**
   * Has a slot of this machine for somebody who talks with the program while it runs. It is waited for in line with the jobs that wait, and is
   * not kept: it ends with the caller. @throws Refusal
   */
  talk(job: Job, ears: Ears, signal: AbortSignal): Promise<Talk>;
  state(): Promise<ServiceState>;
}

/** Hears what a talk says. */
export interface Ears {
  event(event: JobEvent): void;
}

/** A job whose input comes while it runs. */
export interface Talk {
  /** @param stream for commands, the number of the command and its descriptor; else of the program. Null ends the input. @returns false: it is taken, and enough for now; {@link Talk.drained} tells when more may come */
  write(stream: { readonly command: number; readonly fd: number }, bytes: Uint8Array | null): boolean;
  drained(): Promise<void>;
  /** By its name, to the processes of the run. */
  signal(name: string): void;
  resize(stream: { readonly command: number; readonly fd: number }, rows: number, columns: number): void;
  readonly result: Promise<JobResult>;
}

export interface ServiceState {
  readonly stats: QueueStats;
  readonly workers: readonly WorkerState[];
  readonly slots: readonly SlotState[];
  readonly isDraining: boolean;
  /** Why it is not ready, for people; empty: it is. */
  readonly problems: readonly string[];
}

export interface SlotState {
  readonly cpus: string | null;
  /** null: it waits for one. */
  readonly job: { readonly id: string; readonly language: string | null; readonly sinceMs: number } | null;
}

export type RefusalKind = "full" | "quota" | "draining" | "unable" | "store" | "host";

/** A request that is not taken, which says nothing about the program. Dialects say it in their words. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly retryAfter: number | null;

  /** @param retryAfter seconds; null: trying again does not help */
  constructor(kind: RefusalKind, message: string, retryAfter: number | null, options?: ErrorOptions) {
    super(message, options);
    [this.kind, this.retryAfter] = [kind, retryAfter];
  }
}
