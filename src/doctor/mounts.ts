/** /proc/self/mountinfo, as far as checks ask it (proc_pid_mountinfo(5)). */
import { unescapeMount } from "../cgroup/detect.ts";

export interface MountEntry {
  readonly point: string;
  /** Of this mount, then of its file system. */
  readonly options: readonly string[];
  readonly type: string;
}

/** In the order of the file: a later one covers an earlier one at the same place. */
export function parseMounts(mountinfo: string): MountEntry[] {
  return mountinfo.split("\n").flatMap((line): MountEntry[] => {
    const [before = "", after = ""] = line.split(" - ");
    const fields = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (fields[4] === undefined || type === undefined) return [];
    return [{ point: unescapeMount(fields[4]), options: [...(fields[5] ?? "").split(","), ...options.split(",")], type }];
  });
}

/** The mount that an absolute path without links lies in; null when the text is missing or has none. */
export function mountOf(mountinfo: string | null, path: string): MountEntry | null {
  const covers = ({ point }: MountEntry) => point === "/" || path === point || path.startsWith(`${point}/`);
  const around = parseMounts(mountinfo ?? "").filter(covers);
  const deepest = Math.max(...around.map(({ point }) => point.length));
  return around.findLast(({ point }) => point.length === deepest) ?? null;
}
