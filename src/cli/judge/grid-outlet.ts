/** The grid on a terminal: drawn over itself as tests end, and left there at the end. */
import { pollReadable } from "../../kernel/process.ts";
import type { Problem } from "../../judge/problem.ts";
import type { SubmissionFacts } from "../../judge/submission-facts.ts";
import { printText } from "../output.ts";
import { terminalSize } from "../width.ts";
import { gridLines } from "./grid.ts";
import { GridProgress } from "./grid-progress.ts";
import type { Outlet } from "./outlet.ts";
import { heading, submissionLine, submissionsSummary, timeLimitLine, widthOf } from "./submission-lines.ts";

const standardOutput = 1;
/** 20 times a second. */
const leastPauseMs = 50;
const mostPauseMs = 1000;
/** A grid of very many tests takes some milliseconds; so many times that long is left for the runs. */
const pauseFactor = 20;
/** Where the terminal does not say how large it is. */
const usualSize = { columns: 80, lines: 24 };

export interface GridForm {
  readonly color: boolean;
  /** Ends after so many milliseconds, while others go on. */
  readonly pause: (ms: number) => Promise<void>;
}

/** The cursor is not hidden: whatever ends the process, the terminal is as it was. */
export function gridOutlet(problem: Problem, submissions: readonly SubmissionFacts[], { color, pause }: GridForm): Outlet {
  const progress = new GridProgress(problem, submissions);
  const beganAtMs = performance.now();
  let drawn: readonly string[] = [];
  let nextAtMs = -Infinity;
  let isDue = false;
  let isOver = false;

  const draw = (height: number, columns: number) => {
    const startMs = performance.now();
    // The last column is left free: some terminals go to the next line there, others do not.
    const lines = gridLines(progress.state((startMs - beganAtMs) / 1000), columns - 1, height, color);
    // A window that has become narrower shows a line in several.
    const before = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)), 0);
    printText(`\r${before === 0 ? "" : `\x1b[${before}A`}${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    drawn = lines;
    const endMs = performance.now();
    nextAtMs = endMs + Math.min(mostPauseMs, Math.max(leastPauseMs, pauseFactor * (endMs - startMs)));
  };
  const show = () => {
    // A terminal that is stopped (Ctrl-S) must not stop those who watch the programs.
    if (isOver || pollReadable([], 0, [standardOutput]).ready.length === 0) return;
    const { columns, lines } = terminalSize() ?? usualSize;
    draw(lines - 1, columns);
  };
  const showSoon = async () => {
    const restMs = nextAtMs - performance.now();
    if (restMs <= 0) return show();
    if (isDue) return;
    isDue = true;
    await pause(restMs);
    isDue = false;
    show();
  };

  printText(heading(problem, submissions.length));
  show();
  return {
    tell(event) {
      progress.tell(event);
      // Who cannot be shown how it goes is told at the end that nothing can be written.
      showSoon().catch(() => (isOver = true));
    },
    end(document) {
      isOver = true;
      progress.end(document);
      // Whole, however many lines it has: nothing is drawn over it any more.
      draw(Infinity, (terminalSize() ?? usualSize).columns);
      const width = widthOf(submissions);
      for (const submission of document.submissions) if (submission.as_expected === false || submission.verdict === "JE" || submission.message !== null) printText(submissionLine(submission, width));
      printText(`${timeLimitLine(document.time_limit)}${submissionsSummary(document)}`);
    },
  };
}
