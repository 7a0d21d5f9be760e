/**
 * From the `languages.yaml` of Kattis problemtools to a language pack. The form, and what it means, are those of
 * problemtools/config/languages.yaml and languages.py (release 2026): a mapping of codes; commands are filled in, then split
 * like a shell splits words, and executed without a shell.
 */
import * as v from "valibot";
import { readYaml, type YamlDocument } from "./document.ts";
import { packFrom, type PackImport, refused } from "./imported-pack.ts";
import { describeIssue } from "./issues.ts";
import { convertKattisLanguage, type KattisLanguage } from "./kattis-language.ts";
import type { PackProblem } from "./problem-line.ts";

const KattisLanguageSchema = v.strictObject({
  name: v.optional(v.string()),
  priority: v.optional(v.pipe(v.number(), v.safeInteger("must be a whole number"))),
  files: v.optional(v.string()),
  shebang_files: v.optional(v.string()),
  shebang: v.optional(v.string()),
  compile: v.optional(v.string()),
  run: v.optional(v.string()),
});

const what = "this reads the languages.yaml of Kattis problemtools, and the langs.yaml of Hydro";

/** Bounds of `priority` in a pack. */
const largestPriority = 1000;

/**
 * @param shown name of the file, for messages and for the first line of the pack
 * @throws IsolateError of kind Config with `file:line:column` when problemtools would refuse the file as well
 */
export function importKattis(text: string, shown: string): PackImport {
  const { languages, positionOf } = readLanguages(text, shown);
  const priorities = packPriorities(languages);
  const converted = languages.map(([code, spec]) => ({ code, ...convertKattisLanguage(code, spec, priorities.get(code) ?? 0), ...positionOf([code], true) }));
  return packFrom(converted, `# Made from ${JSON.stringify(shown)}, a file of Kattis problemtools, by mini-isolate languages import.
# It does not say what a runtime needs besides /usr (mounts) and how many threads it starts (run.needs.processes).
`);
}

type Languages = readonly (readonly [code: string, spec: KattisLanguage])[];

function readLanguages(text: string, shown: string): { readonly languages: Languages } & Pick<YamlDocument, "positionOf"> {
  const document = readYaml(text);
  if (Array.isArray(document)) throw refused(shown, document.map((problem) => ({ ...problem, path: "" })), what);
  const { value, positionOf } = document;
  const problem = (path: readonly string[], message: string, ofKey = false): PackProblem => ({ ...positionOf(path, ofKey), path: path.join("."), message });
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(shown, [problem([], "must be a mapping of languages")], what);
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
  if (problems.length > 0) throw refused(shown, problems, what);
  return { languages, positionOf };
}

/** The higher priority wins here as there; only the order counts, so what is out of our bounds is numbered anew. */
function packPriorities(languages: Languages): ReadonlyMap<string, number> {
  const given = languages.flatMap(([code, { priority }]) => (priority === undefined ? [] : [{ code, priority }]));
  if (given.every(({ priority }) => Math.abs(priority) <= largestPriority)) return new Map(given.map(({ code, priority }) => [code, priority]));
  const ordered = given.toSorted((a, b) => b.priority - a.priority);
  return new Map(ordered.map(({ code }, index) => [code, largestPriority - index]));
}
