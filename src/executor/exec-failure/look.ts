/**
 * What a program of a box would find at a path, looked at from outside when nothing of the box runs. What is there may be made to mislead:
 * links are followed as they lead inside and never by the kernel, and only regular files are read, a few bytes of them.
 */
import { S } from "../../kernel/constants.ts";
import { errno } from "../../kernel/errno.ts";
import { lookBelow, type Handle } from "../../kernel/look.ts";
import { forbidsExecution } from "../../kernel/mount.ts";
import { coverOf } from "../plan/box-view.ts";
import type { ResolvedMount } from "../plan/spec.ts";
import { formatOf, type Format } from "./format.ts";

/** A box as its program sees it. */
export interface View {
  /** None: there are no namespaces, and the program sees the host. */
  readonly mounts: readonly ResolvedMount[];
  readonly workdir: string;
  /** What is below it programs may have written. */
  readonly home: string;
}

/** Whose a file is, and what may be done with it. */
export interface Owned {
  /** In the box, links followed. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface FoundFile extends Owned {
  readonly kind: "file";
  /** Nothing can be executed where it lies: by a mount rule, or as the host has mounted it. */
  readonly noExec: "rule" | "host" | null;
  /** null: we may not read it. */
  readonly format: Format | null;
}

export type Found =
  | FoundFile
  /** `link`: the last link on the way that leads to nothing. */
  | { readonly kind: "absent"; readonly path: string; readonly link: string | null }
  | { readonly kind: "directory"; readonly path: string }
  /** `what`: completes "is". */
  | { readonly kind: "special"; readonly path: string; readonly what: string }
  /** A part of the path that is no directory. */
  | { readonly kind: "not a directory"; readonly path: string }
  | { readonly kind: "too many links"; readonly path: string }
  /** In a place that only the run fills, or that we cannot look at. */
  | { readonly kind: "unknown" };

/** What was passed on the way: the directories, whose permissions the user of the box needs. */
export interface Looked {
  readonly found: Found;
  readonly directories: readonly Owned[];
}

/** As the kernel counts them (path_resolution(7)). */
const longestChain = 40;

const specialNames: Readonly<Record<number, string>> = { [S.IFIFO]: "a named pipe", [S.IFSOCK]: "a socket", [S.IFCHR]: "a device", 0o060000: "a device" };

/** @param path absolute, or relative to `directory`, which is absolute */
export function lookInside(view: View, path: string, directory: string): Looked {
  const here: string[] = [];
  const ahead = [...(path.startsWith("/") ? [] : directory.split("/")), ...path.split("/")].toReversed();
  const directories: Owned[] = [];
  let link: string | null = null;
  let links = 0;
  let last: Found = { kind: "directory", path: "/" };
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === "" || name === ".") continue;
    if (last.kind !== "directory") return { found: last.kind === "file" || last.kind === "special" ? { kind: "not a directory", path: last.path } : last, directories };
    if (name === "..") {
      here.pop();
      continue;
    }
    here.push(name);
    const seen = lookAt(view, here.join("/"));
    if (seen.kind === "link") {
      if (++links > longestChain) return { found: { kind: "too many links", path: `/${here.join("/")}` }, directories };
      link = `/${here.join("/")}`;
      here.pop();
      if (seen.target.startsWith("/")) here.length = 0;
      ahead.push(...seen.target.split("/").toReversed());
      continue;
    }
    if (seen.owned !== null) directories.push(seen.owned);
    last = seen.found;
    // The whole path is what was asked for; which part of it is missing is easy to see.
    if (last.kind === "absent") return { found: { ...last, path: ["", ...here, ...ahead.toReversed().filter((part) => part !== "" && part !== ".")].join("/"), link }, directories };
    if (last.kind === "unknown") return { found: last, directories };
  }
  return { found: last, directories };
}

type Seen = { readonly kind: "link"; readonly target: string } | { readonly kind: "found"; readonly found: Found; readonly owned: Owned | null };

const plain = (found: Found): Seen => ({ kind: "found", found, owned: null });

/** One path whose directories are plain. */
function lookAt({ mounts, workdir, home }: View, path: string): Seen {
  const full = `/${path}`;
  const { cover, holdsMounts } = coverOf(mounts, path);
  if (cover === null) return plain(holdsMounts ? { kind: "directory", path: full } : { kind: "absent", path: full, link: null });
  const atMount = cover.inside === path;
  if (atMount && cover.sourceType === "link") return { kind: "link", target: cover.target };
  if (cover.kind !== "bind") {
    if (atMount || holdsMounts) return plain({ kind: "directory", path: full });
    // A fresh tmpfs is empty when a program starts, and the accounts are no programs.
    return plain((cover.source === "tmpfs" && cover.kind !== "devices") || cover.kind === "accounts" ? { kind: "absent", path: full, link: null } : { kind: "unknown" });
  }
  const base = cover.source === "./box" ? workdir : cover.source;
  const below = atMount ? "" : path.slice(cover.inside === "" ? 0 : cover.inside.length + 1);
  // What is mounted from below the box's own directory is no place to follow links to, either.
  const looked = base.startsWith(`${home}/`) && base !== workdir ? lookBelow(home, [base.slice(home.length + 1), below].filter((part) => part !== "").join("/")) : lookBelow(base === "" ? "/" : base, below);
  if (typeof looked === "number") return plain(looked === errno.ENOENT ? (holdsMounts ? { kind: "directory", path: full } : { kind: "absent", path: full, link: null }) : { kind: "unknown" });
  using handle = looked;
  return handle.target === null ? seenOf(handle, full, cover) : { kind: "link", target: handle.target };
}

function seenOf(handle: Handle, path: string, cover: ResolvedMount): Seen {
  const { mode, uid, gid } = handle.stat;
  const owned: Owned = { path, mode: mode & 0o7777, uid, gid };
  const type = mode & S.IFMT;
  if (type === S.IFDIR) return { kind: "found", found: { kind: "directory", path }, owned };
  if (type !== S.IFREG) return plain({ kind: "special", path, what: specialNames[type] ?? "no file" });
  // The working directory can be executed from wherever it lies, where that can be had.
  const noExec = cover.noExec ? "rule" : cover.source !== "./box" && forbidsExecution(handle.path) ? "host" : null;
  return plain({ kind: "file", ...owned, noExec, format: readFormat(handle) });
}

function readFormat(handle: Handle): Format | null {
  try {
    if (handle.read(0, 1) === null) return null;
    return formatOf((position, bytes) => handle.read(position, bytes) ?? new Uint8Array());
  } catch {
    // A disk that does not answer, for one.
    return null;
  }
}
