/** Files that leave the box: the binary copies them, and those that are to be read are read from there. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesOutOf } from "../library/whole.ts";
import type { RunOptions } from "../library/options.ts";
import type { FileOut } from "../model/files-out.ts";
import type { ExecutionResult } from "../model/result.ts";

export interface Taking extends Disposable {
  readonly flags: readonly string[];
  /** The result with what was read. */
  complete(result: ExecutionResult): ExecutionResult;
}

export function takeFiles(options: RunOptions): Taking {
  const asked = filesOutOf(options);
  if (asked === null) return { flags: [], complete: (result) => result, [Symbol.dispose]: () => {} };
  const reads = asked.reads.filter((name) => !(name in asked.copies));
  const directory = reads.length === 0 ? null : mkdtempSync(join(tmpdir(), "mini-isolate-files-"));
  const copies = [...Object.entries(asked.copies), ...reads.map((name, index): [string, string] => [name, join(directory!, String(index))])];
  return {
    flags: copies.map(([name, path]) => `--copy-out=${name}=${path}`),
    complete: (result) => ({ ...result, files: Object.fromEntries(Object.entries(result.files ?? {}).map(([name, file]) => [name, asked.reads.includes(name) ? read(file, name in asked.copies) : file])) }),
    [Symbol.dispose]: () => directory !== null && rmSync(directory, { recursive: true, force: true }),
  };
}

function read(file: FileOut, isCopied: boolean): FileOut {
  if (file.path === undefined) return file;
  const bytes = readFileSync(file.path);
  const text = bytes.toString();
  const content = Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString("base64") };
  return { bytes: bytes.length, ...(isCopied ? { path: file.path } : {}), ...content };
}
