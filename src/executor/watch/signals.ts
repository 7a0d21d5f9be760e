/** Signals that arrive at the supervisor while a program runs. */
import { signals } from "../../kernel/os-numbers.ts";
import { isIgnored } from "../../kernel/process.ts";

/** What a terminal, an init system or a script sends to stop us; without `--passthrough` the box is killed. */
export const stoppingSignals = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const;
/** Handed on with `--passthrough`, besides the stopping ones. */
export const forwardedOnly = ["SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

type Name = (typeof stoppingSignals)[number] | (typeof forwardedOnly)[number];

/** Collects signals until they are taken. A signal that our caller set to ignored stays ignored (nohup). */
export class SignalInbox {
  readonly #received: Name[] = [];
  readonly #listeners: [Name, () => void][] = [];

  constructor(names: readonly Name[]) {
    for (const name of names) {
      if (isIgnored(signals[name])) continue;
      const listener = () => void this.#received.push(name);
      this.#listeners.push([name, listener]);
      process.on(name, listener);
    }
  }

  take(): Name[] {
    return this.#received.splice(0);
  }

  close(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
  }
}
