/** The course of one submission: which tests have begun, what is known of them, and which one is next. */
import type { CompileResult, Enforcement } from "../model/result.ts";
import { KeptSource } from "../source/kept-source.ts";
import type { Policy, TestDecision } from "./decide/decision.ts";
import type { GraderAnswer } from "./decide/grader.ts";
import { Needed } from "./decide/needed.ts";
import { fractionOf, judgeTest, type Judged } from "./decide/test.ts";
import { decideWhole } from "./decide/whole.ts";
import type { SubmissionResult } from "./events.ts";
import type { JudgeOptions } from "./options.ts";
import type { Problem } from "./problem.ts";
import { policyOf } from "./policy.ts";
import { noTestLimits, type TestRecord, type TestLimits } from "./records.ts";
import type { Submission } from "./submission.ts";


export class Course {
  readonly submission: Submission;
  /** The same, read, planned and compiled by the first of its runs for all of them. */
  readonly kept: Submission;
  readonly records: (TestRecord | null)[];
  /** `compiling`: its first test has begun, which compiles it; no other one begins before that is done. */
  state: "waiting" | "compiling" | "ready" | "uncompilable" | "faulty" = "waiting";
  /** Why it could not be judged; null: it could. */
  fault: string | null;
  compile: CompileResult | null = null;
  language: string | null;
  enforced: Enforcement | null = null;
  limits: TestLimits = noTestLimits;
  /** How many tests are running now. */
  running = 0;
  /** What graders answered. */
  readonly grades = new Map<string, GraderAnswer>();
  readonly #problem: Problem;
  readonly #options: JudgeOptions;
  #needed: Needed;
  readonly #source = new KeptSource();
  #next = 0;

  constructor(problem: Problem, submission: Submission, options: JudgeOptions) {
    [this.#problem, this.submission, this.#options] = [problem, submission, options];
    const { source } = submission;
    this.kept = source === null ? submission : { ...submission, source: { ...source, kept: this.#source } };
    this.language = submission.language;
    this.fault = submission.fault;
    if (this.fault !== null) this.state = "faulty";
    else if (submission.refusal !== null) this.state = "uncompilable";
    this.records = problem.tests.map(() => null);
    this.#needed = new Needed(problem, options.until ?? "all");
  }

  get policy(): Policy {
    return { ...policyOf(this.#options), grades: this.grades };
  }

  /** The test to begin now; null: there is none, or none yet. */
  take(): number | null {
    if (this.state === "compiling" || this.isOver) return null;
    return this.#next++;
  }

  /** No test is left to begin. */
  get isOver(): boolean {
    if (this.state === "uncompilable" || this.state === "faulty") return true;
    while (this.#next < this.#problem.tests.length && (this.records[this.#next] !== null || !this.#needed.isNeeded(this.#next))) this.#next++;
    return this.#next >= this.#problem.tests.length;
  }

  /** After tests were run again: those that were left out because of what these were before may matter now. @returns whether there are any */
  reopen(): boolean {
    this.#needed = new Needed(this.#problem, this.#options.until ?? "all");
    this.#next = 0;
    for (const [test, record] of this.records.entries()) if (record !== null && this.#needed.isNeeded(test)) this.#tell(test, judgeTest(record, this.policy));
    return !this.isOver;
  }

  #tell(test: number, judged: Judged): void {
    this.#needed.tell(test, judged.verdict, fractionOf(judged));
  }

  /** @returns what is decided about it */
  keep(test: number, record: TestRecord): TestDecision {
    this.records[test] = record;
    const judged = judgeTest(record, this.policy);
    const { check: _, ...decision } = judged;
    this.#tell(test, judged);
    return { ...decision, score: null };
  }

  /** No more of it is run: neither it nor its tests are why. */
  fail(fault: string): void {
    [this.fault, this.state] = [fault, "faulty"];
  }

  result(isStopped: boolean): SubmissionResult {
    const { source: _, ...submission } = this.submission;
    const { records, compile, language, limits, enforced, fault } = this;
    const whole = { records, isCompileError: this.state === "uncompilable", fault, grades: Object.fromEntries(this.grades) };
    return { submission, compile, language, ...whole, decision: decideWhole(this.#problem, whole, this.policy), limits, enforced, isStopped };
  }

  /** After its last run; one that comes all the same begins anew. */
  close(): void {
    this.#source[Symbol.dispose]();
  }
}
