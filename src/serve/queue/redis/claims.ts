/** The side of the worker: it says what it can do, takes jobs, and gives them back with or without a result. */
import type { Job } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import { offersOf } from "../needs.ts";
import { referredContents } from "../referred-contents.ts";
import { StoreFault, type Claim, type WorkerFacts } from "../queue.ts";
import type { Raw } from "./connection.ts";
import type { RedisContents } from "./contents.ts";
import { metaOf, templates } from "./records.ts";
import { sharedResult } from "./shared-result.ts";
import { scripts } from "./scripts/all.ts";
import { loadScripts, runScript } from "./scripts/run.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";

/** What the store knows of a claim besides. */
interface Held {
  readonly claim: Claim;
  /** Of the store that gave it. */
  readonly epoch: string;
  readonly json: string;
  readonly sinceMs: number;
}

interface Worker {
  readonly facts: WorkerFacts;
  readonly signature: string;
}

export class Claims {
  readonly #store: Store;
  readonly #contents: RedisContents;
  readonly #settings: Settings;
  readonly #held = new Map<Claim, Held>();
  #worker: Worker | null = null;
  #epoch = "";
  #isReplaced = false;
  /** There was no work, and the store has promised to tell when there is. */
  #isDry = false;
  /** Counts what may have brought work. */
  #news = 0;

  constructor(store: Store, contents: RedisContents, settings: Settings) {
    [this.#store, this.#contents, this.#settings] = [store, contents, settings];
  }

  get worker(): WorkerFacts | null {
    return this.#worker?.facts ?? null;
  }

  get isHungry(): boolean {
    return this.#isDry;
  }

  /** When the oldest job began that runs; null: none does. Of the monotonic clock. */
  get oldestMs(): number | null {
    return this.#held.size === 0 ? null : Math.min(...[...this.#held.values()].map(({ sinceMs }) => sinceMs));
  }

  /** Long contents that jobs of now need here. */
  needs(sha256: string): boolean {
    return [...this.#held.values()].some(({ json }) => json.includes(sha256));
  }

  /** There may be work again. */
  news(): void {
    this.#news++;
    this.#isDry = false;
  }

  /** Before anything else goes over a new connection. The store may have been emptied, or may have given what did not arrive. @returns its epoch */
  async begin(client: Raw): Promise<string> {
    const { prefix } = this.#store;
    const { instance, attempts } = this.#settings;
    await loadScripts(client, Object.values(scripts));
    this.#epoch = String(await runScript(client, prefix, scripts.hello, this.#greeting()));
    if (this.#worker !== null) {
      await this.#announce(this.#worker, (args) => runScript(client, prefix, scripts.announce, args));
      await runScript(client, prefix, scripts.reconcile, [instance, templates(attempts), ...[...this.#held.keys()].map(({ job }) => job.id)]);
    }
    this.news();
    return this.#epoch;
  }

  /** @throws StoreFault */
  async claim(facts: WorkerFacts): Promise<Claim | null> {
    const worker = await this.#known(facts);
    if (this.#isDry) return null;
    const { instance, leaseMs, attempts } = this.#settings;
    const news = this.#news;
    const { expired } = JSON.parse(templates(attempts)) as { readonly expired: string };
    for (let tries = 0; tries < 3; tries++) {
      const [kind, json, attempt] = (await this.#store.runOnce(scripts.claim, instance, worker.signature, facts.name, leaseMs, expired)) as [string, string, number];
      if (kind === "job") {
        const claim: Claim = { job: JSON.parse(json) as Job, attempt };
        this.#held.set(claim, { claim, epoch: this.#epoch, json, sinceMs: performance.now() });
        return claim;
      }
      if (kind === "none") {
        if (news === this.#news) this.#isDry = true;
        return null;
      }
      await this.#introduce(worker);
    }
    throw new StoreFault("the store forgets this worker again and again");
  }

  /** @throws StoreFault */
  async renew(facts: WorkerFacts, claims: readonly Claim[]): Promise<readonly string[]> {
    // A server whose jobs others run.
    if (facts.slots === 0) return [];
    const worker = await this.#known(facts);
    const { instance, leaseMs } = this.#settings;
    const [sentMs, listed] = [performance.now(), new Set(claims)];
    const [gone, isKnown] = (await this.#store.run(scripts.renew, instance, leaseMs, ...claims.flatMap(({ job, attempt }) => [job.id, attempt]))) as [string[], number];
    if (isKnown === 0) await this.#introduce(worker);
    // The worker has dropped them, since they were lost; the store has given them to others, or will.
    for (const [claim, { sinceMs }] of this.#held) if (sentMs - sinceMs > leaseMs && !listed.has(claim)) this.#held.delete(claim);
    // What a store knows no more that was emptied is not lost: its result is taken.
    return gone.filter((id) => claims.some((claim) => claim.job.id === id && (this.#heldOf(claim)?.epoch ?? this.#epoch) === this.#epoch));
  }

  /** @throws StoreFault */
  async finish(claim: Claim, result: JobResult): Promise<boolean> {
    const held = this.#heldOf(claim);
    const { instance, results } = this.#settings;
    const { json, refs } = await sharedResult(this.#contents, result);
    let answer = await this.#store.run(scripts.finish, instance, claim.job.id, claim.attempt, json, refs, held?.epoch ?? this.#epoch);
    if (answer === "gone" && held !== undefined) {
      for (const content of referredContents(claim.job, held.json)) await this.#contents.share(content);
      const meta = JSON.stringify(metaOf({ job: claim.job, idempotency: null }, held.json, results.keepMs, instance));
      answer = await this.#store.run(scripts.restore, instance, claim.attempt, meta, held.json, json, refs, result.startedAt ?? "");
    }
    this.#forget(claim);
    return answer === "ok";
  }

  /** @throws StoreFault */
  async giveBack(claim: Claim, counts: boolean, reason: string): Promise<void> {
    const { instance, attempts } = this.#settings;
    await this.#store.run(scripts.giveBack, instance, claim.job.id, claim.attempt, counts ? 1 : 0, reason, templates(attempts, reason));
    this.#forget(claim);
  }

  /** What runs still goes to others, at once and without counting. @throws StoreFault */
  async leave(): Promise<void> {
    if (this.#worker === null) return;
    const { instance, attempts } = this.#settings;
    await this.#store.run(scripts.leave, instance, templates(attempts));
    this.#worker = null;
  }

  /** The claim itself, or one that says the same: it may have been on a way where objects become others. */
  #heldOf(claim: Claim): Held | undefined {
    return this.#held.get(claim) ?? [...this.#held.values()].findLast((held) => held.claim.job.id === claim.job.id && held.claim.attempt === claim.attempt);
  }

  #forget(claim: Claim): void {
    const held = this.#heldOf(claim);
    if (held !== undefined) this.#held.delete(held.claim);
  }

  /** The worker, as the store knows it. @throws StoreFault */
  async #known(facts: WorkerFacts): Promise<Worker> {
    if (this.#isReplaced) throw new StoreFault(`another worker has the name ${facts.name} now: give each worker a name of its own`);
    if (this.#worker?.facts === facts) return this.#worker;
    const signature = new Bun.CryptoHasher("sha1").update(offersOf(facts).join(",")).digest("hex");
    const worker = { facts, signature };
    await this.#introduce(worker);
    this.#worker = worker;
    this.news();
    return worker;
  }

  /** The store may have been emptied: whatever its epoch is. */
  async #introduce(worker: Worker): Promise<void> {
    this.#epoch = String(await this.#store.run(scripts.hello, ...this.#greeting()));
    await this.#announce(worker, (args) => this.#store.run(scripts.announce, ...args));
  }

  #greeting(): [string, number] {
    return [crypto.randomUUID(), this.#settings.clockStepMs];
  }

  async #announce({ facts, signature }: Worker, send: (args: readonly string[]) => Promise<unknown>): Promise<void> {
    const { instance, attempts } = this.#settings;
    const answer = await send([instance, facts.name, JSON.stringify({ ...facts, sig: signature }), signature, templates(attempts), ...offersOf(facts)]);
    this.#isReplaced = answer === "replaced";
  }
}
