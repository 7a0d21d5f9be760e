/** The keeper: takes commands over a socket and carries them out in this process, where everything is loaded and warm. */
import { statSync } from "node:fs";
import { RunLoop } from "../executor/watch/run-loop.ts";
import { warmLaunchers } from "../executor/warmth.ts";
import { signals as signalNumbers } from "../kernel/os-numbers.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { acceptConnection, peerOf, tryUnlink } from "../kernel/server-socket.ts";
import type { RunSignal, SignalSource } from "../model/waiting.ts";
import { Client } from "./client.ts";
import { isEligible, passesStreams } from "./eligible.ts";
import { likeUs } from "./peer.ts";
import { answer, parseWords, type Words } from "./protocol.ts";
import type { Served } from "./served.ts";
import { Slots } from "./slots.ts";
import { Turns } from "./turns.ts";

export interface KeeperSettings {
  /** A listening socket, non-blocking. */
  readonly listener: number;
  /** Its name, to be removed at the end; null: somebody else made it. */
  readonly socketPath: string | null;
  /** How many commands are carried out at the same time. */
  readonly jobs: number;
  /** Ends after so many milliseconds without work; null: never. */
  readonly idleMs: number | null;
  /** One command, without the name of the program. Never throws. @returns the exit code */
  readonly carryOut: (argv: readonly string[]) => Promise<number>;
  /** As Turns wants it. */
  readonly setEnvironment: (environment: Readonly<Record<string, string>> | null) => void;
}

/** What `keeper status` tells. */
export interface KeeperStatus {
  readonly pid: number;
  /** ISO 8601. */
  readonly started_at: string;
  /** Commands that are carried out now, that wait for their turn, and that have come to their end. */
  readonly running: number;
  readonly waiting: number;
  readonly done: number;
  readonly jobs: number;
}

/** How often it looks whether it has been idle for long, or its file was replaced. */
const lookMs = 1000;

const names = Object.fromEntries((["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const).map((name) => [signalNumbers[name], name])) as Readonly<Record<number, RunSignal>>;

export class Keeper {
  readonly #settings: KeeperSettings;
  readonly #loop = new RunLoop();
  readonly #turns: Turns;
  readonly #slots: Slots;
  readonly #startedAt = new Date().toISOString();
  readonly #own = identityOfFile();
  readonly #clients = new Set<Job>();
  #running = 0;
  #done = 0;
  #lastWorkMs = performance.now();
  #stopping = false;

  constructor(settings: KeeperSettings) {
    this.#settings = settings;
    this.#turns = new Turns(settings.setEnvironment);
    this.#slots = new Slots(settings.jobs);
  }

  /** Until it is stopped, was idle for long enough, or its file was replaced. Nothing runs when it returns. */
  async serve(): Promise<void> {
    const launchers = warmLaunchers(this.#settings.jobs);
    try {
      await this.#loop.work(() => this.#accept());
      this.#closeSocket();
      while (this.#clients.size > 0) await this.#loop.work(() => this.#loop.wait([], 20));
    } finally {
      this.#closeSocket();
      launchers.close();
    }
  }

  /** Takes no more commands, and ends those that are carried out as the signal would end their processes. */
  stop(signal: RunSignal): void {
    this.#stopping = true;
    for (const job of this.#clients) job.tell(signal);
    this.#loop.wakeAll();
  }

  get status(): KeeperStatus {
    return { pid: process.pid, started_at: this.#startedAt, running: this.#running, waiting: this.#slots.queued, done: this.#done, jobs: this.#settings.jobs };
  }

  async #accept(): Promise<void> {
    const { listener, idleMs } = this.#settings;
    while (!this.#stopping) {
      const ready = await this.#loop.wait([listener], lookMs);
      if (ready.length > 0) this.#acceptAll();
      if (this.#clients.size > 0) this.#lastWorkMs = performance.now();
      else if (idleMs !== null && performance.now() - this.#lastWorkMs > idleMs) return;
      else if (ready.length === 0 && identityOfFile() !== this.#own) return;
    }
  }

  #acceptAll(): void {
    try {
      for (let socket = acceptConnection(this.#settings.listener); socket !== null; socket = acceptConnection(this.#settings.listener)) {
        const job = new Job(new Client(socket, this.#loop));
        this.#clients.add(job);
        void this.#loop.work(() => this.#serve(job, socket!)).catch(() => {}).finally(() => {
          job.client.close();
          this.#clients.delete(job);
        });
      }
    } catch {
      // No descriptor is left for it. It waits, and is taken when one is free.
    }
  }

  async #serve(job: Job, socket: number): Promise<void> {
    const { client } = job;
    const { pid, uid } = peerOf(socket);
    const request = await client.readRequest();
    if (request === null) return;
    const words = uid === process.geteuid!() ? parseWords(request.header, request.body) : null;
    if (words !== null && words.argv[1] === "keeper") return await this.#answerAboutMe(client, words);
    const surroundings = words === null || this.#stopping || !isEligible(words, client) ? null : likeUs(pid);
    if (words === null || surroundings === null) {
      client.answer(answer.executeYourself);
      return await client.flush();
    }
    job.begin(words, surroundings.ignored, () => this.#loop.wakeAll());
    void this.#loop.work(() => client.watch()).catch(() => {});
    const giveBack = await this.#loop.forOthers(this.#slots.take());
    try {
      if (job.isOver) return;
      client.answer(answer.accepted);
      this.#running++;
      const code = await this.#carryOut(job, words, surroundings.umask);
      client.answer(answer.ended, code);
    } finally {
      this.#running--;
      this.#done++;
      giveBack();
    }
    await client.flush();
  }

  async #carryOut(job: Job, words: Words, umask: number): Promise<number> {
    const { client } = job;
    const turns = this.#turns;
    const loop = this.#loop;
    // Its 0, 1 and 2 are the process's only while it has its turn, so they are waited for under their own numbers.
    const real = (fds: readonly number[] = []) => fds.map((fd) => (fd < 3 ? client.streams[fd]! : fd));
    const shoes = {
      streams: client.streams, words, umask,
      served: {
        hasPrinted: false,
        signals: job,
        write: (fd, bytes) => client.write(fd, bytes),
        waiter: {
          async wait(readable, timeoutMs, writable, urgent) {
            turns.end(shoes);
            let ready: readonly number[] = [];
            try {
              ready = await loop.wait(real(readable), timeoutMs, real(writable), urgent);
            } finally {
              await turns.take(shoes);
            }
            return ready.map((fd) => { const own = client.streams.indexOf(fd); return own < 0 ? fd : own; });
          },
          close() {},
        },
      } satisfies Served,
    } as const;
    await turns.take(shoes);
    try {
      return await this.#settings.carryOut(words.argv.slice(1));
    } finally {
      turns.end(shoes);
    }
  }

  async #answerAboutMe(client: Client, { argv }: Words): Promise<void> {
    client.answer(answer.accepted);
    const text = Buffer.from(`${JSON.stringify(this.status)}\n`);
    client.write(1, text);
    client.answer(answer.ended, 0);
    await client.flush();
    if (argv[2] === "stop") this.stop("SIGTERM");
  }

  #closeSocket(): void {
    const { socketPath } = this.#settings;
    if (socketPath !== null) tryUnlink(socketPath);
    closeDescriptor(this.#settings.listener);
  }
}

/** A client's command, and what it is told from outside. */
class Job implements SignalSource {
  readonly client: Client;
  readonly #told: RunSignal[] = [];
  #passes = false;
  #ignored: ReadonlySet<number> = new Set();
  #over = false;
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
      if (name !== undefined && !this.#ignored.has(number)) this.tell(name);
    };
  }

  /** Its client has gone, or is to end before anything was begun. */
  get isOver(): boolean {
    return this.#over;
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

/** The file that this process was started from, as it is now. */
function identityOfFile(): string {
  const stat = statSync(process.execPath, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}:${stat.mtimeMs}`;
}
