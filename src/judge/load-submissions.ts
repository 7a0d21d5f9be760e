/** Submissions as the judge runs them: read, with what the problem adds to them, in a language that is known. */
import { existsSync, realpathSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { statSync } from "../kernel/fs.ts";
import type { Language } from "../language/language.ts";
import type { LanguageSet } from "../language/registry.ts";
import { extensionOf, hasExtension } from "../language/source-name.ts";
import { configError, IsolateError, messageOf } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { describeBytes } from "../model/units.ts";
import { readCallersFile } from "../box/files.ts";
import { readAdded } from "../source/added-files.ts";
import type { StagedFile } from "../source/cache/compile-key.ts";
import { checkSource } from "../source/check-source.ts";
import { largestSourceBytes, type SourceRequest } from "../source/source-request.ts";
import { languagesFor } from "../source/execute-source.ts";
import { bytesWithConstants } from "./constants.ts";
import type { Addition, ExampleSubmission, Problem } from "./problem.ts";
import { ProgramFiles } from "./programs/program-files.ts";
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
  const named = paths.map((path) => exampleFor(problem, path, options));
  const wanted = [...named, ...examples.filter((example) => !named.some(({ path }) => isSamePath(path, example.path)))];
  const submissions: Submission[] = [];
  for (const example of wanted) {
    try {
      submissions.push(await loadSubmission(problem, example, { packs, added: options.added ?? [], languages }));
    } catch (error) {
      // Among many, one that cannot be judged keeps no other from it.
      if (wanted.length === 1 || !(error instanceof IsolateError)) throw error;
      const { path, name, language, expected } = example;
      submissions.push({ path: name, source: null, outputs: path, language, codeBytes: 0, expected, refusal: null, fault: messageOf(error) });
    }
  }
  return { submissions, warnings: languages.problems };
}

function exampleFor(problem: Problem, path: string, { language = null, entryPoint = null }: SubmissionOptions): ExampleSubmission {
  // By its name in the package as well, where the caller's directory has no such file.
  const byName = (example: ExampleSubmission) => example.name === path || example.name.endsWith(`/${path}`);
  const known = problem.submissions.find((example) => isSamePath(path, example.path)) ?? (existsSync(path) ? undefined : problem.submissions.find(byName));
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
  const { path, name, expected, entryPoint, fault } = example;
  if (fault !== undefined) throw configError(fault);
  const isTree = isDirectory(path);
  const known = { path: name, expected, outputs: isTree || problem.kind.kind === "outputs" ? path : null, fault: null, refusal: null };
  const outputs = new Set(problem.tests.flatMap(({ submitted }) => submitted?.fileName ?? []));
  // Outputs are no sources, whatever language has their extension; of some problems a submission may be outputs alone.
  const root = problem.submissions.some((of) => of.path === path) ? problem.path : null;
  const isOutputs = problem.kind.kind === "outputs" || (outputs.size > 0 && (isTree ? filesIn([path], root).every((file) => outputs.has(file.name)) : outputs.has(basename(path))));
  if (isOutputs && !isTree && /\.zip$/i.test(path)) throw configError(`cannot judge ${name}: outputs in a zip file are not read`, "unpack it, and give the directory");
  if (isOutputs) return { ...known, outputs: path, source: null, language: null, codeBytes: 0 };
  const own = isTree ? sourceInDirectory(path, entryPoint, languages.languages, outputs, root) : sourceInFile(path);
  const most = problem.limits.code;
  const codeBytes = own.bytes.length + own.addedFiles.reduce((sum, file) => sum + file.bytes.length, 0);
  const tooLong = most === null || codeBytes <= most ? null : `the source has ${describeBytes(codeBytes, most).join(", and the problem allows ")}`;
  // Constants of the package are in its own submissions only.
  const replaced = problem.submissions.some((of) => of.path === path) ? withConstantsIn(own, problem) : own;
  // Words of the package for languages may be none of a pack that the caller chose.
  const language = languages.languages.some(({ id, aliases }) => id === example.language || aliases.includes(example.language ?? "")) ? example.language : problem.submissions.includes(example) ? null : example.language;
  const checked = await checkSource({ ...replaced, language, packs, added, entryPoint }, () => Promise.resolve(languages), "submission");
  const inLanguage = languages.languages.find(({ id }) => id === checked.language) ?? null;
  const mains = problem.additions.filter(({ role }) => role === "main");
  const additions = problem.additions.filter((addition) => isFor(addition, basename(own.path), inLanguage));
  if (mains.length > 0 && !additions.some(({ role }) => role === "main")) throw configError(`cannot judge ${name}: the problem has a grader for ${mains.flatMap(({ forLanguage }) => forLanguage ?? []).join(" ")} only`, "give a submission in one of these languages");
  // The name of a file has done its work by now; only languages with main classes are told one.
  const entry = inLanguage?.entryPoint == null && isNameOf(own.path, entryPoint) ? null : entryPoint;
  const source = withAdditions(named({ ...checked.source, entryPoint: entry }, problem.sourceName), additions, problem);
  // The words of the problem for languages are those of its own packs.
  const refusal = tooLong ?? (packs === problem.packs ? whyNotIn(problem.languages, inLanguage, languages.languages) : null);
  return { ...known, source: { ...source, packs }, language: checked.language, codeBytes, refusal };
}

/** A language for the same files as one that is allowed is as good: another Python, say, on a host that has only that. */
function whyNotIn(allowed: readonly string[] | null, language: Language | null, languages: readonly Language[]): string | null {
  if (allowed === null || language === null) return null;
  const isAllowed = ({ id, aliases }: Language) => [id, ...aliases].some((name) => allowed.includes(name));
  if (isAllowed(language) || languages.some((other) => isAllowed(other) && language.extensions.every((extension) => other.extensions.includes(extension)))) return null;
  return `the problem takes submissions in ${allowed.join(", ")}, and this one is in ${language.id}`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw namedFault(`read submission ${path}`, error);
  }
}

interface ReadSource {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly addedFiles: readonly StagedFile[];
}

/** An executable keeps its path: it is run as it is. */
function sourceInFile(path: string): ReadSource {
  return { path, bytes: readCallersFile(path, largestSourceBytes).bytes, addedFiles: [] };
}

function withConstantsIn(source: ReadSource, { constants }: Problem): ReadSource {
  return { ...source, bytes: bytesWithConstants(source.bytes, constants), addedFiles: source.addedFiles.map((file) => ({ ...file, bytes: bytesWithConstants(file.bytes, constants) })) };
}

/** The same source by the name that the problem wants. */
function named(source: SourceRequest, name: string | undefined): SourceRequest {
  return name === undefined ? source : { ...source, path: `${name}${extensionOf(source.path, [])}` };
}

/** The file called main, else the first one in a language that is known, or the one that the entry point names; the others lie beside it. */
function sourceInDirectory(path: string, entryPoint: string | null, languages: readonly Language[], outputs: ReadonlySet<string>, root: string | null): ReadSource {
  const files = filesIn([path], root).filter(({ name }) => !outputs.has(name));
  const sources = files.filter(({ name }) => !name.includes("/") && languages.some(({ extensions }) => extensions.some((extension) => hasExtension(name, extension))));
  const main = sources.find(({ name }) => isNameOf(name, entryPoint)) ?? sources.find(({ name }) => stem(name).toLowerCase() === "main") ?? sources[0];
  if (main === undefined) throw configError(`cannot judge ${path}: no file in it is in a language that is known`, "name a pack that has its language with --pack, or give the source itself");
  return { path: join(path, main.name), bytes: main.bytes, addedFiles: files.filter((file) => file !== main) };
}

const stem = (name: string) => name.slice(0, name.length - extensionOf(name, []).length);

/** Whether an entry point is the name of a file, with or without its extension. */
function isNameOf(path: string, entryPoint: string | null): boolean {
  const name = basename(path);
  return name === entryPoint || stem(name) === entryPoint;
}

/**
 * Files, and what is in directories, by their names below them.
 * @param root the package that they belong to, in which links may lead anywhere; null: they are the caller's, and no link leads out of a directory
 */
function filesIn(paths: readonly string[], root: string | null): StagedFile[] {
  return paths.flatMap((path) => {
    if (root !== null && isDirectory(path)) return new ProgramFiles(root).content(path);
    return readAdded([path]).map((file) => (file.name.includes("/") ? { ...file, name: file.name.slice(file.name.indexOf("/") + 1) } : file));
  });
}

function isFor({ forLanguage, notFor = [] }: Addition, fileName: string, language: Language | null): boolean {
  const means = (what: string) => (what.startsWith(".") ? hasExtension(fileName, what) : [language?.id, ...(language?.aliases ?? [])].includes(what.replace(/^language:/, "")));
  return (forLanguage === null || forLanguage.some(means)) && !notFor.some(means);
}

/** The problem's files take the place of the submission's own of the same name. */
function withAdditions(source: SourceRequest, additions: readonly Addition[], { constants, path: root }: Problem): SourceRequest {
  if (additions.length === 0) return source;
  const filled = (file: StagedFile): StagedFile => ({ ...file, bytes: bytesWithConstants(file.bytes, constants) });
  const of = (wanted: Addition["role"]) => additions.filter(({ role }) => role === wanted).flatMap(({ paths }) => paths);
  const beside = filesIn(of("beside"), root).map(filled);
  const names = new Set(beside.map(({ name }) => name));
  const kept = (source.addedFiles ?? []).filter(({ name }) => !names.has(name));
  const [main, ...more] = of("main");
  if (main === undefined) return { ...source, addedFiles: [...kept, ...beside] };
  if (more.length > 0) throw configError(`cannot compile ${source.path}: the problem has several main sources for its language: ${[main, ...more].join(", ")}`);
  const own: StagedFile = { name: basename(source.path), bytes: source.bytes!, mode: 0o644 };
  return { ...source, path: main, bytes: filled(filesIn([main], root)[0]!).bytes, addedFiles: [own, ...kept, ...beside] };
}
