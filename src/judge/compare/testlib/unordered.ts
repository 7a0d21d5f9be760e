/**
 * The same integers in any order. As many as are held are sorted and compared; of more, sums over keyed hashes of them: equal sums of other
 * integers are as likely as one in 2^128, and nobody knows the key.
 */
import { Finding, type Stream, type Streams } from "./stream.ts";

/** Integers of each file that are held. */
const mostHeld = 1_000_000;

class Integers {
  count = 0;
  #held = new BigInt64Array(1024);
  readonly #halves = new Int32Array(2);
  readonly #value = new BigInt64Array(this.#halves.buffer);
  readonly #keys: Uint32Array;
  readonly #sums = new Uint32Array(4);

  constructor(keys: Uint32Array) {
    this.#keys = keys;
  }

  add(digits: Uint8Array): void {
    this.#parse(digits);
    if (this.count < mostHeld) {
      if (this.count === this.#held.length) {
        const more = new BigInt64Array(this.count * 2);
        more.set(this.#held);
        this.#held = more;
      }
      this.#held[this.count] = this.#value[0]!;
    }
    for (let lane = 0; lane < 4; lane++) this.#sums[lane] = this.#sums[lane]! + this.#hash(lane);
    this.count++;
  }

  /** All of them, in their order; null when there are more than are held. */
  sorted(): BigInt64Array | null {
    return this.count > mostHeld ? null : this.#held.subarray(0, this.count).toSorted();
  }

  hasSumsOf(other: Integers): boolean {
    return this.#sums.every((sum, lane) => sum === other.#sums[lane]);
  }

  /** In two halves of 32 bits, as doubles hold no integers of 64. */
  #parse(digits: Uint8Array): void {
    let low = 0;
    let high = 0;
    const from = digits[0] === 45 ? 1 : 0;
    for (let at = from; at < digits.length; at++) {
      low = low * 10 + (digits[at]! - 48);
      const carry = Math.floor(low / 0x1_0000_0000);
      low -= carry * 0x1_0000_0000;
      high = (Math.imul(high, 10) + carry) | 0;
    }
    if (from === 1) {
      high = ~high + (low === 0 ? 1 : 0);
      low = -low;
    }
    this.#halves[0] = low | 0;
    this.#halves[1] = high;
  }

  #hash(lane: number): number {
    const [low, high] = [this.#halves[0]!, this.#halves[1]!];
    let hash = this.#keys[2 * lane]!;
    hash = mixed(hash ^ low);
    hash = mixed((hash + this.#keys[2 * lane + 1]!) ^ high);
    return mixed(hash ^ this.#keys[8 + lane]!) >>> 0;
  }
}

function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

async function readAll(stream: Stream, keys: Uint32Array, rest: Streams["rest"]): Promise<Integers> {
  const integers = new Integers(keys);
  while (!stream.isAtEnd()) {
    integers.add(stream.integer());
    const turn = rest();
    if (turn !== undefined) await turn;
  }
  return integers;
}

export async function uncmp({ output, answer, rest }: Streams): Promise<void> {
  const keys = crypto.getRandomValues(new Uint32Array(12));
  const expected = await readAll(answer, keys, rest);
  const given = await readAll(output, keys, rest);
  if (given.count !== expected.count) throw new Finding("wrong", `the output has ${given.count} integers, the answer has ${expected.count}`);
  const [ours, theirs] = [given.sorted(), expected.sorted()];
  if (ours === null || theirs === null) {
    if (!given.hasSumsOf(expected)) throw new Finding("wrong", "the output has not the integers of the answer, in whatever order");
    return;
  }
  const at = ours.findIndex((value, index) => value !== theirs[index]);
  if (at < 0) return;
  const [less, isOurs] = ours[at]! < theirs[at]! ? [ours[at]!, true] : [theirs[at]!, false];
  throw new Finding("wrong", `the ${isOurs ? "output" : "answer"} has ${less} more often than the ${isOurs ? "answer" : "output"}`);
}
