/** What is known of a submission without its source. */
import type { Expectation } from "./expectation.ts";

export interface SubmissionFacts {
  /** For people: the path as the caller wrote it, or below the package. */
  readonly path: string;
  /** Where the outputs are, where a submission is those: a file, or a directory; null: it is a source. */
  readonly outputs: string | null;
  /** Language id; null: not compiled, not interpreted, or found out when it is run. */
  readonly language: string | null;
  /** Size of the source in bytes, what is compiled with it not counted. */
  readonly codeBytes: number;
  /** What the package expects of it; null: nothing. */
  readonly expected: Expectation | null;
  /** Why it is not compiled, which is its own fault: it is larger than the problem allows. null: it is. */
  readonly refusal: string | null;
  /** Why it cannot be judged: its language is not known, a file cannot be read. null: it can. */
  readonly fault: string | null;
}
