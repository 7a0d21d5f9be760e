/** The meta file: opened, and emptied, while options are still being read; written when everything is over. */
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { asFileSystemUser } from "../kernel/file-system-user.ts";
import { closeDescriptor, openAt, openBeneath, statDescriptor, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import { fchownSync, readlinkSync } from "../kernel/fs.ts";
import { fatal } from "./failure.ts";

/** All keys that there are. */
export const metaKeys = ["time", "time-wall", "max-rss", "csw-voluntary", "csw-forced", "cg-mem", "cg-oom-killed", "exitcode", "exitsig", "status", "message", "killed"] as const;
export type MetaKey = (typeof metaKeys)[number];
export type MetaLine = readonly [key: MetaKey, value: string | number];

/** Message of at most so many bytes, on one line. */
const longestMessage = 1023;

export class MetaFile {
  readonly #fd: number;
  readonly #owner: { readonly uid: number; readonly gid: number };
  readonly #lines: MetaLine[] = [];

  /** @param path `-`: our standard output @param owner with whose rights it is opened @throws Failure */
  constructor(path: string, owner: { readonly uid: number; readonly gid: number }) {
    this.#owner = owner;
    if (path === "-") {
      this.#fd = 1;
      return;
    }
    const open = () => openAt(AT_FDCWD, path, O.WRONLY | O.CREAT | O.TRUNC, 0o666);
    try {
      this.#fd = owner.uid === 0 && owner.gid === 0 ? open() : asFileSystemUser(owner.uid, owner.gid, open);
    } catch {
      throw fatal(`Failed to open metafile '${path}'`);
    }
  }

  add(...lines: readonly MetaLine[]): void {
    this.#lines.push(...lines);
  }

  /**
   * @param box directory that a program may have changed: a file in it is made anew, so that nobody has it open or has put another in its place
   * @param print writes to standard output
   * @throws SyscallError when there is no room
   */
  write(box: string | null, print: (bytes: Uint8Array) => void): void {
    const text = this.#lines.map(([key, value]) => `${key}:${key === "message" ? oneLine(String(value)) : value}\n`).join("");
    if (this.#fd === 1) return print(Buffer.from(text));
    const inside = box === null ? null : placeBelow(this.#fd, box);
    if (inside !== null && renewed(box!, inside, text, this.#owner)) return;
    writeFully(this.#fd, Buffer.from(text));
  }

  close(): void {
    if (this.#fd !== 1) closeDescriptor(this.#fd);
  }
}

function oneLine(text: string): string {
  return Buffer.from(text.replaceAll("\n", " ")).subarray(0, longestMessage).toString();
}

/** @returns the path of an open regular file below a directory; null when it is, or was, elsewhere */
function placeBelow(fd: number, directory: string): string | null {
  if ((statDescriptor(fd).mode & S.IFMT) !== S.IFREG) return null;
  const path = readlinkSync(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, "");
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : null;
}

/** @returns false where that cannot be done: then the open file is written to, wherever it is */
function renewed(box: string, path: string, text: string, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
  const slash = path.lastIndexOf("/");
  const top = openAt(AT_FDCWD, box, O.RDONLY | O.DIRECTORY);
  let directory = top;
  try {
    if (slash > 0) directory = openBeneath(top, path.slice(0, slash), O.RDONLY | O.DIRECTORY);
    const name = path.slice(slash + 1);
    tryUnlinkAt(directory, name, 0);
    const fd = openBeneath(directory, name, O.WRONLY | O.CREAT | O.EXCL, 0o644);
    try {
      fchownSync(fd, uid, gid);
      writeFully(fd, Buffer.from(text));
    } finally {
      closeDescriptor(fd);
    }
    return true;
  } catch {
    return false;
  } finally {
    if (directory !== top) closeDescriptor(directory);
    closeDescriptor(top);
  }
}
