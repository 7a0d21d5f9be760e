/** The first difference between an output and the answer, in words: where it is and what is there. */
import { readSync } from "../../kernel/fs.ts";
import { readAt } from "../../kernel/read-at.ts";
import { chunkBytes, isSpace } from "./token-source.ts";

export interface Difference {
  /** `more`: the output goes on after the answer; `less`: it ends before. */
  readonly kind: "token" | "space" | "more" | "less";
  /** Where the token or the white space begins in each file. */
  readonly outputAt: number;
  readonly answerAt: number;
}

/** Bytes of a token that are shown. */
const shownBytes = 30;

/** @throws SyscallError */
export function describeDifference(output: number, answer: number, { kind, outputAt, answerAt }: Difference): string {
  if (kind === "space") return `${placeOf(output, outputAt)}: the white space is not that of the answer`;
  if (kind === "more") return `${placeOf(output, outputAt)}: the answer ends before ${show(partOf(output, outputAt, 0))}`;
  if (kind === "less") return outputAt === 0 || isBlank(output) ? "the output is empty" : `the output ends before ${show(partOf(answer, answerAt, 0))} (line ${lineOf(answer, answerAt).line} of the answer)`;
  const from = Math.max(0, firstDifference(output, outputAt, answer, answerAt) - Math.floor(shownBytes / 2));
  return `${placeOf(output, outputAt)}: found ${show(partOf(output, outputAt, from))}, the answer has ${show(partOf(answer, answerAt, from))}`;
}

function placeOf(file: number, offset: number): string {
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
function isBlank(file: number): boolean {
  const bytes = readAt(file, 0, chunkBytes);
  return bytes.length < chunkBytes && bytes.every((byte) => isSpace[byte] === 1);
}
