/** Which of the definitions that a language was merged from each of its values comes from. Pure. */
import type { Definition } from "./extend.ts";

/** A value as it is written, and who wrote it. A list is one value; a null takes away what `extends` brings. */
export interface SourcedValue {
  readonly value: unknown;
  readonly definition: Definition;
}

/** The keys of a language, each with a value or with the keys below it. */
export interface SourcedKeys {
  readonly keys: ReadonlyMap<string, SourcedKeys | SourcedValue>;
}

type Sourced = SourcedKeys | SourcedValue;

/** @param chain of a {@link Language}: merged by the rules of extend.ts, which a test compares with */
export function sourcedKeys(chain: readonly Definition[]): SourcedKeys {
  let result: SourcedKeys = { keys: new Map() };
  for (const [index, definition] of chain.entries()) {
    const { extends: _, ...written } = definition.written;
    const kept = new Map(result.keys);
    kept.delete("hidden");
    if (chain[index - 1]?.written.id !== written.id) for (const key of ["aliases", "piston", "judge0"]) kept.delete(key);
    result = over({ keys: kept }, sourced(written, definition)) as SourcedKeys;
  }
  return result;
}

/**
 * Who wrote the value at a path; who took it away, when that is why there is none.
 * @returns null for a value that nobody wrote: a default
 */
export function sourceOf(language: SourcedKeys, path: readonly string[]): Definition | null {
  let current: Sourced = language;
  for (const key of path) {
    if ("definition" in current) break;
    const next = current.keys.get(key);
    if (next === undefined) return null;
    current = next;
  }
  return "definition" in current ? current.definition : null;
}

function sourced(value: unknown, definition: Definition): Sourced {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { value, definition };
  return { keys: new Map(Object.entries(value).map(([key, inner]) => [key, sourced(inner, definition)])) };
}

function over(base: Sourced | undefined, own: Sourced): Sourced {
  if (base === undefined || "definition" in base || "definition" in own) return own;
  const keys = new Map(base.keys);
  for (const [key, value] of own.keys) keys.set(key, over(keys.get(key), value));
  return { keys };
}
