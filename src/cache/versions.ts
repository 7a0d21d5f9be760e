/** What compilers say of their version, asked once for each compiler file. */
import { readFileSync } from "node:fs";
import { IsolateError } from "../errors.ts";
import { O, S } from "../kernel/constants.ts";
import { errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, statDescriptor, writeFully } from "../kernel/files.ts";
import { bootId } from "./compile-key.ts";
import { openCacheDirectory, type CacheDirectory } from "./directory.ts";
import { putInPlace } from "./unfinished.ts";

/** More than any compiler says of itself; a longer answer is not remembered. */
const longestText = 64 * 1024;

/**
 * The version text of a compiler, from the last time that it was asked for while the compiler was the same file.
 * @param stateDir absolute, checked already
 * @param identity of {@link Compiler}, and whatever else the answer depends on (the command that asks)
 * @param ask asks the compiler; null: it would not say, which is not remembered
 * @throws what `ask` throws; a cache that cannot be used only costs the asking
 */
export async function rememberedVersion(stateDir: string, identity: string, ask: () => Promise<string | null>): Promise<string | null> {
  const name = new Bun.CryptoHasher("sha256").update(JSON.stringify([bootId(), identity])).digest("hex");
  const known = quietly(stateDir, false, (directory) => read(directory, name));
  if (known !== null) return known;
  const text = await ask();
  if (text !== null && Buffer.byteLength(text) <= longestText) {
    quietly(stateDir, true, (directory) => putInPlace(directory, directory.versions, name, (fd) => writeFully(fd, Buffer.from(text))));
  }
  return text;
}

function quietly<T>(stateDir: string, make: boolean, use: (directory: CacheDirectory) => T): T | null {
  try {
    using directory = openCacheDirectory(stateDir, make);
    return directory === null ? null : use(directory);
  } catch (error) {
    if (error instanceof IsolateError || errnoOf(error) !== null) return null;
    throw error;
  }
}

function read({ versions }: CacheDirectory, name: string): string | null {
  const fd = openAt(versions, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
  try {
    const { mode, uid, size } = statDescriptor(fd);
    if ((mode & S.IFMT) !== S.IFREG || uid !== process.geteuid!() || size > longestText) return null;
    return readFileSync(fd, "utf8");
  } finally {
    closeDescriptor(fd);
  }
}
