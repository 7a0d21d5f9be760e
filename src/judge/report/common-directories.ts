/** What paths have in common, so that tables show what tells them apart. */

/** @returns how long the directories are that all paths begin with, with the slash */
export function commonDirectories(paths: readonly string[]): number {
  let common = directoryOf(paths[0] ?? "");
  for (const path of paths) while (!path.startsWith(common)) common = directoryOf(common.slice(0, -1));
  return common.length;
}

/** With the slash; empty when there is none. */
const directoryOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
