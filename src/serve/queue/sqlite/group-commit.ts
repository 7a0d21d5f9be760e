/**
 * Changes of the store. All that are asked for in one turn of the event loop become one transaction, and each promise is kept when that is
 * committed. A change that fails takes none of the others with it: they are made once more, each by itself.
 */
import { type Database, SQLiteError } from "bun:sqlite";
import { QueueFull } from "../queue.ts";
import { isDamage, storeFault } from "./faults.ts";

export interface Change {
  /** What is known in memory is changed at once, for the sake of the changes that follow; this takes it back. In the opposite order. */
  undo(take: () => void): void;
  /** Done when it is committed. */
  after(act: () => void): void;
}

interface Asked {
  /** May throw QueueFull, but only before it has written anything. */
  readonly make: (change: Change) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** More would hold up everything else for too long. */
const mostAtOnce = 1000;

export class GroupCommit {
  readonly #database: Database;
  readonly #path: string;
  #asked: Asked[] = [];
  #isClosed = false;
  #isPlanned = false;
  #damage: string | null = null;
  #atEnd: (change: Change) => void = () => {};

  constructor(database: Database, path: string) {
    [this.#database, this.#path] = [database, path];
  }

  /** Why the file can no longer be relied on, once that has been seen; for people. */
  get damage(): string | null {
    return this.#damage;
  }

  /** What any use of the database has ended with. @param verb such as `read` */
  fault(verb: string, error: unknown): Error {
    const fault = error instanceof Error && !(error instanceof SQLiteError) ? error : storeFault(verb, this.#path, error);
    if (isDamage(error)) this.#damage ??= fault.message;
    return fault;
  }

  /** Called at the end of each transaction: what several changes have added up to is written once. */
  atEnd(write: (change: Change) => void): void {
    this.#atEnd = write;
  }

  /** @throws StoreFault, and what `make` throws */
  run<T>(make: (change: Change) => T): Promise<T> {
    if (this.#isClosed) return Promise.reject(storeFault("write to", this.#path, new Error("it was closed")));
    this.#plan();
    return new Promise<T>((resolve, reject) => this.#asked.push({ make, resolve: resolve as (value: unknown) => void, reject }));
  }

  /** At once, without the others. @throws StoreFault, and what `make` throws */
  now<T>(make: (change: Change) => T): T {
    const { value, error, after } = this.#attempt([make])!.outcomes[0]!;
    if (error !== null) throw error;
    after.forEach(act);
    return value as T;
  }

  /** What was asked for is still done. */
  close(): void {
    this.#isClosed = true;
    while (this.#asked.length > 0) this.#commit(this.#asked.splice(0, mostAtOnce));
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      if (this.#asked.length > mostAtOnce) this.#plan();
      if (this.#asked.length > 0) this.#commit(this.#asked.splice(0, mostAtOnce));
    });
  }

  #commit(group: readonly Asked[]): void {
    const together = group.length === 1 ? null : this.#attempt(group.map(({ make }) => make));
    const isDone = together !== null && together.fault === null;
    const outcomes = isDone ? together.outcomes : group.map(({ make }) => this.#attempt([make]).outcomes[0]!);
    for (const { after } of outcomes) after.forEach(act);
    outcomes.forEach(({ value, error }, index) => (error === null ? group[index]!.resolve(value) : group[index]!.reject(error)));
  }

  #attempt(makes: readonly ((change: Change) => unknown)[]): { readonly outcomes: readonly Outcome[]; readonly fault: unknown } {
    const undo: (() => void)[] = [];
    const outcomes: Outcome[] = [];
    try {
      this.#database.run("BEGIN IMMEDIATE");
      for (const make of makes) outcomes.push(this.#make(make, undo));
      this.#atEnd({ undo: (take) => undo.push(take), after: () => {} });
      this.#database.run("COMMIT");
      return { outcomes, fault: null };
    } catch (error) {
      for (const take of undo.toReversed()) take();
      this.#rollBack();
      const fault = this.fault("write to", error);
      return { outcomes: makes.map(() => ({ value: undefined, error: fault, after: [] })), fault };
    }
  }

  #make(make: (change: Change) => unknown, undo: (() => void)[]): Outcome {
    const after: (() => void)[] = [];
    try {
      return { value: make({ undo: (take) => undo.push(take), after: (act) => after.push(act) }), error: null, after };
    } catch (error) {
      if (error instanceof QueueFull) return { value: undefined, error, after: [] };
      throw error;
    }
  }

  #rollBack(): void {
    // SQLite has done it already after some faults.
    if (!this.#database.inTransaction) return;
    try {
      this.#database.run("ROLLBACK");
    } catch {
      // The next BEGIN says what is wrong.
    }
  }
}

function act(after: () => void): void {
  try {
    after();
  } catch {
    // It is committed. A fault of one who hears of it must not keep it from those who asked for it.
  }
}

interface Outcome {
  readonly value: unknown;
  readonly error: unknown;
  readonly after: readonly (() => void)[];
}
