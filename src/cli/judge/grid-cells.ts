/** The cells of a row of the grid: one or two columns for each test, or for several tests where there is no room. */
import { type Block, blocksOf } from "../../judge/report/columns.ts";
import { verdictLetters } from "../../judge/report/marks.ts";
import { type GridRow, type GridTest, type ShownCell, worstCell } from "./grid-state.ts";
import { fitted, type Paint, painted } from "./grid-text.ts";

export interface Layout {
  readonly blocks: readonly Block[];
  /** 2: there is room for a mark behind each letter. */
  readonly cellWidth: 1 | 2;
}

/** The same tests are laid out again and again. */
const known = new WeakMap<readonly GridTest[], { readonly width: number; readonly layout: Layout | null }>();

/** @returns null when there is no room for a single cell */
export function layoutOf(tests: readonly GridTest[], width: number): Layout | null {
  const before = known.get(tests);
  if (before?.width === width) return before.layout;
  const layout = made(tests, width);
  known.set(tests, { width, layout });
  return layout;
}

function made(tests: readonly GridTest[], width: number): Layout | null {
  if (width < 1 || tests.length === 0) return null;
  const all = blocksOf(tests, tests.length);
  if (tests.length * 2 + all.length - 1 <= width) return { blocks: all, cellWidth: 2 };
  if (tests.length + all.length - 1 <= width) return { blocks: all, cellWidth: 1 };
  // Blanks between the blocks need room as well; where nothing is left for cells, groups are not kept apart.
  const blocks = blocksOf(tests, Math.max(1, width - all.length + 1));
  return { blocks: columnsIn(blocks) + blocks.length - 1 <= width ? blocks : blocksOf([...tests.keys()].map(() => tests[0]!), width), cellWidth: 1 };
}

const columnsIn = (blocks: readonly Block[]) => blocks.reduce((sum, { columns }) => sum + columns.length, 0);

/** The names of groups, each above its cells as far as there is room. */
export function groupsOf({ blocks, cellWidth }: Layout): string {
  return blocks.map(({ group, sample, columns }) => {
    const width = columns.length * cellWidth;
    const name = fitted(group === null ? "" : group === "" && sample ? "samples" : group, width);
    return `${name}${" ".repeat(Math.max(0, width - Bun.stringWidth(name)))}`;
  }).join("|");
}

export function cellsOf({ cells }: GridRow, tests: readonly GridTest[], { blocks, cellWidth }: Layout, color: boolean): string {
  return blocks.map(({ columns }) => {
    // Neighbours that look the same are painted at once.
    const parts: { text: string; readonly paints: readonly Paint[] }[] = [];
    for (const { first, last } of columns) {
      const shown = worstCell(cells, first, last);
      const text = `${letterOf(shown, tests[first]!.sample && tests[last]!.sample)}${cellWidth === 2 ? markOf(shown) : ""}`;
      const paints = paintsOf(shown, cellWidth === 1);
      const before = parts.at(-1);
      if (before !== undefined && before.paints.join() === paints.join()) before.text += text;
      else parts.push({ text, paints });
    }
    return parts.map(({ text, paints }) => painted(text, paints, color)).join("");
  }).join("|");
}

function letterOf({ state }: ShownCell, isSample: boolean): string {
  if (state === "empty") return ".";
  if (state === "running") return "?";
  return isSample ? verdictLetters[state].toLowerCase() : verdictLetters[state];
}

const markOf = ({ isNear, isUnexpected }: ShownCell) => (isUnexpected ? "!" : isNear ? "~" : " ");

/** @param isNarrow there is no room for a mark */
function paintsOf({ state, isNear, isUnexpected }: ShownCell, isNarrow: boolean): readonly Paint[] {
  return [...(state === "empty" ? [] : [state]), ...(isNarrow && isNear ? ["near" as const] : []), ...(isNarrow && isUnexpected ? ["unexpected" as const] : [])];
}
