/**
 * Groups that a program of the jury decides (`grading: custom` of the legacy package format): what it reads, and what its answer means. Nothing is
 * run here. A decision names the questions whose answers it needs; who decides again with the answers gets the verdict.
 */
import type { Verdict } from "../verdict.ts";
import { rounded, type Child } from "./group.ts";

export interface GraderQuestion {
  /** The group that it is about. */
  readonly group: string;
  /** What the grader reads from standard input. */
  readonly input: string;
}

export type GraderAnswer =
  | { readonly verdict: Verdict; readonly score: number }
  /** The grader broke the protocol, or failed: a judge error, in words. */
  | { readonly failed: string };

/** Answers by {@link graderKey}. */
export type Grades = ReadonlyMap<string, GraderAnswer>;

export const graderKey = ({ group, input }: GraderQuestion) => `${group}\n${input}`;

/** Graders know four words. What was killed for its memory or its output crashed. */
const words: Partial<Record<Verdict, string>> = { AC: "AC", WA: "WA", RTE: "RTE", TLE: "TLE", MLE: "RTE", OLE: "RTE" };

/**
 * A line for each child: its verdict and its score.
 * @param children those that count, none of them unknown or a judge error
 * @param scoreOf what a child gives
 */
export function graderInput(children: readonly Child[], scoreOf: (child: Child) => number): string {
  return children.map((child) => `${words[child.verdict ?? "WA"] ?? "RTE"} ${decimal(scoreOf(child))}\n`).join("");
}

/** @param stdout of the grader, which exited with 0 */
export function parseGraderAnswer(stdout: string): GraderAnswer {
  const match = /^\s*(AC|WA|TLE|RTE|MLE|OLE|JE)\s+([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*$/.exec(stdout);
  if (match === null) return { failed: stdout.trim() === "" ? "the grader wrote nothing" : `the grader wrote ${JSON.stringify(stdout.slice(0, 80))}, which is no verdict and a score` };
  const [, verdict, score] = match as unknown as [string, Verdict, string];
  if (verdict === "JE") return { failed: "the grader says JE" };
  // The score of what is not accepted does not count.
  return { verdict, score: verdict === "AC" ? rounded(Number(score)) : 0 };
}

/** Without an exponent. */
function decimal(score: number): string {
  return score.toFixed(9).replace(/\.?0+$/, "").replace(/^-0$/, "0");
}
