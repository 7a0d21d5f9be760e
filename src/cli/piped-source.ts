/** A source that comes by standard input: `--source -`. Loaded only for one. */
import { resolve } from "node:path";
import { fstatSync, readSync, statSync } from "../kernel/fs.ts";
import { isTerminal, wasClosedByCaller } from "../kernel/files.ts";
import { configError, IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { largestSourceBytes, type SourceRequest } from "../source/source-request.ts";
import type { FlagValues } from "./flags.ts";

const standardInput = 0;
const pieceBytes = 64 * 1024;
const what = "the source from standard input";

/**
 * Reads standard input to its end.
 * @throws IsolateError of kind Config where the language is not named, or the program is to read standard input as well
 */
export function pipedSource({ language, input }: Pick<FlagValues<"execute">, "language" | "input">): Pick<SourceRequest, "path" | "bytes"> {
  if (language === undefined) throw configError(`cannot tell the language of ${what}`, "name it with --language ID");
  if (input !== undefined && isStandardInput(input)) throw configError(`cannot read both the source and --input ${input} from standard input`, "give one of them as a file");
  if (wasClosedByCaller(standardInput)) throw configError(`cannot read ${what}: standard input is closed`);
  return { path: "main", bytes: readAll() };
}

function isStandardInput(path: string): boolean {
  if (/^\/(?:dev\/stdin|dev\/fd\/0|proc\/self\/fd\/0)$/.test(resolve(path))) return true;
  const own = fstatSync(standardInput);
  const other = statSync(path, { throwIfNoEntry: false });
  const isStream = own.isFIFO() || own.isSocket() || isTerminal(standardInput);
  return isStream && other !== undefined && other.dev === own.dev && other.ino === own.ino;
}

function readAll(): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const piece = new Uint8Array(pieceBytes);
      const length = readSync(standardInput, piece, 0, piece.length, null);
      if (length === 0) break;
      pieces.push(piece.subarray(0, length));
      size += length;
      if (size > largestSourceBytes) throw configError(`cannot use ${what}: it has more than ${largestSourceBytes} bytes`);
    }
  } catch (error) {
    throw error instanceof IsolateError ? error : namedFault(`read ${what}`, error);
  }
  return Buffer.concat(pieces);
}
