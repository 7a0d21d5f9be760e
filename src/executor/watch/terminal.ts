/**
 * Between a terminal of the caller's and the terminal of a box. The program never gets the caller's: it has a pseudo-terminal of its own,
 * and bytes, the size of the window and nothing else go from one to the other. Loaded only where both are there.
 */
import { errno } from "../../kernel/errno.ts";
import { O } from "../../kernel/constants.ts";
import { closeDescriptor, readSome, reopen, setNonBlocking, writeSome } from "../../kernel/files.ts";
import { openPeer, rawModes, setTerminalModes, setWindowSize, terminalModes, windowSize } from "../../kernel/terminal.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { pollReadable } from "../../kernel/process.ts";

const chunkBytes = 4096;
/** As many chunks a turn, so that a flood cannot keep us from the clocks. */
const mostChunks = 16;
/** What a terminal takes at once when it says that it is ready. */
const patientBytes = 256;
/** How long what the program wrote last may wait for a caller's terminal that has stopped. */
const lastWordsMs = 2000;

const tryAgain: readonly number[] = [-errno.EAGAIN, -errno.EINTR];

/** An end of a way. */
interface End {
  readonly fd: number;
  /** Reading and writing may wait: somebody else has this open file description as well, so its flags are not ours to change. */
  readonly mayWait: boolean;
}

function isReady({ fd, mayWait }: End, way: "read" | "write"): boolean {
  if (!mayWait) return true;
  return pollReadable(way === "read" ? [fd] : [], 0, way === "write" ? [fd] : []).ready.length > 0;
}

/** Bytes on their way from one descriptor to another. */
class Way {
  readonly #from: End;
  readonly #to: End;
  readonly #chunk = new Uint8Array(chunkBytes);
  #held = new Uint8Array(0);
  #open = true;

  constructor(from: End, to: End) {
    this.#from = from;
    this.#to = to;
  }

  get readable(): readonly number[] {
    return this.#open && this.#held.length === 0 ? [this.#from.fd] : [];
  }

  get writable(): readonly number[] {
    return this.#open && this.#held.length > 0 ? [this.#to.fd] : [];
  }

  /** Hands on what is there now. @returns whether it got stuck: nothing more is there, or there is no room */
  pump(): boolean {
    for (let round = 0; round < mostChunks && this.#open; round++) {
      if (this.#held.length === 0) {
        if (!isReady(this.#from, "read")) return true;
        const count = readSome(this.#from.fd, this.#chunk);
        if (tryAgain.includes(count)) return true;
        // Its other end is gone.
        if (count <= 0) this.#open = false;
        else this.#held = this.#chunk.subarray(0, count);
      }
      if (this.#held.length === 0) continue;
      if (!isReady(this.#to, "write")) return true;
      const count = writeSome(this.#to.fd, this.#held.subarray(0, this.#to.mayWait ? patientBytes : chunkBytes));
      if (tryAgain.includes(count)) return true;
      if (count < 0) this.#open = false;
      else this.#held = this.#held.subarray(count);
    }
    return !this.#open;
  }
}

/** Both ways, once the box's terminal is there. */
interface Ways {
  readonly master: number;
  readonly peer: number;
  /** null: what is typed goes to somebody else. */
  readonly typed: Way | null;
  readonly shown: Way;
}

export class TerminalRelay {
  /** It never rests. */
  readonly dueMs = Infinity;
  readonly #source: { readonly terminal: number | null };
  /** The caller's, as an open of ours where that can be had. */
  readonly #outer: End;
  readonly #typesHere: boolean;
  readonly #modes: Uint8Array | null;
  #ways: Ways | null = null;
  #open = true;

  /**
   * @param streams which of 0, 1 and 2 are the caller's terminal, at least one
   * @param source has the master of the box's terminal once the launcher handed it over
   */
  constructor(streams: readonly [boolean, boolean, boolean], source: { readonly terminal: number | null }) {
    this.#source = source;
    this.#typesHere = streams[0];
    const shownAt = streams[1] ? 1 : streams[2] ? 2 : 0;
    const own = reopen(shownAt, O.RDWR | O.NONBLOCK | O.NOCTTY);
    // Not of a terminal that belongs to another user (su).
    this.#outer = own === null ? { fd: shownAt, mayWait: true } : { fd: own, mayWait: false };
    this.#modes = this.#typesHere ? terminalModes(0) : null;
  }

  get readable(): readonly number[] {
    const ways = this.#begun();
    return ways === null ? [] : [...ways.shown.readable, ...(ways.typed?.readable ?? [])];
  }

  get writable(): readonly number[] {
    return this.#ways === null ? [] : [...this.#ways.shown.writable, ...(this.#ways.typed?.writable ?? [])];
  }

  pump(ready: readonly number[]): void {
    if (this.#ways === null || ![...this.readable, ...this.writable].some((fd) => ready.includes(fd))) return;
    this.#ways.typed?.pump();
    this.#ways.shown.pump();
  }

  /** The caller's window has another size. */
  resize(): void {
    const size = windowSize(this.#outer.fd);
    if (size !== null && this.#ways !== null) setWindowSize(this.#ways.master, size);
  }

  /** Nobody writes any more: shows what is left. */
  finish(): void {
    const until = monotonicMs() + lastWordsMs;
    const ways = this.#begun();
    while (ways !== null && !(ways.shown.pump() && ways.shown.writable.length === 0) && monotonicMs() < until) {
      if (ways.shown.writable.length > 0) pollReadable([], 50, ways.shown.writable);
    }
  }

  /** The caller's terminal is as it was. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#modes !== null && this.#ways !== null) setTerminalModes(0, this.#modes);
    // The master is closed with the status channel that it came by.
    if (this.#ways !== null) closeDescriptor(this.#ways.peer);
    if (!this.#outer.mayWait) closeDescriptor(this.#outer.fd);
  }

  #begun(): Ways | null {
    const master = this.#source.terminal;
    if (this.#ways !== null || master === null) return this.#ways;
    setNonBlocking(master);
    // One end stays open: without any the master has an end of the stream that is not the last.
    const peer = openPeer(master);
    if (this.#modes !== null) setTerminalModes(0, rawModes(this.#modes));
    const inner: End = { fd: master, mayWait: false };
    const keyboard = this.#outer.mayWait ? { ...this.#outer, fd: 0 } : this.#outer;
    this.#ways = { master, peer, typed: this.#typesHere ? new Way(keyboard, inner) : null, shown: new Way(inner, this.#outer) };
    this.resize();
    return this.#ways;
  }
}
