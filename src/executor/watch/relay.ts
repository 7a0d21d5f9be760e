/** Who is at the other end of the terminal of a box. Loaded only where there is one. */
import type { RunJob } from "./job.ts";
import { TerminalKeeper } from "./own-terminal.ts";
import { TerminalRelay } from "./terminal.ts";

export type Relay = TerminalRelay | TerminalKeeper;

/** @param source has the master of the box's terminal once the launcher handed it over */
export function relayFor({ terminal = null, ownTerminal = null }: Pick<RunJob, "terminal" | "ownTerminal">, source: { readonly terminal: number | null }): Relay | null {
  if (ownTerminal !== null) return new TerminalKeeper(ownTerminal, source);
  return terminal === null ? null : new TerminalRelay(terminal, source);
}
