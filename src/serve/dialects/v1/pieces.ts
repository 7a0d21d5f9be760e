/** Output that comes in pieces, as texts: a character that is in two pieces is told with the second one. */
import { withoutHalf } from "./utf8.ts";

interface Piece {
  readonly test: number | null;
  readonly stream: "stdout" | "stderr";
  readonly text?: string;
  readonly base64?: string;
}

export class Pieces {
  /** Beginnings of characters, by test and stream. */
  readonly #held = new Map<string, Omit<Piece, "text" | "base64"> & { readonly bytes: Uint8Array }>();

  add(test: number | null, stream: "stdout" | "stderr", bytes: Uint8Array): Piece[] {
    const key = `${test} ${stream}`;
    const held = this.#held.get(key);
    const all = held === undefined ? bytes : Buffer.concat([held.bytes, bytes]);
    const whole = withoutHalf(all);
    this.#held.delete(key);
    if (whole.length < all.length) this.#held.set(key, { test, stream, bytes: all.slice(whole.length) });
    return whole.length === 0 ? [] : [{ test, stream, ...textOf(whole) }];
  }

  /** What was held back, and is not going to be a character. */
  rest(): Piece[] {
    const pieces = [...this.#held.values()].map(({ test, stream, bytes }) => ({ test, stream, ...textOf(bytes) }));
    this.#held.clear();
    return pieces;
  }
}

function textOf(bytes: Uint8Array): Pick<Piece, "text" | "base64"> {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}
