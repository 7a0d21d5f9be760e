// The files that stay between requests: how long, how many, whose.
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { FileStore, StoreTooSmall } from "../../../src/serve/dialects/go-judge/file-store.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

const top = makeTestDirectory("file-store");
afterAll(() => rmSync(top, { recursive: true, force: true }));

let made = 0;
function open(parts: Partial<ConstructorParameters<typeof FileStore>[0]> = {}) {
  const directory = `${top}/${++made}`;
  const clock = { ms: 1000 };
  const sizes: number[] = [];
  const store = new FileStore({ directory, mostBytes: 10, keepSeconds: 60, now: () => clock.ms, added: (bytes) => void sizes.push(bytes), ...parts });
  const add = (name: string, text = name, owner: string | null = null) => store.add(name, Buffer.from(text), owner);
  return { store, add, clock, directory, sizes };
}

describe("the file store", () => {
  test("has a bound of files, too, since empty ones need no bytes", () => {
    const { store, add, directory } = open({ mostFiles: 2 });
    const [, second, third] = [add("a", ""), add("b", ""), add("c", "")];
    expect(store.list(null)).toEqual({ [second!]: "b", [third!]: "c" });
    expect(readdirSync(directory)).toHaveLength(2);
  });

  test("keeps a file for a time since it was last used, and then removes it from the disk", () => {
    const { store, add, clock, directory } = open();
    const [used, unused] = [add("a"), add("b")];
    clock.ms += 59_000;
    expect(store.get(used, null)!.bytes.toString()).toBe("a");
    clock.ms += 2000;
    store.sweep();
    expect([store.list(null), readdirSync(directory), store.count, store.bytes]).toEqual([{ [used]: "a" }, [used], 1, 1]);
    expect(store.get(unused, null)).toBeNull();
    clock.ms += 61_000;
    expect([store.list(null), readdirSync(directory)]).toEqual([{}, []]);
  });

  test("lets the ones go that were not used for the longest time, as many as are needed", () => {
    const { store, add, sizes } = open();
    const [a, b, c] = [add("a", "1234"), add("b", "12"), add("c", "1234")];
    store.get(a, null);
    const d = add("d", "12345");
    expect(store.list(null)).toEqual({ [a]: "a", [d]: "d" });
    expect([b, c].map((id) => store.get(id, null))).toEqual([null, null]);
    expect([store.bytes, sizes]).toEqual([9, [4, 2, 4, 5]]);
  });

  test("refuses what is larger than all of it, and keeps what it has", () => {
    const { store, add } = open();
    const a = add("a");
    expect(() => add("b", "12345678901")).toThrow(StoreTooSmall);
    expect(store.list(null)).toEqual({ [a]: "a" });
  });

  test("takes new bounds, which hold from the next use on", () => {
    const { store, add, clock } = open();
    const [old, large] = [add("old"), add("large", "123456")];
    store.bounds = { mostBytes: 8, keepSeconds: 5 };
    const more = add("more", "12");
    expect(store.list(null)).toEqual({ [large]: "large", [more]: "more" });
    clock.ms += 6000;
    expect([store.list(null), old in store.list(null)]).toEqual([{}, false]);
  });

  test("has nothing of an earlier server", () => {
    const directory = `${top}/old`;
    mkdirSync(directory);
    writeFileSync(`${directory}/left`, "");
    const { store } = open({ directory });
    expect(existsSync(`${directory}/left`)).toBeFalse();
    expect(store.list(null)).toEqual({});
  });

  test("gives and removes files of their owner only", () => {
    const { store, add } = open();
    const id = add("a", "a", "me");
    expect([store.get(id, "you"), store.remove(id, "you"), store.get(id, null), store.list("you")]).toEqual([null, false, null, {}]);
    expect([store.remove(id, "me"), store.remove(id, "me")]).toEqual([true, false]);
  });
});
