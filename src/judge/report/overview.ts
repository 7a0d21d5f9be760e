/** All submissions: what was expected, what was seen, how slow, how many points. */
import type { SubmissionDocument } from "../document.ts";
import { shownName } from "./escape.ts";
import { html, type Html } from "./html.ts";
import { isOff, verdictWords } from "./marks.ts";
import type { Shown } from "./selection.ts";
import { points, seconds, shortSeconds } from "./units.ts";

const mostReasons = 20;
const longestReason = 500;

export function overview(shown: readonly Shown[]): Html {
  if (shown.length === 0) return html`<p>There are no submissions.</p>`;
  const isScored = shown.some(({ submission }) => submission.score !== null);
  return html`<div class="scroll" role="region" aria-labelledby="submissions-title" tabindex="0">
<table class="list">
<thead><tr><th scope="col">submission</th><th scope="col">language</th><th scope="col">expected</th><th scope="col">verdict</th>${isScored ? html`<th scope="col" class="number">score</th>` : null}<th scope="col" class="number">slowest</th><th scope="col">as expected</th></tr></thead>
<tbody>
${shown.map((one) => row(one, isScored))}
</tbody>
</table>
</div>`;
}

function row({ submission, id }: Shown, isScored: boolean): Html {
  const { path, language, expected, expected_by, verdict, score, max_score, slowest, limits } = submission;
  return html`<tr${isOff(submission) ? html` class="off"` : null}><th scope="row"><a href="#${id}"><bdi>${shownName(path)}</bdi></a></th><td>${language === null ? "-" : shownName(language, 60)}</td><td>${expected.length === 0 ? (expected_by === null ? "nothing" : "any verdict") : expected.join(" or ")}${expected_by === null ? null : html` <small>by <bdi>${shownName(expected_by)}</bdi></small>`}</td><td>${verdictOf(submission)}</td>${isScored ? html`<td class="number">${points(score)}${max_score === null ? "" : ` of ${points(max_score)}`}</td>` : null}<td class="number">${slowest === null ? "-" : html`${seconds(slowest.time)}${limits.cpu_time_limit === null ? "" : ` of ${shortSeconds(limits.cpu_time_limit)}`} <small>test <bdi>${shownName(slowest.test, 60)}</bdi></small>`}</td><td>${verdict === "JE" ? html`<strong>no: the judge failed</strong>` : asExpected(submission)}</td></tr>
`;
}

export function verdictOf({ verdict, stopped, message }: SubmissionDocument): Html {
  if (verdict === null) return html`<span class="v none">-</span> ${stopped ? "stopped" : message === null ? "no verdict" : html`not judged: <bdi>${shownName(message, longestReason)}</bdi>`}`;
  return html`<span class="v ${verdict}">${verdict}</span> ${verdictWords[verdict]}${stopped ? ", stopped" : ""}`;
}

function asExpected({ as_expected, unexpected }: SubmissionDocument): Html {
  if (as_expected === null) return html`nothing expected`;
  if (as_expected) return html`yes`;
  return html`<strong>no</strong>${unexpected.slice(0, mostReasons).map((reason) => html`<br><bdi>${shownName(reason, longestReason)}</bdi>`)}`;
}
