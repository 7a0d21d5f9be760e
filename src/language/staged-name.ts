/** What a source is called in the box, and the names that follow from it. */
import { configError } from "../model/errors.ts";
import type { EntryPoint } from "./entry-point.ts";
import type { Language } from "./language.ts";
import { expandTemplate, sourceNamePlaceholders } from "./placeholders.ts";
import { checkFileName, sourceNameLimitBytes, defaultStem, extensionOf, packExtensionOf, plainStemOf } from "./source-name.ts";

/**
 * A name that means nothing to a compiler, or what the pack says.
 * @param added names of the files beside it, which keep theirs, or paths below directories
 * @throws IsolateError of kind Config when it cannot be a name, or has to be that of an added file
 */
export function stagedNameOf({ extensions, sourceName, compile }: Language, fileName: string, entryPoint: EntryPoint | null, added: readonly string[]): string {
  const extension = packExtensionOf(fileName, extensions);
  const called = (stem: string) => expandTemplate(sourceName ?? "{stem}{extension}", sourceNamePlaceholders, (placeholder) =>
    placeholder === "stem" ? stem : placeholder === "extension" ? extension : entryPoint!.fileClass,
  );
  const name = called(plainStemOf(fileName, extensions));
  checkFileName(name, sourceNameLimitBytes);
  // A program cannot be where a directory is.
  const directories = added.flatMap((path) => (path.includes("/") ? [path.split("/", 1)[0]!] : []));
  const isTaken = (one: string) => added.includes(one) || directories.includes(one) || (compile !== null && entryPoint === null && directories.includes(partsOf(one, extensions).executable));
  if (!isTaken(name)) return name;
  // Where there is an entry point, the class has the name of the file.
  const others = entryPoint === null ? [called(defaultStem), ...Array.from({ length: added.length + 1 }, (_, index) => numbered(name, extensions, index + 2))] : [];
  const other = others.find((one) => !isTaken(one));
  if (other === undefined) refuseDoubles([name, ...added]);
  return other ?? name;
}

/** `main2.py` for `main.py`. */
function numbered(name: string, extensions: readonly string[], number: number): string {
  const extension = extensionOf(name, extensions);
  return `${name.slice(0, name.length - extension.length)}${number}${extension}`;
}

/** The stem of a source, and what the compiled program is called. */
export function partsOf(source: string, extensions: readonly string[]): { readonly source: string; readonly stem: string; readonly executable: string } {
  const extension = extensionOf(source, extensions);
  const stem = extension === "" ? source : source.slice(0, -extension.length);
  // Without an extension the compiler would overwrite the source.
  return { source, stem, executable: stem === source ? `${stem}.out` : stem };
}

/** Two files with one name, or a file and a directory: one of them would be lost. @throws IsolateError of kind Config */
export function refuseDoubles(names: readonly string[]): void {
  const seen = new Set<string>();
  const directories = new Set(names.flatMap((name) => (name.includes("/") ? [name.split("/", 1)[0]!] : [])));
  const double = names.find((name) => seen.has(name) || directories.has(name) || (seen.add(name), false));
  if (double !== undefined) throw configError(`two files would be called ${JSON.stringify(double)} in the box`);
}
