/** Checkers and managers of CMS: a number on standard output, words on standard error. */
import type { JuryResult } from "../programs/jury-run.ts";
import { cut, failed, numberIn, unknownExit, type Protocol, type Word } from "./protocol.ts";

export const cms: Protocol = {
  ask: ({ input, answer, output, test }) => ({
    files: { input, answer, output },
    args: (at) => [at.file("input"), at.file("answer"), at.file("output"), ...test.checkerArgs],
    stdin: { kind: "empty" },
    feedback: null,
  }),
  word: cmsWord,
};

/** Words that CMS itself translates. */
const translated: Readonly<Record<string, string>> = {
  "translate:success": "Output is correct",
  "translate:wrong": "Output is not correct",
  "translate:partial": "Output is partially correct",
};
const forAdministrators = "ADMIN_MESSAGE:";

/** Outcomes above 1 are kept: GroupThreshold compares them. Also the word of a manager. */
export function cmsWord(result: JuryResult): Word {
  if (result.run.exit_code !== 0) return unknownExit(result);
  const [out, err] = [lineOf(result.stdout), lineOf(result.stderr)];
  if (out === null) return failed("the first line of its output is not UTF-8, or has control characters");
  if (err === null) return failed("the first line of its standard error is not UTF-8, or has control characters");
  const outcome = numberIn(out.trim());
  if (outcome === null) return failed(out.trim() === "" ? "it printed no outcome" : `the first line of its output is no number: ${cut(out.trim())}`);
  if (outcome < 0) return failed(`it gave an outcome of ${outcome}`);
  const said = err.trim();
  const message = cut([translated[said] ?? said, ...administratorLines(result.stderr)].filter((line) => line !== "").join("\n"));
  return { kind: outcome >= 1 ? "accepted" : "wrong", message: message === "" ? null : message, points: null, fraction: outcome };
}

/** The first line; null: it is none that could be shown. */
function lineOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(10);
  try {
    const line = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end < 0 ? bytes.length : end)).replace(/\r$/, "");
    return /[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(line) ? null : line;
  } catch {
    return null;
  }
}

function administratorLines(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(1);
  return lines.flatMap((line) => (line.startsWith(forAdministrators) ? [line.slice(forAdministrators.length).replace(/[\0-\x1f\x7f-\x9f]/g, "").trim()] : []));
}
