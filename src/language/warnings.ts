/** What will probably not work, or surprise, in a pack that is right. Few and useful: a pack can be good with any of them. Pure. */
import type { MergedLanguage } from "./extend.ts";
import type { Language } from "./language.ts";

export interface PackWarning {
  /** `warning`: probably not what was meant. `note`: good to know. */
  readonly level: "warning" | "note";
  readonly language: string;
  readonly message: string;
}

/**
 * @param language a language that is not hidden
 * @param earlier the languages of the packs before, the last one first
 * @param together the languages of its own pack
 */
export function warningsFor(language: Language, earlier: readonly MergedLanguage[], together: readonly Language[] = []): PackWarning[] {
  const { id, fallback, compile, run, extensions, shebang, toolchain, tests } = language;
  const found: PackWarning[] = [];
  const add = (level: PackWarning["level"], message: string) => void found.push({ level, language: id, message });

  if (compile !== null) {
    const [compiler = ""] = compile.command;
    if (!compiler.startsWith("/") && compiler !== "{bun}") add("warning", `compile.command begins with ${compiler}, which is no absolute path`);
    if (!namesSource(compile.command)) add("warning", "compile.command does not name the source: {source} or {sources}");
  } else if (!namesSource(run.command)) {
    add("warning", "run.command does not name the source, and nothing is compiled: {source}");
  }
  const program = run.command[0] ?? "";
  if (program.includes("{source}")) add("warning", "run.command begins with the source, which is not executable in the box");
  else if (program.includes("/") && !program.startsWith("/")) add("warning", `run.command begins with ${program}, which is looked for among the program's own files`);
  if (extensions.length === 0 && shebang === null) add("note", "no extension and no shebang: only --language finds it");
  if (fallback !== null && ![...earlier.map(({ merged }) => merged), ...together].some((other) => other.id === fallback)) {
    add("warning", `fallback names '${fallback}', which is no language of this pack or of an earlier one`);
  }
  if (toolchain === null) add("warning", "no toolchain: nobody is told which version there is, or that it is missing");
  if (tests.length === 0) add("warning", "no test: languages test has nothing to try");
  for (const place of placesTaken(language, earlier)) add("note", `takes the place of ${place}`);
  return found;
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
