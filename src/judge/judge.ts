/** A submission against the tests of a problem: compiled once, run on each test, its outputs compared. */
import type { CompileResult, Enforcement } from "../model/result.ts";
import { IsolatePool } from "../pool/isolate-pool.ts";
import type { SourceRequest } from "../source/source-request.ts";
import type { JudgeEvent, JudgeOptions, SubmissionResult, TestResult } from "./events.ts";
import type { Problem } from "./problem.ts";
import type { RunRecord } from "./records.ts";
import { combinedVerdict, isNearLimit, testVerdict, type TestLimits } from "./verdict.ts";
import { Worker } from "./worker.ts";

/**
 * Judges. Events come as tests end; the last one is the end.
 * @throws IsolateError for a source that cannot be read, a pack or a configuration that is wrong, and when no box can be made
 */
export async function* judge(problem: Problem, source: SourceRequest, options: JudgeOptions = {}): AsyncGenerator<JudgeEvent, void, undefined> {
  const judging = new Judging(problem, source, options);
  try {
    yield* judging.events();
  } finally {
    await judging.close();
  }
}

class Judging {
  readonly #problem: Problem;
  readonly #source: SourceRequest;
  readonly #options: JudgeOptions;
  readonly #jobs: number;
  readonly #pool: IsolatePool;
  #limits: TestLimits = { cpu_time_limit: null, wall_time_limit: null, memory_limit: null, output_limit: null };
  readonly #results: (TestResult | null)[];
  #compile: CompileResult | null = null;
  #language: string | null = null;
  #enforced: Enforcement | null = null;
  #isCompiled = false;
  #isCompileError = false;
  #next = 0;

  constructor(problem: Problem, source: SourceRequest, options: JudgeOptions) {
    [this.#problem, this.#source, this.#options] = [problem, source, options];
    this.#jobs = Math.min(options.jobs ?? 1, problem.tests.length);
    this.#results = problem.tests.map(() => null);
    this.#pool = new IsolatePool({ boxes: this.#jobs, config: options.config ?? {}, ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }) });
  }

  async *events(): AsyncGenerator<JudgeEvent, void, undefined> {
    const queue: JudgeEvent[] = [];
    let wake = () => {};
    const tell = (event: JudgeEvent) => {
      queue.push(event);
      wake();
    };
    let isOver = false;
    const work = this.#work(tell).finally(() => {
      isOver = true;
      wake();
    });
    // It is awaited below, when everything that was told before it failed is out.
    work.catch(() => {});
    for (;;) {
      const event = queue.shift();
      if (event !== undefined) yield event;
      else if (isOver) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await work;
    yield { kind: "end", result: this.#result() };
  }

  async close(): Promise<void> {
    this.#next = Infinity;
    await this.#pool.close();
  }

  async #work(tell: (event: JudgeEvent) => void): Promise<void> {
    // The compiler runs once: with the first test, before the others begin.
    const first = new Worker(this.#pool, this.#options, 0);
    const workers = [first, ...Array.from({ length: this.#jobs - 1 }, (_, index) => new Worker(this.#pool, this.#options, index + 1))];
    try {
      this.#limits = await this.#busy(() => first.limits(this.#source));
      await this.#runNext(first, tell);
      if (!this.#isCompileError) await Promise.all(workers.map((worker) => this.#runAll(worker, tell)));
      if (this.#options.rerunClose != null) await this.#runCloseAgain(first, this.#options.rerunClose, tell);
    } finally {
      for (const worker of workers) worker.close();
    }
  }

  async #runAll(worker: Worker, tell: (event: JudgeEvent) => void): Promise<void> {
    try {
      while (await this.#runNext(worker, tell));
    } catch (error) {
      // The others must not go on as if nothing had happened.
      this.#next = Infinity;
      throw error;
    }
  }

  /** @returns false when there is no test left to begin */
  async #runNext(worker: Worker, tell: (event: JudgeEvent) => void): Promise<boolean> {
    const number = this.#next;
    if (number >= this.#problem.tests.length || this.#isDecided() || this.#isStopped()) return false;
    this.#next++;
    const result = await this.#runTest(worker, number, 0, tell);
    if (result === null) return false;
    this.#results[number] = result;
    tell({ kind: "test", number, result });
    return true;
  }

  async #runCloseAgain(worker: Worker, part: number, tell: (event: JudgeEvent) => void): Promise<void> {
    for (const [number, result] of this.#results.entries()) {
      if (result === null || this.#isStopped() || !isNearLimit(result, this.#limits, part)) continue;
      const again = await this.#runTest(worker, number, result.reruns + 1, tell);
      if (again === null) return;
      const known = { ...again, near_limit: true };
      this.#results[number] = known;
      tell({ kind: "test", number, result: known });
    }
  }

  /** @returns null when the judging was stopped meanwhile, or the submission cannot be compiled */
  async #runTest(worker: Worker, number: number, reruns: number, tell: (event: JudgeEvent) => void): Promise<TestResult | null> {
    const test = this.#problem.tests[number]!;
    const { run, check } = await this.#busy(() => worker.run(this.#source, test));
    if (this.#isStopped()) return null;
    if (!this.#isCompiled) {
      this.#isCompiled = true;
      [this.#compile, this.#language, this.#enforced] = [run.compile, run.language, run.enforced];
      tell({ kind: "compiled", compile: run.compile, language: run.language });
    }
    // No test was run then.
    this.#isCompileError = run.phase === "compile" && run.status !== "InternalError";
    if (this.#isCompileError) return null;
    const { status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message } = run;
    const record: RunRecord = { status, limit, cpu_time, wall_time, memory_peak, exit_code, signal, error_message, output_bytes: worker.outputBytes };
    const { verdict, message, isIdle } = testVerdict(record, check, this.#limits);
    const near = isNearLimit(record, this.#limits, this.#options.rerunClose ?? 0);
    return { name: test.name, verdict, message, idle: isIdle, near_limit: near, reruns, ...record };
  }

  /** The loop must not sleep while this waits for something else. */
  #busy<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.loop === undefined ? work() : this.#options.loop.work(work);
  }

  /** Whether a test that ended says that no other one needs to begin. */
  #isDecided(): boolean {
    const { until = "all" } = this.#options;
    if (until === "all") return false;
    return this.#results.some((result) => result !== null && result.verdict !== "AC" && !(until === "slowest" && result.verdict === "TLE"));
  }

  #isStopped(): boolean {
    return this.#options.isStopped?.() ?? false;
  }

  #result(): SubmissionResult {
    const run = this.#results.filter((result) => result !== null);
    const slowest = run.reduce<TestResult | null>((most, result) => (most === null || result.cpu_time > most.cpu_time ? result : most), null);
    return {
      verdict: this.#isCompileError ? "CE" : combinedVerdict(this.#results.map((result) => result?.verdict ?? null), this.#options.combination ?? "first"),
      compile: this.#compile,
      language: this.#language,
      tests: this.#results,
      slowest: slowest === null ? null : { test: slowest.name, time: slowest.cpu_time },
      limits: this.#limits,
      enforced: this.#enforced,
      isStopped: this.#isStopped(),
    };
  }
}
