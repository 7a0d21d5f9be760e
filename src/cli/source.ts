/** What can be said about `--source` before a box is touched. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { configError, IsolateError } from "../errors.ts";
import { reasonOf } from "../kernel/errno.ts";
import { languageSet } from "../language/registry.ts";
import { resolveLanguage, type SourceFacts } from "../language/resolve.ts";
import { checkSourceName } from "../language/source-name.ts";
import type { SourceRequest } from "../model/request.ts";

const firstBytesCount = 256;

/**
 * Makes sure that the file can be read, its name be used and its language be told, packs included.
 * @throws IsolateError of kind Config
 */
export async function checkSource(source: SourceRequest): Promise<void> {
  const facts = factsOf(source);
  checkSourceName(facts.fileName);
  resolveLanguage(facts, await languageSet(source.packs));
}

function factsOf({ path, language }: SourceRequest): SourceFacts {
  try {
    // Opening a fifo that nobody writes to would wait for ever.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) throw configError(`cannot read --source ${path}: it is a directory`);
      if (!stat.isFile()) throw configError(`cannot read --source ${path}: it is not a regular file`);
      const buffer = new Uint8Array(firstBytesCount);
      const length = readSync(fd, buffer, 0, buffer.length, 0);
      return { fileName: basename(path), firstBytes: buffer.subarray(0, length), language, executable: (stat.mode & 0o111) !== 0 };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw error instanceof IsolateError ? error : configError(`cannot read --source ${path}: ${reasonOf(error)}`);
  }
}
