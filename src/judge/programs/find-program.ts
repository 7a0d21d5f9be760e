/**
 * What a jury's program is made of. It comes as a file; as a directory with sources; as a directory with `build`, `run` or both; or as a
 * directory that holds one such directory.
 */
import { basename, dirname, join } from "node:path";
import { statSync } from "../../kernel/fs.ts";
import type { Language } from "../../language/language.ts";
import { hasExtension } from "../../language/source-name.ts";
import { configError } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import type { Constants } from "../constants.ts";
import type { Program } from "../problem.ts";
import { entriesOf, ProgramFiles } from "./program-files.ts";

export type FoundProgram =
  /** A source of one language, or a file that is executed as it is. */
  | { readonly kind: "source"; readonly request: SourceRequest }
  /** A directory with a file `run`, or with `build`, which makes it. */
  | { readonly kind: "tree"; readonly files: readonly StagedFile[]; readonly isBuilt: boolean };

/** Names of the main source, without extension, where a directory has several. */
const mainNames = ["main", "__main__", "validate", "validator", "output_validator", "checker", "check", "compare", "interactor", "interact", "manager", "grader"];

/**
 * @param languages those of the packs that the program's language is looked for in
 * @param constants what is replaced in its files; left out: nothing
 * @throws IsolateError of kind Config
 */
export function findProgram({ path, language, added, packs, root = null }: Program, languages: readonly Language[], constants?: Constants): FoundProgram {
  const files = new ProgramFiles(root ?? dirname(path), constants);
  const request = (source: string, bytes: Uint8Array, addedFiles: readonly StagedFile[]): SourceRequest => ({ path: source, bytes, language, packs, addedFiles, languages });
  const beside = added.flatMap((file) => new ProgramFiles(root ?? dirname(file), constants).read(file));
  if (!isDirectory(path)) {
    const [file] = files.read(path);
    // A source's name says its language; without one the file itself is executed, whatever mode the package has left of it.
    if (language === null && !isSource(basename(path), languages) && isExecutable(file!.bytes)) return { kind: "tree", files: [{ ...file!, name: "run", mode: 0o755 }, ...beside], isBuilt: false };
    return { kind: "source", request: request(path, file!.bytes, beside.filter(({ name }) => name !== basename(path))) };
  }
  const directory = programDirectory(path, languages, language);
  const own = files.content(directory);
  const names = own.map(({ name }) => name);
  if (names.includes("build") || names.includes("run")) {
    const executable = own.map((file) => (file.name === "build" || file.name === "run" ? { ...file, mode: 0o755 } : file));
    return { kind: "tree", files: [...executable, ...beside.filter(({ name }) => !names.includes(name))], isBuilt: names.includes("build") };
  }
  const main = mainSource(directory, names.filter((name) => !name.includes("/")), languages, language);
  const others = [...own, ...beside.filter(({ name }) => !names.includes(name))].filter(({ name }) => name !== main);
  return { kind: "source", request: request(join(directory, main), own.find(({ name }) => name === main)!.bytes, others) };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw namedFault(`read ${path}`, error);
  }
}

/** The directory itself, or the only one in it when there is no program beside that. */
function programDirectory(path: string, languages: readonly Language[], language: string | null): string {
  const entries = entriesOf(path);
  const isProgram = entries.some(({ name, isDirectory: directory }) => !directory && (name === "build" || name === "run" || language !== null || isSource(name, languages)));
  const directories = entries.filter((entry) => entry.isDirectory);
  if (isProgram) return path;
  if (directories.length === 1) return programDirectory(join(path, directories[0]!.name), languages, language);
  throw configError(`cannot use ${path}: there is no program in it`, "a program is a source, a directory with sources of one language, or a directory with build or run");
}

const isIn = (name: string, { hidden, extensions }: Language) => !hidden && extensions.some((extension) => hasExtension(name, extension));
const isSource = (name: string, languages: readonly Language[]) => languages.some((language) => isIn(name, language));

/** Headers and data are no sources. */
function mainSource(directory: string, names: readonly string[], languages: readonly Language[], language: string | null): string {
  const sources = language === null ? names.filter((name) => isSource(name, languages)) : names;
  if (language === null && sources.length > 0 && !languages.some((one) => sources.every((name) => isIn(name, one)))) {
    throw configError(`cannot use ${directory}: ${sources.join(", ")} are not in one language`, "put a program of one language into the directory, or one with build and run");
  }
  if (sources.length === 0) throw configError(`cannot use ${directory}: there is no source in it`);
  const stems = [...mainNames, basename(directory)];
  const found = stems.map((stem) => sources.find((name) => name.replace(/\.[^.]*$/, "").toLowerCase() === stem.toLowerCase())).find((name) => name !== undefined);
  return found ?? sources[0]!;
}

function isExecutable(bytes: Uint8Array): boolean {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4, bytes.length)).toString("latin1");
  return magic === "\x7fELF" || magic.startsWith("#!");
}
