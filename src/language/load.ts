/**
 * Language packs from YAML files: bounded reading, full checks, and every mistake with its place in the file.
 * Imported only when a pack is given: it brings the YAML parser and valibot with it.
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { configError, IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { builtInDefinitions } from "./builtin.ts";
import { readTree } from "./document.ts";
import type { MergedLanguage } from "./extend.ts";
import { checkForm, isRelated, type Path } from "./form.ts";
import { checkMeaning } from "./meaning-of-pack.ts";
import { placeholders } from "./placeholders.ts";
import { formatProblem, type PackProblem } from "./problem-line.ts";
import { requireTrusted } from "./trust.ts";
import { describeBytes } from "../model/units.ts";

/** A larger pack is refused unread. */
export const packSizeLimitBytes = 1024 * 1024;

const placeholderNames = Object.keys(placeholders);

/** All that is wrong with the text of a pack, in the order of the file, or its languages. */
export type PackCheck =
  | { readonly languages: readonly MergedLanguage[]; readonly problems: readonly [] }
  | { readonly languages: readonly []; readonly problems: readonly PackProblem[] };

/**
 * Checks the text of a pack.
 * @param origin its path, kept in the languages
 * @param earlier what its languages may extend besides each other, in the order in which it is looked up
 */
export function checkPack(text: string, origin: string, earlier: readonly MergedLanguage[] = builtInDefinitions()): PackCheck {
  const { document, problems: textProblems, isWhole } = readTree(text, { placeholders: placeholderNames });
  const found: PackProblem[] = textProblems.map(({ line, column, path, message }) => ({ line, column, path: path.join("."), message }));
  if (document === null) return failed(found);
  const { value, positionOf } = document;
  if (value === null || value === undefined) return failed(found.length > 0 ? found : [{ line: 1, column: 1, path: "", message: "the file is empty" }]);
  const form = checkForm(value);
  const add = (path: Path, message: string, ofKey = false) => {
    const shown = withoutShorthand(path, form.shorthands);
    // Behind what could not be read, everything may be wrong for that reason.
    if (isWhole(path) && !textProblems.some((problem) => problem.path.length > 0 && problem.path.length <= path.length && isRelated(problem.path, path))) found.push({ ...positionOf(shown, ofKey), path: shown.join("."), message });
  };
  for (const { path, message, ofKey } of form.problems) add(path, message, ofKey);
  if (form.languages === null) return failed(found);
  const several = Object.hasOwn(value, "languages");
  const { languages, problems } = checkMeaning(form.languages, origin, earlier);
  for (const { index, path, message } of problems) add(several ? ["languages", index, ...path] : path, message);
  return found.length > 0 ? failed(found) : { languages, problems: [] };
}

/** Where a text stands that is the whole of its part: `run`, not `run.command`. */
function withoutShorthand(path: Path, shorthands: readonly Path[]): Path {
  const step = shorthands.find((shorthand) => path.length > shorthand.length && isRelated(shorthand, path));
  return step ?? path;
}

function failed(found: PackProblem[]): PackCheck {
  const problems = new Map(found.map((problem) => [formatProblem("", problem), problem]));
  return { languages: [], problems: [...problems.values()].toSorted(byPlace) };
}

/** What is missing stands at the beginning of what it is missing in, and is told after what is wrong in that line. */
function byPlace(a: PackProblem, b: PackProblem): number {
  const isMissing = ({ message }: PackProblem) => Number(message === "is missing");
  return a.line - b.line || isMissing(a) - isMissing(b) || a.column - b.column;
}

/**
 * The languages of a pack's text.
 * @throws IsolateError of kind Config: the first mistake as `file:line:column: path: message`, the others in the hint
 */
export function parsePack(text: string, file: string, earlier?: readonly MergedLanguage[]): readonly MergedLanguage[] {
  const { languages, problems } = checkPack(text, file, earlier);
  const [first, ...others] = problems;
  if (first === undefined) return languages;
  const more = others.slice(0, 10).map((problem) => formatProblem(file, problem));
  throw configError(formatProblem(file, first), more.length === 0 ? undefined : `also wrong: ${more.join("; ")}`);
}

/**
 * The languages of a pack file.
 * @param sudoUid who became root by sudo; null: nobody, or it is not known
 * @throws IsolateError of kind Config when it cannot be read, is too large, is not UTF-8, can be written by others, or is wrong
 */
export function loadPackFile(path: string, earlier?: readonly MergedLanguage[], sudoUid: number | null = null): readonly MergedLanguage[] {
  return parsePack(readPackFile(path, sudoUid), path, earlier);
}

/** The text of a pack file, byte for byte. @throws IsolateError of kind Config as {@link loadPackFile}, but for what is in it */
export function readPackFile(path: string, sudoUid: number | null = null): string {
  const bytes = readBounded(path, sudoUid);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw configError(`cannot read language pack ${path}: it is not UTF-8 text`);
  }
}

function readBounded(path: string, sudoUid: number | null): Uint8Array {
  const refuse = (error: unknown): IsolateError => namedFault(`read language pack ${path}`, error);
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw refuse(error);
  }
  try {
    const patienceMs = kindOf(fd, path) === "pipe" ? silenceMs : 0;
    requireTrusted(fd, path, sudoUid);
    // One byte more than allowed tells a file that is too large, and works for pipes as well.
    const buffer = new Uint8Array(packSizeLimitBytes + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got) got = readOrWait(fd, buffer.subarray(length), patienceMs);
    if (length <= packSizeLimitBytes) return buffer.subarray(0, length);
  } catch (error) {
    throw error instanceof IsolateError ? error : refuse(error);
  } finally {
    closeSync(fd);
  }
  throw configError(`cannot read language pack ${path}: it is larger than ${describeBytes(packSizeLimitBytes)[0]}`);
}

/**
 * A file, or a pipe without a name, as a shell makes it for `--pack <(command)`.
 * @throws IsolateError of kind Config for anything else
 */
function kindOf(fd: number, path: string): "file" | "pipe" {
  const stat = fstatSync(fd);
  if (stat.isFile()) return "file";
  if (stat.isFIFO() && readlinkSync(`/proc/self/fd/${fd}`).startsWith("pipe:")) return "pipe";
  throw configError(`cannot read language pack ${path}: it is ${stat.isDirectory() ? "a directory" : "not a regular file"}`);
}

/** How long a pipe may be silent. */
const silenceMs = 10_000;

/** What looks like a file may have nothing to say either (/proc/kmsg): that is not waited for. */
function readOrWait(fd: number, buffer: Uint8Array, patienceMs: number): number {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if (errnoOf(error) !== errno.EAGAIN || performance.now() > deadline) throw error;
      Bun.sleepSync(5);
    }
  }
}
