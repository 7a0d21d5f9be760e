/** What the parts of the queue share. */
import type { QueueOptions } from "./options.ts";
import type { ContentsDirectory } from "../contents-dir.ts";
import type { ContentsSweep } from "../contents-sweep.ts";
import type { Watchers } from "../watchers.ts";
import type { StoreClock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Leases } from "./leases.ts";
import type { Pace } from "./pace.ts";
import type { Room } from "./room.ts";
import type { Statements } from "./statements.ts";
import type { WaitingLine } from "./waiting-line.ts";

export interface Store {
  /** Of its file, for messages. */
  readonly path: string;
  readonly options: QueueOptions;
  readonly statements: Statements;
  readonly commit: GroupCommit;
  readonly clock: StoreClock;
  readonly counters: Counters;
  readonly line: WaitingLine;
  readonly leases: Leases;
  readonly pace: Pace;
  readonly room: Room;
  readonly contents: ContentsDirectory;
  readonly sweep: ContentsSweep;
  readonly watchers: Watchers;
  /** Jobs that are kept until they were fetched, and were; by their number, with the time of the monotonic clock. */
  readonly fetched: Map<number, number>;
  /** The number of the next job. */
  nextSeq: number;
  lostLeases: number;
  refusedResults: number;
  /** There may be work. */
  onWork(): void;
  /** A job that runs was cancelled. */
  onCancel(id: string): void;
}
