/** A submission as the judge runs it: a source with its language, and what a package expects of it. */
import type { SourceRequest } from "../source/source-request.ts";
import type { SubmissionFacts } from "./submission-facts.ts";

export interface Submission extends SubmissionFacts {
  /** What is compiled and run; null where a submission is the outputs themselves. */
  readonly source: SourceRequest | null;
}
