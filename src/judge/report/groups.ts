/** Verdicts and points of groups. */
import type { GroupDocument } from "../document.ts";
import { shownName } from "./escape.ts";
import { html, type Html } from "./html.ts";
import type { Shown } from "./selection.ts";
import { count, points } from "./units.ts";

const mostGroups = 100;

/** @returns null when the problem has no groups */
export function groups(shown: readonly Shown[]): Html | null {
  const names = [...new Set(shown.flatMap(({ submission }) => submission.groups.map(({ name }) => name)))];
  if (names.length === 0 || names.every((name) => name === "")) return null;
  const columns = names.slice(0, mostGroups);
  return html`<div class="scroll" role="region" aria-labelledby="groups-title" tabindex="0">
<table class="list groups">
<thead><tr><th scope="col">submission</th>${columns.map((name) => html`<th scope="col"><bdi>${name === "" ? "all" : shownName(name, 60)}</bdi></th>`)}</tr></thead>
<tbody>
${shown.map(({ submission, name: path, id }) => {
  const byName = new Map(submission.groups.map((group) => [group.name, group]));
  return html`<tr><th scope="row"><a href="#${id}"><bdi>${shownName(path)}</bdi></a></th>${columns.map((name) => cell(byName.get(name) ?? null))}</tr>
`;
})}
</tbody>
</table>
</div>${names.length > mostGroups ? html`<p class="note">${count(names.length - mostGroups, "more group")} not shown.</p>` : null}`;
}

function cell(group: GroupDocument | null): Html {
  if (group === null || (group.verdict === null && group.score === null)) return html`<td><span class="v none">·</span></td>`;
  const { verdict, score, max_score } = group;
  return html`<td>${verdict === null ? null : html`<span class="v ${verdict}">${verdict}</span>`}${score === null ? null : ` ${points(score)}${max_score === null ? "" : ` of ${points(max_score)}`} points`}</td>`;
}
