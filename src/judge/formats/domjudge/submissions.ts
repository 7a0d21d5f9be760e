/** Submissions of a package in DOMjudge's dialect, with submissions.json. */
import { readFileSync, statSync } from "node:fs";
import { configError } from "../../../model/errors.ts";
import { namedFault } from "../../../model/host-fault.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { ExampleSubmission } from "../../problem.ts";
import { readSubmissions } from "../kattis/submissions.ts";
import { expectationOf, type Tags, tagsIn } from "../package/expected-results.ts";
import type { Entry, PackageFiles } from "../package/files.ts";

interface Details {
  readonly entryPoint: string | null;
  readonly language: string | null;
}

/** Sources are not looked into beyond this. */
const textLimitBytes = 4 * 1024 * 1024;
const keys = ["entry_point", "langid", "team"];
/** DOMjudge's ids of languages, in the words of the pack `kattis`, where they differ. */
const languages: Readonly<Record<string, string>> = { hs: "haskell", js: "javascript", kt: "kotlin", pas: "pascal", py3: "python3", python: "python3", rb: "ruby", rs: "rust", sh: "shell", bash: "shell", plg: "prolog", cs: "csharp" };

/** @throws IsolateError of kind Config: submissions.json is wrong */
export function readDomjudgeSubmissions(files: PackageFiles, isScoring: boolean): ExampleSubmission[] {
  const found = readSubmissions(files).map((submission) => ({ ...submission, key: `submissions/${submission.name}${submission.entry.kind === "directory" ? "/" : ""}` }));
  const details = readDetails(files, found.map(({ key }) => key));
  return found.map(({ directory, name, entry, key }) => {
    const tags = tagsOf(files, entry);
    const shown = `submissions/${name}`;
    const { expected, warnings } = expectationOf(directory, typeof tags === "string" ? null : tags, isScoring);
    for (const warning of warnings) files.warn(`${files.shown(shown)} ${warning}`);
    const { language = null, entryPoint = null } = details.get(key) ?? {};
    const fault = typeof tags === "string" ? `cannot judge ${files.shown(shown)}: ${tags}` : null;
    return { path: files.at(entry), name: shown, language, entryPoint, expected, ...(fault === null ? {} : { fault }) };
  });
}

/** Of the first file that has any. */
function tagsOf(files: PackageFiles, entry: Entry): Tags | string | null {
  const sources = entry.kind === "directory" ? files.list(entry.path).filter(({ kind }) => kind === "file") : [entry];
  for (const source of sources) {
    const tags = tagsIn(textOf(files.at(source)));
    if (tags !== null) return tags;
  }
  return null;
}

/** One character for each byte: sources are in all encodings, and tags in ASCII. */
function textOf(path: string): string {
  try {
    return statSync(path).size > textLimitBytes ? "" : readFileSync(path, "latin1");
  } catch (error) {
    throw namedFault(`read ${path}`, error);
  }
}

function readDetails(files: PackageFiles, known: readonly string[]): ReadonlyMap<string, Details> {
  const text = files.text("submissions.json");
  const shown = files.shown("submissions.json");
  const details = new Map<string, Details>();
  for (const [key, value] of text === null ? [] : Object.entries(objectIn(text, shown))) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw configError(`cannot read ${shown}: ${key} must be an object with ${keys.join(", ")}`);
    if (!known.includes(key)) {
      const near = known.includes(`${key}/`) ? `${key}/` : nearestName(key, known);
      files.warn(`${shown}: there is no submission ${key}${near === null ? "" : `: did you mean '${near}'?`}`);
    }
    for (const name of Object.keys(value)) {
      const near = keys.includes(name) ? null : nearestName(name, keys);
      if (!keys.includes(name)) files.warn(`${shown}: ${key}: unknown key ${name}, which is ignored${near === null ? "" : `: did you mean '${near}'?`}`);
    }
    const { entry_point: entryPoint, langid } = value as Record<string, unknown>;
    for (const [name, text] of [["entry_point", entryPoint], ["langid", langid]] as const) {
      if (text !== undefined && text !== null && typeof text !== "string") throw configError(`cannot read ${shown}: ${key}: ${name} must be text`);
    }
    const id = (langid ?? null) as string | null;
    details.set(key, { entryPoint: (entryPoint ?? null) as string | null, language: id === null ? null : (languages[id] ?? id) });
  }
  return details;
}

function objectIn(text: string, shown: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw configError(`cannot read ${shown}: it is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw configError(`cannot read ${shown}: it must be an object with the paths of submissions`);
  return value as Record<string, unknown>;
}
