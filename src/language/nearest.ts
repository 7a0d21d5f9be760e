/** The known name that a mistyped one most likely meant. */

/** Insertions, deletions, replacements and swaps of neighbours that make one text the other. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, beforeLast[column - 2]! + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/** The nearest of `known`, or null when none is near: at most one change in three characters, and at most three. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const limit = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  let best: string | null = null;
  let bestDistance = limit + 1;
  if (name.length > 64) return null;
  for (const candidate of known) {
    const changes = distance(name, candidate);
    // A name of which nothing is left is not near.
    if (changes < bestDistance && changes < Math.min(name.length, candidate.length)) [best, bestDistance] = [candidate, changes];
  }
  return best;
}
