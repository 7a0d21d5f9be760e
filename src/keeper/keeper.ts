/** The keeper: takes commands over a socket and carries them out in this process, where everything is loaded and warm. */
import { findsSameGroups } from "../config/load.ts";
import { RunLoop } from "../executor/watch/run-loop.ts";
import { means } from "../executor/plan/means.ts";
import { tryNamespaces } from "../executor/try-namespaces.ts";
import { warmLaunchers } from "../executor/warmth.ts";
import { RLIMIT } from "../kernel/constants.ts";
import { hardLimit } from "../kernel/process.ts";
import { acceptConnection, peerOf } from "../kernel/server-socket.ts";
import { exitCodes } from "../model/errors.ts";
import type { RunSignal } from "../model/waiting.ts";
import { type CarryOut, carryOutFor, Later } from "./carry-out.ts";
import { Client } from "./client.ts";
import { isEligible } from "./eligible.ts";
import { Endpoint } from "./endpoint.ts";
import { type Heritage, Succession } from "./hand-over.ts";
import { Job } from "./job.ts";
import { likeUs } from "./peer.ts";
import { answer, parseWords, type Words } from "./protocol.ts";
import { Slots } from "./slots.ts";
import type { KeeperStatus } from "./status.ts";
import { Turns } from "./turns.ts";

export interface KeeperSettings extends Heritage {
  /** A listening socket, non-blocking. */
  readonly listener: number;
  /** Its name, absolute, to be removed at the end; null: a service manager made it, and starts the next keeper. */
  readonly socketPath: string | null;
  /** Of this program, as `keeper status` shows it. */
  readonly version: string;
  readonly carryOut: CarryOut;
  /** As Turns wants it. */
  readonly setEnvironment: (environment: Readonly<Record<string, string>> | null) => void;
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
  readonly #succession: Succession;
  readonly #endpoint: Endpoint;
  /** So many clients at a time; the others wait in the queue of the socket. */
  readonly #most: number;
  readonly #clients = new Set<Job>();
  #running = 0;
  #done = 0;
  #lastWorkMs = performance.now();
  #lookedAtMs = 0;
  #stopping = false;

  constructor(settings: KeeperSettings) {
    this.#settings = settings;
    this.#turns = new Turns(settings.setEnvironment);
    this.#slots = new Slots(settings.jobs);
    this.#endpoint = new Endpoint(settings.listener, settings.socketPath);
    this.#succession = new Succession(this.#endpoint, settings);
    const limit = Math.min(Number(hardLimit(RLIMIT.NOFILE)), 2 ** 20);
    this.#most = Math.max(1, Math.floor((limit - descriptors.own - settings.jobs * descriptors.command) / descriptors.client));
  }

  /** Until it is stopped, was idle for long enough, or cannot go on. Nothing runs when it returns. */
  async serve(): Promise<void> {
    // Without namespaces a run takes for its own what ends up with this process, which is another run's here.
    tryNamespaces();
    using _launchers = warmLaunchers(this.#settings.jobs);
    try {
      await this.#loop.work(() => this.#accept());
      this.#endpoint.close();
      await this.#loop.work(() => this.#finish());
    } finally {
      this.#endpoint.close();
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
    return { pid: process.pid, version: this.#settings.version, started_at: this.#startedAt, running: this.#running, waiting: this.#slots.queued, done: this.#done, jobs: this.#settings.jobs };
  }

  async #accept(): Promise<void> {
    const { idleMs } = this.#settings;
    while (!this.#stopping) {
      const isFull = this.#clients.size >= this.#most;
      const ready = isFull ? await this.#loop.wait([], 20) : await this.#loop.wait([this.#endpoint.listener], lookMs);
      // Before somebody is taken: who came just now waits, and is served by the keeper after this one.
      if (this.#clients.size === 0 && performance.now() - this.#lookedAtMs >= lookMs && !(await this.#look())) return;
      if (ready.length > 0 && !this.#acceptAll()) await this.#loop.wait([], 20);
      if (this.#clients.size > 0) this.#lastWorkMs = performance.now();
      else if (idleMs !== null && performance.now() - this.#lastWorkMs > idleMs) return;
    }
  }

  /** @returns false: it is to end */
  #look(): Promise<boolean> {
    this.#lookedAtMs = performance.now();
    return this.#succession.mayGoOn(() => this.#stopping);
  }

  /** @returns whether it could */
  #acceptAll(): boolean {
    try {
      while (this.#clients.size < this.#most) {
        const socket = acceptConnection(this.#endpoint.listener);
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
    const later = new Later();
    try {
      if (job.isOver) return;
      if (this.#stopping) return await this.#decline(client);
      this.#running++;
      try {
        const code = await carryOutFor(job, words, surroundings.umask, this.#turns, this.#loop, later, this.#settings.carryOut);
        if (code === null) return await this.#decline(client);
        job.answer(code, exitCodes.internalError);
      } finally {
        this.#running--;
        this.#done++;
      }
    } finally {
      giveBack();
      later.do();
    }
    await client.flush();
  }

  async #decline(client: Client): Promise<void> {
    client.answer(answer.executeYourself);
    await client.flush();
  }

  async #answerAboutMe(client: Client, { argv }: Words): Promise<void> {
    client.answer(answer.accepted);
    const text = Buffer.from(`${JSON.stringify(this.status)}\n`);
    client.write(1, text);
    client.answer(answer.ended, 0);
    await client.flush();
    if (argv[2] === "stop") this.stop("SIGTERM");
  }
}
