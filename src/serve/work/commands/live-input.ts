/** Input of a program that comes while it runs, as a pipe or as what is typed at its terminal. */
import type { Writing } from "../../../judge/interact/player.ts";
import { errno } from "../../../kernel/errno.ts";
import { closeDescriptor, makePipe, setNonBlocking, writeSome } from "../../../kernel/files.ts";
import type { TypedSource } from "../../../model/waiting.ts";

/** What waits to be read, in its order. */
class Waiting {
  readonly #pieces: Uint8Array[] = [];
  hasEnd = false;

  add(bytes: Uint8Array | null): void {
    if (bytes === null) this.hasEnd = true;
    else if (!this.hasEnd && bytes.length > 0) this.#pieces.push(bytes);
  }

  get first(): Uint8Array | null {
    return this.#pieces[0] ?? null;
  }

  took(count: number): void {
    const first = this.#pieces[0]!;
    if (count < first.length) this.#pieces[0] = first.subarray(count);
    else this.#pieces.shift();
  }

  forget(): void {
    this.#pieces.length = 0;
    this.hasEnd = true;
  }
}

/** What both have: somebody adds, and is told what has gone. */
export interface LiveInput {
  /** @param bytes null: the end */
  add(bytes: Uint8Array | null): void;
  resize(rows: number, columns: number): void;
}

export class PipeInput implements LiveInput, Writing {
  /** For the program; ours to close when it has it. */
  readonly readEnd: number;
  readonly #writeEnd: number;
  readonly #waiting = new Waiting();
  readonly #taken: (bytes: number) => void;
  #isOpen = true;

  /** @param taken told how many bytes have gone into the pipe @throws SyscallError */
  constructor(taken: (bytes: number) => void) {
    this.#taken = taken;
    [this.readEnd, this.#writeEnd] = makePipe();
    setNonBlocking(this.#writeEnd);
  }

  get waitsFor(): number | null {
    return this.#isOpen && this.#waiting.first !== null ? this.#writeEnd : null;
  }

  add(bytes: Uint8Array | null): void {
    // Nobody reads it any more, and whoever sends goes on.
    if (!this.#isOpen && bytes !== null) return this.#taken(bytes.length);
    this.#waiting.add(bytes);
    this.pump();
  }

  resize(): void {}

  pump(): void {
    while (this.#isOpen && this.#waiting.first !== null) {
      const count = writeSome(this.#writeEnd, this.#waiting.first);
      if (count === -errno.EAGAIN) return;
      if (count === -errno.EINTR) continue;
      if (count < 0) return this.close();
      this.#waiting.took(count);
      this.#taken(count);
    }
    if (this.#waiting.hasEnd) this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (let piece = this.#waiting.first; piece !== null; piece = this.#waiting.first) {
      this.#taken(piece.length);
      this.#waiting.took(piece.length);
    }
    closeDescriptor(this.#writeEnd);
  }
}

/** What is typed, for a program with a terminal. */
export class Keyboard implements LiveInput, TypedSource {
  readonly #waiting = new Waiting();
  readonly #taken: (bytes: number) => void;
  readonly #changed: () => void;
  #size: { readonly rows: number; readonly columns: number } | null = null;

  /** @param changed called when there is something new */
  constructor(taken: (bytes: number) => void, changed: () => void) {
    [this.#taken, this.#changed] = [taken, changed];
  }

  add(bytes: Uint8Array | null): void {
    this.#waiting.add(bytes);
    this.#changed();
  }

  resize(rows: number, columns: number): void {
    this.#size = { rows, columns };
    this.#changed();
  }

  take(most: number): Uint8Array | null {
    const { first } = this.#waiting;
    if (first === null) return this.#waiting.hasEnd ? null : new Uint8Array(0);
    const piece = first.subarray(0, most);
    this.#waiting.took(piece.length);
    this.#taken(piece.length);
    return piece;
  }

  resized(): { readonly rows: number; readonly columns: number } | null {
    const size = this.#size;
    this.#size = null;
    return size;
  }

  close(): void {
    this.#waiting.forget();
  }
}
