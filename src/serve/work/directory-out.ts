/** What a run left in its working directory, as a zip file. A hostile program may have made it: nothing is followed, and only regular files count. */
import { ArtefactFault, eachArtefact, withWorkdir } from "../../box/files.ts";
import { readSync } from "../../kernel/fs.ts";
import { artefactMatcher } from "../../language/artefacts.ts";
import type { Language } from "../../language/language.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";
import { writeZip } from "../zip/write-zip.ts";
import type { ZipFile } from "../zip/read-zip.ts";

const mostFiles = 1000;
const everything = "**";

/**
 * Files that do not fit any more are left out, and so is what was put there and is as it was: sources, files beside them, what the compiler made.
 * @param most bytes of all files together, before they are packed
 * @returns null: nothing was left @throws SyscallError
 */
export function directoryOut(workdir: string, most: number, put: readonly StagedFile[], language: Language): Uint8Array | null {
  const files: ZipFile[] = [];
  const before = new Map(put.map(({ name, bytes }) => [name, bytes]));
  const isCompiled = compiledMatcher(language, put[0]!.name);
  let room = most;
  try {
    withWorkdir(workdir, (directory) => {
      eachArtefact(directory, [everything], (file, name, { size, mode }) => {
        if (size > room || files.length === mostFiles || isCompiled(name)) return;
        const bytes = readAll(file, size);
        const earlier = before.get(name);
        if (earlier !== undefined && Buffer.compare(bytes, earlier) === 0) return;
        room -= bytes.length;
        files.push({ name, bytes, isExecutable: (mode & 0o111) !== 0 });
      });
    });
  } catch (error) {
    // More than anybody looks at: what was seen until then is there.
    if (!(error instanceof ArtefactFault)) throw error;
  }
  return files.length === 0 ? null : writeZip(files.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

/** A pack that takes everything for compiled says nothing about single files. */
function compiledMatcher({ compile }: Language, source: string): (name: string) => boolean {
  const stem = source.replace(/(?<=.)\.[^.]*$/, "");
  const globs = (compile?.artefacts ?? []).filter((glob) => glob !== everything).map((glob) => glob.replace(/\{\w+\}/g, stem));
  return globs.length === 0 ? () => false : artefactMatcher(globs);
}

function readAll(file: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  let done = 0;
  for (let count = -1; done < size && count !== 0; done += count) count = readSync(file, bytes, done, size - done, done);
  return bytes.subarray(0, done);
}
