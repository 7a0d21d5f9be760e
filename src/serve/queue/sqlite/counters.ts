/** How many there are of what: kept with every change, so that nobody has to count rows. */
import type { Change } from "./group-commit.ts";
import type { Statements } from "./statements.ts";

/** `results`, their `bytes` and the `dead` among them; jobs of a dialect. */
export type CounterName = "results" | "bytes" | "dead" | `dialect:${string}`;

export class Counters {
  readonly #values: Map<string, number>;
  readonly #changed = new Set<string>();
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#values = new Map(statements.all<{ readonly name: string; readonly value: number }>("counters").map(({ name, value }) => [name, value]));
  }

  get(name: CounterName): number {
    return this.#values.get(name) ?? 0;
  }

  /** Jobs of all dialects. */
  get jobs(): number {
    let sum = 0;
    for (const [name, value] of this.#values) if (name.startsWith("dialect:")) sum += value;
    return sum;
  }

  add(change: Change, name: CounterName, count: number): void {
    if (count === 0) return;
    this.#values.set(name, this.get(name) + count);
    this.#changed.add(name);
    change.undo(() => this.#values.set(name, this.get(name) - count));
  }

  /** At the end of a transaction. */
  write(): void {
    for (const name of this.#changed) this.#statements.run("setCounter", name, this.#values.get(name)!);
    this.#changed.clear();
  }
}
