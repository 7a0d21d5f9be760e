/**
 * What a program of a box finds at a path, told from the mount rules before anything is mounted. Links are followed as they
 * lead inside: one from /usr/bin to /opt is broken in a box that has no /opt.
 */
import { lstatSync, readlinkSync, statSync, type Stats } from "../../kernel/fs.ts";
import type { ResolvedMount } from "./spec.ts";

/** What is at a path; `hostPath` is where it lies on the host. */
export type Seen =
  | { readonly kind: "file"; readonly hostPath: string; readonly executable: boolean }
  | { readonly kind: "directory" | "other" | "absent" }
  /** In a place that only the run fills. `staged`: the path below the working directory, when it is there. */
  | { readonly kind: "unknown"; readonly staged?: string };

/** As the kernel counts them (path_resolution(7)). */
const longestChain = 40;

/** Everything of the host, as programs without namespaces see it. */
const wholeHost: ResolvedMount = {
  inside: "", kind: "bind", source: "", sourceType: "directory", target: "", writable: false, devices: false, noExec: false, maybe: false, recursive: true,
};

/** @param mounts as prepareRun resolves them; none: there are no namespaces */
export function lookInBox(mounts: readonly ResolvedMount[], path: string): Seen {
  const here: string[] = [];
  const ahead = path.split("/").toReversed();
  const follow = (target: string) => {
    if (target.startsWith("/")) here.length = 0;
    ahead.push(...target.split("/").toReversed());
  };
  let links = 0;
  let seen: Seen = { kind: "directory" };
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === "" || name === ".") continue;
    if (seen.kind !== "directory") return { kind: "absent" };
    if (name === "..") {
      here.pop();
      continue;
    }
    here.push(name);
    const found = lookAt(mounts, here.join("/"));
    // What is in the working directory has no links that could lead out of it; a way back out is nobody's name for a file.
    if (found.kind === "unknown") return found.staged === undefined || ahead.includes("..") ? { kind: "unknown" } : { ...found, staged: [found.staged, ...ahead.toReversed()].join("/") };
    if (found.kind === "link") {
      if (++links > longestChain) return { kind: "absent" };
      here.pop();
      follow(found.target);
    } else {
      seen = found;
    }
  }
  return seen;
}

/**
 * The mount that a path lies on, and whether others lie below the path.
 * @param mounts none: there are no namespaces
 * @param path without the first slash, links followed
 */
export function coverOf(mounts: readonly ResolvedMount[], path: string): { readonly cover: ResolvedMount | null; readonly holdsMounts: boolean } {
  let cover: ResolvedMount | null = null;
  let holdsMounts = false;
  for (const mount of mounts.length === 0 ? [wholeHost] : mounts) {
    if (mount.inside === path || mount.inside === "" || path.startsWith(`${mount.inside}/`)) {
      if (cover === null || mount.inside.length >= cover.inside.length) cover = mount;
    } else if (mount.inside.startsWith(`${path}/`)) {
      holdsMounts = true;
    }
  }
  return { cover, holdsMounts };
}

/** One path whose directories are plain. */
function lookAt(mounts: readonly ResolvedMount[], path: string): Seen | { readonly kind: "link"; readonly target: string } {
  const { cover, holdsMounts } = coverOf(mounts, path);
  if (cover === null) return { kind: holdsMounts ? "directory" : "absent" };
  const atMount = cover.inside === path;
  if (atMount && cover.sourceType === "link") return { kind: "link", target: cover.target };
  if (cover.kind !== "bind" || cover.source === "./box") {
    if (atMount || holdsMounts) return { kind: "directory" };
    if (cover.source === "./box") return { kind: "unknown", staged: path.slice(cover.inside.length + 1) };
    // A fresh tmpfs is empty when a program starts, and the accounts are no programs.
    return { kind: (cover.source === "tmpfs" && cover.kind !== "devices") || cover.kind === "accounts" ? "absent" : "unknown" };
  }
  const hostPath = atMount ? cover.source : `${cover.source}/${cover.inside === "" ? path : path.slice(cover.inside.length + 1)}`;
  const stat = statOf(hostPath, atMount);
  // The compile step may yet put it there.
  if (stat === null) return { kind: cover.writable ? "unknown" : "absent" };
  if (stat.isSymbolicLink()) return { kind: "link", target: readlinkSync(hostPath) };
  if (stat.isFile()) return { kind: "file", hostPath, executable: (stat.mode & 0o111) !== 0 };
  return { kind: stat.isDirectory() ? "directory" : "other" };
}

/** @param mounted the source of a mount, which the kernel finds through links */
function statOf(path: string, mounted: boolean): Stats | null {
  try {
    // Most of what is looked for in PATH is not there, and an exception costs more than the call.
    return (mounted ? statSync : lstatSync)(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    // A file where a directory should be, or a directory that we may not enter: nothing that could be executed.
    return null;
  }
}

/**
 * The file that execve finds, as launch does it: the first of `candidates` that can be executed.
 * @param candidates as programCandidates gives them: absolute paths, or one relative to the working directory
 * @returns null when there is none; `unknown` also for what lies in the working directory
 */
export function findProgram(mounts: readonly ResolvedMount[], candidates: readonly string[]): Seen | null {
  let unusable: Seen | null = null;
  for (const candidate of candidates) {
    const seen: Seen = candidate.startsWith("/") ? lookInBox(mounts, candidate) : { kind: "unknown" };
    if (seen.kind === "unknown" || (seen.kind === "file" && seen.executable)) return seen;
    if (seen.kind === "file") unusable ??= seen;
  }
  // There is something by that name: what is wrong with it is for execve to say.
  return unusable;
}
