/** stat(2), lstat(2), fstat(2) and statfs(2) with the names and shapes of node:fs. See fs.ts. */
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, S } from "./constants.ts";
import { tryCall } from "./ffi.ts";
import { errno, SyscallError } from "./errno.ts";

const arm = process.arch === "arm64";

/** struct stat of both architectures (asm/stat.h, asm-generic/stat.h); what is asked for is taken out of it when it is asked for. */
const statBytes = 144;

/** What of a file's status we use. Numbers as in node:fs. */
export class Stats {
  readonly #raw: DataView;

  constructor(bytes: Uint8Array) {
    this.#raw = new DataView(bytes.buffer);
  }

  get dev(): number {
    return Number(this.#raw.getBigUint64(0, true));
  }

  get ino(): number {
    return Number(this.#raw.getBigUint64(8, true));
  }

  get mode(): number {
    return this.#raw.getUint32(arm ? 16 : 24, true);
  }

  get uid(): number {
    return this.#raw.getUint32(arm ? 24 : 28, true);
  }

  get gid(): number {
    return this.#raw.getUint32(arm ? 28 : 32, true);
  }

  get rdev(): number {
    return Number(this.#raw.getBigUint64(arm ? 32 : 40, true));
  }

  get size(): number {
    return Number(this.#raw.getBigInt64(48, true));
  }

  /** In units of 512 bytes, whatever the file system's blocks are. */
  get blocks(): number {
    return Number(this.#raw.getBigInt64(64, true));
  }

  /** Last change of the content, milliseconds since 1970. */
  get mtimeMs(): number {
    return Number(this.#raw.getBigInt64(88, true)) * 1000 + Number(this.#raw.getBigInt64(96, true)) / 1e6;
  }

  isDirectory(): boolean {
    return (this.mode & S.IFMT) === S.IFDIR;
  }

  isFile(): boolean {
    return (this.mode & S.IFMT) === S.IFREG;
  }

  isSymbolicLink(): boolean {
    return (this.mode & S.IFMT) === S.IFLNK;
  }

  isFIFO(): boolean {
    return (this.mode & S.IFMT) === S.IFIFO;
  }

  isSocket(): boolean {
    return (this.mode & S.IFMT) === S.IFSOCK;
  }

  isCharacterDevice(): boolean {
    return (this.mode & S.IFMT) === S.IFCHR;
  }
}

interface MayBeMissing {
  readonly throwIfNoEntry: false;
}

function statPath(path: string, flags: number, options: MayBeMissing | undefined): Stats | undefined {
  const bytes = new Uint8Array(statBytes);
  const result = path.includes("\0") ? -errno.EINVAL : tryCall("newfstatat", AT_FDCWD, path, bytes, flags);
  if (result >= 0) return new Stats(bytes);
  if (options !== undefined && result === -errno.ENOENT) return undefined;
  throw new SyscallError(flags === 0 ? "stat" : "lstat", -result, path);
}

/** Follows links. @throws SyscallError; with `throwIfNoEntry: false` not for what is not there */
export function statSync(path: string): Stats;
export function statSync(path: string, options: MayBeMissing): Stats | undefined;
export function statSync(path: string, options?: MayBeMissing): Stats | undefined {
  return statPath(path, 0, options);
}

/** Of the link itself. @throws SyscallError; with `throwIfNoEntry: false` not for what is not there */
export function lstatSync(path: string): Stats;
export function lstatSync(path: string, options: MayBeMissing): Stats | undefined;
export function lstatSync(path: string, options?: MayBeMissing): Stats | undefined {
  return statPath(path, AT_SYMLINK_NOFOLLOW, options);
}

/** @throws SyscallError */
export function fstatSync(fd: number): Stats {
  const bytes = new Uint8Array(statBytes);
  const result = tryCall("fstat", fd, bytes);
  if (result < 0) throw new SyscallError("fstat", -result, `descriptor ${fd}`);
  return new Stats(bytes);
}

/** struct statfs of the 64-bit architectures: 15 words. */
const statfsWords = 15;

/** What of a file system's status we use. @throws SyscallError */
export function statfsSync(path: string): { readonly type: number; readonly bsize: number; readonly blocks: number; readonly bfree: number } {
  const words = new BigUint64Array(statfsWords);
  const result = path.includes("\0") ? -errno.EINVAL : tryCall("statfs", path, words);
  if (result < 0) throw new SyscallError("statfs", -result, path);
  const [type, bsize, blocks, bfree] = words;
  return { type: Number(type), bsize: Number(bsize), blocks: Number(blocks), bfree: Number(bfree) };
}
