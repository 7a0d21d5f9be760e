/** The known word that somebody probably meant: one rule for words of a command line, a stricter one for names. */

/** Edits (insert, delete, replace, swap neighbours) that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}

/** How far a word is from a candidate; a part of it (`memory` in `max-memory`) or a beginning of it counts as near. */
function distance(word: string, candidate: string): number {
  const whole = editDistance(word, candidate);
  const parts = candidate.split("-");
  const nearestPart = parts.length > 1 ? 1 + Math.min(...parts.map((part) => editDistance(word, part))) : whole;
  const begins = [candidate, ...parts].some((part) => part.startsWith(word) || word.startsWith(part));
  return Math.min(whole, nearestPart, begins ? 1.5 : whole);
}

/**
 * The candidate that is nearest to a word, or null when none is near: at most two edits, or half of a longer word. Never for one letter.
 * On a tie the candidate that comes first.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  // The work grows with the length, and nothing that long is a slip of the finger. One letter is near to far too much.
  if (word.length > 64 || word.length < 2) return null;
  const lower = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(lower.length / 2)) + 0.5;
  for (const candidate of candidates) {
    const found = distance(lower, candidate);
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/**
 * The nearest of `known`, or null when none is near: at most one change in three characters, and at most three. For
 * short names (`c`, `id`), of which any other short word would be a beginning or a neighbour.
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > 64) return null;
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.max(1, Math.floor(name.length / 3))) + 1;
  for (const candidate of known) {
    const changes = editDistance(name, candidate);
    // A name of which nothing is left is not near.
    if (changes < bestDistance && changes < Math.min(name.length, candidate.length)) [best, bestDistance] = [candidate, changes];
  }
  return best;
}
