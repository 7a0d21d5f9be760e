/**
 * From the `languages.yaml` of Kattis problemtools to a language pack. The form, and what it means, are those of
 * problemtools/config/languages.yaml and languages.py (release 2026): a mapping of codes; commands are filled in, then split
 * like a shell splits words, and executed without a shell.
 */
import { stringify } from "yaml";
import * as v from "valibot";
import { configError } from "../model/errors.ts";
import { type Position, readYaml, type YamlDocument } from "./document.ts";
import { describeIssue } from "./issues.ts";
import { convertKattisLanguage, type KattisLanguage } from "./kattis-language.ts";
import { checkPack, formatProblem, type PackProblem } from "./load.ts";
import { packFormatVersion, type WrittenLanguage } from "./schema.ts";

const KattisLanguageSchema = v.strictObject({
  name: v.optional(v.string()),
  priority: v.optional(v.pipe(v.number(), v.safeInteger("must be a whole number"))),
  files: v.optional(v.string()),
  shebang_files: v.optional(v.string()),
  shebang: v.optional(v.string()),
  compile: v.optional(v.string()),
  run: v.optional(v.string()),
});

/** What was not carried over. */
export interface ImportNote extends Position {
  /** Code of the language. */
  readonly code: string;
  /** The language is not in the pack. */
  readonly leftOut: boolean;
  readonly reasons: readonly string[];
}

export interface KattisImport {
  /** The text of the pack; null when no language could be carried over. */
  readonly text: string | null;
  readonly imported: number;
  readonly notes: readonly ImportNote[];
}

/** Bounds of `priority` in a pack. */
const largestPriority = 1000;

/**
 * @param shown name of the file, for messages and for the first line of the pack
 * @throws IsolateError of kind Config with `file:line:column` when problemtools would refuse the file as well
 */
export function importKattis(text: string, shown: string): KattisImport {
  const { languages, positionOf } = readLanguages(text, shown);
  const priorities = packPriorities(languages);
  const written: WrittenLanguage[] = [];
  const notes: ImportNote[] = [];
  for (const [code, spec] of languages) {
    const { language, reasons } = convertKattisLanguage(code, spec, priorities.get(code) ?? 0);
    // What a pack does not allow, such as a name that is empty.
    const problems = language === null ? [] : checkPack(packText([language]), code).problems.map(({ path, message }) => `${path.replace(/^languages\.0\./, "")}: ${message}`);
    const leftOut = language === null || problems.length > 0;
    if (!leftOut) written.push(language);
    if (leftOut || reasons.length > 0) notes.push({ ...positionOf([code], true), code, leftOut, reasons: [...reasons, ...problems] });
  }
  if (written.length === 0) return { text: null, imported: 0, notes };
  const pack = `${heading(shown)}${packText(written)}`;
  const [problem] = checkPack(pack, shown).problems;
  if (problem !== undefined) throw new Error(formatProblem("the imported pack", problem));
  return { text: pack, imported: written.length, notes };
}

/** There is no word there for what a box has to be told. */
function heading(shown: string): string {
  return `# Made from ${JSON.stringify(shown)}, a file of Kattis problemtools, by mini-isolate languages import.
# It does not say what a runtime needs besides /usr (mounts) and how many threads it starts (run.needs.processes).
`;
}

function packText(languages: readonly WrittenLanguage[]): string {
  return stringify({ version: packFormatVersion, languages }, { lineWidth: 0, aliasDuplicateObjects: false });
}

type Languages = readonly (readonly [code: string, spec: KattisLanguage])[];

function readLanguages(text: string, shown: string): { readonly languages: Languages } & Pick<YamlDocument, "positionOf"> {
  const document = readYaml(text);
  if (Array.isArray(document)) throw refused(shown, document.map((problem) => ({ ...problem, path: "" })));
  const { value, positionOf } = document;
  const problem = (path: readonly string[], message: string, ofKey = false): PackProblem => ({ ...positionOf(path, ofKey), path: path.join("."), message });
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(shown, [problem([], "must be a mapping of languages")]);
  const problems: PackProblem[] = [];
  const languages: [string, KattisLanguage][] = [];
  const owners = new Map<number, string>();
  for (const [code, spec] of Object.entries(value)) {
    const parsed = v.safeParse(KattisLanguageSchema, spec);
    if (!parsed.success) {
      const found = parsed.issues.flatMap((issue) => describeIssue(issue, KattisLanguageSchema));
      problems.push(...found.map(({ path, message, ofKey }) => problem([code, ...path.map(String)], message, ofKey)));
      continue;
    }
    const { priority, shebang, shebang_files: shebangFiles } = parsed.output;
    if ((shebang === undefined) !== (shebangFiles === undefined)) problems.push(problem([code], "has one of shebang and shebang_files, which come together", true));
    const owner = priority === undefined ? undefined : owners.get(priority);
    if (owner !== undefined) problems.push(problem([code, "priority"], `is that of '${owner}' as well`));
    if (priority !== undefined) owners.set(priority, code);
    languages.push([code, parsed.output]);
  }
  if (problems.length > 0) throw refused(shown, problems);
  return { languages, positionOf };
}

function refused(shown: string, problems: readonly PackProblem[]) {
  const [first, ...others] = problems.map((problem) => formatProblem(shown, problem));
  return configError(first!, others.length === 0 ? "this reads the languages.yaml of Kattis problemtools" : `also wrong: ${others.slice(0, 10).join("; ")}`);
}

/** The higher priority wins here as there; only the order counts, so what is out of our bounds is numbered anew. */
function packPriorities(languages: Languages): ReadonlyMap<string, number> {
  const given = languages.flatMap(([code, { priority }]) => (priority === undefined ? [] : [{ code, priority }]));
  if (given.every(({ priority }) => Math.abs(priority) <= largestPriority)) return new Map(given.map(({ code, priority }) => [code, priority]));
  const ordered = given.toSorted((a, b) => b.priority - a.priority);
  return new Map(ordered.map(({ code }, index) => [code, largestPriority - index]));
}
