/**
 * Placeholders in commands, variables, artefacts and file names of a pack: `{source}`, `{memory_mb-64}`.
 * `{{` and `}}` stand for the braces themselves.
 */

/** Every placeholder, and what it stands for; docs are made from this. */
export const placeholders = {
  source: "the source file, as seen from the working directory of the step",
  sources: "the source file and every added file (--add), also in added directories, with an extension of the language; must be a word of its own and becomes one word for each file",
  args: "the arguments that the caller gives the program, a word for each, in a run command; must be a word of its own; without it they come at the end",
  executable: "the compiled program, always with a slash in it: ./hello",
  stem: "the name of the source file without its extension; in source_name: main if the caller's name is not plain",
  extension: "the extension of the source file, as the pack writes it: .f90 for A.F90; of a file with another one, the first of the pack",
  mainclass: "the main class, with its package; in source_name: the class that gives the file its name",
  dir: "the working directory, an absolute path",
  memory_mb: "the memory limit of the step in MB (1048576 bytes), rounded down; without a limit: the memory of the machine",
  time_s: "the CPU time limit of the step in seconds, rounded up; without a limit: the largest that can be set",
  bun: "the JavaScript runtime that is built into mini-isolate, as a path; only with it does the box have this runtime",
} as const;

export type PlaceholderName = keyof typeof placeholders;

/** Those that are numbers: a whole number can be subtracted, `{memory_mb-64}`. */
const numeric: readonly PlaceholderName[] = ["memory_mb", "time_s"];

/** Those that mean something in the variables of a step. */
export const stepPlaceholders: readonly PlaceholderName[] = ["source", "executable", "stem", "extension", "mainclass", "dir", "memory_mb", "time_s"];

/** In the words of a compile command: what is compiled does not depend on how it is run. */
export const compilePlaceholders: readonly PlaceholderName[] = ["source", "sources", ...stepPlaceholders.filter((name) => name !== "source"), "bun"];

/** In the words of a run command. */
export const commandPlaceholders: readonly PlaceholderName[] = ["source", "sources", "args", ...compilePlaceholders.slice(2)];

/** In `source_name`, where the name of the source is what is being made. */
export const sourceNamePlaceholders: readonly PlaceholderName[] = ["stem", "extension", "mainclass"];

/** In `artefacts`, where paths are relative to the working directory. */
export const artefactPlaceholders: readonly PlaceholderName[] = ["source", "executable", "stem", "extension"];

/** What other judges call them: packs are written by people who come from there. */
const otherwise: ReadonlyMap<string, PlaceholderName> = new Map([
  ["mainfile", "source"], ["file", "source"], ["files", "sources"], ["binary", "executable"], ["exe", "executable"], ["output", "executable"],
  ["path", "dir"], ["memlim", "memory_mb"], ["Mainclass", "mainclass"], ["timelim", "time_s"],
]);

/** A piece of a template: text as it is, or a placeholder. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: PlaceholderName; readonly minus: number };

/** What stands between the braces of a placeholder. */
const inner = /^([a-z_]+)(?:-([0-9]{1,9}))?$/;

/**
 * Takes a template apart.
 * @param allowed the placeholders that have a meaning where the template stands
 * @returns the parts, or a sentence that says what is wrong
 */
export function parseTemplate(template: string, allowed: readonly PlaceholderName[]): TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  let text = "";
  for (let at = 0; at < template.length; at++) {
    const character = template[at]!;
    if (character !== "{" && character !== "}") {
      text += character;
      continue;
    }
    if (template[at + 1] === character) {
      text += character;
      at += 1;
      continue;
    }
    const end = template.indexOf("}", at);
    if (character === "}" || end < 0) return `a single '${character}' (write '${character}${character}' for the character itself)`;
    const [whole, name = "", minus] = inner.exec(template.slice(at + 1, end)) ?? [];
    if (whole === undefined || !Object.hasOwn(placeholders, name)) {
      const meant = otherwise.get(template.slice(at + 1, end));
      return `unknown placeholder ${template.slice(at, end + 1)}${meant === undefined ? "" : `, write {${meant}}`} (known here: ${allowed.map((known) => `{${known}}`).join(" ")}; write '{{' for a brace)`;
    }
    const known = name as PlaceholderName;
    if (!allowed.includes(known)) return `placeholder {${name}} has no meaning here (known here: ${allowed.map((other) => `{${other}}`).join(" ")})`;
    if (minus !== undefined && !numeric.includes(known)) return `nothing can be subtracted from {${name}}`;
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
    parts.push({ kind: "placeholder", name: known, minus: Number(minus ?? 0) });
    at = end;
  }
  if (text !== "") parts.push({ kind: "text", text });
  return parts;
}

/** Each is a word of its own, and becomes any number of words. */
export const listPlaceholders = ["sources", "args"] as const satisfies readonly PlaceholderName[];

/** What stands for one word. */
export type SimplePlaceholderName = Exclude<PlaceholderName, (typeof listPlaceholders)[number]>;

/** What a placeholder stands for in one step; `atStart`: nothing stands in front of it in its word. */
export type PlaceholderValue = (name: SimplePlaceholderName, minus: number, atStart: boolean) => string;

/**
 * Fills a template in.
 * @throws Error when the template is wrong: packs are checked when they are loaded, so that is our own mistake
 */
export function expandTemplate(template: string, allowed: readonly PlaceholderName[], value: PlaceholderValue): string {
  const parts = parseTemplate(template, allowed);
  if (typeof parts === "string") throw new Error(`template '${template}': ${parts}`);
  let result = "";
  for (const part of parts) result += part.kind === "text" ? part.text : value(part.name as SimplePlaceholderName, part.minus, result === "");
  return result;
}
