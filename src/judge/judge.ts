/** Submissions against the tests of a problem: each compiled once, run on each test, its outputs checked. */
import { errnoOf } from "../kernel/errno.ts";
import { IsolateError, messageOf } from "../model/errors.ts";
import { IsolatePool } from "../pool/isolate-pool.ts";
import { attempt } from "./attempt/attempt.ts";
import { grade } from "./attempt/grade.ts";
import { failed, type Attempt } from "./attempt/outcome.ts";
import { Course } from "./course.ts";
import type { JudgeEvent } from "./events.ts";
import type { JudgeOptions } from "./options.ts";
import { Job } from "./job.ts";
import { openJury } from "./open-jury.ts";
import type { Jury } from "./programs/jury.ts";
import type { Problem } from "./problem.ts";
import type { TestLimits, TestRecord } from "./records.ts";
import type { Submission } from "./submission.ts";

/**
 * Judges. Events come as tests end; the last one is the end.
 * @throws IsolateError for a source that cannot be read, a pack or a configuration that is wrong, and when no box can be made
 */
export async function* judge(problem: Problem, submissions: readonly Submission[], options: JudgeOptions = {}): AsyncGenerator<JudgeEvent, void, undefined> {
  const judging = new Judging(problem, submissions, options);
  try {
    yield* judging.events();
  } finally {
    await judging.close();
  }
}

/** What the problem says of limits that belong to boxes, where the caller does not. */
function withProblemLimits({ limits: { output } }: Problem, options: JudgeOptions): JudgeOptions {
  const { config = {}, limitsGiven = [] } = options;
  if (output === null || config.output_limit !== undefined) return options;
  return { ...options, config: { ...config, output_limit: output }, limitsGiven: [...limitsGiven, "output_limit"] };
}

type Tell = (event: JudgeEvent) => void;

class Judging {
  readonly #problem: Problem;
  readonly #options: JudgeOptions;
  readonly #jobs: number;
  readonly #pool: IsolatePool;
  readonly #courses: readonly Course[];
  #jury: Jury | null = null;
  /** No test begins any more. */
  #isAbandoned = false;
  /** Called when a job may find something to do that it did not find before. */
  readonly #waiting: (() => void)[] = [];

  constructor(problem: Problem, submissions: readonly Submission[], options: JudgeOptions) {
    this.#problem = problem;
    this.#options = withProblemLimits(problem, options);
    this.#jobs = Math.min(options.jobs ?? 1, Math.max(1, problem.tests.length * submissions.length));
    this.#courses = submissions.map((submission) => new Course(problem, submission, this.#options));
    this.#pool = new IsolatePool({ boxes: this.#jobs * processesOf(problem), config: this.#options.config ?? {}, ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }) });
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
    yield { kind: "end", results: this.#courses.map((course) => course.result(this.#isStopped())) };
  }

  async close(): Promise<void> {
    this.#isAbandoned = true;
    try {
      await this.#jury?.close();
    } finally {
      try {
        await this.#pool.close();
      } finally {
        for (const course of this.#courses) course.close();
      }
    }
  }

  async #work(tell: Tell): Promise<void> {
    const jury = (this.#jury = await this.#busy(() => openJury(this.#problem, this.#options, this.#jobs)));
    const jobs = Array.from({ length: this.#jobs }, (_, index) => new Job(this.#problem, this.#pool, jury, this.#options, index));
    for (const [submission, course] of this.#courses.entries()) if (course.isOver) tell({ kind: "submission", submission, result: course.result(false) });
    try {
      do {
        const outcomes = await Promise.allSettled(jobs.map((job) => this.#runAll(job, tell)));
        const rejected = outcomes.find((outcome) => outcome.status === "rejected");
        if (rejected !== undefined) throw rejected.reason;
      } while (this.#options.rerunClose != null && (await this.#runCloseAgain(jobs[0]!, tell)));
    } finally {
      for (const job of jobs) job.close();
    }
  }

  async #runAll(job: Job, tell: Tell): Promise<void> {
    try {
      for (;;) {
        const next = this.#take();
        if (next === "none") return;
        if (next === "later") await new Promise<void>((resolve) => this.#waiting.push(resolve));
        else await this.#runTest(job, next.course, next.test, 0, tell);
      }
    } catch (error) {
      // The others must not go on as if nothing had happened.
      this.#isAbandoned = true;
      throw error;
    } finally {
      this.#wakeOthers();
    }
  }

  /** Of the first submission that has a test to begin. */
  #take(): { readonly course: number; readonly test: number } | "later" | "none" {
    if (this.#isAbandoned || this.#isStopped()) return "none";
    let mayCome = false;
    for (const [index, course] of this.#courses.entries()) {
      const test = course.take();
      if (test !== null) return { course: index, test };
      mayCome ||= course.state === "compiling";
    }
    return mayCome ? "later" : "none";
  }

  #wakeOthers(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Each test once. @returns whether tests that were left out matter now */
  async #runCloseAgain(job: Job, tell: Tell): Promise<boolean> {
    for (const [index, course] of this.#courses.entries()) {
      for (const [test, decision] of course.result(false).decision.tests.entries()) {
        if (decision?.isNearLimit !== true || course.records[test]!.reruns > 0) continue;
        if (this.#isStopped() || this.#isAbandoned) return false;
        await this.#runTest(job, index, test, 1, tell);
      }
    }
    return !this.#isStopped() && !this.#isAbandoned && this.#courses.filter((course) => course.reopen()).length > 0;
  }

  async #runTest(job: Job, index: number, number: number, reruns: number, tell: Tell): Promise<void> {
    const course = this.#courses[index]!;
    const submission = course.kept;
    const test = this.#problem.tests[number]!;
    const isFirst = course.state === "waiting";
    if (isFirst) course.state = "compiling";
    tell({ kind: "begin", submission: index, test: number });
    course.running++;
    let tried: Attempt;
    let limits: TestLimits;
    try {
      limits = await this.#busy(() => job.limits(submission, test));
      if (isFirst) course.limits = limits;
      tried = await this.#busy(() => attempt(job, submission, test));
    } catch (error) {
      if (!(error instanceof IsolateError) && errnoOf(error) === null) throw error;
      if (isFirst) {
        // A host without its compiler keeps no other submission from being judged.
        if (this.#courses.length === 1) throw error;
        course.fail(messageOf(error));
        tell({ kind: "submission", submission: index, result: course.result(false) });
        return this.#wakeOthers();
      }
      // What is known of other tests is not lost for it.
      [limits, tried] = [course.limits, failed(messageOf(error))];
    } finally {
      course.running--;
    }
    // What ended because we were told to stop says nothing about the submission.
    if (this.#isStopped()) return;
    if (isFirst) this.#compiled(index, tried, tell);
    if (tried.passes.length === 0) return;
    const record: TestRecord = { passes: tried.passes, limits, core: job.core, reruns };
    const decision = course.keep(number, record);
    tell({ kind: "test", submission: index, test: number, result: { name: test.name, record, decision } });
    if (!course.isOver || course.running > 0) return;
    await this.#busy(() => grade(job, course));
    if (reruns > 0) return;
    course.close();
    tell({ kind: "submission", submission: index, result: course.result(false) });
  }

  #compiled(index: number, { run, passes }: Attempt, tell: Tell): void {
    const course = this.#courses[index]!;
    course.state = passes.length === 0 ? "uncompilable" : "ready";
    if (run !== null) [course.compile, course.language, course.enforced] = [run.compile, run.language, run.enforced];
    tell({ kind: "compiled", submission: index, compile: course.compile, language: course.language });
    if (passes.length === 0) tell({ kind: "submission", submission: index, result: course.result(false) });
    this.#wakeOthers();
  }

  /** The loop must not sleep while this waits for something else. */
  #busy<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.loop === undefined ? work() : this.#options.loop.work(work);
  }

  #isStopped(): boolean {
    return this.#options.isStopped?.() ?? false;
  }
}

/** How many programs of a submission run at the same time in a test. */
const processesOf = ({ kind }: Problem) => (kind.kind === "communication" ? kind.processes : 1);
