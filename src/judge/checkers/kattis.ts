/** Output validators of the problem package format, and compare programs of DOMjudge. */
import { noFeedback, textIn, type Feedback } from "../programs/feedback.ts";
import type { JuryResult } from "../programs/jury-run.ts";
import { cut, failed, numberIn, shown, unknownExit, type Protocol, type Question, type Word } from "./protocol.ts";

const acceptedExit = 42;
const wrongExit = 43;

export const kattis: Protocol = {
  ask: ({ input, answer, test }, output) => ({
    files: { input, answer },
    args: (at) => [at.file("input"), at.file("answer"), at.feedback, ...test.checkerArgs],
    stdin: { kind: "descriptor", fd: output },
    feedback: noFeedback,
  }),
  word: (result, question) => kattisWord(result, question),
};

/** DOMjudge shows what the program printed as well, and knows a file for the words of a fault. */
export const domjudge: Protocol = { ...kattis, word: (result, question) => kattisWord(result, question, true) };

/** Also the word of an interactor. */
export function kattisWord(result: JuryResult, { scale, test }: Pick<Question, "scale" | "test">, isDomjudge = false): Word {
  const { feedback, run } = result;
  const message = messageOf(result, isDomjudge);
  const code = run.exit_code;
  if (code !== acceptedExit && code !== wrongExit) {
    const { message: fault } = unknownExit(result);
    const more = [textIn(feedback, "judgeerror.txt"), textIn(feedback, "judgemessage.txt")].filter((text) => text !== null);
    return failed(cut([`${fault} (42 is accepted, 43 is wrong)`, ...more].join("\n"))!);
  }
  const [points, multiplier] = [scoreIn(feedback, "score.txt"), scoreIn(feedback, "score_multiplier.txt")];
  for (const [name, score] of [["score.txt", points], ["score_multiplier.txt", multiplier]] as const) {
    if (score === "none") return failed(`its file ${name} has no number in it, or more than one`);
  }
  const kind = code === acceptedExit ? "accepted" : "wrong";
  if (scale === "test" && test.points !== null && typeof points === "number") {
    return points < 0 || points > test.points ? failed(`it gave ${points} points, and there are ${test.points}`) : { kind, message, points: null, fraction: test.points === 0 ? 0 : points / test.points };
  }
  return { kind, message, points: points as number | null, fraction: multiplier as number | null };
}

/** The words for judges, then those for the team. */
function messageOf({ feedback, stdout, stderr }: JuryResult, isDomjudge: boolean): string | null {
  const parts = [textIn(feedback, "judgemessage.txt"), ...(isDomjudge ? [shown(stdout), shown(stderr)] : []), textIn(feedback, "teammessage.txt")].filter((text) => text !== null);
  return parts.length === 0 ? null : cut(parts.join("\n"));
}

/** null: there is no such file. */
function scoreIn(feedback: Feedback, name: string): number | "none" | null {
  if (!feedback.has(name)) return null;
  return numberIn(textIn(feedback, name) ?? "") ?? "none";
}

/** The input of a further pass, and whether a program may ask for one. Rules of multi-pass problems. */
export function nextPass(result: JuryResult, word: Word, pass: number, passes: number): { readonly word: Word; readonly next: Uint8Array | null } {
  const next = result.feedback.get("nextpass.in") ?? null;
  if (next === null || word.kind === "failed") return { word, next: null };
  if (word.kind === "wrong") return { word: failed("it left nextpass.in and did not accept the output"), next: null };
  if (pass >= passes) return { word: failed(`it asks for pass ${pass + 1}, and the problem has ${passes} at most`), next: null };
  return { word, next };
}
