/** What to do about a program that could not be executed: what the host has, looked at by the paths of the caller. */
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { errno } from "../../kernel/errno.ts";
import type { Counsel, HostProgram } from "../plan/prepare.ts";
import { lookInside, type Found, type FoundFile, type View } from "./look.ts";
import { shown, type User } from "./words.ts";

/** Where the program was to run. */
export interface Surroundings {
  readonly view: View;
  /** The working directory in the box. */
  readonly directory: string;
  readonly user: User;
  readonly temporary: boolean;
  readonly counsel: Counsel | null;
}

/** @param found null: a name that was looked up in PATH */
export function adviceForAbsence(program: string, found: Extract<Found, { kind: "absent" }> | null, around: Surroundings): string | null {
  if (found === null && lookInside(around.view, program, around.directory).found.kind === "file") return `${around.directory} has one, and a program there is named by its path: ./${program}`;
  const host = hostFile(program);
  const language = around.counsel?.languageOf(basename(program)) ?? null;
  if (host !== null && language !== null) return sourceAdvice(program, `the host has ${shown(host.path)}, a source file in ${language.name}`, language);
  if (host !== null && !program.startsWith("/")) return copyAdvice(program, host, around);
  // A relative path means one file and no other of its name.
  const elsewhere = program.includes("/") && !program.startsWith("/") ? null : findOnHost(program, around);
  if (elsewhere?.kind === "outside") return mountAdvice(program, elsewhere);
  if (elsewhere?.elsewhere != null) return `the box has ${shown(elsewhere.elsewhere)}`;
  if (found === null) return "install it on the host, or give the path that it has in the box";
  return program.startsWith("/") ? null : `${around.temporary ? "the working directory of a temporary box begins empty" : `the working directory of the box is ${shown(around.view.workdir)} on the host`}`;
}

/** A file of the caller's that is named as it is outside. */
function copyAdvice(program: string, host: HostFile, around: Surroundings): string {
  const ways = [
    ...(host.executable ? [`run it with mini-isolate execute --source ${shown(program)}`] : []),
    ...(around.temporary ? [] : [`copy it to ${shown(around.view.workdir)}`]),
  ];
  const shows = findOnHost(host.path, around);
  if (shows?.kind === "outside" && host.executable) ways.push(`show it with --mount ${shown(shows.mount)} and run ${shown(shows.hostPath)}`);
  return `the host has ${shown(host.path)}${ways.length === 0 ? "" : `: ${ways.join(", or ")}`}`;
}

function mountAdvice(program: string, { hostPath, mount }: Extract<HostProgram, { kind: "outside" }>): string {
  return `the host has ${shown(hostPath)}: show it with --mount ${shown(mount)}${hostPath === program ? "" : ` and run ${shown(hostPath)}`}`;
}

/** For a file that is there. */
export function adviceForFile(number: number, file: FoundFile, around: Surroundings): string | null {
  const language = around.counsel?.languageOf(basename(file.path)) ?? null;
  const isText = file.format?.kind === "text" || file.format?.kind === "script" || file.format?.kind === "marked script";
  if (language !== null && (isText || file.format === null)) return sourceAdvice(basename(file.path), `it is a source file in ${language.name}`, language);
  if (number === errno.EACCES) {
    if (file.noExec !== null) return file.noExec === "rule" ? "leave the option out, or put the program in /box" : "put the program in /box, or mount that file system without noexec";
    return "let everybody execute it, as with chmod 755, and enter the directories above it";
  }
  switch (file.format?.kind) {
    case "text": return `begin it with a line like #!/bin/sh, or name its interpreter: /bin/sh ${shown(file.path)}`;
    case "marked script": return "write the file without it";
    case "elf": return file.format.what === "object file" ? "link it" : file.format.native ? "copy or compile it again" : `compile it for this machine`;
    case "empty": return around.temporary ? null : "what was to write it failed, or was not waited for";
    default: return null;
  }
}

/** For what a `#!` line names, or a program was linked with. */
export function adviceForInterpreter(interpreter: string, kind: "script" | "elf", around: Surroundings): string {
  const where = findOnHost(interpreter, around);
  const rename = kind === "script" ? " and name that path in the #! line" : "";
  if (where?.kind === "outside") return `the host has ${shown(where.hostPath)}: show it with --mount ${shown(where.mount)}${where.hostPath === interpreter ? "" : rename}`;
  if (where?.elsewhere != null && kind === "script") return `the box has ${shown(where.elsewhere)}: name it in the #! line`;
  return kind === "script" ? "install it on the host, or name another interpreter" : "link the program statically, or show its loader and libraries with --mount";
}

/** Without namespaces nothing is mounted, and the box sees what the host has. */
function findOnHost(program: string, { view, counsel }: Surroundings): HostProgram | null {
  return counsel === null || view.mounts.length === 0 ? null : counsel.findOnHost(program, view.mounts);
}

function sourceAdvice(name: string, what: string, { compiled }: { readonly compiled: boolean }): string {
  return `${what}: mini-isolate execute --source ${shown(name)} ${compiled ? "compiles it and runs it" : "runs it"}`;
}

interface HostFile {
  readonly path: string;
  readonly executable: boolean;
}

/** A regular file that the caller would mean by this name. */
function hostFile(program: string): HostFile | null {
  try {
    const path = resolve(program);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? { path, executable: (stat.mode & 0o111) !== 0 } : null;
  } catch {
    // A working directory that is gone, for one.
    return null;
  }
}
