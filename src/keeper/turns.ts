/**
 * One command at a time is carried out, up to the point where it waits. Then another one has its turn. A command finds the process as its own
 * caller's would be: descriptors 0, 1 and 2, working directory, umask, environment.
 */
import { openSync } from "node:fs";
import { O } from "../kernel/constants.ts";
import { call, tryCall } from "../kernel/ffi.ts";
import type { Words } from "./protocol.ts";
import { serveFor, type Served } from "./served.ts";

/** What a command finds. */
export interface Shoes {
  readonly served: Served;
  /** Descriptors of ours that stand for its 0, 1 and 2; null: it has none. */
  readonly streams: readonly [number | null, number | null, number | null];
  readonly words: Words;
  readonly umask: number;
}

export class Turns {
  readonly #next: (() => void)[] = [];
  readonly #setEnvironment: (environment: Readonly<Record<string, string>> | null) => void;
  readonly #nothing = openSync("/dev/null", "r+");
  #taken = false;
  #wearer: Shoes | null = null;
  #directory = "";

  /** @param setEnvironment of the caller, for who reads it; null: that of this process */
  constructor(setEnvironment: (environment: Readonly<Record<string, string>> | null) => void) {
    this.#setEnvironment = setEnvironment;
  }

  /**
   * Waits for its turn.
   * @param again it had one before, so its working directory may be gone: a process of its own would still be in it, and go on
   * @throws SyscallError, what process.chdir throws; it is nobody's turn then
   */
  async take(shoes: Shoes, again = false): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#next.push(resolve));
    this.#taken = true;
    try {
      this.#putOn(shoes, again);
    } catch (error) {
      this.#pass();
      throw error;
    }
  }

  /** The command waits, or has come to its end. Nothing when it was not its turn. */
  end(shoes: Shoes): void {
    if (this.#wearer === shoes) this.#pass();
  }

  #pass(): void {
    this.#wearer = null;
    // Who has the other end of a pipe of a client's waits for its end.
    for (const fd of [0, 1, 2]) call("dup3", "/dev/null", this.#nothing, fd, O.CLOEXEC);
    serveFor(null);
    this.#setEnvironment(null);
    const next = this.#next.shift();
    // It is woken in a later turn of the microtasks, and nobody else may come in between.
    if (next !== undefined) return next();
    this.#taken = false;
    // Nobody's directory is kept from being unmounted.
    this.#enter("/", true);
  }

  #putOn(shoes: Shoes, again: boolean): void {
    const { served, streams, words, umask } = shoes;
    // A stream that it has not is as the runtime leaves it: nothing, and close-on-exec (wasClosedByCaller of kernel/files.ts).
    streams.forEach((fd, index) => call("dup3", `descriptor ${index}`, fd ?? this.#nothing, index, fd === null ? O.CLOEXEC : 0));
    this.#enter(words.directory, again);
    tryCall("umask", umask);
    this.#setEnvironment(words.environment);
    serveFor(served);
    this.#wearer = shoes;
  }

  /** @throws what process.chdir throws */
  #enter(directory: string, again: boolean): void {
    // Not asked for: there is no answer once the directory was removed.
    if (this.#directory === directory) return;
    this.#directory = "";
    try {
      process.chdir(directory);
      this.#directory = directory;
    } catch (error) {
      if (!again) throw error;
      process.chdir("/");
    }
  }
}
