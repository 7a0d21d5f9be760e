/** One command of a client, as it is told from outside: by signals, and by the end of its client. */
import { signals as signalNumbers } from "../kernel/os-numbers.ts";
import { signalOf } from "../model/ending.ts";
import type { RunSignal, SignalSource } from "../model/waiting.ts";
import type { Client } from "./client.ts";
import { passesStreams } from "./eligible.ts";
import { answer, type Words } from "./protocol.ts";

const names = Object.fromEntries((["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGABRT", "SIGILL", "SIGFPE", "SIGSEGV", "SIGBUS"] as const).map((name) => [signalNumbers[name], name])) as Readonly<Record<number, RunSignal>>;

export class Job implements SignalSource {
  readonly client: Client;
  readonly #told: RunSignal[] = [];
  #passes = false;
  #ignored: ReadonlySet<number> = new Set();
  #over = false;
  #isToldByClient = false;
  #wake: () => void = () => {};

  constructor(client: Client) {
    this.client = client;
  }

  begin(words: Words, ignored: ReadonlySet<number>, wake: () => void): void {
    this.#passes = passesStreams(words);
    this.#ignored = ignored;
    this.#wake = wake;
    this.client.onGone = () => this.#end();
    this.client.onSignal = (number) => {
      const name = names[number];
      if (name === undefined || this.#ignored.has(number)) return;
      this.#isToldByClient = true;
      this.tell(name);
    };
  }

  /** Its client has gone, or is to end before anything was begun. */
  get isOver(): boolean {
    return this.#over;
  }

  /** The end, with an exit code or what stands for a signal: the client dies only of a signal that it got itself. */
  answer(code: number, otherwise: number): void {
    const signal = signalOf(code);
    if (signal === null) this.client.answer(answer.ended, code);
    else if (this.#isToldByClient) this.client.answer(answer.dieOf, signal);
    else this.client.answer(answer.ended, otherwise);
  }

  tell(name: RunSignal): void {
    // What a process of its own would die of, without a word.
    const dies = (name === "SIGUSR1" || name === "SIGUSR2") && !this.#passes;
    if (name === "SIGWINCH" && !this.#passes) return;
    if (dies) {
      this.client.answer(answer.dieOf, signalNumbers[name]);
      return this.#end();
    }
    this.#told.push(name);
    this.#wake();
  }

  #end(): void {
    this.#over = true;
    this.#told.push("SIGKILL");
    this.#wake();
  }

  take(): RunSignal[] {
    return this.#told.splice(0);
  }

  close(): void {}
}
