/** Files that a jury's program is given: shown read-only in its box where there are namespaces, else copied, or known by their own paths. */
import { realpathSync, symlinkSync } from "node:fs";
import { placeFile, withWorkdir } from "../../box/files.ts";
import { means } from "../../executor/plan/means.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import { statSync } from "../../kernel/fs.ts";
import type { MountRule } from "../../model/mounts.ts";
import type { BoxPlace } from "../../model/request.ts";
import { openTestFile } from "../test-file.ts";

/** Where files of the host are in the box. */
const shownIn = "judge";
/** Of copies, below the working directory. */
const copiesIn = ".given";
/** Every box has it. */
const noFile = "/dev/null";
const readableByAll = 0o004;
const readable = 0o644;

interface Given {
  readonly name: string;
  /** null: nothing. */
  readonly path: string | null;
  /** The program's user may not read it, or not get there, so it has a copy of its own. */
  readonly isCopied: boolean;
}

export class GivenFiles {
  readonly #given: readonly Given[];
  readonly #isShown = means().isolation !== "none";

  /** @param files paths of the host by their names in the box @throws IsolateError of kind Config for what is no regular file, or cannot be read */
  constructor(files: Readonly<Record<string, string | null>>) {
    this.#given = Object.entries(files).map(([name, path]) => {
      if (path === null) return { name, path, isCopied: false };
      // A test's files are looked at before it begins, but not those of a person who changes them meanwhile.
      closeDescriptor(openTestFile(path));
      const real = realpathSync(path);
      const isOther = means().ownUid || means().ranges !== null;
      return { name, path: real, isCopied: isOther && (!this.#isShown || (statSync(real).mode & readableByAll) === 0) };
    });
  }

  /** What the copies take in the box. */
  get copiedBytes(): number {
    return this.#given.reduce((sum, { path, isCopied }) => sum + (isCopied && path !== null ? statSync(path).size : 0), 0);
  }

  /** Without namespaces nothing is mounted by them, and Landlock lets the program read what they name. */
  get rules(): readonly MountRule[] {
    return this.#given.flatMap(({ name, path, isCopied }): MountRule[] => isCopied || path === null ? [] : [{
      inside: `${shownIn}/${name}`, kind: "bind", source: path, writable: false, devices: false, noExec: true, maybe: false, recursive: false,
    }]);
  }

  /** Where the program finds a file. @param workdir as the program sees it */
  path(name: string, workdir: string): string {
    const { path, isCopied } = this.#given.find((given) => given.name === name)!;
    if (path === null) return noFile;
    if (isCopied) return `${workdir}/${copiesIn}/${name}`;
    return this.#isShown ? `/${shownIn}/${name}` : path;
  }

  /** @param links files that also have to be in the working directory, under their names @param seen the working directory as the program sees it */
  place({ workdir, owner }: BoxPlace, links: boolean, seen: string): void {
    for (const { name, path, isCopied } of this.#given) {
      if (isCopied && path !== null) {
        const source = openTestFile(path);
        try {
          withWorkdir(workdir, (directory) => placeFile(directory, `${copiesIn}/${name}`, readable, owner, (target) => void copyAll(source, target)));
        } finally {
          closeDescriptor(source);
        }
      }
      // No process is in the box yet, and the directory is as empty as we made it.
      if (links) symlinkSync(this.path(name, seen), `${workdir}/${name}`);
    }
  }
}
