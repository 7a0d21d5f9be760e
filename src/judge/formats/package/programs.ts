/** Where a package keeps a program of the jury's. */
import type { Program } from "../../problem.ts";
import { configError } from "../../../model/errors.ts";
import type { Entry, PackageFiles } from "./files.ts";

/** Sources that are no programs by themselves. */
const isHeader = (name: string) => /\.(h|hh|hpp|hxx|h\+\+)$/i.test(name);
/** What lies in program directories and is no source. */
const isNote = (name: string) => /^(readme|license|notes?|changes)(\.[a-z]+)?$|\.(md|txt)$/i.test(name);

export function programAt(files: PackageFiles, entry: Entry | string, { language = null, added = [], packs = [] }: Partial<Program> = {}): Program {
  return { path: files.at(entry), language, added, packs, root: files.root };
}

/**
 * The one program of a directory, in any of the forms that packages have:
 *  - one source file, perhaps with headers and a readme beside it;
 *  - a directory within it, which is the program;
 *  - `build` or `run`, or several sources: then the directory itself is the program.
 *
 * @param several what several files or directories are: one program together, or a mistake, as in a directory of validators
 * @returns null when there is nothing
 * @throws IsolateError of kind Config: several programs
 */
export function onlyProgram(files: PackageFiles, directory: string, packs: readonly string[], several: "program" | "mistake" = "program"): Program | null {
  if (!files.hasDirectory(directory)) {
    return files.find(directory) === null ? null : programAt(files, directory, { packs });
  }
  const entries = files.list(directory);
  const parts = entries.filter(({ name }) => !isHeader(name) && !isNote(name));
  if (parts.length === 0) return null;
  if (parts.some(({ name, kind }) => kind === "file" && (name === "build" || name === "run"))) return programAt(files, directory, { packs });
  if (parts.length === 1) {
    const added = parts[0]!.kind === "directory" ? [] : entries.filter(({ name }) => isHeader(name)).map((entry) => files.at(entry));
    return programAt(files, parts[0]!, { packs, added });
  }
  if (several === "program") return programAt(files, directory, { packs });
  throw configError(`cannot judge with ${files.root}: there are ${parts.length} programs in ${files.shown(directory)} (${parts.map(({ name }) => name).slice(0, 3).join(", ")}${parts.length > 3 ? ", ..." : ""}), and one is run`, "leave one there; a program of several files is a directory of its own");
}
