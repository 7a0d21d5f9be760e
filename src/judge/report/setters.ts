/** The box for setters: what about tests, groups and the limit deserves a look. */
import { shownName } from "./escape.ts";
import type { Findings, Flip } from "./findings.ts";
import { html, type Html, type Part } from "./html.ts";
import { count, seconds, shortSeconds } from "./units.ts";

const mostItems = 60;

export function setters({ borderline, alike, neverFailed, flips }: Findings): Html {
  return html`<div class="box">
<h3>Runs close to the time limit</h3>
${list(borderline.map(({ submission, test, verdict, time, limit }) => html`<bdi>${shownName(submission)}</bdi>, test <bdi>${shownName(test)}</bdi>: ${verdict}, ${seconds(time)}${limit === null ? "" : ` of ${shortSeconds(limit)}`}`), "No run ended close to the limit.")}
<h3>Tests that separate no two submissions</h3>
${list(alike.map(({ test, verdict }) => html`<bdi>${shownName(test)}</bdi> (all ${verdict})`), "Every test separates two submissions, or there are fewer than two.", "inline")}
<h3>Groups that nobody fails</h3>
${list(neverFailed.map((group) => html`<bdi>${group === "" ? "tests without a group" : shownName(group)}</bdi>`), "Every group is failed by some submission.", "inline")}
<h3>The time limit at which verdicts change</h3>
${flips.length === 0 ? html`<p>No verdict depends on the limit.</p>` : flipTable(flips)}
</div>`;
}

function list(items: readonly Part[], nothing: string, form: "inline" | "lines" = "lines"): Html {
  if (items.length === 0) return html`<p>${nothing}</p>`;
  return html`<ul class="${form}">${items.slice(0, mostItems).map((item) => html`<li>${item}</li>`)}${items.length > mostItems ? html`<li class="note">and ${count(items.length - mostItems, "more", "more")}</li>` : null}</ul>`;
}

function flipTable(flips: readonly Flip[]): Html {
  return html`<div class="scroll" role="region" aria-label="The time limit at which verdicts change" tabindex="0">
<table class="list">
<thead><tr><th scope="col">submission</th><th scope="col">verdict</th><th scope="col" class="number">limit</th><th scope="col">what changes</th><th scope="col">test</th></tr></thead>
<tbody>
${flips.map(({ submission, verdict, side, limit, test, other }) => html`<tr><th scope="row"><bdi>${shownName(submission)}</bdi></th><td><span class="v ${verdict}">${verdict}</span></td><td class="number">${seconds(limit)}</td><td>${side === "below" ? `below it: ${other ?? "not known"}` : other === null ? "not TLE from there on, or later: its runs were ended there" : `from there on: ${other}`}</td><td><bdi>${shownName(test)}</bdi></td></tr>
`)}
</tbody>
</table>
</div>`;
}
