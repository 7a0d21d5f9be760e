/** The tree of a problem's tests, and how its groups get their verdicts and scores. */
import type { Program } from "./program.ts";

/** A number is the index of a test in the problem's tests. */
export interface Group {
  /** Empty for the root, else unique: `secret/group1`. */
  readonly name: string;
  /** Tests by their numbers in the list of tests, and groups, in their order. */
  readonly children: readonly (Group | number)[];
  /** How it gets its verdict and its score. */
  readonly rule: Rule;
}

/** How a group gets its verdict and its score from its children, in their order. */
export interface Rule {
  /** `first`: that of the first child that is not accepted; `worst`: the worst one; `accept`: AC whatever they have. */
  readonly verdict: "first" | "worst" | "accept";
  /** AC when any child is accepted. */
  readonly acceptIfAny: boolean;
  /** Samples count neither for the verdict nor for the score. */
  readonly ignoreSamples: boolean;
  /** No child after the first that is not accepted is run, or counts. */
  readonly stop: boolean;
  /** No child after the one that brings the score to nothing, or to all there is, is run or counts (Hydro's `min` and `max`); left out: no such thing. */
  readonly stopAt?: "zero" | "full";
  /**
   * How scores are put together. `none`: there are none. `pass-fail`: all of {@link points} or nothing. `threshold`: all of them when every
   * outcome is above 0 and at most {@link threshold}. `product` and `threshold` are CMS's.
   */
  readonly score: "none" | "sum" | "avg" | "min" | "max" | "product" | "pass-fail" | "threshold";
  /** What a child that is a test gives: the fraction that the checker gave of it (1 for AC), or points: the checker's own, else `accept` or `reject`. */
  readonly testScore:
    | {
        /** What the checker gave of something. */
        readonly kind: "fraction";
        /** Of the points of the test; of an equal part of {@link Rule.points}; of 1, which is multiplied by these when all are put together. */
        readonly of: "test-points" | "equal-part" | 1;
        /** Each test gives whole points, rounded down (Hydro). */
        readonly floor?: true;
      }
    | {
        /** The checker's own points, else one of these. */
        readonly kind: "points";
        /** Points of a test that is accepted. */
        readonly accept: number;
        /** Points of a test that is not. */
        readonly reject: number;
      };
  /** The points of the group; what fractions are multiplied by where the aggregate is one of fractions. null: what the children give. */
  readonly points: number | null;
  readonly threshold: number | null;
  /** Scores outside are a mistake in the package. An end without a bound is the largest number there is (Number.MAX_VALUE), or minus that. */
  readonly range: readonly [least: number, most: number] | null;
  /** Points that are given whatever the children have, such as those of a static validator. */
  readonly extraPoints: number;
  /** Names of groups that must be accepted, or no test of this one is run. */
  readonly requires: readonly string[];
  /** Decimal places that the score is rounded to before it is added to others; null: not rounded. `floor`: down to a whole number. */
  readonly round: number | "floor" | null;
  /** `accept` and `reject` are those of the whole group (DOMjudge), not of each test. */
  readonly scoreIsOfGroup: boolean;
  /**
   * What a checker may say about the score of a test of this group. `ignored`: it does not count. `forbidden`: a judge error (pass-fail groups of
   * version 2025-09). `required`: points for every accepted test, and no fraction, or a judge error (unbounded groups of 2025-09). `strict`: one
   * of points, up to the most that the test gives, or a fraction from 0 to 1, and nothing for a test that is not accepted, or a judge error
   * (other groups of 2025-09). Left out: what it says counts.
   */
  readonly checkerScore?: "ignored" | "forbidden" | "required" | "strict";
  /** A program that decides (`grading: custom`); null: none. */
  readonly grader: { readonly program: Program; readonly flags: readonly string[] } | null;
}

/** Verdicts only: the first test that fails. */
export const plainRule: Rule = {
  verdict: "first",
  acceptIfAny: false,
  ignoreSamples: false,
  stop: false,
  score: "none",
  testScore: { kind: "fraction", of: 1 },
  points: null,
  threshold: null,
  range: null,
  extraPoints: 0,
  requires: [],
  round: null,
  scoreIsOfGroup: false,
  grader: null,
};
