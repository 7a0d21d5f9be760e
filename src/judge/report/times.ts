/** The plots of times and of memory. */
import type { JudgingDocument, SubmissionDocument, TestDocument } from "../document.ts";
import { html, type Html } from "./html.ts";
import { verdictWords } from "./marks.ts";
import { plot, type Mark, type PlotRow } from "./plot.ts";
import type { Shown } from "./selection.ts";
import { symbol, verdictsInPlots } from "./symbols.ts";
import { count, shortBytes, shortSeconds } from "./units.ts";

/** More rows than that are no picture any more. */
const mostRows = 100;

export function timePlot({ time_limit: limit }: JudgingDocument, shown: readonly Shown[]): Html {
  const marks: Mark[] = [
    ...(limit.lower === null ? [] : [{ value: limit.lower, kind: "lower" as const, label: `lower bound ${shortSeconds(limit.lower)}` }]),
    ...(limit.value === null ? [] : [{ value: limit.value, kind: "limit" as const, label: `limit ${shortSeconds(limit.value)}` }]),
    ...(limit.value === null || limit.multipliers === null ? [] : [margin(limit.value * limit.multipliers.limit_to_tle)]),
    ...(limit.upper === null ? [] : [{ value: limit.upper, kind: "upper" as const, label: `upper bound ${shortSeconds(limit.upper)}` }]),
  ];
  return dots(shown, {
    id: "times-plot", title: "CPU time of each test, by submission", marks, least: 1e-4, show: shortSeconds,
    ticks: [0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000],
    value: ({ cpu_time }) => cpu_time,
    limit: ({ limits }) => (limits.cpu_time_limit === limit.value ? null : limits.cpu_time_limit),
  });
}

const margin = (value: number): Mark => ({ value, kind: "margin", label: `safety margin ${shortSeconds(value)}` });

export function memoryPlot({ limits }: JudgingDocument, shown: readonly Shown[]): Html {
  const limit = limits.memory_limit;
  return dots(shown, {
    id: "memory-plot", title: "Peak of memory of each test, by submission", least: 2 ** 16, show: shortBytes,
    marks: limit === null ? [] : [{ value: limit, kind: "limit", label: `limit ${shortBytes(limit)}` }],
    ticks: Array.from({ length: 11 }, (_, index) => 2 ** 16 * 4 ** index),
    value: ({ memory_peak }) => memory_peak,
    limit: (submission) => (submission.limits.memory_limit === limit ? null : submission.limits.memory_limit),
  });
}

interface Measure {
  readonly id: string;
  readonly title: string;
  readonly marks: readonly Mark[];
  readonly least: number;
  readonly ticks: readonly number[];
  readonly show: (value: number) => string;
  readonly value: (test: TestDocument) => number | null;
  readonly limit: (submission: SubmissionDocument) => number | null;
}

function dots(shown: readonly Shown[], { value, limit, ...of }: Measure): Html {
  const rows: PlotRow[] = shown.slice(0, mostRows).map(({ submission, name, id }) => ({
    name,
    href: `#${id}`,
    limit: limit(submission),
    dots: submission.tests.flatMap((test) => {
      const measured = value(test);
      return measured === null || test.verdict === null ? [] : [{ value: measured, verdict: test.verdict, name: test.name }];
    }),
  }));
  if (rows.every((row) => row.dots.length === 0)) return html`<p>Nothing was measured.</p>`;
  return html`${legend(rows)}
${plot({ ...of, rows })}
${shown.length > mostRows ? html`<p class="note">${count(shown.length - mostRows, "more submission")} not drawn.</p>` : null}`;
}

function legend(rows: readonly PlotRow[]): Html {
  const seen = new Set(rows.flatMap((row) => row.dots.map(({ verdict }) => verdict)));
  return html`<ul class="legend" aria-label="Legend">${verdictsInPlots.filter((verdict) => seen.has(verdict)).map((verdict) => html`<li><svg class="key" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><g class="dot ${verdict}">${symbol(verdict)}</g></svg> ${verdictWords[verdict]} (${verdict})</li>`)}</ul>`;
}
