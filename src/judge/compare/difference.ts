/** The first difference between an output and the answer, in words: where it is and what is there. */
import { readSync } from "../../kernel/fs.ts";
import { readAt } from "../../kernel/read-at.ts";
import { isSpace } from "./space.ts";
import { chunkBytes } from "./token-source.ts";

export interface Difference {
  /** `bytes`: anything, where the bytes before are the same. `more`: the output goes on after the answer; `less`: it ends before. */
  readonly kind: "token" | "space" | "bytes" | "more" | "less";
  /** Where the token or the white space begins in each file. */
  readonly outputAt: number;
  readonly answerAt: number;
  /** White space counts, and perhaps nothing else differs. */
  readonly mayBeSpace?: true;
}

/** Bytes of a token that are shown. */
const shownBytes = 30;

/** @throws SyscallError */
export function describeDifference(output: number, answer: number, { kind, outputAt, answerAt }: Difference): string {
  if (kind === "space") return `${placeOf(output, outputAt)}: the white space is not that of the answer`;
  if (kind === "more") return `${placeOf(output, outputAt)}: the answer ends before ${show(partOf(output, outputAt, 0))}`;
  if (kind === "less") return isBlank(output) ? "the output is empty" : `the output ends before ${show(partOf(answer, answerAt, 0))} (line ${lineOf(answer, answerAt).line} of the answer)`;
  if (kind === "bytes") {
    const found = Math.min(tokenBefore(output, outputAt), answerAt);
    // What is found is what comes after the token, where the token itself is the same.
    const before = shownAt(output, outputAt, found) === shownAt(answer, answerAt, found) ? 0 : found;
    return `${placeOf(output, outputAt - before)}: found ${shownAt(output, outputAt, before)}, the answer has ${shownAt(answer, answerAt, before)}`;
  }
  const from = Math.max(0, firstDifference(output, outputAt, answer, answerAt) - Math.floor(shownBytes / 2));
  return `${placeOf(output, outputAt)}: found ${show(partOf(output, outputAt, from))}, the answer has ${show(partOf(answer, answerAt, from))}`;
}

/** How many bytes of a token are right before a place, 15 at most. */
function tokenBefore(file: number, offset: number): number {
  const most = Math.min(offset, Math.floor(shownBytes / 2));
  const bytes = readAt(file, offset - most, most);
  let count = 0;
  while (count < bytes.length && isSpace[bytes[bytes.length - 1 - count]!] === 0) count++;
  return count;
}

function shownAt(file: number, offset: number, before: number): string {
  const part = partOf(file, offset - before, 0);
  if (part.bytes.length > 0) return show(part);
  const [byte] = readAt(file, offset, 1);
  return byte === undefined ? "the end" : byte === 10 || byte === 13 ? "the end of the line" : "white space";
}

/** For people. */
export function placeOf(file: number, offset: number): string {
  const { line, column } = lineOf(file, offset);
  return `line ${line}, column ${column}`;
}

/** Both from 1, in bytes. The file is read again up to there: it is known only now that somebody wants to know. */
function lineOf(file: number, offset: number): { readonly line: number; readonly column: number } {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let [line, lineBegins] = [1, 0];
  for (let at = 0; at < offset; ) {
    const count = readSync(file, chunk, 0, Math.min(chunk.length, offset - at), at);
    if (count === 0) break;
    for (let found = chunk.indexOf(10); found >= 0 && found < count; found = chunk.indexOf(10, found + 1)) {
      line++;
      lineBegins = at + found + 1;
    }
    at += count;
  }
  return { line, column: offset - lineBegins + 1 };
}

/** The token at a place of a file, in quotes, cut to a length. @throws SyscallError */
export const tokenAt = (file: number, offset: number): string => show(partOf(file, offset, 0));

/** In bytes from where both tokens begin; 0 when it is far away. */
function firstDifference(output: number, outputAt: number, answer: number, answerAt: number): number {
  const [ours, theirs] = [readAt(output, outputAt, chunkBytes), readAt(answer, answerAt, chunkBytes)];
  const at = ours.findIndex((byte, index) => byte !== theirs[index]);
  return at < 0 ? 0 : at;
}

interface Part {
  readonly bytes: Buffer;
  readonly isCutBefore: boolean;
  readonly isCutAfter: boolean;
}

/** Of a token, from so many bytes after its beginning on. */
function partOf(file: number, offset: number, from: number): Part {
  const bytes = readAt(file, offset + from, shownBytes + 1);
  const end = bytes.findIndex((byte) => isSpace[byte] === 1);
  const length = Math.min(end < 0 ? bytes.length : end, shownBytes);
  return { bytes: bytes.subarray(0, length), isCutBefore: from > 0, isCutAfter: length === shownBytes && end < 0 && bytes.length > shownBytes };
}

/** As text in quotes: what is not ASCII, or would do something on a terminal, as its bytes. */
function show({ bytes, isCutBefore, isCutAfter }: Part): string {
  const text = [...bytes].map((byte) => (byte < 33 || byte > 126 ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte))).join("");
  return `'${isCutBefore ? "..." : ""}${text}${isCutAfter ? "..." : ""}'`;
}

/** Nothing but white space, as far as anybody would read. */
export function isBlank(file: number): boolean {
  const bytes = readAt(file, 0, chunkBytes);
  return bytes.length < chunkBytes && bytes.every((byte) => isSpace[byte] === 1);
}
