/** A problem as the judge sees it, whatever format it was written in. */

export interface Test {
  /** Unique in its problem. */
  readonly name: string;
  /** Paths of the caller's files. */
  readonly input: string;
  readonly answer: string;
}

export interface Problem {
  readonly name: string;
  readonly format: "plain";
  /** In the order in which they are decided. At least one. */
  readonly tests: readonly Test[];
  /** What a person should know of the package. */
  readonly warnings: readonly string[];
}
