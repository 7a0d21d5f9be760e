/** What will probably not work, or surprise, in a pack that is right. Few and useful: a pack can be good with any of them. Pure. */
import type { MergedLanguage } from "./extend.ts";
import type { Language } from "./language.ts";
import { shellSyntaxIn, withShell } from "./shell-syntax.ts";

/** What several languages can have in common: `%` stands for how many. */
export const warningKinds = {
  "no shell": "% languages have a command that only a shell understands, and no shell runs",
  "relative compiler": "% languages have a compiler that is no absolute path",
  "no source in compile": "% languages have a compile.command that does not name the source: {source} or {sources}",
  "no source in run": "% languages have a run.command that does not name the source, and nothing is compiled: {source}",
  "source as program": "% languages have a run.command that begins with the source, which is not executable in the box",
  "program beside source": "% languages have a run.command whose program is looked for among the program's own files",
  "not found": "% languages have no extension and no shebang: only --language finds them",
  "unknown fallback": "% languages have a fallback that is no language of this pack or of an earlier one",
  "no toolchain": "% languages have no toolchain: nobody is told which version there is, or that it is missing",
  "no test": "% languages have no test: languages test has nothing to try",
  "takes a place": "% languages take the place of others",
} as const;

export interface PackWarning {
  /** `warning`: probably not what was meant. `note`: good to know. */
  readonly level: "warning" | "note";
  readonly kind: keyof typeof warningKinds;
  readonly language: string;
  readonly message: string;
  /** What is particular to this language; left out: nothing. */
  readonly detail?: string;
}

/**
 * @param language a language that is not hidden
 * @param earlier the languages of the packs before, the last one first
 * @param together the languages of its own pack
 */
export function warningsFor(language: Language, earlier: readonly MergedLanguage[], together: readonly Language[] = []): PackWarning[] {
  const { id, fallback, compile, run, extensions, shebang, toolchain, tests } = language;
  const found: PackWarning[] = [];
  const add = (level: PackWarning["level"], kind: PackWarning["kind"], message: string, detail?: string) =>
    void found.push({ level, kind, language: id, message, ...(detail === undefined ? {} : { detail }) });

  for (const [step, command] of writtenCommands(language)) {
    const syntax = shellSyntaxIn(command);
    if (syntax === null) continue;
    // A shell starts the program as another process, and one is all that a box allows by itself.
    const form = `write ${withShell(command)}${step === "run" && run.needs.processes === 1 ? ", and in run.needs.processes how many processes that are" : ""}`;
    if (syntax.endsWith("=")) add("warning", "no shell", `${step}.command begins with ${syntax}, which only a shell understands, and no shell runs: use ${step}.environment, or ${form}`, `${step}: ${form}`);
    else add("warning", "no shell", `${step}.command has ${syntax}, which only a shell understands, and no shell runs: ${form}`, `${step}: ${form}`);
  }
  if (compile !== null) {
    const [compiler = ""] = compile.command;
    if (!compiler.startsWith("/") && compiler !== "{bun}") add("warning", "relative compiler", `compile.command begins with ${compiler}, which is no absolute path`, compiler);
    if (!namesSource(compile.command)) add("warning", "no source in compile", "compile.command does not name the source: {source} or {sources}");
  } else if (!namesSource(run.command)) {
    add("warning", "no source in run", "run.command does not name the source, and nothing is compiled: {source}");
  }
  const program = run.command[0] ?? "";
  if (program.includes("{source}")) add("warning", "source as program", "run.command begins with the source, which is not executable in the box");
  else if (program.includes("/") && !program.startsWith("/")) add("warning", "program beside source", `run.command begins with ${program}, which is looked for among the program's own files`, program);
  if (extensions.length === 0 && shebang === null) add("note", "not found", "no extension and no shebang: only --language finds it");
  if (fallback !== null && ![...earlier.map(({ merged }) => merged), ...together].some((other) => other.id === fallback)) {
    add("warning", "unknown fallback", `fallback names '${fallback}', which is no language of this pack or of an earlier one`, fallback);
  }
  if (toolchain === null) add("warning", "no toolchain", "no toolchain: nobody is told which version there is, or that it is missing");
  if (tests.length === 0) add("warning", "no test", "no test: languages test has nothing to try");
  for (const place of placesTaken(language, earlier)) add("note", "takes a place", `takes the place of ${place}`, place);
  return found;
}

/** The commands that are in force, as somebody wrote them: quotes are still there. */
function writtenCommands({ chain, compile, toolchain }: Language): [step: "toolchain" | "compile" | "run", command: string | readonly string[]][] {
  const last = (step: "toolchain" | "compile" | "run") => chain.findLast(({ written }) => written[step]?.command !== undefined)?.written[step]?.command;
  const steps = [...(toolchain === null ? [] : ["toolchain" as const]), ...(compile === null ? [] : ["compile" as const]), "run" as const];
  return steps.flatMap((step) => {
    const command = last(step);
    return command === undefined ? [] : [[step, command]];
  });
}

/** Whatever stands for the source, its name or where it lies. */
function namesSource(command: readonly string[]): boolean {
  return command.some((word) => /\{(?:sources?|stem|mainclass|dir)\}/.test(word));
}

/** `'cpp' (built-in) for cpp .cpp .cc` for each earlier language that something is taken from. */
function placesTaken({ id, aliases, extensions }: Language, earlier: readonly MergedLanguage[]): string[] {
  return earlier.flatMap(({ merged, chain }) => {
    const names = [id, ...aliases].filter((name) => name === merged.id || merged.aliases?.includes(name));
    const taken = merged.hidden === true ? [] : extensions.filter((extension) => merged.extensions?.includes(extension));
    return names.length + taken.length === 0 ? [] : [`'${merged.id}' (${chain.at(-1)!.origin}) for ${[...names, ...taken].join(" ")}`];
  });
}
