/** `domjudge-problem.ini`: lines `key = value`, as PHP reads them. */
import { formatProblem } from "../../../language/problem-line.ts";
import { configError } from "../../../model/errors.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { PackageFiles } from "../package/files.ts";

const known = ["name", "timelimit", "special_run", "special_compare", "externalid", "short-name", "color", "points", "allow_submit", "allow_judge"] as const;
type Key = (typeof known)[number];

export interface IniValue {
  readonly text: string;
  /** `file:line:column`, with what is wrong behind it. */
  readonly error: (message: string) => ReturnType<typeof configError>;
}

/**
 * @returns null when there is no such file
 * @throws IsolateError of kind Config: a line that is none, with its place
 */
export function readIni(files: PackageFiles, path: string): Partial<Record<Key, IniValue>> | null {
  const text = files.text(path);
  if (text === null) return null;
  const found: Partial<Record<Key, IniValue>> = {};
  for (const [index, line] of text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/).entries()) {
    const told = (key: string, message: string) => formatProblem(files.shown(path), { line: index + 1, column: line.length - line.trimStart().length + 1, path: key, message });
    // Sections mean nothing: keys of all of them are taken together.
    if (/^\s*([;#].*)?$|^\s*\[[^\]]*\]\s*$/.test(line)) continue;
    const match = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) throw configError(told("", "must be KEY = VALUE, a comment after ';', or empty"));
    const [, key, value] = match as unknown as [string, string, string];
    if (!isKnown(key)) {
      const near = nearestName(key, known);
      files.warn(told(key, `unknown key, which is ignored${near === null ? "" : `: did you mean '${near}'?`}`));
      continue;
    }
    found[key] = { text: unquoted(value), error: (message) => configError(told(key, message)) };
  }
  return found;
}

const isKnown = (key: string): key is Key => (known as readonly string[]).includes(key);

function unquoted(value: string): string {
  const quoted = /^"([^"]*)"|^'([^']*)'/.exec(value);
  return quoted === null ? value.replace(/\s*;.*$/, "") : (quoted[1] ?? quoted[2])!;
}
