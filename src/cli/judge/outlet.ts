/** Where the events of a judging go as they come, and what is printed at its end. */
import type { JudgingDocument, SubmissionDocument } from "../../judge/document.ts";
import type { JudgeEvent, SubmissionResult } from "../../judge/events.ts";
import { groupNames, submissionDocument, testDocument } from "../../judge/make-document.ts";
import type { Problem } from "../../judge/problem.ts";
import type { SubmissionFacts } from "../../judge/submission-facts.ts";
import { jsonDocument, printText } from "../output.ts";
import { escapeControls } from "../write.ts";
import { columnWidth, compiledLine, compileError, summary, testLine } from "./lines.ts";
import { heading, submissionLine, submissionsSummary, timeLimitLine, widthOf } from "./submission-lines.ts";

export interface Outlet {
  tell(event: JudgeEvent): void;
  end(document: JudgingDocument, results: readonly SubmissionResult[]): void;
}

/** One document, at the end. */
export const jsonOutlet: Outlet = {
  tell() {},
  end: (document) => printText(jsonDocument(document)),
};

/** A document for each test as it ends. */
export function linesOfJson(problem: Problem, submissions: readonly SubmissionFacts[]): Outlet {
  const groups = groupNames(problem);
  return {
    tell(event) {
      if (event.kind !== "test") return;
      const { record, decision } = event.result;
      printText(jsonDocument({ submission: submissions[event.submission]!.path, ...testDocument(problem.tests[event.test]!, groups[event.test]!, record, decision) }));
    },
    end() {},
  };
}

/** Every event, as the library has it. */
export const eventsOutlet: Outlet = {
  tell: (event) => printText(jsonDocument(event)),
  end: (_document, results) => printText(jsonDocument({ kind: "end", results })),
};

/** For people: a line for each test, and a summary. */
export function oneSubmission(problem: Problem, { path }: SubmissionFacts): Outlet {
  const nameWidth = columnWidth(problem.tests.map(({ name }) => name));
  const groups = groupNames(problem);
  return {
    tell(event) {
      if (event.kind === "compiled") printText(compiledLine(path, event.language, event.compile));
      if (event.kind !== "test") return;
      const { record, decision } = event.result;
      printText(testLine(testDocument(problem.tests[event.test]!, groups[event.test]!, record, decision), nameWidth));
    },
    end: ({ submissions: [document] }, [result]) => printText(result!.isCompileError ? `${result!.compile === null ? "" : compileError(result!.compile)}${ending(document!)}` : `${summary(document!)}${ending(document!)}`),
  };
}

/** What a single submission ends with. */
function ending({ verdict, message, stopped, expected, as_expected, unexpected }: SubmissionDocument): string {
  const word = `${message === null ? "" : `${escapeControls(message)}\n`}${stopped ? "stopped" : (verdict ?? "no verdict")}`;
  if (as_expected === null) return `${word}\n`;
  return as_expected ? `${word}, as expected\n` : `${word}, but expected was ${expected.join(" or ")}${unexpected.length === 0 ? "" : `: ${unexpected.join("; ")}`}\n`;
}

/** For people: a line for each submission as it ends, again when a second run made it another one, and how many are as expected. */
export function manySubmissions(problem: Problem, submissions: readonly SubmissionFacts[]): Outlet {
  const width = widthOf(submissions);
  const groups = groupNames(problem);
  const printed = new Map<string, string>();
  const print = (document: SubmissionDocument) => {
    const { path, verdict, as_expected, score } = document;
    const outcome = JSON.stringify([verdict, as_expected, score]);
    if (printed.get(path) !== outcome) printText(submissionLine(document, width));
    printed.set(path, outcome);
  };
  printText(heading(problem, submissions.length));
  return {
    tell(event) {
      if (event.kind === "submission") print(submissionDocument(problem, groups, event.result));
    },
    end(document) {
      for (const submission of document.submissions) print(submission);
      printText(`${timeLimitLine(document.time_limit)}${submissionsSummary(document)}`);
    },
  };
}
