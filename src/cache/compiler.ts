/**
 * Which compiler a compile step would start: the file, found as the kernel would find it in the box, links and mounts included, and
 * without running it. A wrapper script is that script; what it starts is not seen.
 */
import { lstatSync, readlinkSync, statSync, type BigIntStats } from "node:fs";
import type { ResolvedMount } from "../executor/plan/spec.ts";

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/** A compiler that was found. */
export interface Compiler {
  /** Its path on the host, no link in it; null when it is one of the staged files. */
  readonly path: string | null;
  /** Changes whenever the file does, or its directory (the assembler and linker beside it); text for a key. */
  readonly identity: string;
}

/** Device, inode, mode, size, and the times of the last change of content and of anything. */
export function identityOf({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, mode, size, mtimeNs, ctimeNs].join(":");
}

/**
 * @param candidates paths in the box, tried in order as execve does; relative ones are below `startsIn`
 * @returns null when none is a file that the key could name
 */
export function findCompiler(mounts: readonly ResolvedMount[], startsIn: string, candidates: readonly string[]): Compiler | null {
  for (const candidate of candidates) {
    const found = resolveInside(mounts, candidate.startsWith("/") ? candidate : `${startsIn}/${candidate}`);
    if (found === null) continue;
    if (found.staged) return { path: null, identity: `staged:${found.path}` };
    const stat = statSync(found.path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) continue;
    const directory = statSync(found.path.slice(0, found.path.lastIndexOf("/")) || "/", { bigint: true });
    return { path: found.path, identity: `${found.path}:${identityOf(stat)}:${identityOf(directory)}` };
  }
  return null;
}

interface Found {
  readonly path: string;
  /** In the directory that the compiler works in. */
  readonly staged: boolean;
}

/** Where on the host a path of the box leads to; null where nothing of the host is mounted. */
function resolveInside(mounts: readonly ResolvedMount[], path: string): Found | null {
  const ahead = path.split("/").toReversed();
  const walked: string[] = [];
  let found: Found | null = null;
  let links = 0;
  while (ahead.length > 0) {
    const part = ahead.pop()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      walked.pop();
      continue;
    }
    walked.push(part);
    found = null;
    const at = placeOf(mounts, walked);
    // A directory that is there only because something is mounted below it.
    if (at === null) continue;
    const { mount, rest } = at;
    if (mount.source === "./box") {
      found = { path: rest, staged: true };
      continue;
    }
    if (mount.kind !== "bind") return null;
    const host = rest === "" ? mount.source : `${mount.source}/${rest}`;
    const isLink = rest === "" ? mount.sourceType === "link" : lstatSync(host, { throwIfNoEntry: false })?.isSymbolicLink();
    if (isLink) {
      if (++links > mostLinks) return null;
      const target = rest === "" ? mount.target : readlinkSync(host);
      ahead.push(...target.split("/").toReversed());
      walked.pop();
      if (target.startsWith("/")) walked.length = 0;
      continue;
    }
    found = { path: host, staged: false };
  }
  return found;
}

function placeOf(mounts: readonly ResolvedMount[], walked: readonly string[]): { readonly mount: ResolvedMount; readonly rest: string } | null {
  const path = walked.join("/");
  // Sorted by depth (mergeMounts), so the last that fits is the deepest.
  const mount = mounts.findLast(({ inside }) => path === inside || path.startsWith(`${inside}/`));
  return mount === undefined ? null : { mount, rest: path.slice(mount.inside.length + 1) };
}
