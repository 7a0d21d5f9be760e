/** What SQLite says, in words for those who run the service. */
import { SQLiteError } from "bun:sqlite";
import { hintFor } from "../../../model/host-fault.ts";
import { messageOf } from "../../../model/errors.ts";
import { StoreFault } from "../queue.ts";

const corrupt = "the file is damaged. Stop the service, move the directory away and start with an empty one, or bring back a copy";

/** By the first words of the names of errors. */
const reasons: readonly (readonly [code: string, reason: string])[] = [
  ["SQLITE_FULL", "the disk is full. Make room, or keep fewer results (results.keep, results.most_bytes)"],
  ["SQLITE_READONLY", "it cannot be written to. Mount its file system for writing, and give the file to the user of the service"],
  ["SQLITE_CORRUPT", corrupt],
  ["SQLITE_NOTADB", corrupt],
  ["SQLITE_BUSY", "another process writes to it. Only the service may"],
  ["SQLITE_LOCKED", "another process writes to it. Only the service may"],
  ["SQLITE_CANTOPEN", "it cannot be opened. Look at the data directory: whose it is, and what its modes are"],
  ["SQLITE_IOERR", "the disk has failed. The log of the kernel (dmesg) may say more"],
  ["SQLITE_NOMEM", "the memory is used up"],
];

/** SQLite would go on writing to a file that nobody finds again. */
export const movedReason = "the file was moved or removed while it was in use. Put it back, with the files beside it, and start the service again";

/** What somebody can do about a call that the kernel refused; undefined where that is not known. */
export function storeHint(error: unknown): string | undefined {
  return hintFor(error)?.replace(/,? or choose (another|a) place .*$/, "").replace(/: choose a place .*$/, "");
}

/** Why, and what to do about it; in one line. */
export function storeReason(error: unknown): string {
  if (!(error instanceof SQLiteError)) return messageOf(error);
  const reason = reasons.find(([code]) => error.code?.startsWith(code) === true)?.[1];
  return reason === undefined ? `${error.code ?? error.errno}: ${error.message}` : `${reason} (${error.code})`;
}

/** Nothing that is written from now on can be relied on. */
export function isDamage(error: unknown): boolean {
  return error instanceof SQLiteError && (error.code?.startsWith("SQLITE_CORRUPT") === true || error.code === "SQLITE_NOTADB");
}

/** @param verb such as `write to` */
export function storeFault(verb: string, path: string, error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  return new StoreFault(`cannot ${verb} the store ${path}: ${storeReason(error)}`, { cause: error });
}
