/** A request that cannot be used, with each place in it. */
import type * as v from "valibot";
import { HttpFault } from "../../http/dialect.ts";

export interface FieldError {
  /** With dots: `tests.0.stdin`; empty: all of it. */
  readonly path: string;
  readonly message: string;
}

export class InvalidRequest extends HttpFault {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[], code: "invalid-request" | "unknown-language" | "limit-too-high" = "invalid-request", status = 422) {
    const [first] = errors;
    super(status, code, first === undefined ? "the request cannot be used" : first.path === "" ? `the request ${first.message}` : `${first.path}: ${first.message}`);
    this.errors = errors;
  }
}

export const invalid = (path: string, message: string) => new InvalidRequest([{ path, message }]);

/** More than these help nobody. */
const mostErrors = 20;

/** @param at where in the request it is that was checked */
export function fromIssues(issues: readonly v.BaseIssue<unknown>[], at = ""): InvalidRequest {
  return new InvalidRequest(issues.flatMap((issue) => errorsOf(issue, at)).slice(0, mostErrors));
}

/** A value that fits none of several forms: the form that it comes nearest to says what is wrong. */
function errorsOf(issue: v.BaseIssue<unknown>, at: string): FieldError[] {
  const path = [at, ...(issue.path ?? []).map(({ key }) => String(key))].filter((part) => part !== "").join(".");
  const inside = issue.type === "union" ? (issue.issues ?? []).filter(({ path: deeper }) => deeper !== undefined && deeper.length > 0) : [];
  if (inside.length > 0) return inside.flatMap((deeper) => errorsOf(deeper, path));
  return [{ path, message: issue.type === "strict_object" && issue.expected === "never" ? "is not known" : issue.message }];
}
