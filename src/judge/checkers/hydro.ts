/** Checkers of other judges that Hydro knows. */
import { noFeedback, textIn } from "../programs/feedback.ts";
import { accepted, failed, numberIn, scaled, shown, unknownExit, wrong, type Protocol } from "./protocol.ts";

/** SYZOJ: files by fixed names where it runs; percent on standard output. */
export const syzoj: Protocol = {
  ask: ({ input, answer, output, source }) => ({
    files: { input, user_out: output, answer, code: source },
    filesInWorkdir: true,
    args: () => [],
    stdin: { kind: "empty" },
    feedback: null,
  }),
  word: (result, { test }) => {
    if (result.run.exit_code !== 0) return unknownExit(result);
    const said = shown(result.stdout) ?? "";
    const score = numberIn(said.split(/\s/)[0]!);
    return score === null ? failed(said === "" ? "it printed no score" : `it printed no score: ${said}`) : scaled(score, 100, test, shown(result.stderr));
  },
};

/** HUSTOJ: 0 is accepted, everything else is wrong. */
export const hustoj: Protocol = {
  ask: ({ input, answer, output, test }) => ({
    files: { input, answer, output },
    args: (at) => [at.file("input"), at.file("answer"), at.file("output"), ...test.checkerArgs],
    stdin: { kind: "empty" },
    feedback: null,
  }),
  word: (result) => (result.run.exit_code === 0 ? accepted : wrong)(shown(result.stderr) ?? shown(result.stdout)),
};

/** QDUOJ: 0 is accepted, 1 is wrong, -1 is a fault of its own. */
export const qduoj: Protocol = {
  ask: ({ input, output, test }) => ({
    files: { input, output },
    args: (at) => [at.file("input"), at.file("output"), ...test.checkerArgs],
    stdin: { kind: "empty" },
    feedback: null,
  }),
  word: (result) => {
    const { exit_code: code } = result.run;
    return code === 0 || code === 1 ? (code === 0 ? accepted : wrong)(shown(result.stderr) ?? shown(result.stdout)) : unknownExit(result);
  },
};

const scoreFile = "score.txt";
const messageFile = "judgemessage.txt";
const usualPoints = 100;

/** Lemon: a score out of the points of the test, in a file. */
export const lemon: Protocol = {
  ask: ({ input, answer, output, test }) => ({
    files: { input, output, answer },
    args: (at) => [at.file("input"), at.file("output"), at.file("answer"), String(test.points ?? usualPoints), at.feedback + scoreFile, at.feedback + messageFile],
    stdin: { kind: "empty" },
    feedback: noFeedback,
  }),
  word: (result, { test }) => {
    if (result.run.exit_code !== 0) return unknownExit(result);
    const said = textIn(result.feedback, scoreFile) ?? "";
    const score = numberIn(said);
    if (score === null) return failed(said === "" ? "it left no score" : `its file with the score has no number in it: ${said.slice(0, 100)}`);
    return scaled(score, "test", { points: test.points ?? usualPoints }, textIn(result.feedback, messageFile));
  },
};
