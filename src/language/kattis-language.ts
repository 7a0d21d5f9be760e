/** One language of Kattis problemtools as one of a pack, and what of it has no counterpart. Pure. */
import { messageOf } from "../model/errors.ts";
import { builtInLanguages } from "./builtin.ts";
import { patternProblem } from "./patterns.ts";
import type { WrittenLanguage } from "./schema.ts";
import { splitWords } from "./words.ts";

/** A language as it stands in languages.yaml; what may be missing is there only in files that change another file. */
export interface KattisLanguage {
  readonly name?: string | undefined;
  readonly priority?: number | undefined;
  /** Globs with blanks between them. */
  readonly files?: string | undefined;
  /** Those of `files` that count for finding the language only when their first line matches `shebang`. */
  readonly shebang_files?: string | undefined;
  /** A regular expression of Python. */
  readonly shebang?: string | undefined;
  readonly compile?: string | undefined;
  readonly run?: string | undefined;
}

export interface KattisConversion {
  /** null: left out, for the reasons that are given. */
  readonly language: WrittenLanguage | null;
  /** What is not carried over. */
  readonly reasons: readonly string[];
}

/** Their placeholders for what is started; a language uses exactly one of them. */
const entryPoints = ["binary", "mainfile", "mainclass", "Mainclass"] as const;

type EntryPointKind = (typeof entryPoints)[number];

/** Nothing is compiled from these. */
const headers = /^\.(h|hh|hpp|hxx|h\+\+|inc|inl)$/i;

/** The rule for the main class of a source, from the built-in language. */
const javaId = "java";
const javaExtension = ".java";

/** Without it a JVM warns on standard output that it cannot lock its statistics: flock(2) is refused in a box. */
export const quietJvm = { JDK_JAVA_OPTIONS: "-XX:-UsePerfData" };

/** A reason why a language is left out. */
export class Unconvertible extends Error {}

/** @param priority within the bounds of a pack */
export function convertKattisLanguage(code: string, spec: KattisLanguage, priority: number): KattisConversion {
  const reasons: string[] = [];
  try {
    return { language: convert(code, spec, priority, reasons), reasons };
  } catch (error) {
    if (!(error instanceof Unconvertible)) throw error;
    return { language: null, reasons: [error.message] };
  }
}

function convert(code: string, spec: KattisLanguage, priority: number, reasons: string[]): WrittenLanguage {
  const { name, files, run: runText, compile: compileText } = spec;
  const missing = (["name", "priority", "files", "run"] as const).filter((key) => spec[key] === undefined);
  if (name === undefined || files === undefined || runText === undefined || missing.length > 0) {
    throw new Unconvertible(`${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing: a file that changes another one cannot be imported alone`);
  }
  const run = wordsOf("run", runText);
  const compile = compileText === undefined ? null : wordsOf("compile", compileText);
  const kind = entryPointOf([...run, ...(compile ?? [])]);
  const extensions = extensionsOf(files, spec, reasons);
  const isJava = hasClass(kind) && extensions.includes(javaExtension);
  const values = valuesFor(kind, isJava, run);
  const commandOf = (step: "compile" | "run", words: readonly string[]) => commandText(words.map((word) => filledIn(step, word, values)));
  if (kind === "binary" && compile === null) throw new Unconvertible("{binary} is run and nothing makes it");
  if (run[0] === "{mainfile}") throw new Unconvertible("run: the source itself is executed, which needs a file that is executable");
  const shebang = shebangOf(spec.shebang, reasons);
  const runCommand = commandOf("run", run);
  const { mounts, processes } = runtimeFor(hasClass(kind), extensions);
  const artefacts = artefactsFor(run, runCommand);
  return {
    id: code,
    ...(isJava ? { extends: javaId } : {}),
    name,
    priority,
    ...(extensions.length === 0 ? {} : { extensions }),
    ...(shebang === null ? {} : { shebang }),
    ...(isJava || mounts.length === 0 ? {} : { mounts: [...mounts] }),
    ...(kind === "Mainclass" && !isJava && extensions.length > 0 ? namedAfterClass(extensions[0]!) : {}),
    ...(compile === null ? (isJava ? { compile: null } : {}) : { compile: { command: commandOf("compile", compile), ...(isJava || artefacts === null ? {} : { artefacts }) } }),
    run: { command: runCommand, ...(hasClass(kind) ? { environment: quietJvm } : {}), ...(isJava || processes === 1 ? {} : { needs: { processes } }) },
  };
}

/** What has a main class runs on a JVM, by their own words. */
function hasClass(kind: EntryPointKind): boolean {
  return kind === "mainclass" || kind === "Mainclass";
}

/** Their words are split after the placeholders are filled in, so that a name with a blank is two words; here a name is always one. */
function wordsOf(step: string, text: string): string[] {
  // Between double quotes these two kinds of splitting differ.
  if (/\\[$`\n]/.test(text)) throw new Unconvertible(`${step}: a backslash before $, \` or the end of a line means something else here`);
  return wordsIn(step, text);
}

/** The words of a step, as a shell has them. @throws Unconvertible when they cannot be told, or there are none */
export function wordsIn(step: string, text: string): string[] {
  let words: string[];
  try {
    words = splitWords(text);
  } catch (error) {
    throw new Unconvertible(`${step}: ${messageOf(error)}`);
  }
  if (words.length === 0) throw new Unconvertible(`${step}: names no program`);
  return words;
}

function entryPointOf(words: readonly string[]): EntryPointKind {
  const used = entryPoints.filter((name) => words.some((word) => word.includes(`{${name}}`)));
  if (used.length === 1) return used[0]!;
  const all = entryPoints.map((name) => `{${name}}`).join(" ");
  throw new Unconvertible(used.length === 0 ? `uses none of ${all}` : `uses more than one of ${all}`);
}

/** What stands for their placeholders. */
type Values = Readonly<Record<string, { readonly compile: string; readonly run: string }>>;

function valuesFor(kind: EntryPointKind, isJava: boolean, run: readonly string[]): Values {
  const both = (text: string) => ({ compile: text, run: text });
  // What is made beside the source and then run, as in `-o {mainfile}.out`.
  const made = kind === "mainfile" ? /^\{mainfile\}([A-Za-z0-9._-]+)$/.exec(run[0]!)?.[0] : undefined;
  return {
    ...(made === undefined ? {} : { [made]: both("{executable}") }),
    "{binary}": both("{executable}"),
    "{mainfile}": both("{source}"),
    // Theirs is the name of the file. For Java the rule of the built-in language finds the class whatever the file is called.
    "{mainclass}": both(isJava ? "{mainclass}" : "{stem}"),
    "{Mainclass}": both("{mainclass}"),
    "{files}": both("{sources}"),
    // The compiler starts where the sources are.
    "{path}": { compile: ".", run: "{dir}" },
    "{memlim}": both("{memory_mb}"),
  };
}

function filledIn(step: "compile" | "run", word: string, values: Values): string {
  if (word.includes("{files}") && word !== "{files}") throw new Unconvertible(`${step}: {files} is part of the word '${word}', and becomes several words here`);
  const names = Object.keys(values).map((name) => name.replace(/[{}.]/g, "\\$&"));
  return word.replace(new RegExp(`\\{\\{|\\}\\}|${names.join("|")}|[{}]`, "g"), (found) => {
    // Braces are doubled there as here.
    if (found === "{{" || found === "}}") return found;
    const value = values[found];
    if (value === undefined) throw new Unconvertible(`${step}: an unknown placeholder in '${word}'`);
    return value[step];
  });
}

/** One text where splitting it gives these words again. */
function commandText(words: readonly string[]): string | string[] {
  return words.every((word) => /^[^\s'"\\]+$/.test(word)) ? words.join(" ") : [...words];
}

function extensionsOf(files: string, { shebang_files: gated }: KattisLanguage, reasons: string[]): string[] {
  const globs = (text: string) => text.split(/\s+/).filter((glob) => glob !== "");
  const byLine = globs(gated ?? "");
  const extensions: string[] = [];
  for (const glob of new Set(globs(files))) {
    const extension = /^\*(\.[^\s/*?[\]]{1,31})$/u.exec(glob)?.[1];
    if (extension === undefined) reasons.push(`files: '${glob}' is no extension`);
    else if (headers.test(extension)) reasons.push(`files: '${glob}' are no sources; headers come by --add`);
    else if (byLine.includes(glob)) reasons.push(`shebang_files: '${glob}' is in this language only with a certain first line, so name the language with --language`);
    else extensions.push(extension);
  }
  const others = byLine.filter((glob) => !globs(files).includes(glob));
  if (others.length > 0) reasons.push(`shebang_files: ${others.map((glob) => `'${glob}'`).join(" ")} is not one of files`);
  return extensions;
}

function shebangOf(pattern: string | undefined, reasons: string[]): string | null {
  if (pattern === undefined) return null;
  const problem = patternProblem(pattern, "none");
  if (problem === null) return pattern;
  reasons.push(`shebang: ${problem}`);
  return null;
}

/** The class has the name of the file with a capital letter, so the file gets a name that begins with one. */
function namedAfterClass(extension: string): Pick<WrittenLanguage, "source_name" | "entry_point"> {
  return {
    source_name: `{mainclass}${extension.replace(/[{}]/g, "$&$&")}`,
    entry_point: { ignore: ["//[^\\n]*", "/\\*[\\s\\S]*?\\*/"], package: "^\\s*package\\s+([\\p{ID_Start}_][\\p{ID_Continue}.]{0,255})", default: "Main" },
  };
}

/**
 * There a program sees the whole host, and has as many processes as it likes. Here a runtime with threads and a configuration in
 * /etc has to say so: as the built-in language of the same extension does, or Java where there is a main class.
 */
export function runtimeFor(onJvm: boolean, extensions: readonly string[]): { readonly mounts: readonly string[]; readonly processes: number } {
  const like = builtInLanguages().find((language) => (onJvm ? language.id === javaId : language.extensions.some((extension) => extensions.includes(extension))));
  return { mounts: like?.mounts ?? [], processes: like?.run.needs.processes ?? 1 };
}

/** Compilation and run have one directory there: what is run is carried over, or everything where more than that is looked for. */
function artefactsFor(run: readonly string[], command: string | readonly string[]): string[] | null {
  const words = typeof command === "string" ? command.split(" ") : command;
  if (run.some((word) => word.includes("{path}"))) return ["**/*"];
  const made = [...new Set(words.flatMap((word) => word.match(/\{executable\}[A-Za-z0-9._-]*/g) ?? []))];
  if (made.length === 0) return ["**/*"];
  return made.length === 1 && made[0] === "{executable}" ? null : made;
}
