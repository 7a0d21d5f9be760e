/** What can be said about a source before a box is touched. */
import { closeSync, fstatSync, openSync, readSync } from "../kernel/fs.ts";
import { O } from "../kernel/constants.ts";
import { basename } from "node:path";
import { configError, IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { resolveLanguage, type SourceFacts } from "../language/resolve.ts";
import type { LanguageSet } from "../language/registry.ts";
import { checkFileName, sourceNameLimitBytes } from "../language/source-name.ts";
import type { SourceRequest } from "./source-request.ts";

const firstBytesCount = 256;

export interface CheckedSource {
  /** With its languages, and with the files that lie beside it. */
  readonly source: SourceRequest;
  /** Its id; null: it is a program, not a source. */
  readonly language: string | null;
  /** What is wrong with packs that nobody asked for in this run. */
  readonly problems: readonly string[];
}

/**
 * Makes sure that the files can be read, their names be used and the language be told, packs included.
 * @param load the languages that the source may be in
 * @param what comes before its path in messages
 * @throws IsolateError of kind Config
 */
export async function checkSource(source: SourceRequest, load: () => Promise<LanguageSet>, what = "--source"): Promise<CheckedSource> {
  const addedFiles = [...(source.addedFiles ?? []), ...(source.added?.length ? (await import("./added-files.ts")).readAdded(source.added, "--add ") : [])];
  const facts: SourceFacts = source.bytes === undefined ? factsOf(source.path, source.language, `${what} ${source.path}`)
    : { fileName: basename(source.path), firstBytes: source.bytes.subarray(0, firstBytesCount), language: source.language, executable: false };
  checkFileName(facts.fileName, sourceNameLimitBytes);
  const { languages, problems } = await load();
  const language = resolveLanguage(facts, languages);
  return { source: { ...source, addedFiles, languages }, language: language?.id ?? null, problems };
}

function factsOf(path: string, language: string | null, what: string): SourceFacts {
  try {
    // Opening a fifo that nobody writes to would wait for ever.
    const fd = openSync(path, O.RDONLY | O.NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) throw configError(`cannot read ${what}: it is a directory`);
      if (!stat.isFile()) throw configError(`cannot read ${what}: it is not a regular file`);
      const buffer = new Uint8Array(firstBytesCount);
      const length = readSync(fd, buffer, 0, buffer.length, 0);
      return { fileName: basename(path), firstBytes: buffer.subarray(0, length), language, executable: (stat.mode & 0o111) !== 0 };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw error instanceof IsolateError ? error : namedFault(`read ${what}`, error);
  }
}
