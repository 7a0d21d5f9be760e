/** The pack that an import makes, and what is said about what is not in it. */
import { stringify } from "yaml";
import { configError, type IsolateError } from "../model/errors.ts";
import type { Position } from "./document.ts";
import { checkPack } from "./load.ts";
import { formatProblem, type PackProblem } from "./problem-line.ts";
import { packFormatVersion, type WrittenLanguage } from "./schema.ts";

/** A language of the other format, as one of a pack. */
export interface Converted extends Position {
  readonly code: string;
  /** null: left out, for the reasons that are given. */
  readonly language: WrittenLanguage | null;
  /** What is not carried over. */
  readonly reasons: readonly string[];
}

/** What was not carried over. */
export interface ImportNote extends Position {
  /** Code of the language. */
  readonly code: string;
  /** The language is not in the pack. */
  readonly leftOut: boolean;
  readonly reasons: readonly string[];
}

export interface PackImport {
  /** The text of the pack; null when no language could be carried over. */
  readonly text: string | null;
  readonly imported: number;
  readonly notes: readonly ImportNote[];
}

/** @param heading comments above the pack */
export function packFrom(converted: readonly Converted[], heading: string): PackImport {
  const written: WrittenLanguage[] = [];
  const notes: ImportNote[] = [];
  for (const { code, language, reasons, line, column } of converted) {
    // What a pack does not allow, such as a name that is empty.
    const problems = language === null ? [] : checkPack(packText([language]), code).problems.map(({ path, message }) => `${path.replace(/^languages\.0\./, "")}: ${message}`);
    const leftOut = language === null || problems.length > 0;
    if (!leftOut) written.push(language);
    if (leftOut || reasons.length > 0) notes.push({ line, column, code, leftOut, reasons: [...reasons, ...problems] });
  }
  if (written.length === 0) return { text: null, imported: 0, notes };
  const pack = `${heading}${packText(written)}`;
  const [problem] = checkPack(pack, "the pack").problems;
  if (problem !== undefined) throw new Error(formatProblem("the imported pack", problem));
  return { text: pack, imported: written.length, notes };
}

function packText(languages: readonly WrittenLanguage[]): string {
  return stringify({ version: packFormatVersion, languages }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** For a file that its own program would refuse as well. @param what says which files are read */
export function refused(shown: string, problems: readonly PackProblem[], what: string): IsolateError {
  const [first, ...others] = problems.map((problem) => formatProblem(shown, problem));
  return configError(first!, others.length === 0 ? what : `also wrong: ${others.slice(0, 10).join("; ")}`);
}
