/** For whom a command is carried out, when that is not the caller of this process: whoever asked the keeper. */
import type { SignalSource, Waiter } from "../model/waiting.ts";

export interface Served {
  readonly waiter: Waiter;
  readonly signals: SignalSource;
  /** Writes to descriptor 1 or 2 of the one who asked; never waits. @throws what node:fs throws */
  write(fd: number, bytes: Uint8Array): void;
  /** Whether anything was written to its standard output, or tried to be. */
  hasPrinted: boolean;
}

let served: Served | null = null;

/** null: this process does it for its own caller. */
export function servedNow(): Served | null {
  return served;
}

/** From now on it is for this one, until the next call. */
export function serveFor(whom: Served | null): void {
  served = whom;
}
