/**
 * Without namespaces a box's working directory keeps its path on the host, which leads through directories of ours that are closed to
 * others. A program with a user of its own is such another.
 */
import { chmodSync, statSync } from "../../kernel/fs.ts";
import { dirname } from "node:path";
import type { RunOptions } from "../../model/request.ts";

const othersMayPass = 0o001;

/**
 * Lets others pass through what is ours, so that they reach what is theirs: they still cannot list it, and all else in it has a
 * mode of its own that keeps them out.
 * @param home of the box
 * @returns the first directory above that lets nobody pass and is not ours to open: the program works in its directory, but does not find it
 * by its path; null: there is none
 */
export function openWayIn(home: string, workdir: string): string | null {
  const ours = [dirname(home), home];
  for (let path = dirname(workdir); ; path = dirname(path)) {
    const { mode } = statSync(path);
    if ((mode & othersMayPass) === 0) {
      if (!ours.includes(path)) return path;
      chmodSync(path, (mode & 0o7777) | othersMayPass | 0o010);
    }
    if (path === "/") return null;
  }
}

export function reportClosedWay(home: string, workdir: string, { warn }: Pick<RunOptions, "warn">): void {
  const closed = openWayIn(home, workdir);
  if (closed === null) return;
  const remedy = workdir.startsWith(`${home}/`) ? "choose another place with --state-dir" : `let others pass with chmod o+x ${closed}`;
  warn?.(`The program's user may not pass through ${closed}: it works in ${workdir}, but cannot open anything there by that path (${remedy}).`);
}
