/** Signals that the keeper of a box gets while a program runs. */
import { handleOnce } from "../kernel/process.ts";
import type { SignalSource } from "../model/waiting.ts";
import { signals } from "../kernel/os-numbers.ts";

type Name = keyof typeof signals;

const stopping = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;
const fatalOnes = ["SIGILL", "SIGABRT", "SIGFPE", "SIGSEGV", "SIGBUS"] as const;
const ignored = ["SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGTTOU"] as const;

/** Each that comes ends the box, and the first is remembered. */
export class KeeperSignals implements SignalSource {
  first: Name | null = null;
  #waiting = false;

  constructor() {
    for (const name of [...stopping, ...fatalOnes]) process.on(name, () => {
      this.first ??= name;
      this.#waiting = true;
    });
    for (const name of fatalOnes) handleOnce(signals[name]);
    for (const name of ignored) process.on(name, () => {});
  }

  take(): ReturnType<SignalSource["take"]> {
    if (!this.#waiting) return [];
    this.#waiting = false;
    // The one signal that is never handed on to the program.
    return ["SIGKILL"];
  }

  /** What comes after the end of the program changes nothing: there is a result, and it is written. */
  close(): void {}
}

/** The same for a command of a client: what the client got. */
export class ClientSignals implements SignalSource {
  first: Name | null = null;
  readonly #source: SignalSource;

  constructor(source: SignalSource) {
    this.#source = source;
  }

  take(): ReturnType<SignalSource["take"]> {
    const names = this.#source.take().filter((name) => name === "SIGKILL" || ([...stopping, ...fatalOnes] as readonly string[]).includes(name));
    const [name] = names;
    if (name === undefined) return [];
    if (name !== "SIGKILL") this.first ??= name;
    return ["SIGKILL"];
  }

  close(): void {}
}
