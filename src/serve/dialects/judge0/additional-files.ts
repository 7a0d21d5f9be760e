/** The zip file that comes with a submission: files beside the source, or all of a program of several files. */
import { readZip, type ZipBounds, type ZipFile } from "../../zip/read-zip.ts";
import { ZipFault } from "../../zip/zip-fault.ts";

/** Files of a zip, or why there are none. */
export type Unpacked = { readonly files: readonly ZipFile[] } | { readonly problem: string };

export function unpack(zip: Uint8Array, bounds: ZipBounds): Unpacked {
  try {
    return { files: readZip(zip, bounds).filter(({ name }) => !isOfMacOs(name)) };
  } catch (error) {
    if (error instanceof ZipFault) return { problem: `is not a zip file that can be used: ${error.message}` };
    throw error;
  }
}

/** What its Finder puts beside each file. */
const isOfMacOs = (name: string) => name.startsWith("__MACOSX/") || name.split("/").at(-1) === ".DS_Store";

/** The source stays as it is, whatever the zip file has under its name. */
export function besides(files: readonly ZipFile[], source: string): readonly ZipFile[] {
  return files.filter(({ name }) => name !== source);
}
