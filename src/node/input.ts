/** Standard input of a run: what the binary inherits, and what is written to it while it runs. */
import type { Writable } from "node:stream";
import { refused } from "../library/check.ts";
import type { StdinInput } from "../library/options.ts";
import type { ByteStream } from "../library/stream-types.ts";

/** What is to be written, piece by piece. */
export interface Pieces {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  cancel(): unknown;
}

/** A descriptor that is handed on, nothing, or pieces. */
export type Input = { readonly fd: number } | "nothing" | Pieces;

const forms = "give text, a Uint8Array, a ReadableStream or an iterable of them";

/** @throws IsolateError of kind Config for what cannot be read */
export function readInput(stdin: StdinInput | unknown): Input {
  if (stdin === undefined || stdin === null) return "nothing";
  if (typeof stdin === "string" || stdin instanceof Uint8Array) return once(stdin);
  if (typeof stdin !== "object") throw refused(stdin, "standard input", `it is of type ${typeof stdin}`, forms);
  if ("kind" in stdin) {
    if (stdin.kind === "empty") return "nothing";
    if (stdin.kind === "bytes" && "bytes" in stdin && stdin.bytes instanceof Uint8Array) return once(stdin.bytes);
    if (stdin.kind === "descriptor" && "fd" in stdin && Number.isInteger(stdin.fd) && (stdin.fd as number) >= 0) return { fd: stdin.fd as number };
    throw refused(stdin.kind, "the kind of standard input", "it must be one of empty bytes descriptor, with its bytes or its fd");
  }
  const iterate = (stdin as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] ?? (stdin as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (iterate !== undefined) {
    const iterator = (iterate as () => AsyncIterator<unknown>).call(stdin);
    return { next: async () => await iterator.next(), cancel: () => iterator.return?.() };
  }
  if (!("getReader" in stdin)) throw refused(stdin, "standard input", "nothing can be read from it", forms);
  const reader = (stdin as ByteStream).getReader();
  return { next: () => reader.read(), cancel: () => reader.cancel() };
}

function once(value: string | Uint8Array): Pieces {
  let done = false;
  return { next: async () => (done ? { done } : ((done = true), { done: false, value })), cancel: () => {} };
}

/** Writes until the pieces or the program end, no faster than the program reads. @throws what the pieces throw; IsolateError for a piece of another type */
export async function feed(pieces: Pieces, to: Writable): Promise<void> {
  let open = true;
  const closed = new Promise<void>((resolve) => to.once("close", () => ((open = false), resolve())));
  // A program that reads no further is no error of anybody's.
  to.on("error", () => (open = false));
  while (open) {
    const { done = false, value } = await pieces.next();
    if (done || !open) break;
    if (typeof value !== "string" && !(value instanceof Uint8Array)) throw refused(value, "a piece of standard input", `it is of type ${typeof value}`, "give text or a Uint8Array");
    // The next piece is asked for when this one has left us.
    await Promise.race([closed, new Promise<void>((written) => to.write(value, () => written()))]);
  }
  to.end();
}
