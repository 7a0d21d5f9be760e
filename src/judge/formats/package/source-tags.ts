/** Tags in the sources of submissions that come with a package (`@EXPECTED_RESULTS@: WRONG-ANSWER`), for formats that have no word of their own. */
import { closeSync, openSync, readSync } from "../../../kernel/fs.ts";
import type { Expectation } from "../../expectation.ts";
import { taggedExpectation } from "./expected-results.ts";
import type { Entry, PackageFiles } from "./files.ts";

/** Tags stand where people read them. */
const lookedAtBytes = 256 * 1024;

/**
 * @param entry a source, or a directory, in which the first source with tags counts
 * @returns null when there are none; what is wrong with them is a warning
 */
export function expectationInSource(files: PackageFiles, entry: Entry, isScoring: boolean): Expectation | null {
  if (entry.kind === "directory") {
    for (const inner of files.list(entry.path)) {
      const found = inner.kind === "file" ? expectationInSource(files, inner, isScoring) : null;
      if (found !== null) return found;
    }
    return null;
  }
  const read = taggedExpectation(beginning(files.at(entry)), isScoring);
  if (read === null) return null;
  for (const warning of typeof read === "string" ? [read] : read.warnings) files.warn(`${files.shown(entry.path)}: ${warning}`);
  return typeof read === "string" ? null : read.expected;
}

/** Each byte is a character. */
function beginning(path: string): string {
  const bytes = Buffer.allocUnsafe(lookedAtBytes);
  const fd = openSync(path, "r");
  try {
    return bytes.toString("latin1", 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}
