/** The matrix of submissions by tests: a letter for each verdict, samples in lower case, groups apart. */
import type { SubmissionDocument, TestDocument } from "../document.ts";
import { verdicts, type Verdict } from "../verdict.ts";
import { blocksOf, type Block, type Column } from "./columns.ts";
import { shownName } from "./escape.ts";
import { html, joined, type Html } from "./html.ts";
import { isOff, isUnexpected, verdictLetters, verdictWords, worstOf } from "./marks.ts";
import { rowId, type Shown } from "./selection.ts";
import { count, points, seconds } from "./units.ts";

/** So many cells are still moved about with ease by a browser, and make some megabytes. */
const mostCells = 20_000;
const mostColumns = 1_000;
const longestHead = 22;
/** More columns than that do not fit on paper in one line. */
const columnsOnPaper = 40;

export function matrix(shown: readonly Shown[]): Html {
  const tests = shown[0]?.submission.tests ?? [];
  if (tests.length === 0) return html`<p>No tests were judged.</p>`;
  const blocks = blocksOf(tests, Math.max(1, Math.min(mostColumns, Math.floor(mostCells / shown.length))));
  const columns = blocks.reduce((sum, block) => sum + block.columns.length, 0);
  return html`${legend()}
${columns < tests.length ? html`<p class="note">There are ${count(tests.length, "test")}: each column stands for several of them, and shows the worst verdict. A number is how many of them were not accepted.</p>` : null}
<div class="scroll matrix" role="region" aria-labelledby="matrix-title" tabindex="0">
<table id="matrix-table" class="${columns > columnsOnPaper ? "wide" : "narrow"}">
<thead>
<tr><th scope="col" rowspan="2" class="name">submission</th>${blocks.map((block) => html`<th scope="colgroup" colspan="${block.columns.length}" class="group" title="${block.group === null ? "all tests" : shownName(block.group)}">${groupName(block)}</th>`)}</tr>
<tr>${blocks.flatMap((block) => block.columns.map((column, index) => head(tests, column, index === 0)))}</tr>
</thead>
<tbody>
${shown.map((one) => row(one, blocks))}
</tbody>
</table>
</div>`;
}

function legend(): Html {
  const known = verdicts.map((verdict) => html`<li><span class="v ${verdict}">${verdictLetters[verdict]}</span> ${verdictWords[verdict]} (${verdict})</li>`);
  return html`<ul class="legend" aria-label="Legend">${known}<li><span class="v AC">a</span> a letter in lower case: a sample</li><li><span class="v WA off">W!</span> hatched, with an exclamation mark: not as expected</li><li><span class="v AC">A~</span> close to the time limit</li><li><span class="v none">·</span> not run</li></ul>`;
}

const groupName = ({ group, sample }: Block) => (group === null ? "all tests" : html`<bdi>${group === "" ? (sample ? "samples" : "tests") : shownName(group, 60)}</bdi>${group !== "" && sample ? " (samples)" : null}`);

function head(tests: readonly TestDocument[], { first, last }: Column, isFirst: boolean): Html {
  const [from, to] = [tests[first]!, tests[last]!];
  const full = first === last ? shownName(from.name) : `${shownName(from.name)} to ${shownName(to.name)}, ${count(last - first + 1, "test")}`;
  const short = first === last ? shortName(from) : `${shortName(from)} – ${shortName(to)}`;
  return html`<th scope="col" class="test${isFirst ? " first" : ""}" title="${full}"><span><bdi>${short}</bdi></span></th>`;
}

/** The end of a name tells more than the beginning, which is that of the group. */
function shortName({ name, group }: TestDocument): string {
  const inGroup = group !== "" && name.startsWith(`${group}/`) ? name.slice(group.length + 1) : name;
  return inGroup.length > longestHead ? `…${shownName(inGroup.slice(1 - longestHead))}` : shownName(inGroup);
}

function row(shown: Shown, blocks: readonly Block[]): Html {
  const { submission, name, id } = shown;
  const off = isOff(submission);
  return html`<tr><th scope="row" class="name${off ? " off" : ""}"><a href="#${id}" title="${shownName(submission.path)}"><bdi>${shownName(name)}</bdi></a><small>${verdict(submission, off)} ${joined(about(submission), ", ")}</small></th>${blocks.flatMap((block) => block.columns.map((column, index) => cell(shown, column, index === 0)))}</tr>
`;
}

const verdict = ({ verdict: seen }: SubmissionDocument, off: boolean) => html`<span class="v ${seen ?? "none"}${off ? " off" : ""}">${seen ?? "-"}${off ? "!" : null}</span>`;

function about({ expected, as_expected, slowest, score }: SubmissionDocument): string[] {
  return [
    ...(as_expected === false ? [expected.length === 0 ? "not as expected" : `not ${expected.join(" or ")}`] : []),
    ...(slowest === null ? [] : [seconds(slowest.time)]),
    ...(score === null ? [] : [`${points(score)} points`]),
  ];
}

function cell(shown: Shown, { first, last }: Column, isFirst: boolean): Html {
  const edge = isFirst ? " first" : "";
  const { submission } = shown;
  if (first !== last) return rangeCell(shown, submission.tests.slice(first, last + 1), first, edge);
  const test = submission.tests[first];
  if (test === undefined || test.verdict === null) return html`<td class="v none${edge}" title="not run">·</td>`;
  const isBad = isUnexpected(submission, test);
  return html`<td class="v ${test.verdict}${isBad ? " off" : ""}${edge}"><a href="#${shown.rows.has(first) ? rowId(shown, first) : shown.id}" title="${shownName(test.name)}: ${test.verdict}${isBad ? ", not as expected" : ""}, ${seconds(test.cpu_time)}">${letter(test.verdict, test.sample)}${isBad ? "!" : null}${test.near_limit ? "~" : null}</a></td>`;
}

function rangeCell(shown: Shown, tests: readonly TestDocument[], first: number, edge: string): Html {
  const { submission } = shown;
  const worst = worstOf(tests.map(({ verdict }) => verdict));
  if (worst === null) return html`<td class="v none${edge}">·</td>`;
  const failed = tests.filter(({ verdict }) => verdict !== null && verdict !== "AC").length;
  const isBad = tests.some((test) => isUnexpected(submission, test));
  const link = tests.findIndex((test, index) => test.verdict === worst && shown.rows.has(first + index));
  return html`<td class="v ${worst}${isBad ? " off" : ""}${edge}"><a href="#${link < 0 ? shown.id : rowId(shown, first + link)}" title="${counts(tests)}">${letter(worst, tests.every(({ sample }) => sample))}${failed === 0 ? null : failed}${isBad ? "!" : null}</a></td>`;
}

function counts(tests: readonly TestDocument[]): string {
  const parts = verdicts.map((name) => [name, tests.filter(({ verdict }) => verdict === name).length] as const).filter(([, number]) => number > 0);
  return parts.map(([name, number]) => `${number} ${name}`).join(", ");
}

const letter = (verdict: Verdict, isSample: boolean) => (isSample ? verdictLetters[verdict].toLowerCase() : verdictLetters[verdict]);
