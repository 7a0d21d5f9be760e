/** What can be wrong with a pack whose form is right: commands, placeholders and names that make no sense. Pure. */
import { messageOf } from "../model/errors.ts";
import { parseMountRule } from "../model/mounts.ts";
import { findClashes } from "./clashes.ts";
import { isQualifiedIdentifier } from "./identifiers.ts";
import { artefactPlaceholders, commandPlaceholders, compilePlaceholders, listPlaceholders, parseTemplate, type PlaceholderName, sourceNamePlaceholders, stepPlaceholders } from "./placeholders.ts";
import { patternProblem, togetherOf } from "./patterns.ts";
import type { WrittenLanguage } from "./schema.ts";
import { checkFileName } from "./source-name.ts";
import { splitWords } from "./words.ts";

/** A place in a language and what is wrong there. */
export interface MeaningProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What would have to be there, where something is missing. */
  readonly missing?: readonly (string | number)[];
}

type Path = MeaningProblem["path"];

/** What may be null only to take away what `extends` brings. */
const removableKeys = ["fallback", "shebang", "source_name", "entry_point", "time", "memory", "toolchain", "compile", "piston"] as const;

/** Null where there is nothing to take away. @param written one language as it stands in the file */
export function findPointlessNulls(written: WrittenLanguage): MeaningProblem[] {
  if (written.extends !== undefined) return [];
  return removableKeys
    .filter((key) => written[key] === null)
    .map((key) => ({ path: [key], message: "is empty (it may be null only to take away what extends brings)" }));
}

/**
 * Everything that is wrong, in no special order; an empty list for a language that can be used.
 * @param language with everything that it extends
 */
export function findMeaningProblems(language: WrittenLanguage): MeaningProblem[] {
  const problems: MeaningProblem[] = [];
  const report = (path: Path, message: string) => void problems.push({ path, message });
  const miss = (path: Path) => void problems.push({ path, message: "is missing", missing: path });
  const { entry_point: entryPoint, compile, run } = language;
  const checkTemplate = (path: Path, template: string, allowed: readonly PlaceholderName[]) => {
    const parts = parseTemplate(template, allowed);
    if (typeof parts === "string") return report(path, parts);
    const uses = (name: PlaceholderName) => parts.some((part) => part.kind === "placeholder" && part.name === name);
    if (uses("mainclass") && !entryPoint) problems.push({ path, message: "placeholder {mainclass} needs an entry_point", missing: ["entry_point"] });
    for (const name of listPlaceholders) if (uses(name) && parts.length > 1) report(path, `{${name}} becomes several words, so it has to be a word of its own`);
  };
  const checkCommand = (path: Path, command: string | readonly string[], allowed: readonly PlaceholderName[]) => {
    let words: readonly string[];
    try {
      words = typeof command === "string" ? splitWords(command) : command;
    } catch (error) {
      return report(path, messageOf(error));
    }
    if ((words[0] ?? "") === "" || words[0] === "{args}") return report(path, "names no program");
    if (words.filter((word) => word === "{args}").length > 1) return report(path, "{args} stands in it twice");
    const place = (index: number) => (typeof command === "string" ? path : [...path, index]);
    words.forEach((word, index) => checkTemplate(place(index), word, allowed));
  };
  const checkEnvironment = (path: Path, environment: WrittenLanguage["environment"]) => {
    for (const [name, value] of Object.entries(environment ?? {})) checkTemplate([...path, name], String(value), stepPlaceholders);
  };

  if (language.hidden !== true) {
    if (language.name === undefined) miss(["name"]);
    if (run === undefined) miss(["run"]);
    else if (run.command === undefined) miss(["run", "command"]);
    if (compile && compile.command === undefined) miss(["compile", "command"]);
  }
  language.mounts?.forEach((rule, index) => {
    try {
      parseMountRule(rule);
    } catch (error) {
      report(["mounts", index], messageOf(error));
    }
  });
  if (language.source_name) checkTemplate(["source_name"], language.source_name, sourceNamePlaceholders);
  // Each of them was checked alone; they are used together.
  const ignore = entryPoint?.ignore;
  const ignoreProblem = Array.isArray(ignore) ? patternProblem(togetherOf(ignore), "none") : null;
  if (ignoreProblem !== null) report(["entry_point", "ignore"], ignoreProblem);
  const fallback = entryPoint?.default;
  if (typeof fallback === "string" && !isQualifiedIdentifier(fallback)) report(["entry_point", "default"], "must be an identifier");
  checkEnvironment(["environment"], language.environment);
  if (language.toolchain) {
    const { command } = language.toolchain;
    // Nothing is compiled or run: there are no files to speak of.
    const words = typeof command === "string" ? wordsOrProblem(command) : command;
    if (words === undefined) {
      if (language.hidden !== true) miss(["toolchain", "command"]);
    } else if (typeof words === "string") report(["toolchain", "command"], words);
    else if ((words[0] ?? "") === "") report(["toolchain", "command"], "names no program");
  }
  if (compile) {
    if (compile.command !== undefined) checkCommand(["compile", "command"], compile.command, compilePlaceholders);
    checkEnvironment(["compile", "environment"], compile.environment);
    compile.artefacts?.forEach((glob, index) => checkTemplate(["compile", "artefacts", index], glob, artefactPlaceholders));
  }
  if (run?.command !== undefined) checkCommand(["run", "command"], run.command, commandPlaceholders);
  checkEnvironment(["run", "environment"], run?.environment);
  language.test?.forEach(({ file_name: name }, index) => {
    try {
      if (name !== undefined) checkFileName(name);
    } catch (error) {
      report(["test", index, "file_name"], messageOf(error));
    }
  });
  return problems;
}

function wordsOrProblem(command: string): readonly string[] | string {
  try {
    return splitWords(command);
  } catch (error) {
    return messageOf(error);
  }
}

/** What the languages of one pack claim together and only one of them can have. @param languages merged, in the order of the file */
export function findClashProblems(languages: readonly WrittenLanguage[]): (MeaningProblem & { readonly index: number })[] {
  return findClashes(languages).map(({ index, language, owner, kind, what }) => {
    const { id } = language;
    if (kind === "judge0") {
      const told = owner === language ? `${what} stands in it twice` : `'${id}' and '${owner.id}' both have the number ${what}: take it from one of them`;
      return { index, path: ["judge0"], message: told };
    }
    if (kind === "extension") {
      return { index, path: ["extensions"], message: `'${id}' and '${owner.id}' both claim ${what} at the same priority: give one of them another priority, or other extensions` };
    }
    const path = [what === id && owner !== language ? "id" : "aliases"];
    if (owner === language) return { index, path, message: `'${what}' is a name of this language already` };
    const sameId = what === id && owner.id === id;
    return { index, path, message: sameId ? `there is a language '${id}' in this pack already` : `'${id}' and '${owner.id}' both have the name '${what}': give one of them another` };
  });
}
