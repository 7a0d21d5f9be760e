// Who is next in the queue: whatever comes, goes and comes back, keys take turns and each keeps its order.
import { expect } from "bun:test";
import { type Place, WaitingLine } from "../../../src/serve/queue/sqlite/waiting-line.ts";
import { inherited, property, type Random } from "./property.ts";

const keys = ["", "a", "b", "c", "d", ...inherited];

/** What the line is to say, found out by looking at everything. */
class PlainLine {
  places: Place[] = [];

  remove(place: Place): boolean {
    const before = this.places.length;
    this.places = this.places.filter(({ seq }) => seq !== place.seq);
    return this.places.length < before;
  }

  /** The class that comes first, and what each key in it would give. */
  next(): readonly Place[] {
    const first = Math.min(...this.places.map((place) => place.class));
    const byKey = new Map<string, Place>();
    for (const place of this.places.filter((one) => one.class === first).toSorted((a, b) => a.seq - b.seq)) if (!byKey.has(place.key)) byKey.set(place.key, place);
    return [...byKey.values()];
  }
}

function place(random: Random, seq: number): Place {
  return { class: random.below(3), key: random.pick(keys), seq };
}

property("a line gives the first of its key, of the class that comes first, and counts what waits", 80, (random) => {
  const [line, plain] = [new WaitingLine(), new PlainLine()];
  const taken: Place[] = [];
  for (let seq = 1; seq <= 60; seq++) {
    random.pick([
      () => {
        const added = place(random, seq);
        line.add(added);
        plain.places.push(added);
      },
      () => {
        const next = plain.next();
        const got = line.take();
        if (got === null) return expect(next).toEqual([]);
        expect(next).toContainEqual(got);
        plain.remove(got);
        taken.push(got);
      },
      () => {
        const gone = random.once(2) ? random.pick(plain.places.length > 0 ? plain.places : [place(random, 1000)]) : place(random, seq);
        expect(line.remove(gone)).toBe(plain.remove(gone));
      },
      () => {
        // A job that was given back has its old place.
        const back = taken.splice(random.below(taken.length + 1), 1)[0];
        if (back === undefined) return;
        line.add(back);
        plain.places.push(back);
      },
    ])();
    expect(line.length).toBe(plain.places.length);
    for (const key of keys) expect(line.ofKey(key)).toBe(plain.places.filter((one) => one.key === key).length);
    expect([...line.counts]).toEqual([0, 1, 2].map((index) => plain.places.filter((one) => one.class === index).length));
    expect(line.oldest()).toBe(plain.places.length === 0 ? null : Math.min(...plain.places.map((one) => one.seq)));
  }
});

property("between two turns of a key, each other key of its class has one turn at most, and one that waits has its turn", 150, (random) => {
  const line = new WaitingLine();
  let seq = 0;
  const waiting = new Map<string, number>();
  const add = (key: string) => {
    line.add({ class: 1, key, seq: ++seq });
    waiting.set(key, (waiting.get(key) ?? 0) + 1);
  };
  for (let count = 0; count < 30; count++) add(random.once(2) ? "flood" : random.pick(keys));
  /** By key that waits: turns of the others since its last one, or since it came. */
  const since = new Map<string, Map<string, number>>([...waiting.keys()].map((key) => [key, new Map()]));
  for (let turn = 0; turn < 60; turn++) {
    if (random.once(3)) {
      const key = random.pick([...keys, "flood"]);
      add(key);
      if (!since.has(key)) since.set(key, new Map());
    }
    const got = line.take();
    if (got === null) continue;
    for (const [key, turns] of since) {
      if (key === got.key) continue;
      turns.set(got.key, (turns.get(got.key) ?? 0) + 1);
      expect(turns.get(got.key)!).toBeLessThanOrEqual(1);
    }
    const left = waiting.get(got.key)! - 1;
    waiting.set(got.key, left);
    since.delete(got.key);
    if (left > 0) since.set(got.key, new Map());
  }
});
