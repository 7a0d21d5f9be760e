/**
 * Who is next: the class that comes first, in it the key whose turn it is, of its jobs the one that came first. Keys that have something
 * waiting take turns: between two turns of one, each other has one at most. It is kept in memory, and made again from the store at its start.
 */
import { jobClasses } from "../../job.ts";

export interface Place {
  /** Index in jobClasses. */
  readonly class: number;
  readonly key: string;
  /** By arrival. */
  readonly seq: number;
}

/** Numbers of one key in ascending order. */
class KeyLine {
  #seqs: number[] = [];
  /** What is before it is gone. */
  #head = 0;

  get length(): number {
    return this.#seqs.length - this.#head;
  }

  get first(): number {
    return this.#seqs[this.#head]!;
  }

  add(seq: number): void {
    const at = this.#indexOf(seq);
    if (at === this.#seqs.length) this.#seqs.push(seq);
    else if (at === this.#head && at > 0 && this.#seqs[at] !== seq) this.#seqs[--this.#head] = seq;
    else if (this.#seqs[at] !== seq) this.#seqs.splice(at, 0, seq);
  }

  remove(seq: number): boolean {
    const at = this.#indexOf(seq);
    if (this.#seqs[at] !== seq) return false;
    if (at === this.#head) this.take();
    else this.#seqs.splice(at, 1);
    return true;
  }

  take(): number {
    const seq = this.#seqs[this.#head++]!;
    if (this.#head > 1024 && this.#head * 2 > this.#seqs.length) {
      this.#seqs = this.#seqs.slice(this.#head);
      this.#head = 0;
    }
    return seq;
  }

  /** The first place at or after the head whose number is not smaller. */
  #indexOf(seq: number): number {
    let [low, high] = [this.#head, this.#seqs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#seqs[middle]! < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class WaitingLine {
  /** By class: keys that have something waiting, the one whose turn it is first. */
  readonly #classes = jobClasses.map(() => new Map<string, KeyLine>());
  readonly #counts = jobClasses.map(() => 0);
  readonly #ofKey = new Map<string, number>();

  get length(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** By class, in the order of jobClasses. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  ofKey(key: string): number {
    return this.#ofKey.get(key) ?? 0;
  }

  /** Back in its place, when it was there before. */
  add({ class: index, key, seq }: Place): void {
    const keys = this.#classes[index]!;
    let line = keys.get(key);
    if (line === undefined) keys.set(key, (line = new KeyLine()));
    line.add(seq);
    this.#count(index, key, 1);
  }

  /** @returns false: it does not wait */
  remove({ class: index, key, seq }: Place): boolean {
    const keys = this.#classes[index]!;
    const line = keys.get(key);
    if (line?.remove(seq) !== true) return false;
    if (line.length === 0) keys.delete(key);
    this.#count(index, key, -1);
    return true;
  }

  /** @returns null: nobody waits */
  take(): Place | null {
    const index = this.#classes.findIndex(({ size }) => size > 0);
    if (index < 0) return null;
    const keys = this.#classes[index]!;
    const [key, line] = keys.entries().next().value!;
    const seq = line.take();
    keys.delete(key);
    // To the end of those who take turns.
    if (line.length > 0) keys.set(key, line);
    this.#count(index, key, -1);
    return { class: index, key, seq };
  }

  /** The one that came first of all; null: nobody waits. */
  oldest(): number | null {
    let oldest: number | null = null;
    for (const keys of this.#classes) for (const line of keys.values()) if (oldest === null || line.first < oldest) oldest = line.first;
    return oldest;
  }

  #count(index: number, key: string, change: number): void {
    this.#counts[index]! += change;
    const count = this.ofKey(key) + change;
    if (count === 0) this.#ofKey.delete(key);
    else this.#ofKey.set(key, count);
  }
}
