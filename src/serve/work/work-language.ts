/** The language of a job, as the job changes it: words for the compiler, other limits for it. */
import type { CompileLimits, Language } from "../../language/language.ts";
import { configError } from "../../model/errors.ts";
import type { LimitKey } from "../../model/limits.ts";
import type { Limits, ProgramWork } from "../job.ts";

/** Which limit of a compile step each one is. */
const ofCompiler: Readonly<Partial<Record<LimitKey, keyof CompileLimits>>> = {
  memory_limit: "memoryBytes",
  time_limit: "cpuTimeSeconds",
  cpu_time_limit: "cpuTimeSeconds",
  wall_time_limit: "wallTimeSeconds",
  process_limit: "processes",
  file_size_limit: "fileSizeBytes",
  output_limit: "outputBytes",
};

/** @throws IsolateError of kind Config when there is no such language */
export function languageOf({ language: id, compilerOptions, compileLimits }: Pick<ProgramWork, "language" | "compilerOptions" | "compileLimits">, languages: readonly Language[], usual: Limits): Language {
  const language = languages.find((one) => one.id === id) ?? languages.find(({ aliases }) => aliases.includes(id));
  if (language === undefined) throw configError(`there is no language ${JSON.stringify(id)}`, "ask for one of those that the service lists");
  const { compile } = language;
  if (compile === null) return language;
  const limits = { ...usual, ...compileLimits };
  if (compilerOptions.length === 0 && Object.keys(limits).length === 0) return language;
  return { ...language, compile: { ...compile, command: [...compile.command, ...compilerOptions.map(unplanned)], limits: { ...compile.limits, ...compilerLimits(limits) } } };
}

/** A pack's words may have placeholders in braces; those of a caller mean themselves. */
const unplanned = (word: string) => word.replaceAll("{", "{{").replaceAll("}", "}}");

function compilerLimits(limits: Limits): Partial<CompileLimits> {
  const found: Record<string, number> = {};
  for (const [key, value] of Object.entries(limits)) {
    const name = ofCompiler[key as LimitKey];
    // A compiler is never without a limit: what is lifted stays as the pack has it.
    if (name !== undefined && typeof value === "number") found[name] = Math.min(value, found[name] ?? Infinity);
  }
  return found;
}
