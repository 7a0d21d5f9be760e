/** From what was judged to the document of it. */
import type { CompileResult } from "../model/result.ts";
import type { Policy, TestDecision } from "./decide/decision.ts";
import { expectedOnTests, judgeExpectation } from "./decide/expected.ts";
import { flipsOf } from "./decide/flip.ts";
import { passVerdict } from "./decide/test.ts";
import type { JudgingDocument, MachineDocument, PassDocument, SubmissionDocument, TestDocument, TimeLimitDocument } from "./document.ts";
import type { SubmissionResult } from "./events.ts";
import type { Group, Problem, Test } from "./problem.ts";
import { noTestLimits, type PassRecord, type TestRecord, type TestLimits } from "./records.ts";

export interface Context {
  readonly timeLimit: TimeLimitDocument;
  readonly machine: MachineDocument;
  readonly warnings: readonly string[];
  /** By which it was decided. */
  readonly policy: Pick<Policy, "combination" | "until">;
}

export function judgingDocument(problem: Problem, results: readonly SubmissionResult[], { timeLimit, machine, warnings, policy }: Context): JudgingDocument {
  const groups = groupNames(problem);
  const submissions = results.map((result) => ({ ...submissionDocument(problem, groups, result), flips: flipsFor(problem, result, policy, timeLimit.value) }));
  return {
    problem: problem.name,
    format: problem.format,
    time_limit: timeLimit,
    limits: results[0]?.limits ?? noTestLimits,
    submissions,
    judge_errors: results.flatMap((result, index) => errorsOf(result, submissions[index]!)),
    machine,
    enforced: results.find(({ enforced }) => enforced !== null)?.enforced ?? null,
    warnings,
  };
}

function flipsFor(problem: Problem, { records, limits, grades, fault, isCompileError }: SubmissionResult, policy: Context["policy"], base: number | null): SubmissionDocument["flips"] {
  if (fault !== null || isCompileError) return [];
  // What the runs had, unless they were decided by another limit since.
  const hasOwn = problem.tests.some(({ cpuTime }) => cpuTime !== undefined);
  return flipsOf(problem, records, { ...policy, grades: new Map(Object.entries(grades)), ...(hasOwn ? {} : { limits: { cpu_time_limit: limits.cpu_time_limit } }) }, base);
}

function errorsOf({ submission: { path }, fault, decision }: SubmissionResult, { tests }: SubmissionDocument): JudgingDocument["judge_errors"] {
  const ofTests = tests.filter(({ verdict }) => verdict === "JE").map(({ name, message }) => ({ submission: path, test: name, message }));
  const whole = [...(fault === null ? [] : [fault]), ...decision.judgeErrors];
  return [...whole.map((message) => ({ submission: path, test: null, message })), ...ofTests];
}

export function submissionDocument(problem: Problem, groups: readonly string[], result: SubmissionResult): SubmissionDocument {
  const { submission, language, decision, compile, limits, records, isStopped } = result;
  const { expected } = submission;
  const asExpected = expected === null ? null : judgeExpectation(problem, expected, decision, records);
  const onTests = expected === null ? null : expectedOnTests(problem, expected);
  return {
    path: submission.path,
    language,
    expected: submission.expected?.permitted ?? [],
    expected_by: submission.expected?.source ?? null,
    verdict: decision.verdict,
    message: result.fault ?? submission.refusal,
    as_expected: isStopped || result.fault !== null ? null : (asExpected?.asExpected ?? null),
    unexpected: asExpected?.reasons ?? [],
    notes: asExpected?.notes ?? [],
    score: decision.score,
    max_score: decision.maxScore,
    stopped: isStopped,
    compile: compile === null ? null : compileDocument(compile),
    slowest: decision.slowest,
    flips: null,
    limits,
    groups: decision.groups.map(({ name, verdict, score, maxScore }) => ({ name, verdict, score, max_score: maxScore })),
    tests: problem.tests.map((test, number) => {
      const told = decision.tests[number] ?? null;
      const document = testDocument(test, groups[number]!, records[number] ?? null, told);
      return onTests === null || told === null ? document : { ...document, as_expected: onTests(number, told.verdict) };
    }),
  };
}

function compileDocument({ status, cached, cpu_time, wall_time, memory_peak, exit_code, stdout, stderr }: CompileResult): NonNullable<SubmissionDocument["compile"]> {
  return { status, cached, cpu_time, wall_time, memory_peak, exit_code, stdout, stderr };
}

/** @param record null: not run, as is `decision` */
export function testDocument({ name, isSample }: Test, group: string, record: TestRecord | null, decision: TestDecision | null): TestDocument {
  const passes = record?.passes ?? [];
  const last = passes.at(-1) ?? null;
  const runs = passes.flatMap(({ run }) => (run === null ? [] : [run]));
  const most = (values: readonly (number | null)[]) => values.reduce<number | null>((sum, value) => (value === null ? sum : Math.max(sum ?? 0, value)), null);
  const { verdict = null, message = null, score = null, isNearLimit = false, isIdle = false } = decision ?? {};
  const run = last?.run ?? null;
  const check = last?.check ?? null;
  return {
    name, group, sample: isSample, verdict, as_expected: null, message, score,
    status: run?.status ?? null,
    cpu_time: most(runs.map(({ cpu_time }) => cpu_time)),
    wall_time: most(runs.map(({ wall_time }) => wall_time)),
    memory_peak: most(runs.map(({ memory_peak }) => memory_peak)),
    exit_code: run?.exit_code ?? null,
    signal: run?.signal ?? null,
    output_bytes: run?.output_bytes ?? null,
    stderr: run?.stderr ?? null,
    passes: passes.length > 1 || last?.transcript != null ? passes.map((pass) => passDocument(pass, record!.limits)) : [],
    first_to_end: last?.first_to_end ?? null,
    checker: check === null || check.wall_time === null ? null : { exit_code: check.exit_code, message: check.message, score: check.points ?? check.fraction, time: check.cpu_time },
    core: record?.core ?? null,
    reruns: record?.reruns ?? 0,
    near_limit: isNearLimit,
    idle: isIdle,
  };
}

function passDocument(pass: PassRecord, limits: TestLimits): PassDocument {
  const { run, first_to_end, transcript } = pass;
  const { verdict, message } = passVerdict(pass, limits);
  return { verdict, message, cpu_time: run?.cpu_time ?? null, wall_time: run?.wall_time ?? null, first_to_end, transcript };
}

/** The name of the group that each test is in: the innermost, and the first of several. */
export function groupNames({ root, tests }: Problem): readonly string[] {
  const names = new Array<string | undefined>(tests.length);
  const walk = ({ name, children }: Group) => {
    for (const child of children) {
      if (typeof child === "number") names[child] ??= name;
      else walk(child);
    }
  };
  walk(root);
  return names.map((name) => name ?? "");
}
