/** The drill-down: each submission with its compiler's words, and a row for each test. */
import type { SubmissionDocument } from "../document.ts";
import { shownName } from "./escape.ts";
import { html, type Html } from "./html.ts";
import { isOff } from "./marks.ts";
import { verdictOf } from "./overview.ts";
import type { Shown } from "./selection.ts";
import { testRow } from "./test-row.ts";
import type { TextBudget } from "./text-budget.ts";
import { count, megabytes, points, seconds, shortBytes, shortSeconds } from "./units.ts";

const longestCompilerText = 20_000;
const longestReason = 500;
const mostReasons = 20;
/** So many that are not as expected are open from the beginning. */
const mostOpen = 5;

export function details(shown: readonly Shown[], budget: TextBudget): Html {
  const open = new Set(shown.filter(({ submission }) => isOff(submission)).slice(0, mostOpen));
  return html`${shown.map((one) => section(one, open.has(one), budget))}`;
}

function section(shown: Shown, isOpen: boolean, budget: TextBudget): Html {
  const { submission, id, rows } = shown;
  const run = submission.tests.filter(({ verdict }) => verdict !== null).length;
  return html`<details class="submission${isOff(submission) ? " off" : ""}" id="${id}"${isOpen ? html` open` : null}>
<summary><span class="path"><bdi>${shownName(submission.path)}</bdi></span> ${verdictOf(submission)}${submission.score === null ? "" : `, ${points(submission.score)} points`}</summary>
${about(submission)}
${compiled(submission, budget)}
${rows.size === 0 ? html`<p>No test was run.</p>` : html`<div class="scroll" role="region" aria-label="Tests" tabindex="0">
<table class="list tests">
<thead><tr><th scope="col">test</th><th scope="col">verdict</th><th scope="col" class="number">CPU time</th><th scope="col" class="number">on the clock</th><th scope="col" class="number">memory</th><th scope="col">what happened</th></tr></thead>
<tbody>
${[...rows].map((number) => testRow(shown, number, budget))}
</tbody>
</table>
</div>`}
${run > rows.size ? html`<p class="note">${count(run - rows.size, "test")} not listed here: the JSON document has all of them.</p>` : null}${submission.tests.length > run ? html`<p class="note">${count(submission.tests.length - run, "test")} not run.</p>` : null}
</details>
`;
}

function about({ language, expected, expected_by, message, unexpected, notes, limits }: SubmissionDocument): Html {
  return html`<p>Language: ${language === null ? "none" : shownName(language, 60)}. CPU time limit: ${limits.cpu_time_limit === null ? "none" : shortSeconds(limits.cpu_time_limit)}. Memory limit: ${limits.memory_limit === null ? "none" : shortBytes(limits.memory_limit)}.${expected_by === null ? null : html` Expected: ${expected.length === 0 ? "any verdict" : expected.join(" or ")}, by <bdi>${shownName(expected_by)}</bdi>.`}</p>${message === null ? null : html`
<p><strong>Not judged: <bdi>${shownName(message, longestReason)}</bdi></strong></p>`}${reasons("Not as expected:", unexpected)}${reasons("Worth a look:", notes)}`;
}

function reasons(title: string, lines: readonly string[]): Html | null {
  if (lines.length === 0) return null;
  return html`
<p>${title}</p>
<ul>${lines.slice(0, mostReasons).map((reason) => html`<li><bdi>${shownName(reason, longestReason)}</bdi></li>`)}</ul>${lines.length > mostReasons ? html`<p class="note">and ${lines.length - mostReasons} more</p>` : null}`;
}

function compiled({ compile }: SubmissionDocument, budget: TextBudget): Html | null {
  if (compile === null) return null;
  const { status, cached, wall_time, cpu_time, memory_peak, exit_code, stdout, stderr } = compile;
  const said = `${stdout}${stdout === "" || stdout.endsWith("\n") ? "" : "\n"}${stderr}`;
  const how = `${status === "Success" ? "Compiled" : `Compiler: ${status}`}${cached ? ", earlier" : ""}: ${seconds(cpu_time)} of CPU time, ${seconds(wall_time)} on the clock, ${megabytes(memory_peak)}${exit_code === null || exit_code === 0 ? "" : `, exit code ${exit_code}`}`;
  if (said.trim() === "") return html`<p>${how}; it printed nothing.</p>`;
  return html`<details class="compiler"${status === "Success" ? null : html` open`}><summary>${how}; what it printed</summary>${budget.block(said, longestCompilerText)}</details>`;
}
