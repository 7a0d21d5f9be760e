/**
 * The file for whose sake the host refuses to execute a program: it, or an interpreter of it, lies on a file system that is mounted
 * noexec on the host. Only looked for when execve was refused.
 */
import { openSync, readSync, closeSync } from "node:fs";
import { forbidsExecution } from "../../kernel/mount.ts";
import { findProgram, type Seen } from "./box-view.ts";
import type { LaunchSpec } from "./spec.ts";

type Where = Pick<LaunchSpec, "mounts" | "workdir" | "chdir" | "program" | "isolation" | "without">;

/** As the kernel counts interpreters of interpreters (execve(2)). */
const deepest = 5;
/** What the kernel reads of a file before it decides how to execute it (BINPRM_BUF_SIZE), and room for the headers of an ELF file. */
const headBytes = 4096;

/** A path on the host; null: that is not why. A mount that the caller asked to be noexec is no fault of the host. */
export function onNoExecMount(spec: Where): string | null {
  let candidates = spec.program.candidates;
  for (let depth = 0; depth < deepest; depth++) {
    const path = hostPathOf(spec, candidates);
    if (path === null) return null;
    if (isHostsNoExec(spec, path)) return path;
    const interpreter = interpreterOf(path);
    if (interpreter === null) return null;
    candidates = [interpreter];
  }
  return null;
}

function hostPathOf(spec: Where, candidates: readonly string[]): string | null {
  const absolute = candidates.map((candidate) => (candidate.startsWith("/") ? candidate : `${spec.chdir}/${candidate}`));
  const seen: Seen | null = findProgram(spec.mounts, absolute);
  if (seen?.kind === "file") return seen.hostPath;
  return seen?.kind === "unknown" && seen.staged !== undefined ? `${spec.workdir}/${seen.staged}` : null;
}

function isHostsNoExec({ mounts, workdir, isolation, without }: Where, path: string): boolean {
  const isBelow = (directory: string) => path === directory || path.startsWith(`${directory}/`);
  // There a full launch takes it away.
  if (isBelow(workdir) && isolation === "full" && !without.includes("noexec")) return false;
  const isOwnRule = mounts.some(({ noExec, source }) => noExec && isBelow(source === "./box" ? workdir : source));
  return !isOwnRule && forbidsExecution(path);
}

/** Of a script by its first line, of an ELF file by its header; null: there is none. */
export function interpreterOf(path: string): string | null {
  const bytes = Buffer.alloc(headBytes);
  let length: number;
  try {
    const fd = openSync(path, "r");
    try {
      length = readSync(fd, bytes, 0, headBytes, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
  const head = bytes.subarray(0, length);
  if (head.toString("latin1", 0, 2) === "#!") return /^#![ \t]*([^ \t\n]+)/.exec(head.toString("utf8"))?.[1] ?? null;
  return elfInterpreter(head);
}

/** PT_INTERP of a 64-bit ELF file (elf(5)), whose program headers come first in all files that linkers make. */
function elfInterpreter(head: Buffer): string | null {
  if (head.length < 64 || head.toString("latin1", 0, 4) !== "\x7fELF" || head[4] !== 2) return null;
  const [at, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let header = at; header + 56 <= head.length && header < at + size * count; header += Math.max(size, 56)) {
    if (head.readUInt32LE(header) !== 3) continue;
    const [offset, bytes] = [Number(head.readBigUInt64LE(header + 8)), Number(head.readBigUInt64LE(header + 32))];
    return offset + bytes > head.length ? null : head.toString("utf8", offset, offset + bytes - 1);
  }
  return null;
}
