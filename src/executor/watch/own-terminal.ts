/** The terminal of a box that nobody sits at: what is typed comes from a caller, and what is shown goes to one. Loaded only where there is one. */
import { errno } from "../../kernel/errno.ts";
import { closeDescriptor, readSome, setNonBlocking, writeSome } from "../../kernel/files.ts";
import { isLineMode, openPeer, setWindowSize } from "../../kernel/terminal.ts";
import type { OwnTerminal } from "../../model/request.ts";

const chunkBytes = 4096;
/** As many chunks a turn, so that a flood cannot keep us from the clocks. */
const mostChunks = 16;
/** What ends the input where lines are edited (VEOF). */
const endOfInput = new Uint8Array([4]);

const tryAgain: readonly number[] = [-errno.EAGAIN, -errno.EINTR];

export class TerminalKeeper {
  /** It never rests. */
  readonly dueMs = Infinity;
  readonly #own: OwnTerminal;
  readonly #source: { readonly terminal: number | null };
  readonly #chunk = new Uint8Array(chunkBytes);
  #ends: { readonly master: number; readonly peer: number } | null = null;
  #held: Uint8Array = new Uint8Array(0);
  #hasEnd = false;
  /** The last byte that was typed, for the end of a line. */
  #last = 10;
  #isShowing = true;

  /** @param source has the master of the box's terminal once the launcher handed it over */
  constructor(own: OwnTerminal, source: { readonly terminal: number | null }) {
    [this.#own, this.#source] = [own, source];
  }

  get readable(): readonly number[] {
    const ends = this.#begun();
    return ends !== null && this.#isShowing && this.#own.shown.hasRoom ? [ends.master] : [];
  }

  get writable(): readonly number[] {
    const ends = this.#begun();
    if (ends === null) return [];
    this.#fetch();
    return this.#held.length > 0 ? [ends.master] : [];
  }

  pump(_ready: readonly number[]): void {
    if (this.#begun() === null) return;
    this.resize();
    this.#type();
    this.#show(false);
  }

  /** The window has another size. */
  resize(): void {
    const size = this.#own.typed.resized();
    if (size !== null && this.#ends !== null) setWindowSize(this.#ends.master, new Uint8Array(new Uint16Array([size.rows, size.columns, 0, 0]).buffer));
  }

  /** Nobody writes any more: shows what is left. */
  finish(): void {
    if (this.#begun() !== null) while (this.#show(true));
    this.#own.shown.ended?.();
  }

  close(): void {
    // The master is closed with the status channel that it came by.
    if (this.#ends !== null) closeDescriptor(this.#ends.peer);
    this.#ends = null;
  }

  #begun(): { readonly master: number; readonly peer: number } | null {
    const master = this.#source.terminal;
    if (this.#ends !== null || master === null) return this.#ends;
    setNonBlocking(master);
    // One end stays open: without any the master has an end of the stream that is not the last.
    this.#ends = { master, peer: openPeer(master) };
    return this.#ends;
  }

  #fetch(): void {
    if (this.#held.length > 0 || this.#hasEnd) return;
    const next = this.#own.typed.take(chunkBytes);
    if (next !== null) {
      this.#held = next;
      return;
    }
    this.#hasEnd = true;
    if (!isLineMode(this.#ends!.master)) return;
    // In the middle of a line, the first one only hands the line over.
    this.#held = this.#last === 10 ? endOfInput : new Uint8Array([...endOfInput, ...endOfInput]);
  }

  #type(): void {
    for (let round = 0; round < mostChunks; round++) {
      this.#fetch();
      if (this.#held.length === 0) return;
      const count = writeSome(this.#ends!.master, this.#held);
      if (count < 0 && tryAgain.includes(count)) return;
      if (count > 0) this.#last = this.#held[count - 1]!;
      this.#held = count < 0 ? new Uint8Array(0) : this.#held.subarray(count);
    }
  }

  /** @returns whether there may be more */
  #show(isLast: boolean): boolean {
    for (let round = 0; round < mostChunks && this.#isShowing && (isLast || this.#own.shown.hasRoom); round++) {
      const count = readSome(this.#ends!.master, this.#chunk);
      if (tryAgain.includes(count)) return false;
      if (count <= 0) this.#isShowing = false;
      else this.#own.shown.take(this.#chunk.slice(0, count));
    }
    return this.#isShowing;
  }
}
