/** Programs of several files (language 89): a zip file with a script that runs them, and often one that compiles them. */
import type { ZipFile } from "../../zip/read-zip.ts";

/** The scripts that there may be; the first that is there is taken. */
const runNames = ["run.sh", "run"];
const compileNames = ["compile.sh", "compile"];

export interface MultiFile {
  /** With the scripts, at the places where the scripts find them. */
  readonly files: readonly ZipFile[];
  readonly run: ZipFile;
  /** null: nothing is compiled. */
  readonly compile: ZipFile | null;
}

/** @returns what is wrong, as a text about the zip file */
export function multiFile(unpacked: readonly ZipFile[]): MultiFile | string {
  const files = withoutOnlyDirectory(unpacked);
  const called = (names: readonly string[]) => names.map((name) => files.find((file) => file.name === name)).find((file) => file !== undefined) ?? null;
  const run = called(runNames);
  if (run !== null) return { files, run, compile: called(compileNames) };
  if (files.length === 0) return "must have a script called run or run.sh: there are no files in the zip file";
  const top = [...new Set(files.map(({ name }) => (name.includes("/") ? `${name.split("/", 1)[0]}/` : name)))];
  const shown = top.slice(0, 10).map((name) => JSON.stringify(name)).join(", ");
  return `must have a script called run or run.sh in its root, and has ${shown}${top.length > 10 ? ` and ${top.length - 10} more` : ""}`;
}

/** The Finder of macOS, and whoever packs a directory instead of what is in it, put a directory around everything. */
function withoutOnlyDirectory(files: readonly ZipFile[]): readonly ZipFile[] {
  const [first] = files;
  const directory = first === undefined || !first.name.includes("/") ? null : `${first.name.split("/", 1)[0]}/`;
  if (directory === null || !files.every(({ name }) => name.startsWith(directory))) return files;
  return files.map((file) => ({ ...file, name: file.name.slice(directory.length) }));
}
