/** The files of a jury's program, read from its directory. A link counts as what it leads to, as long as that lies in the package. */
import { basename, join, relative } from "node:path";
import { realpathSync } from "node:fs";
import { lstatSync, readdirSync, statSync } from "../../kernel/fs.ts";
import { readCallersFile } from "../../box/files.ts";
import { configError, IsolateError } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import { describeBytes } from "../../model/units.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";
import { largestSourceBytes } from "../../source/source-request.ts";
import { bytesWithConstants, type Constants } from "../constants.ts";

const mostFiles = 10_000;
const deepestTree = 32;

/** What an editor or an interpreter left is no part of a program. */
const isPart = (name: string) => !name.startsWith(".") && name !== "__pycache__";

export interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** In byte order of their names. @throws IsolateError of kind Config */
export function entriesOf(directory: string): readonly Entry[] {
  return reading(directory, () => readdirSync(directory).filter(isPart).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map((name) => ({ name, isDirectory: statSync(join(directory, name)).isDirectory() })));
}

/** Reads files of one program, within bounds. */
export class ProgramFiles {
  readonly #root: string;
  readonly #constants: Constants | undefined;
  #bytes = 0;
  #files = 0;

  /**
   * @param root no link leads out of it
   * @param constants what is replaced in what is read; left out: nothing
   */
  constructor(root: string, constants?: Constants) {
    this.#constants = constants;
    this.#root = reading(root, () => realpathSync(root));
  }

  /** A file, or a directory with all that is below it. @returns files by their names in the box */
  read(path: string): StagedFile[] {
    return this.#read(path, basename(path), 1);
  }

  /** What is in a directory, without the name of the directory. */
  content(directory: string): StagedFile[] {
    return entriesOf(directory).flatMap(({ name }) => this.#read(join(directory, name), name, 1));
  }

  #read(path: string, name: string, depth: number): StagedFile[] {
    this.#refuseStray(path);
    if (reading(path, () => statSync(path)).isDirectory()) {
      if (depth > deepestTree) throw configError(`cannot use ${path}: there are more than ${deepestTree} directories in each other`);
      return entriesOf(path).flatMap((entry) => this.#read(join(path, entry.name), `${name}/${entry.name}`, depth + 1));
    }
    const { bytes, executable } = readCallersFile(path, largestSourceBytes);
    this.#bytes += bytes.length;
    if (++this.#files > mostFiles) throw configError(`cannot use ${path}: the program has more than ${mostFiles} files`);
    if (this.#bytes > largestSourceBytes) throw configError(`cannot use ${path}: the program has more than ${describeBytes(largestSourceBytes, largestSourceBytes)[0]}`);
    return [{ name, bytes: bytesWithConstants(bytes, this.#constants), mode: executable ? 0o755 : 0o644 }];
  }

  #refuseStray(path: string): void {
    if (!reading(path, () => lstatSync(path)).isSymbolicLink()) return;
    const away = relative(this.#root, reading(path, () => realpathSync(path)));
    if (away === ".." || away.startsWith("../")) throw configError(`cannot use ${path}: it is a link that leads out of ${this.#root}`, "put a copy of the file in its place");
  }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof IsolateError ? error : namedFault(`read ${path}`, error);
  }
}
