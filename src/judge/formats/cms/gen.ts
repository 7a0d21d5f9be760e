/**
 * `gen/GEN` of a CMS task: how its tests are made, one a line, and which subtask they are in. Nothing is made from it here: its lines are
 * counted, as CMS counts them.
 */

/** A line that begins a subtask, and the tests after it. */
export interface GenSubtask {
  readonly points: number;
  readonly count: number;
  /** Of the line that begins it. */
  readonly line: number;
}

export interface Gen {
  /** Of all subtasks. */
  readonly count: number;
  /** null: it has no line that begins one. */
  readonly subtasks: readonly GenSubtask[] | null;
}

/** What CMS would refuse as well. */
export interface GenFault {
  readonly line: number;
  readonly message: string;
}

/** What the points of all subtasks add up to. */
const allPoints = 100;

/** @returns what the file says, or what is wrong in it */
export function readGen(text: string): Gen | GenFault {
  const subtasks: { points: number; count: number; line: number }[] = [];
  let count = 0;
  const lines = text.split(/\r\n|[\n\r]/);
  for (const [at, whole] of lines.entries()) {
    const line = at + 1;
    const hash = whole.indexOf("#");
    const command = (hash < 0 ? whole : whole.slice(0, hash)).trim();
    const comment = hash < 0 ? "" : whole.slice(hash + 1).trim();
    const isCopy = comment.startsWith("COPY:");
    const isSubtask = comment.startsWith("ST:");
    if (command !== "" && (isCopy || isSubtask)) return { line, message: `a test and ${isCopy ? "#COPY" : "#ST"} stand in one line` };
    if (command !== "" || isCopy) {
      count++;
      const last = subtasks.at(-1);
      if (last !== undefined) last.count++;
    } else if (isSubtask) {
      const written = comment.slice("ST:".length).trim();
      if (!/^[+-]?\d+$/.test(written)) return { line, message: `the points of a subtask must be a whole number, not ${JSON.stringify(written)}` };
      if (subtasks.length === 0 && count > 0) return { line, message: "there are tests before the first subtask" };
      subtasks.push({ points: Number(written), count: 0, line });
    }
  }
  if (subtasks.length === 0) return { count, subtasks: null };
  const empty = subtasks.find((subtask) => subtask.count === 0);
  if (empty !== undefined) return { line: empty.line, message: "this subtask has no tests" };
  const sum = subtasks.reduce((total, { points }) => total + points, 0);
  if (sum !== allPoints) return { line: subtasks.at(-1)!.line, message: `the points of the subtasks add up to ${sum}, not to ${allPoints}` };
  return { count, subtasks };
}
