/** What can be wrong with a pack whose form is right: commands, placeholders and names that make no sense. Pure. */
import { messageOf } from "../errors.ts";
import { parseMountRule } from "../model/mounts.ts";
import { isQualifiedIdentifier } from "./identifiers.ts";
import { artefactPlaceholders, parseTemplate, type PlaceholderName, sourceNamePlaceholders, stepPlaceholders } from "./placeholders.ts";
import { patternProblem } from "./patterns.ts";
import type { LanguagePack } from "./schema.ts";
import { splitWords } from "./words.ts";

/** A place in a pack and what is wrong there. */
export interface MeaningProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Everything that is wrong, in no special order; an empty list for a pack that can be used. */
export function findMeaningProblems(pack: LanguagePack): MeaningProblem[] {
  const problems: MeaningProblem[] = [];
  const report = (path: MeaningProblem["path"], message: string) => void problems.push({ path, message });
  const checkTemplate = (path: MeaningProblem["path"], template: string, allowed: readonly PlaceholderName[]) => {
    const parts = parseTemplate(template, allowed);
    if (typeof parts === "string") return report(path, parts);
    const usesMainClass = parts.some((part) => part.kind === "placeholder" && part.name === "mainclass");
    if (usesMainClass && pack.entry_point === undefined) report(path, "placeholder {mainclass} needs an entry_point");
  };
  const checkCommand = (path: MeaningProblem["path"], command: string | readonly string[]) => {
    let words: readonly string[];
    try {
      words = typeof command === "string" ? splitWords(command) : command;
    } catch (error) {
      return report(path, messageOf(error));
    }
    if ((words[0] ?? "") === "") return report(path, "names no program");
    const place = (index: number) => (typeof command === "string" ? path : [...path, index]);
    words.forEach((word, index) => checkTemplate(place(index), word, stepPlaceholders));
  };
  const checkEnvironment = (path: MeaningProblem["path"], environment: LanguagePack["environment"]) => {
    for (const [name, value] of Object.entries(environment ?? {})) checkTemplate([...path, name], String(value), stepPlaceholders);
  };

  pack.mounts?.forEach((rule, index) => {
    try {
      parseMountRule(rule);
    } catch (error) {
      report(["mounts", index], messageOf(error));
    }
  });
  if (pack.source_name !== undefined) checkTemplate(["source_name"], pack.source_name, sourceNamePlaceholders);
  // Each of them was checked alone; they are used together.
  const ignore = pack.entry_point?.ignore;
  const ignoreProblem = Array.isArray(ignore) ? patternProblem(ignore.join("|"), "none") : null;
  if (ignoreProblem !== null) report(["entry_point", "ignore"], ignoreProblem);
  const fallback = pack.entry_point?.default;
  if (fallback !== undefined && !isQualifiedIdentifier(fallback)) report(["entry_point", "default"], "must be an identifier");
  checkEnvironment(["environment"], pack.environment);
  if (pack.compile !== undefined) {
    checkCommand(["compile", "command"], pack.compile.command);
    checkEnvironment(["compile", "environment"], pack.compile.environment);
    pack.compile.artefacts?.forEach((glob, index) => checkTemplate(["compile", "artefacts", index], glob, artefactPlaceholders));
  }
  checkCommand(["run", "command"], pack.run.command);
  checkEnvironment(["run", "environment"], pack.run.environment);
  return problems;
}
