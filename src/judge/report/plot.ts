/** A dot plot on a log scale, as SVG: a row for each submission, a mark for each test, lines for limits. */
import { shownName } from "./escape.ts";
import { Html, html } from "./html.ts";
import { symbol } from "./symbols.ts";
import { type Verdict, verdicts } from "../verdict.ts";

export interface Dot {
  readonly value: number;
  readonly verdict: Verdict;
  /** Of the test. */
  readonly name: string;
}

export interface PlotRow {
  readonly name: string;
  readonly href: string;
  readonly dots: readonly Dot[];
  /** A limit that only this row has; null: that of the plot. */
  readonly limit: number | null;
}

/** A line through all rows. */
export interface Mark {
  readonly value: number;
  readonly label: string;
  readonly kind: "limit" | "lower" | "upper" | "margin";
}

export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly PlotRow[];
  readonly marks: readonly Mark[];
  /** Values below it are drawn at it. */
  readonly least: number;
  /** What the scale is labelled at, from the smallest on. */
  readonly ticks: readonly number[];
  readonly show: (value: number) => string;
}

const left = 230;
const width = 960;
const right = width - 50;
const rowHeight = 24;
const labelHeight = 15;
/** Dots of one verdict that are closer than that are one dot. */
const grain = 4;

export function plot({ id, title, rows, marks, least, ticks, show }: Plot): Html {
  const values = [...rows.flatMap(({ dots, limit }) => [largest(dots), ...(limit === null ? [] : [limit])]), ...marks.map(({ value }) => value)];
  const most = Math.max(least * 10, values.reduce((one, other) => Math.max(one, other), 0) * 1.3);
  const smallest = rows.reduce((sum, { dots }) => dots.reduce((one, { value }) => Math.min(one, value), sum), most / 10);
  const from = Math.max(least, ticks.findLast((tick) => tick <= smallest) ?? least);
  const scale = (right - left) / Math.log(most / from);
  const exact = (value: number) => left + Math.log(Math.max(value, from) / from) * scale;
  const x = (value: number) => round(exact(value));
  const top = marks.length * labelHeight + 12;
  const bottom = top + rows.length * rowHeight;
  return html`<div class="scroll plot" role="region" aria-labelledby="${id}-title" tabindex="0">
<svg id="${id}" viewBox="0 0 ${width} ${bottom + 24}" width="${width}" height="${bottom + 24}" role="group" aria-label="${title}">
${ticks.filter((tick) => tick >= from && tick <= most).map((tick) => html`<line class="tick" x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x(tick)}" y="${bottom + 16}" text-anchor="middle">${show(tick)}</text>`)}
${marks.map(({ kind, value }, index) => html`<line class="mark ${kind}" x1="${x(value)}" x2="${x(value)}" y1="${labelHeight * (index + 1) - 10}" y2="${bottom}"/>`)}
${marks.map(({ label, value }, index) => labelOf(label, x(value), labelHeight * (index + 1)))}
${rows.map((row, index) => rowOf(row, top + index * rowHeight, exact, show))}
</svg>
</div>`;
}

const largest = (dots: readonly Dot[]) => dots.reduce((most, { value }) => Math.max(most, value), 0);
const round = (value: number) => Number(value.toFixed(1));

function labelOf(label: string, x: number, y: number): Html {
  const isRight = x > (left + right) / 2;
  return html`<text x="${isRight ? x - 5 : x + 5}" y="${y}" text-anchor="${isRight ? "end" : "start"}">${label}</text>`;
}

function rowOf({ name, href, dots, limit }: PlotRow, y: number, exact: (value: number) => number, show: (value: number) => string): Html {
  const x = (value: number) => round(exact(value));
  const middle = y + rowHeight / 2;
  return html`<line class="row" x1="0" x2="${right}" y1="${y + rowHeight}" y2="${y + rowHeight}"/><a href="${href}"><text x="4" y="${middle + 4}">${rowName(name)}</text></a>
${limit === null ? null : html`<line class="mark limit own" x1="${x(limit)}" x2="${x(limit)}" y1="${y + 2}" y2="${y + rowHeight - 2}"><title>its own limit: ${show(limit)}</title></line><text class="tick" x="${x(limit) + 5}" y="${middle + 4}">${show(limit)}</text>`}${binned(dots, exact).map(({ dot, more }) => html`<g class="dot ${dot.verdict}" transform="translate(${x(dot.value)} ${middle})">${symbol(dot.verdict)}<title>${shownName(dot.name, 80)}: ${show(dot.value)}, ${dot.verdict}${more === 0 ? "" : `, and ${more} more`}</title></g>`)}
`;
}

/** The end of a path says which submission it is. */
function rowName(name: string): string {
  const most = 32;
  return name.length > most ? `…${shownName(name.slice(1 - most))}` : shownName(name);
}

/** One dot for those that would lie on each other, AC below all others: the one with the largest value, with the number of the others. */
function binned(dots: readonly Dot[], x: (value: number) => number): readonly Bin[] {
  const bins = new Map<number, Bin>();
  for (const dot of dots) {
    const key = Math.round(x(dot.value) / grain) * verdicts.length + verdicts.indexOf(dot.verdict);
    const bin = bins.get(key);
    if (bin === undefined) bins.set(key, { dot, more: 0 });
    else {
      bin.more++;
      if (dot.value > bin.dot.value) bin.dot = dot;
    }
  }
  return [...bins.values()].toSorted((one, other) => Number(other.dot.verdict === "AC") - Number(one.dot.verdict === "AC"));
}

interface Bin {
  dot: Dot;
  more: number;
}
