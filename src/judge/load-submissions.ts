/** Submissions as the judge runs them: read, with what the problem adds to them, in a language that is known. */
import { realpathSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { statSync } from "../kernel/fs.ts";
import type { Language } from "../language/language.ts";
import type { LanguageSet } from "../language/registry.ts";
import { extensionOf, hasExtension } from "../language/source-name.ts";
import { configError, IsolateError, messageOf } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { readAdded } from "../source/added-files.ts";
import type { StagedFile } from "../source/cache/compile-key.ts";
import { checkSource } from "../source/check-source.ts";
import type { SourceRequest } from "../source/source-request.ts";
import { languagesFor } from "../source/execute-source.ts";
import type { Addition, ExampleSubmission, Problem } from "./problem.ts";
import type { Submission } from "./submission.ts";

/** What the caller says about all submissions that it names itself. */
export interface SubmissionOptions {
  /** As `--pack` takes them; empty: those of the problem. */
  readonly packs?: readonly string[];
  readonly language?: string | null;
  readonly entryPoint?: string | null;
  /** Further files and directories of the caller that lie beside the source. */
  readonly added?: readonly string[];
}

export interface LoadedSubmissions {
  readonly submissions: readonly Submission[];
  /** What a person should know of the packs. */
  readonly warnings: readonly string[];
}

/**
 * @param paths of the caller's; one of the problem's own submissions is the same as among `examples`
 * @param examples submissions of the problem that are judged as well
 * @throws IsolateError of kind Config for what cannot be read, or is in no language that is known
 */
export async function loadSubmissions(problem: Problem, paths: readonly string[], examples: readonly ExampleSubmission[], options: SubmissionOptions = {}): Promise<LoadedSubmissions> {
  const packs = options.packs?.length ? options.packs : problem.packs;
  const languages = await languagesFor(null, packs);
  const wanted = [...paths.map((path) => exampleFor(problem, path, options)), ...examples.filter((example) => !paths.some((path) => isSamePath(path, example.path)))];
  const submissions: Submission[] = [];
  for (const example of wanted) {
    try {
      submissions.push(await loadSubmission(problem, example, { packs, added: options.added ?? [], languages }));
    } catch (error) {
      // Among many, one that cannot be judged keeps no other from it.
      if (wanted.length === 1 || !(error instanceof IsolateError)) throw error;
      const { path, name, language, expected } = example;
      submissions.push({ path: name, source: null, outputs: path, language, codeBytes: 0, expected, fault: messageOf(error) });
    }
  }
  return { submissions, warnings: languages.problems };
}

function exampleFor(problem: Problem, path: string, { language = null, entryPoint = null }: SubmissionOptions): ExampleSubmission {
  const known = problem.submissions.find((example) => isSamePath(path, example.path));
  return known === undefined ? { path, name: path, language, entryPoint, expected: null } : { ...known, name: path, language: language ?? known.language, entryPoint: entryPoint ?? known.entryPoint };
}

function isSamePath(one: string, other: string): boolean {
  if (resolve(one) === resolve(other)) return true;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

interface Surroundings {
  readonly packs: readonly string[];
  readonly added: readonly string[];
  readonly languages: LanguageSet;
}

async function loadSubmission(problem: Problem, example: ExampleSubmission, { packs, added, languages }: Surroundings): Promise<Submission> {
  const { path, name, expected, entryPoint } = example;
  if (problem.kind.kind === "outputs") return { path: name, source: null, outputs: path, language: null, codeBytes: 0, expected, fault: null };
  const asked = isDirectory(path) ? sourceInDirectory(path, entryPoint, languages.languages) : { path, addedFiles: [] };
  const language = example.language;
  const checked = await checkSource({ ...asked, language, packs, added, entryPoint }, () => Promise.resolve(languages), "submission");
  const known = languages.languages.find(({ id }) => id === checked.language) ?? null;
  const bytes = asked.bytes?.length ?? statSync(path).size;
  const codeBytes = bytes + asked.addedFiles.reduce((sum, file) => sum + file.bytes.length, 0);
  const source = withAdditions(checked.source, problem.additions.filter((addition) => isFor(addition, basename(asked.path), known)));
  return { path: name, source: { ...source, packs }, outputs: null, language: checked.language, codeBytes, expected, fault: null };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw namedFault(`read submission ${path}`, error);
  }
}

type ReadSource = { readonly path: string; readonly bytes?: Uint8Array; readonly addedFiles: readonly StagedFile[] };

/** The file called main, else the first one in a language that is known, or the one that the entry point names; the others lie beside it. */
function sourceInDirectory(path: string, entryPoint: string | null, languages: readonly Language[]): ReadSource {
  const files = filesIn([path]);
  const sources = files.filter(({ name }) => !name.includes("/") && languages.some(({ extensions }) => extensions.some((extension) => hasExtension(name, extension))));
  const stem = ({ name }: StagedFile) => name.slice(0, name.length - extensionOf(name, []).length);
  const main = sources.find((file) => file.name === entryPoint || stem(file) === entryPoint) ?? sources.find((file) => stem(file).toLowerCase() === "main") ?? sources[0];
  if (main === undefined) throw configError(`cannot judge ${path}: no file in it is in a language that is known`, "name a pack that has its language with --pack, or give the source itself");
  return { path: join(path, main.name), bytes: main.bytes, addedFiles: files.filter((file) => file !== main) };
}

/** Files, and what is in directories, by their names below them. */
function filesIn(paths: readonly string[]): StagedFile[] {
  return paths.flatMap((path) => readAdded([path]).map((file) => (file.name.includes("/") ? { ...file, name: file.name.slice(file.name.indexOf("/") + 1) } : file)));
}

function isFor({ forLanguage }: Addition, fileName: string, language: Language | null): boolean {
  if (forLanguage === null) return true;
  return forLanguage.some((what) => (what.startsWith(".") ? hasExtension(fileName, what) : [language?.id, ...(language?.aliases ?? [])].includes(what.replace(/^language:/, ""))));
}

/** The problem's files take the place of the submission's own of the same name. */
function withAdditions(source: SourceRequest, additions: readonly Addition[]): SourceRequest {
  if (additions.length === 0) return source;
  const beside = filesIn(additions.filter(({ role }) => role === "beside").flatMap(({ paths }) => paths));
  const mains = additions.filter(({ role }) => role === "main").flatMap(({ paths }) => paths);
  const names = new Set(beside.map(({ name }) => name));
  const kept = (source.addedFiles ?? []).filter(({ name }) => !names.has(name));
  const [main, ...more] = mains;
  if (main === undefined) return { ...source, addedFiles: [...kept, ...beside] };
  if (more.length > 0) throw new IsolateError("Config", `cannot compile ${source.path}: the problem has several main sources for its language: ${mains.join(", ")}`);
  const [own] = source.bytes === undefined ? filesIn([source.path]) : [{ name: basename(source.path), bytes: source.bytes, mode: 0o644 }];
  const { bytes: _, ...rest } = source;
  return { ...rest, path: main, addedFiles: [own!, ...kept, ...beside] };
}
