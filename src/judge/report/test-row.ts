/** The row of a test of a submission: figures, the first difference, the checker's words, passes, what was said. */
import type { PassDocument, TestDocument } from "../document.ts";
import { shownName } from "./escape.ts";
import { html, joined, type Html, type Part } from "./html.ts";
import { isUnexpected, verdictWords } from "./marks.ts";
import { rowId, type Shown } from "./selection.ts";
import type { TextBudget } from "./text-budget.ts";
import { transcript } from "./transcript.ts";
import { megabytes, points, seconds, shortBytes } from "./units.ts";

const longestMessage = 4_000;
/** What fits the line of a test that is closed. */
const longestSummary = 160;

export function testRow(shown: Shown, number: number, budget: TextBudget): Html {
  const test = shown.submission.tests[number]!;
  const isBad = isUnexpected(shown.submission, test);
  return html`<tr id="${rowId(shown, number)}"><th scope="row"><bdi>${shownName(test.name)}</bdi>${test.sample ? html` <small>sample</small>` : test.group === "" ? null : html` <small><bdi>${shownName(test.group, 60)}</bdi></small>`}</th><td>${test.verdict === null ? null : html`<span class="v ${test.verdict}${isBad ? " off" : ""}">${test.verdict}${isBad ? "!" : null}</span>`}</td><td class="number">${seconds(test.cpu_time)}</td><td class="number">${seconds(test.wall_time)}</td><td class="number">${megabytes(test.memory_peak)}</td><td class="what">${what(test, isBad, budget)}</td></tr>
`;
}

function what(test: TestDocument, isBad: boolean, budget: TextBudget): Html {
  const summary = [isBad ? "not as expected" : null, test.score === null ? null : `${points(test.score)} points`, test.near_limit ? "close to the limit" : null, test.idle ? "idle" : null, test.reruns > 0 ? "run again alone" : null, test.message === null ? null : shownName(test.message, longestSummary)].filter((part) => part !== null);
  return html`<details><summary>${summary.length === 0 ? (test.verdict === null ? "not run" : verdictWords[test.verdict]) : joined(summary.map((part) => html`<bdi>${part}</bdi>`), "; ")}</summary>
${test.message === null ? null : html`<h4>${test.verdict === "WA" ? "What differs" : "What happened"}</h4>${budget.block(test.message, longestMessage)}`}
${checker(test, budget)}
${test.stderr === null || test.stderr === "" ? null : html`<h4>The end of its standard error</h4>${budget.block(test.stderr, longestMessage)}`}
<p>${joined(figures(test), ", ")}</p>
${test.passes.length > 1 ? html`<h4>Passes</h4>` : null}${test.passes.map((pass, index) => passOf(pass, index, test.passes.length, budget))}
</details>`;
}

function checker({ checker, message, first_to_end }: TestDocument, budget: TextBudget): Html | null {
  if (checker === null) return null;
  const figures = [checker.exit_code === null ? null : `exit code ${checker.exit_code}`, checker.score === null ? null : `score ${points(checker.score)}`, checker.time === null ? null : `${seconds(checker.time)} of CPU time`].filter((part) => part !== null);
  return html`<h4>${first_to_end === null ? "Checker" : "Interactor"}</h4><p>${figures.join(", ")}</p>${checker.message === null || checker.message === message ? null : budget.block(checker.message, longestMessage)}`;
}

function figures({ status, exit_code, signal, output_bytes, core, reruns, first_to_end }: TestDocument): Part[] {
  return [
    status === null ? null : `status ${status}`,
    exit_code === null ? null : `exit code ${exit_code}`,
    signal === null ? null : `signal ${signal}`,
    output_bytes === null ? null : `${shortBytes(output_bytes)} of output`,
    core === null ? null : `processor ${core}`,
    reruns === 0 ? null : `run again ${reruns === 1 ? "once" : `${reruns} times`}`,
    first_to_end === null ? null : `the ${first_to_end} ended first`,
  ].filter((part) => part !== null);
}

function passOf({ verdict, cpu_time, wall_time, message, first_to_end, transcript: said }: PassDocument, index: number, all: number, budget: TextBudget): Html {
  return html`${all > 1 ? html`<p>Pass ${index + 1}: ${verdict}, ${seconds(cpu_time)} of CPU time, ${seconds(wall_time)} on the clock${first_to_end === null ? "" : `, the ${first_to_end} ended first`}</p>${message === null ? null : budget.block(message, longestMessage)}` : null}${said === null || said.length === 0 ? null : html`<h4>What was said</h4>${transcript(said, budget)}`}
`;
}
