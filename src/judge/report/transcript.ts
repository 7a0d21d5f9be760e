/** What submission and interactor said, each on its side. */
import type { Said } from "../records.ts";
import { html, type Html } from "./html.ts";
import type { TextBudget } from "./text-budget.ts";
import { count, shortBytes } from "./units.ts";

const longestText = 2_000;
const mostTurns = 200;

export function transcript(said: readonly Said[], budget: TextBudget): Html {
  const isOfSeveral = said.some(({ process }) => process !== undefined && process > 0);
  return html`<table class="transcript"><thead><tr><th scope="col">submission</th><th scope="col">interactor</th></tr></thead><tbody>${said.slice(0, mostTurns).map((turn) => {
    const text = html`${isOfSeveral && turn.process !== undefined ? html`<small>process ${turn.process + 1}</small>` : null}<pre>${budget.take(turn.text.replace(/\n$/, ""), longestText)}</pre>`;
    const gap = turn.left_out === undefined || turn.left_out === 0 ? null : html`<tr><td colspan="2" class="note">${shortBytes(turn.left_out)} left out here</td></tr>`;
    return html`${gap}${turn.from === "submission" ? html`<tr><td>${text}</td><td></td></tr>` : html`<tr><td></td><td>${text}</td></tr>`}`;
  })}</tbody></table>${said.length > mostTurns ? html`<p class="note">${count(said.length - mostTurns, "more turn")} not shown.</p>` : null}`;
}
