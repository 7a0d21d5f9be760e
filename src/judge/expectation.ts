/** What a package says about a submission: which verdicts it may have, and which it must have. */
import type { Verdict } from "./verdict.ts";

export interface Expectation {
  /** Where it is from, for people: `submissions/wrong_answer`, `submissions.yaml`, `@EXPECTED_RESULTS@`, `tag main`. */
  readonly source: string;
  /**
   * `overall`: {@link permitted} is about the verdict of the submission (the legacy format, DOMjudge). `tests`: every test that is run must have a
   * verdict in `permitted`, and one at least a verdict in `required` (version 2025-09).
   */
  readonly about: "overall" | "tests";
  /** null: any. */
  readonly permitted: readonly Verdict[] | null;
  /** null: none is required. */
  readonly required: readonly Verdict[] | null;
  /** Both ends included; null: not said. */
  readonly score: readonly [least: number, most: number] | null;
  /** Part of what a checker must have said in some test; null: not said. */
  readonly message: string | null;
  /** Whether `--time-limit infer` looks at it: for the lower bound, the upper bound, both or none; null: as its verdicts say. */
  readonly useForTimeLimit: "lower" | "upper" | boolean | null;
  /**
   * Further expectations, which must hold as well: the same words, about the tests and groups that a pattern of globs.ts names by themselves or
   * by a group above them. The empty pattern is for all tests.
   */
  readonly parts: readonly {
    /** A pattern for names of tests and groups; empty: all. */
    readonly tests: string;
    /** What is expected there. */
    readonly expected: Omit<Expectation, "parts">;
  }[];
}
