/** What is wrong with a program that could not be executed, in words. Pure. */
import { errno } from "../../kernel/errno.ts";
import { describeBytes } from "../../model/units.ts";
import type { LaunchSpec } from "../plan/spec.ts";
import { ownMachine, type Format } from "./format.ts";
import type { Found, FoundFile, Owned } from "./look.ts";

export interface Reason {
  /** Completes "cannot execute ./a:". */
  readonly why: string;
  /** What to do about it. */
  readonly advice: string | null;
}

/** Who executes. null: not known in the ids that files have. */
export type User = { readonly uid: number; readonly gid: number } | null;

const longestShown = 200;

/** A name that may have been made to mislead: quoted where it has more than plain characters. */
export function shown(text: string): string {
  const short = text.length > longestShown ? `${text.slice(0, longestShown)}...` : text;
  return /^[\x21-\x7e]+$/.test(short) && !short.includes('"') ? short : JSON.stringify(short);
}

/** null: a file, or not known. */
export function describeFound(found: Found): string | null {
  switch (found.kind) {
    case "absent": return found.link === null ? `there is no ${shown(found.path)} in the box` : `${shown(found.link)} is a link that leads to ${shown(found.path)}, and there is no such file in the box`;
    case "directory": return `${shown(found.path)} is a directory`;
    case "special": return `${shown(found.path)} is ${found.what}`;
    case "not a directory": return `${shown(found.path)} is not a directory`;
    case "too many links": return `too many links lead on to each other at ${shown(found.path)}`;
    default: return null;
  }
}

/** Why a file was refused with this number; null: it is not the file. */
export function describeFile(number: number, file: FoundFile, directories: readonly Owned[], user: User): string | null {
  const path = shown(file.path);
  switch (number) {
    case errno.EACCES: {
      const closed = directories.find((directory) => !mayExecute(directory, user));
      if (closed !== undefined) return `${whoOf(user)} may not enter ${shown(closed.path)} (${ownerOf(closed)})`;
      if ((file.mode & 0o111) === 0) return `${path} has no permission to be executed (mode ${octal(file.mode)})`;
      if (!mayExecute(file, user)) return `${whoOf(user)} may not execute ${path} (${ownerOf(file)})`;
      if (file.noExec === "rule") return `${path} lies in a mount with the option noexec`;
      return file.noExec === "host" ? `${path} lies on a file system that the host has mounted noexec` : null;
    }
    case errno.ENOEXEC: return file.format === null ? null : describeFormat(path, file.format);
    case errno.ETXTBSY: return `${path} is open for writing`;
    default: return null;
  }
}

function describeFormat(path: string, format: Format): string | null {
  switch (format.kind) {
    case "empty": return `${path} is empty`;
    case "script": return format.interpreter === null ? `the #! line of ${path} names no interpreter` : null;
    case "marked script": return `${path} has a byte order mark before its #! line`;
    case "foreign": return `${path} is ${format.what}`;
    case "text": return `${path} is a text without a #! line`;
    case "data": return `${path} is no program that this kernel knows`;
    case "elf": {
      if (format.what !== "program") return `${path} is ${format.what === "object file" ? "an object file" : "a core dump"} and no program`;
      return format.native ? `${path} is a damaged program: its file is cut off, or was changed` : `${path} was made for ${format.machine}, and this machine is ${ownMachine}`;
    }
  }
}

/** What is wrong with the call and not with the file. */
export function describePath(number: number, { program, limits }: Pick<LaunchSpec, "program" | "limits">): Reason | null {
  if (number === errno.ENAMETOOLONG) return { why: "its name is longer than the kernel accepts", advice: null };
  if (number !== errno.E2BIG) return null;
  const texts = [...program.argv, ...program.environment];
  const bytes = texts.map((text) => Buffer.byteLength(text) + 1);
  if (bytes.some((length) => length > longestArgument)) return { why: `an argument or a variable has more than ${describeBytes(longestArgument)[0]}`, advice: "put it in a file, or into standard input" };
  const all = describeBytes(bytes.reduce((sum, length) => sum + length, 0))[0];
  const stack = limits.stackBytes === null ? "" : `, and a quarter of the stack limit of ${describeBytes(limits.stackBytes)[0]} is for them`;
  return { why: `its arguments and variables take ${all}${stack}`, advice: "put them in a file, or raise the limit with --stack" };
}

/** MAX_ARG_STRLEN (execve(2)). */
const longestArgument = 128 * 1024;

/** By mode alone; what access control lists say is not looked at. */
function mayExecute({ mode, uid, gid }: Owned, user: User): boolean {
  if (user === null) return (mode & 0o111) !== 0;
  return (mode & (user.uid === uid ? 0o100 : user.gid === gid ? 0o010 : 0o001)) !== 0;
}

function whoOf(user: User): string {
  return user === null ? "the user of the box" : `the user of the box (uid ${user.uid})`;
}

function ownerOf({ mode, uid }: Owned): string {
  return `mode ${octal(mode)} of uid ${uid}`;
}

function octal(mode: number): string {
  return `0${(mode & 0o7777).toString(8).padStart(3, "0")}`;
}
