/** Names of files in problem packages, and their orders. */

/** Names of the problem package format of Kattis; files with other names are treated as absent. */
export function isKattisName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(name) && name !== "__pycache__";
}

/** Bytes that are no UTF-8 were replaced when the name was read, so the file cannot be opened by it. */
export function isUtf8Name(name: string): boolean {
  return !name.includes("\ufffd");
}

/** Numbers in names by their values, so that 2 comes before 10; everything else byte by byte. */
export function compareNumbered(one: string, other: string): number {
  const [left, right] = [partsOf(one), partsOf(other)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [a, b] = [left[at] ?? "", right[at] ?? ""];
    const areNumbers = /^\d/.test(a) && /^\d/.test(b);
    const difference = areNumbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return one < other ? -1 : one > other ? 1 : 0;
}

const partsOf = (name: string) => name.match(/\d+|\D+/g) ?? [];
