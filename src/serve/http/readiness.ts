/** Whether the next job would run: everything that it needs is really tried, or was a moment ago. */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { ServeConfig } from "../config/config.ts";
import type { Engine } from "../engine.ts";
import { jobClasses } from "../job.ts";
import { messageOf } from "../../model/errors.ts";
import type { SandboxTrial } from "./sandbox-trial.ts";

/** Less free space than this, and the next long content may not fit. */
const leastFreeBytes = 64 * 1024 * 1024;
/** Seconds for which an answer holds: those who ask often shall not be what keeps the service busy. */
const holdsForMs = 1000;

export interface Readiness {
  readonly ready: boolean;
  /** For people, each by the check that it comes from; empty: it is ready. */
  readonly problems: readonly { readonly check: string; readonly problem: string }[];
  readonly checks: Readonly<Record<string, string>>;
}

export class ReadinessProbe {
  #last: { readonly at: number; readonly answer: Promise<Readiness> } | null = null;

  readonly engine: Engine;
  readonly config: ServeConfig;
  readonly sandbox: SandboxTrial;
  readonly isDraining: () => boolean;

  constructor(engine: Engine, config: ServeConfig, sandbox: SandboxTrial, isDraining: () => boolean) {
    [this.engine, this.config, this.sandbox, this.isDraining] = [engine, config, sandbox, isDraining];
  }

  async look(): Promise<Readiness> {
    // Known at once, and must be said at once.
    if (this.isDraining()) return { ready: false, problems: [{ check: "draining", problem: "the service is ending" }], checks: { draining: "the service is ending" } };
    const now = performance.now();
    if (this.#last === null || now - this.#last.at > holdsForMs) this.#last = { at: now, answer: this.#look() };
    return await this.#last.answer;
  }

  async #look(): Promise<Readiness> {
    const { slots, dataDir, stateDir } = this.config;
    const [store, queue, disk, sandbox] = await Promise.all([
      checked(async () => (await this.engine.queue.tryOut()) ?? null),
      this.#queue(),
      checked(async () => (await spaceProblem(dataDir)) ?? (await spaceProblem(stateDir))),
      slots === 0 ? null : this.sandbox.look(),
    ]);
    const checks: Record<string, string> = { store: store ?? "ok", queue: queue.problem ?? queue.text, disk: disk ?? "ok" };
    const problems = [["store", store], ["queue", queue.problem], ["disk", disk], ...queue.others.map((problem) => ["service", problem] as const)] as [string, string | null][];
    if (sandbox !== null) {
      checks["sandbox"] = sandbox.problem ?? "ok";
      checks["control_groups"] = sandbox.groupsProblem ?? sandbox.groups;
      problems.push(["sandbox", sandbox.problem], ["control_groups", sandbox.groupsProblem]);
    }
    const found = problems.flatMap(([check, problem]) => (problem === null ? [] : [{ check, problem }]));
    return { ready: found.length === 0, problems: found, checks };
  }

  async #queue(): Promise<{ readonly text: string; readonly problem: string | null; readonly others: readonly string[] }> {
    const { most } = this.config.queue;
    try {
      const { stats, problems, workers } = await this.engine.service.state();
      const waiting = jobClasses.reduce((sum, name) => sum + stats.queued[name], 0);
      const nobody = this.config.slots === 0 && workers.length === 0 ? ["no worker is there"] : [];
      return { text: `${waiting} of ${most} wait`, problem: waiting >= most ? `the queue is full: ${waiting} jobs wait` : null, others: [...problems, ...nobody] };
    } catch (error) {
      return { text: "", problem: `the queue cannot be asked: ${messageOf(error)}`, others: [] };
    }
  }
}

async function checked(look: () => Promise<string | null>): Promise<string | null> {
  try {
    return await look();
  } catch (error) {
    return messageOf(error);
  }
}

/** @param path what is not there yet will be made in the nearest directory that is */
async function spaceProblem(path: string): Promise<string | null> {
  if (!existsSync(path) && dirname(path) !== path) return await spaceProblem(dirname(path));
  const { bavail, bsize, ffree, files } = await statfs(path);
  if (bavail * bsize < leastFreeBytes) return `${path} has ${Math.floor((bavail * bsize) / 1024 / 1024)} MB left`;
  // A file system without a fixed number of files says 0 of 0.
  return files > 0 && ffree < 1000 ? `${path} has room for ${ffree} more files only` : null;
}
