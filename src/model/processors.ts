/** Lists of processors as cpuset(7) writes them: `0,2-3`. */

/** The word for a core of one's own. */
export const anyCore = "auto";

/** Numbers in ascending order, each once. @param text well-formed */
export function parseProcessors(text: string): number[] {
  const numbers = text.trim().split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** @param processors in ascending order */
export function formatProcessors(processors: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of processors) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
