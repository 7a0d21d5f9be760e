/**
 * Which compiler a compile step would start: the file, found as the kernel would find it in the box, links and mounts included, and
 * without running it. A wrapper script is that script; what it starts is not seen.
 */
import { statSync, type BigIntStats } from "node:fs";
import { dirname } from "node:path";
import { findProgram } from "../../executor/plan/box-view.ts";
import type { ResolvedMount } from "../../executor/plan/spec.ts";

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
  const seen = findProgram(mounts, candidates.map((candidate) => (candidate.startsWith("/") ? candidate : `${startsIn}/${candidate}`)));
  if (seen?.kind === "unknown" && seen.staged !== undefined) return { path: null, identity: `staged:${seen.staged}` };
  if (seen?.kind !== "file") return null;
  const { hostPath: path } = seen;
  return { path, identity: `${path}:${identityOf(statSync(path, { bigint: true }))}:${identityOf(statSync(dirname(path), { bigint: true }))}` };
}
