/** The grid that is seen while submissions are judged: a row for each, a cell for each test, and a footer. Pure: a state becomes lines. */
import { cellsOf, groupsOf, layoutOf } from "./grid-cells.ts";
import type { GridRow, GridState } from "./grid-state.ts";
import { fitted, nameOf, painted } from "./grid-text.ts";

const widestName = 32;
/** So much of a line is for the cells, if they need it. */
const cellsPart = 0.4;
/** The outcome is worth more than most cells. */
const leastCells = 6;

/**
 * @param width columns of the terminal, @param height its lines: never more lines, and none is wider
 * @param color whether cells may have colours; marks can be told without
 */
export function gridLines(state: GridState, width: number, height: number, color: boolean): string[] {
  const foot = fitted(footer(state), width);
  if (height < 3 || state.rows.length === 0) return height < 1 ? [] : [foot];
  const names = nameWidth(state, width);
  const cells = Math.min(Math.floor(width * cellsPart), state.tests.length * 2 + 4);
  const facts = factsOf(state, width - names - Math.min(cells, leastCells) - 3, width - names - cells - 3);
  const layout = layoutOf(state.tests, width - names - 1 - (facts.width === 0 ? 0 : facts.width + 2));
  const { shown, hidden } = visibleRows(state.rows, height - 2);
  const lines = shown.map((row) => {
    const shownCells = layout === null ? "" : ` ${cellsOf(row, state.tests, layout, color)}`;
    return `${nameOf(row.name, names)}${shownCells}${facts.width === 0 ? "" : `  ${facts.of(row, color)}`}`.trimEnd();
  });
  const head = `${nameOf(state.problem, names)}${layout === null ? "" : ` ${groupsOf(layout)}`}`.trimEnd();
  return [fitted(head, width), ...lines, ...(hidden.length === 0 ? [] : [fitted(hiddenLine(hidden), width)]), foot];
}

function nameWidth({ rows, problem }: GridState, width: number): number {
  const longest = [problem, ...rows.map(({ name }) => name)].reduce((most, name) => Math.max(most, Math.min(widestName, Bun.stringWidth(name))), 1);
  return Math.max(1, Math.min(longest, Math.floor(width / 4)));
}

interface Facts {
  readonly width: number;
  of(row: GridRow, color: boolean): string;
}

/** What stands behind the cells: as many of the columns as there is room for. @param forOutcome the room for the first of them */
function factsOf({ rows }: GridState, forOutcome: number, room: number): Facts {
  const columns = [rows.map(outcome), rows.map(slowest), rows.map(score)].map((texts) => new Map(rows.map((row, index) => [row, texts[index]!])));
  const widths = columns.map((texts) => [...texts.values()].reduce((most, text) => Math.max(most, Bun.stringWidth(text)), 0));
  let width = 0;
  const used: number[] = [];
  for (const [index, own] of widths.entries()) {
    const more = own === 0 ? 0 : own + (width === 0 ? 0 : 2);
    if (more === 0) continue;
    if (width + more > (index === 0 ? forOutcome : room)) break;
    width += more;
    used.push(index);
  }
  // The outcome comes last, though it is what has to be there first.
  const order = used.toSorted((one, other) => Number(one === 0) - Number(other === 0));
  return {
    width,
    of: (row, color) =>
      order.map((index) => {
        const text = columns[index]!.get(row)!;
        const padding = " ".repeat(widths[index]! - Bun.stringWidth(text));
        if (index !== 0) return `${padding}${text}`;
        return `${row.asExpected === false || row.verdict === "JE" ? painted(text, ["unexpected"], color) : text}${padding}`;
      }).join("  "),
  };
}

function slowest({ slowest: time, limit }: GridRow): string {
  return time === null ? "" : `${time.toFixed(2)}${limit === null ? "" : `/${Number(limit.toFixed(3))}`} s`;
}

function score({ score: points, maxScore }: GridRow): string {
  return points === null ? "" : `${Number(points.toFixed(2))}${maxScore === null ? "" : `/${Number(maxScore.toFixed(2))}`}`;
}

/** What was seen against what was expected. */
function outcome({ phase, verdict, asExpected, expected }: GridRow): string {
  if (phase !== "done" && verdict === null) return phase;
  const seen = verdict ?? "no verdict";
  if (asExpected === null) return seen;
  return asExpected ? `${seen} ok` : `${seen} not ${expected.length === 0 ? "as expected" : expected.join("|")}`;
}

/** Where there are too many rows: those that are judged first, then what is not as expected, then what comes next, then what is done. */
function visibleRows(rows: readonly GridRow[], room: number): { readonly shown: readonly GridRow[]; readonly hidden: readonly GridRow[] } {
  if (rows.length <= room) return { shown: rows, hidden: [] };
  const rank = ({ phase, asExpected }: GridRow) => (phase === "judging" ? 0 : asExpected === false ? 1 : phase === "waiting" ? 2 : 3);
  const chosen = new Set([0, 1, 2, 3].flatMap((wanted) => rows.filter((row) => rank(row) === wanted)).slice(0, Math.max(0, room - 1)));
  return { shown: rows.filter((row) => chosen.has(row)), hidden: rows.filter((row) => !chosen.has(row)) };
}

function hiddenLine(hidden: readonly GridRow[]): string {
  const counts = [
    [hidden.filter(({ phase, asExpected }) => phase === "done" && asExpected !== false).length, "done"],
    [hidden.filter(({ phase, asExpected }) => phase === "done" && asExpected === false).length, "not as expected"],
    [hidden.filter(({ phase }) => phase === "stopped").length, "stopped"],
    [hidden.filter(({ phase }) => phase === "judging").length, "being judged"],
    [hidden.filter(({ phase }) => phase === "waiting").length, "waiting"],
  ] as const;
  return `and ${hidden.length} more: ${counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(", ")}`;
}

function footer({ done, total, elapsed, rows }: GridState): string {
  const rate = elapsed > 0 ? done / elapsed : 0;
  const off = rows.filter(({ asExpected, verdict }) => asExpected === false || verdict === "JE").length;
  return [
    `${done} of ${total} tests`,
    ...(done > 0 && rate > 0 ? [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} tests/s`] : []),
    ...(done > 0 && rate > 0 && done < total ? [`about ${duration((total - done) / rate)} left`] : []),
    ...(off > 0 ? [`${off} not as expected`] : []),
  ].join(", ");
}

function duration(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
