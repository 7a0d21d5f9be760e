/** Programs in `submissions/<directory>/`. */
import type { Entry, PackageFiles } from "../package/files.ts";
import { several } from "./package.ts";

export interface FoundSubmission {
  /** `accepted`. */
  readonly directory: string;
  /** `accepted/sum.py`. */
  readonly name: string;
  readonly entry: Entry;
}

/** What editors, compilers and people leave beside solutions. */
const isNoSource = (name: string) => /\.(md|txt|class|o|pyc|exe|out|log|orig|bak|yaml|json|h|hh|hpp|disabled|template)$/i.test(name) || /^(readme|makefile|license)$/i.test(name);

/** In byte order of their paths. What is no submission is reported, for it may have been meant as one. */
export function readSubmissions(files: PackageFiles): FoundSubmission[] {
  return files.list("submissions").filter(({ kind }) => kind === "directory").flatMap((directory) => {
    const entries = files.list(directory.path);
    const left = [
      ...entries.filter(({ kind, name }) => kind === "file" && isNoSource(name)).map(({ name }) => name),
      ...files.ignored(directory.path).filter((name) => name !== "__pycache__").map((name) => JSON.stringify(name)),
    ];
    if (left.length > 0) files.warn(`files in ${files.shown(directory.path)} are no submissions: ${several(left)}`);
    return entries.filter(({ kind, name }) => !(kind === "file" && isNoSource(name))).map((entry) => ({ directory: directory.name, name: `${directory.name}/${entry.name}`, entry }));
  });
}
