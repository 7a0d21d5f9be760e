/**
 * The files of a problem package. A package is somebody else's: what is read, and what a problem names, lies inside it. A link to another place
 * of the package is as good as what it leads to; a link out of the package is refused when it is used.
 *
 * Each directory is read once, and only links are looked at one by one, so a package may have 100,000 tests.
 */
import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, normalize, resolve, sep } from "node:path";
import { errno, errnoOf } from "../../../kernel/errno.ts";
import { configError } from "../../../model/errors.ts";
import { namedFault } from "../../../model/host-fault.ts";
import { describeBytes } from "../../../model/units.ts";
import { isUtf8Name } from "./names.ts";

/** A file or a directory of a package. */
export interface Entry {
  readonly name: string;
  /** From the directory of the package: `data/secret/1.in`. */
  readonly path: string;
  /** `unusable`: a link out of the package or to nothing, a pipe, a socket, a device. {@link PackageFiles.at} says which. */
  readonly kind: "file" | "directory" | "unusable";
}

/** Larger texts are refused unread, where the reader does not say otherwise. */
const textLimitBytes = 4 * 1024 * 1024;

export class PackageFiles {
  readonly root: string;
  readonly #isName: (name: string) => boolean;
  /** What a person should know of the package, each once, in the order in which it was found. */
  readonly #warnings = new Set<string>();
  readonly #directories = new Map<string, { readonly entries: readonly Entry[]; readonly byName: ReadonlyMap<string, Entry>; readonly ignored: readonly string[] }>();
  #realRoot: string | null = null;

  /**
   * @param root the directory of the package, as the caller named it
   * @param isName whether the format allows a name; what has another one is treated as absent, see {@link ignored}
   * @throws IsolateError of kind Config: no directory
   */
  constructor(root: string, isName: (name: string) => boolean = () => true) {
    [this.root, this.#isName] = [root, isName];
    try {
      if (!statSync(root).isDirectory()) throw notDirectory(root);
    } catch (error) {
      throw errnoOf(error) === null ? error : namedFault(`read the problem ${root}`, error);
    }
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  warn(message: string): void {
    this.#warnings.add(message);
  }

  /** In byte order of their names; nothing when there is no such directory. @throws IsolateError as {@link find} */
  list(directory = ""): readonly Entry[] {
    return this.#read(directory)?.entries ?? [];
  }

  /** Names in a directory that the format does not allow, but for hidden files. */
  ignored(directory = ""): readonly string[] {
    return this.#read(directory)?.ignored ?? [];
  }

  /**
   * @param path from the directory of the package; it may come from the package
   * @returns null when there is nothing
   * @throws IsolateError of kind Config: it leads out of the package, by `..` or by a directory on its way
   */
  find(path: string): Entry | null {
    const parts = this.#partsOf(path);
    if (parts.length === 0) return { name: "", path: "", kind: "directory" };
    return this.#read(parts.slice(0, -1).join("/"))?.byName.get(parts.at(-1)!) ?? null;
  }

  /** Whether there is a file (or a link to one) that can be used. */
  hasFile(path: string): boolean {
    return this.find(path)?.kind === "file";
  }

  hasDirectory(path: string): boolean {
    return this.find(path)?.kind === "directory";
  }

  /**
   * The path that is opened, and that people read.
   * @throws IsolateError of kind Config: nothing is there, or it cannot be used, with the reason
   */
  at(entry: Entry | string): string {
    const found = typeof entry === "string" ? this.find(entry) : entry;
    if (found === null) throw configError(`cannot read ${join(this.root, entry as string)}: it is missing`, "the problem package names it");
    const shown = this.shown(found.path);
    if (found.kind !== "unusable") return shown;
    throw this.#reasonAgainst(found.path, shown);
  }

  /** As people read it; nothing is looked up. */
  shown(path: string): string {
    return join(this.root, path);
  }

  /**
   * The text of a file; null when there is none.
   * @param most larger ones are refused, in bytes
   * @throws IsolateError of kind Config: as {@link at}, no file, larger than `most`, not UTF-8
   */
  text(path: string, most = textLimitBytes): string | null {
    const entry = this.find(path);
    if (entry === null) return null;
    const shown = this.at(entry);
    if (entry.kind === "directory") throw configError(`cannot read ${shown}: it is a directory`);
    let bytes: Buffer;
    try {
      if (statSync(shown).size > most) throw configError(`cannot read ${shown}: it is larger than ${describeBytes(most)[0]}`);
      bytes = readFileSync(shown);
    } catch (error) {
      throw errnoOf(error) === null ? error : namedFault(`read ${shown}`, error);
    }
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw configError(`cannot read ${shown}: it is not UTF-8 text`);
    }
  }

  #partsOf(path: string): string[] {
    const normal = normalize(path === "" ? "." : path);
    if (isAbsolute(path) || normal === ".." || normal.startsWith("../")) throw configError(`cannot read ${JSON.stringify(path)} for the problem ${this.root}: it is outside of the package`, "put it into the package, and name it from there");
    return normal.split("/").filter((part) => part !== "" && part !== ".");
  }

  #read(directory: string) {
    const parts = this.#partsOf(directory);
    const path = parts.join("/");
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    if (parts.length > 0) {
      const entry = this.find(path);
      // A link out of the package must not look like an empty directory.
      if (entry?.kind === "unusable") this.at(entry);
      if (entry?.kind !== "directory") return null;
    }
    const found = this.#readDirectory(path);
    this.#directories.set(path, found);
    return found;
  }

  #readDirectory(path: string) {
    const shown = this.shown(path);
    let dirents: Dirent[];
    try {
      dirents = readdirSync(shown, { withFileTypes: true });
    } catch (error) {
      throw namedFault(`read ${shown}`, error);
    }
    const isAllowed = (name: string) => isUtf8Name(name) && this.#isName(name);
    // Nearly all are files. Without a function that compares, the runtime sorts names four times as fast.
    const special = new Map(dirents.filter((dirent) => !dirent.isFile()).map((dirent) => [dirent.name, dirent]));
    const names = dirents.map(({ name }) => name).toSorted();
    const byName = new Map<string, Entry>();
    for (const name of names) if (isAllowed(name)) byName.set(name, { name, path: path === "" ? name : `${path}/${name}`, kind: this.#kindOf(special.get(name) ?? null, shown) });
    return { entries: [...byName.values()], byName, ignored: names.filter((name) => !isAllowed(name) && !name.startsWith(".")) };
  }

  /** @param dirent null: of a file */
  #kindOf(dirent: Dirent | null, directory: string): Entry["kind"] {
    if (dirent === null) return "file";
    if (dirent.isDirectory()) return "directory";
    // Some file systems do not say in a directory what is in it.
    if (!dirent.isSymbolicLink() && (dirent.isFIFO() || dirent.isSocket() || dirent.isCharacterDevice() || dirent.isBlockDevice())) return "unusable";
    try {
      const real = realpathSync(join(directory, dirent.name));
      if (!this.#isInside(real)) return "unusable";
      const stat = statSync(real);
      return stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "unusable";
    } catch {
      return "unusable";
    }
  }

  #isInside(real: string): boolean {
    this.#realRoot ??= realpathSync(this.root);
    return real === this.#realRoot || real.startsWith(this.#realRoot.endsWith(sep) ? this.#realRoot : this.#realRoot + sep);
  }

  #reasonAgainst(path: string, shown: string) {
    try {
      const real = realpathSync(shown);
      if (!this.#isInside(real)) return configError(`cannot use ${shown}: it leads out of the package, to ${real}`, `put the file itself into ${resolve(this.root)}`);
      return configError(`cannot use ${shown}: it is neither a file nor a directory`);
    } catch (error) {
      const isDangling = errnoOf(error) === errno.ENOENT;
      return isDangling ? configError(`cannot use ${shown}: it is a link to a file that does not exist`, `put the file itself at ${path}`) : namedFault(`use ${shown}`, error);
    }
  }
}

function notDirectory(root: string) {
  const isArchive = /\.(zip|kpp|tgz|tar|gz|xz)$/i.test(root);
  return configError(`cannot judge with ${root}: it is no directory`, isArchive ? "unpack it, and give the directory" : "give the directory of the tests, or of the problem package");
}
