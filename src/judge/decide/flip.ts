/**
 * The time limits at which a submission would have another verdict: how near its verdict is to another one. Found by deciding again with other
 * limits, so it is exact for every rule of groups. Pure; times are in seconds.
 */
import type { Group, Problem } from "../problem.ts";
import type { TestRecord } from "../records.ts";
import type { Verdict } from "../verdict.ts";
import { decide } from "./decide.ts";
import type { Policy } from "./decision.ts";
import { rounded } from "./group.ts";
import { judgeTest } from "./test.ts";
import { limitReached } from "./time.ts";

export interface Flip {
  /** `below`: with any limit that is smaller than this one the verdict is another. `from`: with this one, or one that is larger. */
  readonly side: "below" | "from";
  /** Of the problem, what the submission's language makes of it not counted in. */
  readonly limit: number;
  /** The test that makes the difference. */
  readonly test: string;
  /** The other verdict; null: not known, as runs were ended at the limit that they had. */
  readonly verdict: Verdict | null;
}

interface Timed {
  readonly number: number;
  /** The limit of the problem with which it is just in time. */
  readonly limit: number;
  readonly isEnded: boolean;
}

/** With more tests than this nothing is worked out: it decides some twenty times. */
const mostTests = 10_000;

/**
 * At most one flip on each side: the nearest.
 * @param policy its time limit takes the place of those that the runs had, but for tests with a limit of their own
 * @param base the time limit of the problem; null: there is none, and nothing flips
 * @returns null: not worked out, as there are too many tests, or a grader would have to be asked
 */
export function flipsOf(problem: Problem, records: readonly (TestRecord | null)[], policy: Policy, base: number | null): readonly Flip[] | null {
  if (problem.tests.length > mostTests || hasGrader(problem.root)) return null;
  const now = decide(problem, changed(records, [], outOfTime), withoutLimit(policy)).verdict;
  if (base === null || base <= 0 || now === null || now === "JE" || now === "CE") return [];
  const timed = records.flatMap((record, number): Timed[] => {
    // Tests with a limit of their own do not depend on that of the problem.
    if (record === null || problem.tests[number]!.cpuTime !== undefined) return [];
    const limit = policy.limits?.cpu_time_limit ?? record.limits.cpu_time_limit;
    if (limit === null) return [];
    const { time, isEnded } = limitReached(record);
    return [{ number, limit: rounded(time * (base / limit)), isEnded }];
  });
  const isLate = (number: number) => judgeTest(withLimit(records[number]!, policy.limits?.cpu_time_limit ?? records[number]!.limits.cpu_time_limit), {}).verdict === "TLE";
  const inTime = timed.filter(({ number }) => !isLate(number)).toSorted((one, other) => other.limit - one.limit);
  const late = timed.filter(({ number }) => isLate(number)).toSorted((one, other) => one.limit - other.limit);
  const below = nearest(inTime, (those) => decide(problem, changed(records, those, outOfTime), withoutLimit(policy)).verdict, now);
  const from = nearest(late, (those) => decide(problem, changed(records, those, inTimeOrUnknown), withoutLimit(policy)).verdict, now);
  return ([["below", below], ["from", from]] as const).flatMap(([side, found]) => (found === null ? [] : [{ side, limit: found.limit, test: problem.tests[found.number]!.name, verdict: found.verdict }]));

  function withoutLimit({ limits, ...rest }: Policy): Policy {
    const { cpu_time_limit: _, ...others } = limits ?? {};
    return { ...rest, limits: others };
  }

  function changed(all: readonly (TestRecord | null)[], those: readonly Timed[], change: (record: TestRecord, timed: Timed) => TestRecord | null): readonly (TestRecord | null)[] {
    // Others keep what they are by the limit of now.
    const others = all.map((record, number) => (record === null || problem.tests[number]!.cpuTime !== undefined ? record : withLimit(record, policy.limits?.cpu_time_limit ?? record.limits.cpu_time_limit)));
    for (const one of those) others[one.number] = change(others[one.number]!, one);
    return others;
  }
}

/** The more tests change sides, the further the verdict is from what it was: the first change is found by halves. */
function nearest(sorted: readonly Timed[], verdictWith: (those: readonly Timed[]) => Verdict | null, now: Verdict): { readonly number: number; readonly limit: number; readonly verdict: Verdict | null } | null {
  if (sorted.length === 0 || verdictWith(sorted) === now) return null;
  let [least, most] = [1, sorted.length];
  while (least < most) {
    const middle = (least + most) >> 1;
    if (verdictWith(sorted.slice(0, middle)) === now) least = middle + 1;
    else most = middle;
  }
  const { limit, number } = sorted[least - 1]!;
  // All that take as long change with it.
  return { number, limit, verdict: verdictWith(sorted.filter((_, index) => index < least || sorted[index]!.limit === limit)) };
}

const hasGrader = ({ rule, children }: Group): boolean => rule.grader !== null || children.some((child) => typeof child !== "number" && hasGrader(child));

const withLimit = (record: TestRecord, limit: number | null): TestRecord => ({ ...record, limits: { ...record.limits, cpu_time_limit: limit } });

/** No run is within a limit below nothing. */
const outOfTime = (record: TestRecord) => withLimit(record, -1);

const inTimeOrUnknown = (record: TestRecord, { isEnded }: Timed) => (isEnded ? null : withLimit(record, null));
