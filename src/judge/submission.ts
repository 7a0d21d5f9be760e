/** A submission as the judge runs it: a source with its language, and what a package expects of it. */
import type { SourceRequest } from "../source/source-request.ts";
import type { Expectation } from "./expectation.ts";

export interface Submission {
  /** For people: the path as the caller wrote it, or below the package. */
  readonly path: string;
  /** What is compiled and run; null where a submission is the outputs themselves. */
  readonly source: SourceRequest | null;
  /** Where the outputs are, where a submission is those: a file, or a directory; null: it is a source. */
  readonly outputs: string | null;
  /** Language id; null: not compiled, not interpreted, or found out when it is run. */
  readonly language: string | null;
  /** Size of the source in bytes, what is compiled with it not counted. */
  readonly codeBytes: number;
  readonly expected: Expectation | null;
  /** Why it is not compiled, which is its own fault: it is larger than the problem allows. null: it is. */
  readonly refusal: string | null;
  /** Why it cannot be judged: its language is not known, a file cannot be read. null: it can. */
  readonly fault: string | null;
}
