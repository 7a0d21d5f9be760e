/** The files of a problem of Hydro: the directory of its tests, in which a config names files. */
import type { PackageFiles } from "../package/files.ts";
import type { NamedFile } from "./config.ts";

/** Where inputs and outputs may lie besides the directory itself. `Input` and `Output` are from the time of config.ini. */
const testDirectories = ["input", "output", "Input", "Output"] as const;

/** What Hydro takes for "no file". */
export const emptyFile = "/dev/null";

/** Names of files in the directory, and in `input` and `output` with these before them. */
export function testFileNames(files: PackageFiles): string[] {
  return ["", "input", "output"].flatMap((directory) => files.list(directory).flatMap(({ kind, path }) => (kind === "directory" ? [] : [path])));
}

/**
 * The path of a file that a config names.
 * @throws IsolateError of kind Config: there is none, or it is no file of the package
 */
export function locate(files: PackageFiles, { name, fault }: NamedFile, what: string): string {
  if (name === emptyFile) return name;
  if (name.startsWith("/") || name.split("/").includes("..")) throw fault(`${JSON.stringify(name)} is outside of the directory of the tests`);
  // Old configs name a directory that is not there any more.
  for (const place of [name, name.slice(name.indexOf("/") + 1), ...testDirectories.map((directory) => `${directory}/${name}`)]) {
    const entry = files.find(place);
    if (entry === null || entry.kind === "directory") continue;
    return files.at(entry);
  }
  throw fault(`there is no ${what} ${JSON.stringify(name)}`);
}
