/** Takes jobs out of the queue for the slots of this machine, and brings their results back. */
import { messageOf } from "../../model/errors.ts";
import { Refusal, type Ears, type SlotState, type Talk } from "../service.ts";
import type { Job } from "../job.ts";
import type { JobResult } from "../outcome.ts";
import { StoreFault, type Claim, type Queue, type WorkerFacts } from "../queue/queue.ts";
import { contentsOf } from "./contents-of.ts";
import { runTalk } from "./run-talk.ts";
import { Slot, SlotLost } from "./slot.ts";
import type { SlotResult, SlotSettings } from "./slot-protocol.ts";
import { WaitingTalks } from "./waiting-talks.ts";

export interface WorkerOptions {
  readonly facts: WorkerFacts;
  /** What each slot is set to. */
  readonly slots: readonly SlotSettings[];
  /** Milliseconds after which a job of a silent worker is given to another one. */
  readonly leaseMs: number;
  /** A job that ran here has its result. */
  readonly jobEnded: (job: Job, result: JobResult) => void;
  readonly warn: (line: string) => void;
}

/** Pauses after the store could not be used, at first and at most. */
const firstPauseMs = 100;
const longestPauseMs = 5000;
/** Without a word of new work, it looks for some as often. */
const lookMs = 2000;
/** How long the processes of the slots may take to end. */
const farewellMs = 5000;

interface Post {
  readonly slot: Slot;
  readonly cpus: string | null;
  current: { readonly job: Job; readonly claim: Claim | null; readonly sinceMs: number; isLost: boolean } | null;
}

export class Worker {
  readonly #queue: Queue;
  readonly #options: WorkerOptions;
  readonly #posts: readonly Post[];
  readonly #talks = new WaitingTalks();
  readonly #idle = new Set<() => void>();
  /** How often there was news of work: it may come while a slot is asking for some. */
  #news = 0;
  readonly #stops: (() => void)[] = [];
  #facts: WorkerFacts;
  #isDraining = false;
  #isClosed = false;
  #running: Promise<void> = Promise.resolve();
  /** The store's last fault; null: it works. */
  #fault: string | null = null;

  constructor(queue: Queue, options: WorkerOptions) {
    [this.#queue, this.#options, this.#facts] = [queue, options, options.facts];
    this.#posts = options.slots.map((settings) => ({ slot: new Slot(settings, options.warn), cpus: settings.cpus, current: null }));
  }

  start(): void {
    for (const { slot } of this.#posts) slot.prepare();
    this.#stops.push(this.#queue.onWork(() => this.#wake()), this.#queue.onCancel((id) => this.#cancel(id)));
    const renewing = setInterval(() => void this.#renew(), Math.max(50, this.#options.leaseMs / 3));
    this.#stops.push(() => clearInterval(renewing));
    this.#running = Promise.all(this.#posts.map((post) => this.#serve(post))).then(() => {});
  }

  get slots(): readonly SlotState[] {
    return this.#posts.map(({ cpus, current }) => ({
      cpus,
      job: current === null ? null : { id: current.job.id, language: current.job.work.kind === "program" ? current.job.work.language : null, sinceMs: performance.now() - current.sinceMs },
    }));
  }

  /** Why the store cannot be used; null: it can. */
  get fault(): string | null {
    return this.#fault;
  }

  get facts(): WorkerFacts {
    return this.#facts;
  }

  /** What it tells of itself from now on. */
  set facts(facts: WorkerFacts) {
    this.#facts = facts;
  }

  /** For the next jobs. */
  configure(slots: readonly SlotSettings[]): void {
    for (const [index, settings] of slots.entries()) if (this.#posts[index] !== undefined) this.#posts[index].slot.settings = settings;
  }

  /** Begins no job any more. */
  drain(): void {
    this.#isDraining = true;
    this.#talks.refuseAll(new Refusal("draining", "the service is about to end", 1));
    this.#wake();
  }

  /** Until nothing runs, after {@link drain}. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** What runs goes back to its place in the queue; that start does not count. */
  async close(): Promise<void> {
    this.drain();
    this.#isClosed = true;
    for (const { slot } of this.#posts) slot.send({ kind: "cancel" });
    const ends = Promise.all(this.#posts.map(({ slot }) => slot.close()));
    const killing = setTimeout(() => this.#posts.forEach(({ slot }) => slot.kill()), farewellMs);
    await ends;
    clearTimeout(killing);
    await this.#running;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Somebody watches a job that may run here. */
  watched(id: string): void {
    this.#postOf(id)?.slot.send({ kind: "watched" });
  }

  /** @throws Refusal */
  async talk(job: Job, ears: Ears, signal: AbortSignal): Promise<Talk> {
    if (this.#isDraining) throw new Refusal("draining", "the service is about to end", 1);
    if (this.#posts.length === 0) throw new Refusal("unable", "this machine has no slots, and nobody can talk with a program of another one", null);
    const waiting = this.#talks.add(job, ears, signal);
    this.#wake();
    return await waiting;
  }

  #wake(): void {
    this.#news++;
    for (const wake of [...this.#idle]) wake();
  }

  #postOf(id: string): Post | undefined {
    return this.#posts.find(({ current }) => current?.job.id === id);
  }

  #cancel(id: string): void {
    this.#postOf(id)?.slot.send({ kind: "cancel" });
  }

  async #serve(post: Post): Promise<void> {
    let pauseMs = firstPauseMs;
    // Talks and jobs take turns, so that neither waits for ever.
    let talksFirst = true;
    while (!this.#isDraining) {
      const talk = talksFirst || this.#fault !== null ? this.#talks.next() : null;
      if (talk !== null) {
        talksFirst = false;
        post.current = { job: talk.job, claim: null, sinceMs: performance.now(), isLost: false };
        await runTalk(post.slot, talk, this.#facts.name, (job, result) => this.#options.jobEnded(job, result));
        post.current = null;
        continue;
      }
      talksFirst = true;
      let claim: Claim | null;
      const news = this.#news;
      try {
        claim = await this.#queue.claim(this.#facts);
        [this.#fault, pauseMs] = [null, firstPauseMs];
      } catch (error) {
        this.#fault = messageOf(error);
        await this.#pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
        continue;
      }
      if (claim !== null) await this.#runClaim(post, claim);
      else if (this.#talks.length === 0 && news === this.#news) await this.#pause(lookMs);
    }
  }

  /** Until there may be work, or so long. */
  async #pause(ms: number): Promise<void> {
    if (this.#isDraining) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#idle.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#idle.add(wake);
    });
  }

  async #runClaim(post: Post, claim: Claim): Promise<void> {
    const { job, attempt } = claim;
    const startedAt = Date.now();
    const current = (post.current = { job, claim, sinceMs: performance.now(), isLost: false });
    const publish = (event: Parameters<Queue["publish"]>[1]) => this.#queue.publish(job.id, event);
    let result: SlotResult;
    let isWhole = false;
    try {
      // The slot reads files of this machine.
      for (const content of contentsOf(job.work)) await this.#queue.contents.path(content);
      isWhole = true;
      result = await post.slot.perform(job, { isWatched: job.isStreamed, isTalk: false }, { event: publish });
    } catch (error) {
      post.current = null;
      if (current.isLost) return;
      // A slot that dies of what it runs will do so again, and a content that is gone does not come back: such a start counts.
      const counts = (isWhole ? error instanceof SlotLost : !(error instanceof StoreFault)) && !this.#isClosed;
      const reason = messageOf(error);
      await this.#insist(() => this.#queue.giveBack(claim, counts, reason));
      return;
    }
    if (this.#isClosed && result.outcome === "cancelled") await this.#insist(() => this.#queue.giveBack(claim, false, "the service ended"));
    else if (!current.isLost || result.outcome === "cancelled") {
      const whole: JobResult = { ...result, startedAt, endedAt: Date.now(), attempt, worker: this.#facts.name };
      const isKept = await this.#insist(() => this.#queue.finish(claim, whole));
      if (isKept === true) this.#options.jobEnded(job, whole);
    }
    post.current = null;
  }

  /** A store that is away for a while gets it later; the slot waits for it, so that results do not pile up. */
  async #insist<T>(call: () => Promise<T>): Promise<T | null> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        const answer = await call();
        this.#fault = null;
        return answer;
      } catch (error) {
        this.#fault = messageOf(error);
        if (this.#isClosed) return null;
        await Bun.sleep(pauseMs);
      }
    }
  }

  async #renew(): Promise<void> {
    const claims = this.#posts.flatMap(({ current }) => (current?.claim == null ? [] : [current.claim]));
    try {
      for (const id of await this.#queue.renew(this.#facts, claims)) {
        const post = this.#postOf(id);
        if (post?.current == null) continue;
        post.current.isLost = true;
        post.slot.send({ kind: "cancel" });
      }
    } catch (error) {
      this.#fault = messageOf(error);
    }
  }
}
