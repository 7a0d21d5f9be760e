/** How a checker is asked and how it answers: what all protocols have in common. */
import type { Checker, Test } from "../problem.ts";
import type { JuryResult, JuryRun } from "../programs/jury-run.ts";
import { plainText } from "../programs/feedback.ts";
import type { CheckRecord } from "../records.ts";

export type Scale = Extract<Checker, { kind: "program" }>["scale"];

/** What is to be checked. Paths are those of the host. */
export interface Question {
  readonly test: Pick<Test, "checkerArgs" | "points">;
  /** That of the pass. */
  readonly input: string;
  /** null: there is none, and the checker finds an empty file. */
  readonly answer: string | null;
  /** What the submission wrote. */
  readonly output: string;
  /** The submission's source; null: it has none. */
  readonly source: string | null;
  readonly scale: Scale;
}

/** What was said, without what it took. */
export type Word = Pick<CheckRecord, "kind" | "message" | "points" | "fraction">;

/** How a program is to be run, but for where its output goes. */
export type Asking = Pick<JuryRun, "args" | "files" | "filesInWorkdir" | "stdin" | "feedback">;

export interface Protocol {
  /** @param output a descriptor of what the submission wrote, at its beginning */
  ask(question: Question, output: number): Asking;
  /** Of a program that ended by itself. Pure. */
  word(result: JuryResult, question: Pick<Question, "scale" | "test">): Word;
}

export const accepted = (message: string | null = null): Word => ({ kind: "accepted", message, points: null, fraction: null });
export const wrong = (message: string | null = null): Word => ({ kind: "wrong", message, points: null, fraction: null });
export const failed = (message: string): Word => ({ kind: "failed", message, points: null, fraction: null });

/** A part of the full score; less than all of it is not right. */
export const partly = (fraction: number, message: string | null): Word => ({ kind: fraction >= 1 ? "accepted" : "wrong", message, points: null, fraction });

const mostOfMessage = 4000;

/** Text for people, cut; null: there is none. */
export function shown(bytes: Uint8Array): string | null {
  return cut(plainText(bytes));
}

export function cut(text: string | null): string | null {
  return text === null || text.length <= mostOfMessage ? text : `${text.slice(0, mostOfMessage)}...`;
}

/** An exit code that means nothing, and what the program printed: for who has to mend it. */
export function unknownExit({ run, stdout, stderr }: JuryResult): Word {
  const said = shown(stderr) ?? shown(stdout);
  return failed(`it ended with exit code ${run.exit_code}${said === null ? "" : `: ${said}`}`);
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A finite decimal number; null: it is none. */
export function numberIn(text: string): number | null {
  const value = decimal.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** Points of a checker, as the scale has them. */
export function scaled(value: number, scale: Scale, { points }: Pick<Test, "points">, message: string | null): Word {
  if (value < 0) return failed(`it gave ${value} points`);
  const full = scale === "auto" ? (value > 1 ? 100 : 1) : scale === "test" ? points : scale;
  if (full === null) return { kind: value > 0 ? "accepted" : "wrong", message, points: value, fraction: null };
  if (full === 0) return { kind: value > 0 ? "accepted" : "wrong", message, points: null, fraction: 0 };
  return value > full ? failed(`it gave ${value} points, and there are ${full}`) : partly(value / full, message);
}
