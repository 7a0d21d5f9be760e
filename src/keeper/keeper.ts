/** The keeper: takes commands over a socket and carries them out in this process, where everything is loaded and warm. */
import { statSync } from "node:fs";
import { findsSameGroups } from "../config/load.ts";
import { RunLoop } from "../executor/watch/run-loop.ts";
import { means } from "../executor/plan/means.ts";
import { tryNamespaces } from "../executor/try-namespaces.ts";
import { warmLaunchers } from "../executor/warmth.ts";
import { AT_FDCWD, RLIMIT } from "../kernel/constants.ts";
import { closeDescriptor, tryUnlinkAt } from "../kernel/files.ts";
import { hardLimit } from "../kernel/process.ts";
import { acceptConnection, peerOf } from "../kernel/server-socket.ts";
import type { RunSignal } from "../model/waiting.ts";
import { Client } from "./client.ts";
import { isEligible } from "./eligible.ts";
import { Job } from "./job.ts";
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
/** How long the clients get, after the last command has ended, to take what they were answered. One that is stopped takes nothing. */
const farewellMs = 2000;
/** Descriptors of one client, of one command at most, and of the keeper itself, with room to spare. A command must not lack any for the others' sake. */
const descriptors = { client: 4, command: 48, own: 64 } as const;

export class Keeper {
  readonly #settings: KeeperSettings;
  readonly #loop = new RunLoop();
  readonly #turns: Turns;
  readonly #slots: Slots;
  readonly #startedAt = new Date().toISOString();
  readonly #own = identityOf(process.execPath);
  readonly #name: string;
  /** So many clients at a time; the others wait in the queue of the socket. */
  readonly #most: number;
  readonly #clients = new Set<Job>();
  #running = 0;
  #done = 0;
  #lastWorkMs = performance.now();
  #stopping = false;
  #closed = false;

  constructor(settings: KeeperSettings) {
    this.#settings = settings;
    this.#turns = new Turns(settings.setEnvironment);
    this.#slots = new Slots(settings.jobs);
    this.#name = settings.socketPath === null ? "" : identityOf(settings.socketPath);
    const limit = Math.min(Number(hardLimit(RLIMIT.NOFILE)), 2 ** 20);
    this.#most = Math.max(1, Math.floor((limit - descriptors.own - settings.jobs * descriptors.command) / descriptors.client));
  }

  /** Until it is stopped, was idle for long enough, or its file was replaced. Nothing runs when it returns. */
  async serve(): Promise<void> {
    // Without namespaces a run takes for its own what ends up with this process, which is another run's here.
    tryNamespaces();
    const launchers = warmLaunchers(this.#settings.jobs);
    try {
      await this.#loop.work(() => this.#accept());
      this.#closeSocket();
      await this.#loop.work(() => this.#finish());
    } finally {
      this.#closeSocket();
      launchers.close();
    }
  }

  /** Until all clients have taken what they were answered, if they take it soon. */
  async #finish(): Promise<void> {
    let endedMs = performance.now();
    while (this.#clients.size > 0) {
      if (this.#running > 0) endedMs = performance.now();
      else if (performance.now() - endedMs > farewellMs) for (const job of this.#clients) job.client.drop();
      await this.#loop.wait([], 20);
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
      const isFull = this.#clients.size >= this.#most;
      const ready = isFull ? await this.#loop.wait([], 20) : await this.#loop.wait([listener], lookMs);
      if (ready.length > 0 && !this.#acceptAll()) await this.#loop.wait([], 20);
      if (this.#clients.size > 0) this.#lastWorkMs = performance.now();
      else if (idleMs !== null && performance.now() - this.#lastWorkMs > idleMs) return;
      else if (ready.length === 0 && (identityOf(process.execPath) !== this.#own || !this.#isReachable())) return;
    }
  }

  /** @returns whether it could */
  #acceptAll(): boolean {
    try {
      while (this.#clients.size < this.#most) {
        const socket = acceptConnection(this.#settings.listener);
        if (socket === null) break;
        const job = new Job(new Client(socket, this.#loop));
        this.#clients.add(job);
        void this.#loop.work(() => this.#serve(job, socket)).catch(() => {}).finally(() => {
          job.client.close();
          this.#clients.delete(job);
        });
      }
      return true;
    } catch {
      // No descriptor is left for it. It waits, and is taken when one is free.
      return false;
    }
  }

  async #serve(job: Job, socket: number): Promise<void> {
    const { client } = job;
    const { pid, uid } = peerOf(socket);
    // The client of another user sees the end, and executes the program itself.
    const request = uid === process.geteuid!() ? await client.readRequest() : null;
    if (request === null) return;
    const words = parseWords(request.header, request.body);
    if (words !== null && words.argv[1] === "keeper") return await this.#answerAboutMe(client, words);
    const surroundings = words === null || this.#stopping || !isEligible(words, client) || !findsSameGroups(words.environment) || means().isolation === "none" ? null : likeUs(pid);
    if (words === null || surroundings === null) return await this.#decline(client);
    job.begin(words, surroundings.ignored, () => this.#loop.wakeAll());
    void this.#loop.work(() => client.watch()).catch(() => {});
    const giveBack = await this.#loop.forOthers(this.#slots.take());
    try {
      if (job.isOver) return;
      if (this.#stopping) return await this.#decline(client);
      this.#running++;
      try {
        const code = await this.#carryOut(job, words, surroundings.umask);
        if (code === null) return await this.#decline(client);
        client.answer(answer.ended, code);
      } finally {
        this.#running--;
        this.#done++;
      }
    } finally {
      giveBack();
    }
    await client.flush();
  }

  async #decline(client: Client): Promise<void> {
    client.answer(answer.executeYourself);
    await client.flush();
  }

  /** @returns null: nothing was done, as its working directory cannot be entered */
  async #carryOut(job: Job, words: Words, umask: number): Promise<number | null> {
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
              await turns.take(shoes, true);
            }
            return ready.map((fd) => { const own = client.streams.indexOf(fd); return own < 0 ? fd : own; });
          },
          close() {},
        },
      } satisfies Served,
    } as const;
    try {
      await turns.take(shoes);
    } catch {
      return null;
    }
    client.answer(answer.accepted);
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

  /** Whether the name of its socket still leads to it. Somebody may have removed it, or two keepers have begun at the same moment. */
  #isReachable(): boolean {
    const { socketPath } = this.#settings;
    return socketPath === null || identityOf(socketPath) === this.#name;
  }

  #closeSocket(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { socketPath } = this.#settings;
    if (socketPath !== null && this.#isReachable()) tryUnlinkAt(AT_FDCWD, socketPath, 0);
    closeDescriptor(this.#settings.listener);
  }
}

/** Which file it is, as it is now. */
function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}:${stat.mtimeMs}`;
}
