/** The verdict of one test, from all its passes. */
import type { CheckRecord, PassRecord, TestRecord, TestLimits } from "../records.ts";
import { isNearLimit, testVerdict, type TestVerdict } from "../verdict.ts";
import type { Policy, TestDecision } from "./decision.ts";

/** Without its points, which are its group's affair. */
export type Judged = Omit<TestDecision, "score"> & {
  /** What the checker said last. */
  readonly check: CheckRecord | null;
};

/** The first pass that is not accepted decides, else the last. */
export function judgeTest({ passes, limits: ran }: TestRecord, policy: Policy): Judged {
  const limits = { ...ran, ...policy.limits };
  const isNear = passes.some(({ run }) => run !== null && isNearLimit(run, limits, policy.near ?? 0));
  let last: TestVerdict = { verdict: "JE", message: "the test has no run", isIdle: false };
  let check: CheckRecord | null = null;
  for (const pass of passes) {
    last = passVerdict(pass, limits);
    check = pass.check;
    if (last.verdict !== "AC") break;
  }
  return { verdict: last.verdict, message: last.message, isIdle: last.isIdle, isNearLimit: isNear, check };
}

export function passVerdict({ run, check, first_to_end: first, note }: PassRecord, limits: TestLimits): TestVerdict {
  const said = (verdict: TestVerdict["verdict"], message: string | null) => ({ verdict, message, isIdle: false });
  if (run === null) {
    if (check === null) return said("JE", "the output was not checked");
    return said(check.kind === "failed" ? "JE" : check.kind === "accepted" ? "AC" : "WA", check.message);
  }
  // Who talked to the submission and ended first has said all there is to say: what the submission did then came of it.
  if (first !== null && check !== null) {
    if (check.kind === "failed") return said("JE", check.message);
    if (check.kind === "wrong" && first === "interactor") return said("WA", check.message);
  }
  const found = testVerdict(run, check, limits);
  return note === undefined || found.verdict === "AC" ? found : { ...found, message: found.message === null ? note : `${found.message}; ${note}` };
}

/** What part of the full score a test gives, 0 to 1: what the checker said, else everything or nothing. */
export function fractionOf({ verdict, check }: Pick<Judged, "verdict" | "check">): number {
  if (verdict !== "AC" && verdict !== "WA") return 0;
  return check?.fraction ?? (verdict === "AC" ? 1 : 0);
}

/** CPU time of its slowest pass, in seconds. */
export function timeOf({ passes }: TestRecord): number {
  return Math.max(0, ...passes.map(({ run }) => run?.cpu_time ?? 0));
}
