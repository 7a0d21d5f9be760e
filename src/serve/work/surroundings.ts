/** What a job finds in the process of a slot, where programs are run and nothing else is done. */
import type { IsolateConfigInput } from "../../config/config.ts";
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import type { Isolate } from "../../instance/isolate.ts";
import type { Language } from "../../language/language.ts";
import type { SignalSource } from "../../model/waiting.ts";
import type { Contents } from "../content.ts";
import type { JobEvent } from "../events.ts";
import type { Limits } from "../job.ts";

export interface Surroundings {
  /** Everything waits through it: it looks after all runs of this process, and after what the service says meanwhile. */
  readonly loop: RunLoop;
  /**
   * A box of the slot with this configuration, empty each time: what a run left there is gone for the next one. Runs of one box come one after the other.
   * @param number from 0 on, for jobs that run several programs at the same time @throws IsolateError when it cannot be made
   */
  box(number: number, config: IsolateConfigInput): Isolate;
  readonly contents: Contents;
  /** Where boxes are; left out: where those of the command line are. */
  readonly stateDir: string;
  /** All of the service, hidden ones as well. */
  readonly languages: readonly Language[];
  /** As in cpuset(7); null: not pinned. */
  readonly cpus: string | null;
  /** What runs have when the job does not say it. */
  readonly usual: { readonly run: Limits; readonly compile: Limits };
  /** For one run: SIGKILL when the job was cancelled, and what a talk sends. */
  signals(): SignalSource;
  readonly isCancelled: boolean;
  tell(event: JobEvent): void;
  /** Somebody watches, so that output is to be told as it comes. */
  readonly isWatched: boolean;
  /** What a talk gives as input; null: the job has all of it. */
  readonly talk: TalkInput | null;
  /** Told about what is not enforced. */
  readonly warn: (line: string) => void;
}

/** Input that comes while the job runs. */
export interface TalkInput {
  /** Called for each piece; null: the end. Tells in order, from the first piece on. */
  onInput(take: (stream: { readonly command: number; readonly fd: number }, bytes: Uint8Array | null) => void): void;
  onResize(take: (stream: { readonly command: number; readonly fd: number }, rows: number, columns: number) => void): void;
  /** The taker could not take everything at once, and can again: says how many bytes of a stream are taken, so that the sender goes on. */
  taken(stream: { readonly command: number; readonly fd: number }, bytes: number): void;
}
