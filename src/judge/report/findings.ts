/** What a setter should look at, from the document of a judging alone. */
import type { JudgingDocument, SubmissionDocument, TestDocument } from "../document.ts";
import type { Verdict } from "../verdict.ts";

export interface Findings {
  /** Runs that ended close to the time limit. Seconds. */
  readonly borderline: readonly { readonly submission: string; readonly test: string; readonly verdict: Verdict; readonly time: number; readonly limit: number | null }[];
  /** Tests on which all submissions had the same verdict; empty with fewer than two submissions. */
  readonly alike: readonly { readonly test: string; readonly verdict: Verdict }[];
  /** Groups in which every submission that was run passed every test. */
  readonly neverFailed: readonly string[];
  readonly flips: readonly Flip[];
}

/** The time limit of the problem at which a submission would get another verdict. Seconds. */
export interface Flip {
  readonly submission: string;
  readonly verdict: Verdict;
  /** `below`: with any limit that is smaller, the verdict is another. `from`: with this one, or a larger one. */
  readonly side: "below" | "from";
  readonly limit: number;
  readonly test: string;
  /** The other verdict; null: not known, as the runs were ended at the limit that they had. */
  readonly other: Verdict | null;
}

export function findingsOf({ time_limit, submissions }: JudgingDocument): Findings {
  return {
    borderline: submissions.flatMap((submission) => borderline(submission)),
    alike: submissions.length < 2 ? [] : alike(submissions),
    neverFailed: submissions.length === 0 ? [] : neverFailed(submissions),
    flips: submissions.flatMap((submission) => exactFlips(submission) ?? flip(submission, time_limit.value) ?? []),
  };
}

function borderline({ path, limits, tests }: SubmissionDocument): Findings["borderline"] {
  return tests.flatMap(({ near_limit, name, verdict, cpu_time }) => (near_limit && verdict !== null && cpu_time !== null ? [{ submission: path, test: name, verdict, time: cpu_time, limit: limits.cpu_time_limit }] : []));
}

function alike(submissions: readonly SubmissionDocument[]): Findings["alike"] {
  return submissions[0]!.tests.flatMap(({ name }, number) => {
    const seen = submissions.flatMap(({ tests }) => tests[number]?.verdict ?? []);
    return seen.length > 1 && seen.every((verdict) => verdict === seen[0]) ? [{ test: name, verdict: seen[0]! }] : [];
  });
}

function neverFailed(submissions: readonly SubmissionDocument[]): readonly string[] {
  const failed = new Map<string, boolean>();
  for (const { tests } of submissions) {
    for (const { group, verdict, sample } of tests) {
      if (verdict !== null && !sample) failed.set(group, (failed.get(group) ?? false) || verdict !== "AC");
    }
  }
  return [...failed].filter(([, hasFailed]) => !hasFailed).map(([group]) => group);
}

/** @returns null: not worked out */
function exactFlips({ path, verdict, flips }: SubmissionDocument): readonly Flip[] | null {
  if (verdict === null || flips === null) return verdict === null ? [] : null;
  return flips.map((flip) => ({ submission: path, verdict, side: flip.side, limit: flip.limit, test: flip.test, other: flip.verdict }));
}

/** From the document alone, as if the first failure counted. */
function flip({ path, verdict, limits, tests }: SubmissionDocument, limit: number | null): Flip | null {
  if (verdict === null || verdict === "CE" || verdict === "JE") return null;
  // What its language makes of a limit holds for other limits as well.
  const factor = limit === null || limits.cpu_time_limit === null || limit === 0 ? 1 : limits.cpu_time_limit / limit;
  if (verdict === "TLE") {
    const slowest = slowestOf(tests.filter((test) => test.verdict === "TLE" && !test.idle));
    return slowest === null ? null : { submission: path, verdict, side: "from", limit: slowest.time / factor, test: slowest.test, other: null };
  }
  // Tests after the one that gave the verdict do not count where the first failure does.
  const decisive = tests.findIndex((test) => test.verdict === verdict && verdict !== "AC");
  const slowest = slowestOf(decisive < 0 ? tests : tests.slice(0, decisive + 1));
  return slowest === null || slowest.time === 0 ? null : { submission: path, verdict, side: "below", limit: slowest.time / factor, test: slowest.test, other: "TLE" };
}

function slowestOf(tests: readonly TestDocument[]): { readonly test: string; readonly time: number } | null {
  return tests.reduce<{ test: string; time: number } | null>((most, { name, cpu_time }) => (cpu_time === null || (most !== null && cpu_time <= most.time) ? most : { test: name, time: cpu_time }), null);
}
