/** The programs of a CMS task: checker and manager, compiled or as a source, and what is compiled together with a submission. */
import { configError } from "../../../model/errors.ts";
import type { Addition, Program } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import { programAt } from "../package/programs.ts";
import { isForMachineElsewhere } from "./executable.ts";
import { headerFor, languageExtensions } from "./sources.ts";

/** CMS has Pascal, PHP, C# and Haskell as well, in which the pack of the IOI has nothing. */
export const packs = ["extra", "ioi"] as const;

/** Where each lies: CMS takes the first. */
const places = {
  checker: ["check/checker", "cor/correttore"],
  manager: ["check/manager", "cor/manager"],
} as const;

/**
 * CMS takes the compiled program. Packages often have its source alone, which is compiled then; so it is when what is compiled is for another
 * machine.
 *
 * @returns null when there is none
 * @throws IsolateError of kind Config: it leads out of the package, or is for another machine and has no source
 */
export function findProgram(files: PackageFiles, what: keyof typeof places): Program | null {
  const compiled = places[what].find((path) => files.find(path) !== null);
  if (compiled !== undefined) {
    const program = { ...programAt(files, compiled, { packs }), root: files.root };
    if (files.find(compiled)!.kind === "directory" || !isForMachineElsewhere(program.path)) return program;
  }
  const source = findSource(files, what);
  if (compiled === undefined || source !== null) {
    if (compiled !== undefined) files.warn(`${files.shown(compiled)} is compiled for another machine, so ${source!.path} is compiled`);
    return source;
  }
  throw configError(`cannot use ${files.shown(compiled)}: it is compiled for another machine, with 32 bits or another processor`, `put its source beside it, such as ${compiled}.cpp`);
}

function findSource(files: PackageFiles, what: keyof typeof places): Program | null {
  for (const path of places[what]) {
    const source = languageExtensions.flat().map((extension) => path + extension).find((name) => files.find(name) !== null);
    if (source === undefined) continue;
    const directory = path.slice(0, path.indexOf("/"));
    const added = files.list(directory).filter(({ name }) => headerFor(name) !== null).map((entry) => files.at(entry));
    return { ...programAt(files, source, { packs, added }), root: files.root };
  }
  return null;
}

/**
 * Files of `sol/` that submissions are compiled with: a main source for each language, and headers.
 * @param base `grader` or `stub`
 * @returns nothing when no language has a main source
 */
export function findAdditions(files: PackageFiles, base: "grader" | "stub"): Addition[] {
  const sources = files.list("sol");
  const mains = languageExtensions.flatMap((extensions): Addition[] => {
    const main = sources.find(({ name }) => name === base + extensions[0]);
    return main === undefined ? [] : [{ forLanguage: extensions, paths: [files.at(main)], role: "main" }];
  });
  if (mains.length === 0) return [];
  const beside = sources.flatMap((entry): Addition[] => {
    const forLanguage = headerFor(entry.name);
    return forLanguage === null ? [] : [{ forLanguage, paths: [files.at(entry)], role: "beside" }];
  });
  return [...mains, ...beside];
}
