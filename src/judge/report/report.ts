/** The report of a judging: one HTML file that a person looks at. */
import type { JudgingDocument } from "../document.ts";
import { details } from "./details.ts";
import { shownName } from "./escape.ts";
import { facts } from "./facts.ts";
import { findingsOf } from "./findings.ts";
import { groups } from "./groups.ts";
import { html, type Html } from "./html.ts";
import { isOff } from "./marks.ts";
import { matrix } from "./matrix.ts";
import { overview } from "./overview.ts";
import { page, type Section } from "./page.ts";
import { selected } from "./selection.ts";
import { setters } from "./setters.ts";
import { TextBudget } from "./text-budget.ts";
import { memoryPlot, timePlot } from "./times.ts";
import { count } from "./units.ts";

/** Of all that programs and compilers said together. Bytes of markup. */
const mostText = 4_000_000;

/** The whole file. It loads nothing, and its size has a bound whatever the document holds. */
export function reportHtml(document: JudgingDocument): string {
  const shown = selected(document.submissions);
  const scores = groups(shown);
  const sections: Section[] = [
    { id: "submissions", title: "Submissions", body: html`${overview(shown)}${errors(document)}` },
    { id: "limit", title: "Limits and machine", body: facts(document) },
    { id: "matrix", title: "Submissions by tests", body: matrix(shown) },
    { id: "times-plot", title: "Times", body: timePlot(document, shown) },
    { id: "memory-plot", title: "Memory", body: memoryPlot(document, shown) },
    ...(scores === null ? [] : [{ id: "groups", title: "Groups", body: scores }]),
    { id: "setters", title: "For setters", body: setters(findingsOf(document)) },
    { id: "details", title: "Details", body: html`<div id="tools"></div>
${details(shown, new TextBudget(mostText))}` },
  ];
  return page(`Judging of ${shownName(document.problem)}`, lead(document), sections);
}

function lead({ format, submissions, judge_errors }: JudgingDocument): Html {
  const off = submissions.filter(isOff).length;
  const judged = submissions.filter(({ as_expected }) => as_expected !== null).length;
  const said = off > 0 ? html`<strong class="off">${count(off, "submission is", "submissions are")} not as expected</strong>` : judged > 0 ? html`all are as expected` : html`nothing is expected of them`;
  return html`<p>${count(submissions.length, "submission")}, ${count(submissions[0]?.tests.length ?? 0, "test")}, format ${format}: ${said}${judge_errors.length === 0 ? null : html`, <strong class="off">${count(judge_errors.length, "judge error")}</strong>`}.</p>`;
}

const mostErrors = 20;

function errors({ judge_errors }: JudgingDocument): Html | null {
  if (judge_errors.length === 0) return null;
  return html`<h3>Judge errors</h3>
<p>The judge failed there. This says nothing about the submissions.</p>
<ul>${judge_errors.slice(0, mostErrors).map(({ submission, test, message }) => html`<li><bdi>${shownName(submission)}</bdi>${test === null ? null : html`, test <bdi>${shownName(test)}</bdi>`}: <bdi>${message === null ? "no message" : shownName(message, 500)}</bdi></li>`)}</ul>${judge_errors.length > mostErrors ? html`<p class="note">${count(judge_errors.length - mostErrors, "more judge error")}.</p>` : null}`;
}
