/** What programs said to each other, in the order in which it went through the judge: the beginning and the end, when it is long. */
import type { Said } from "../records.ts";

/** Of the beginning, and as much of the end. Each change of the speaker costs more than its bytes. */
interface Half {
  readonly bytes: number;
  readonly turns: number;
}

const whole: Half = { bytes: 32 * 1024, turns: 2048 };
/** Of a talk that went well: there may be thousands of them, and all are kept in memory. */
const excerpt: Half = { bytes: 4 * 1024, turns: 128 };

interface Turn {
  readonly from: Said["from"];
  readonly process: number | null;
  readonly pieces: Uint8Array[];
}

/** What is kept of a talk: more when it failed. */
export class Transcripts {
  readonly #whole = new Transcript(whole);
  readonly #excerpt = new Transcript(excerpt);

  /** @param bytes must not change afterwards @param process which of several processes of the submission */
  add(from: Said["from"], bytes: Uint8Array, process: number | null = null): void {
    this.#whole.add(from, bytes, process);
    this.#excerpt.add(from, bytes, process);
  }

  /** @param isWell whether nobody will want to know why */
  said(isWell: boolean): readonly Said[] {
    return (isWell ? this.#excerpt : this.#whole).said();
  }
}

export class Transcript {
  readonly #half: Half;
  readonly #first: Turn[] = [];
  #firstBytes = 0;
  #isFirstFull = false;
  #last: Turn[] = [];
  #lastBytes = 0;
  #leftOut = 0;

  constructor(half: Half = whole) {
    this.#half = half;
  }

  /** As {@link Transcripts.add}. */
  add(from: Said["from"], bytes: Uint8Array, process: number | null = null): void {
    if (this.#isFirstFull) return this.#addLast(from, bytes, process);
    const fits = bytes.subarray(0, this.#half.bytes - this.#firstBytes);
    append(this.#first, from, fits, process);
    this.#firstBytes += fits.length;
    this.#isFirstFull = this.#firstBytes >= this.#half.bytes || this.#first.length >= this.#half.turns;
    if (fits.length < bytes.length) this.#addLast(from, bytes.subarray(fits.length), process);
  }

  /** Text, in the order of the traffic; bytes that are no UTF-8 are replaced. */
  said(): readonly Said[] {
    const last = this.#last.map(saidIn);
    if (this.#leftOut === 0 && this.#first.length > 0 && last.length > 0 && isOfSame(this.#first.at(-1)!, this.#last[0]!)) {
      // The cut went through a piece of which nothing was left out in the end.
      const whole = saidIn({ ...this.#first.at(-1)!, pieces: [...this.#first.at(-1)!.pieces, ...this.#last[0]!.pieces] });
      return [...this.#first.slice(0, -1).map(saidIn), whole, ...last.slice(1)];
    }
    const [next, ...others] = last;
    return [...this.#first.map(saidIn), ...(next === undefined ? [] : [this.#leftOut === 0 ? next : { ...next, left_out: this.#leftOut }, ...others])];
  }

  #addLast(from: Said["from"], bytes: Uint8Array, process: number | null): void {
    append(this.#last, from, bytes, process);
    this.#lastBytes += bytes.length;
    while (this.#lastBytes > this.#half.bytes || this.#last.length > this.#half.turns) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#last[0]!;
    const piece = oldest.pieces[0]!;
    const over = this.#last.length > this.#half.turns ? piece.length : Math.min(piece.length, this.#lastBytes - this.#half.bytes);
    // A copy, so that a small rest does not keep a large piece.
    if (over < piece.length) oldest.pieces[0] = piece.slice(over);
    else oldest.pieces.shift();
    this.#lastBytes -= over;
    this.#leftOut += over;
    if (oldest.pieces.length === 0) this.#last.shift();
  }
}

function append(turns: Turn[], from: Said["from"], bytes: Uint8Array, process: number | null): void {
  if (bytes.length === 0) return;
  let turn = turns.at(-1);
  if (turn === undefined || turn.from !== from || turn.process !== process) turns.push((turn = { from, process, pieces: [] }));
  turn.pieces.push(bytes);
}

const isOfSame = (one: Turn, other: Turn) => one.from === other.from && one.process === other.process;

function saidIn({ from, process, pieces }: Turn): Said {
  return { from, ...(process === null ? {} : { process }), text: new TextDecoder().decode(Buffer.concat(pieces)) };
}
