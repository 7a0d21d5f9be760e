/** What the readers of both versions of the problem package format begin with. */
import { basename, resolve } from "node:path";
import { configError, type IsolateError } from "../../../model/errors.ts";
import { PackageFiles } from "../package/files.ts";
import { isKattisName } from "../package/names.ts";

/** Language packs of the format's judges. */
export const kattisPacks = ["kattis"] as const;

export const mebibyte = 1024 * 1024;

/** @param path of the package. Files with names that the format does not have are absent, but for `.timelimit`, which judges write. */
export function openPackage(path: string): PackageFiles {
  return new PackageFiles(path, (name) => isKattisName(name) || name === ".timelimit");
}

/** The package is read, and asks for something that we do not do. */
export function notDone(files: PackageFiles, what: string, hint: string): IsolateError {
  return configError(`cannot judge with ${files.root}: it needs ${what}, which mini-isolate does not do`, hint);
}

export function directoryName(path: string): string {
  return basename(resolve(path));
}

/** `one, two, three, and 4 more like them`: lists in messages have an end. */
export function several(items: readonly string[], most = 3): string {
  const shown = items.slice(0, most).join(", ");
  return items.length <= most ? shown : `${shown}, and ${items.length - most} more`;
}
