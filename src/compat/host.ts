/** The process that a command is carried out in: one of its own, or a keeper that carries it out for a client. */
import { writeFully } from "../kernel/files.ts";
import type { SignalSource, Waiter } from "../model/waiting.ts";

export interface Host {
  /** Writes all of it to standard output (1) or standard error (2) of the caller. @throws what writing throws */
  write(fd: 1 | 2, bytes: Uint8Array): void;
  /** null: the process is the command's alone, which may stop its thread. */
  readonly waiter: Waiter | null;
  /** Signals of the caller's client; null: those of the process. */
  readonly signals: SignalSource | null;
}

export const ownProcess: Host = { write: writeFully, waiter: null, signals: null };
