/** `include/`: files that are compiled with a submission, by the codes of languages. */
import type { Addition } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";

/** @param hasDefault whether `include/default` is for languages without a directory of their own (not in the legacy format) */
export function readAdditions(files: PackageFiles, hasDefault: boolean): Addition[] {
  const directories = files.list("include").filter(({ kind }) => kind === "directory");
  for (const { path } of files.list("include").filter(({ kind }) => kind !== "directory")) files.warn(`${files.shown(path)} is in no directory of a language, and is not used`);
  const isDefault = (name: string) => hasDefault && name === "default";
  const others = directories.filter(({ name }) => !isDefault(name)).map(({ name }) => `language:${name}`);
  return directories.map((directory): Addition => {
    const common = { paths: [files.at(directory)], role: "beside" as const };
    return isDefault(directory.name) ? { forLanguage: null, notFor: others, ...common } : { forLanguage: [`language:${directory.name}`], ...common };
  });
}
