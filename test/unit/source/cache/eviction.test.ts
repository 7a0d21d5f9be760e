// How large the cache gets, what goes first, and what a killed writer leaves.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileKey } from "../../../../src/source/cache/compile-key.ts";
import { openCacheDirectory, withCacheLock } from "../../../../src/source/cache/directory.ts";
import { placeArtefacts, readHead } from "../../../../src/source/cache/entry.ts";
import { makeRoom } from "../../../../src/source/cache/eviction.ts";
import { O } from "../../../../src/kernel/constants.ts";
import { closeDescriptor, openAt } from "../../../../src/kernel/files.ts";
import { withDirectory } from "../../../../src/box/files.ts";
import { nextMessage } from "../../../helpers/temporary.ts";
import { stepWith, workshop, type Workshop } from "./sample-step.ts";

const entriesOf = (shop: Workshop) => join(shop.state, ".cache/entries");
const unfinishedOf = (shop: Workshop) => readdirSync(join(shop.state, ".cache/new"));
const totalOf = (shop: Workshop) => Number(readFileSync(join(shop.state, ".cache/lock"), "utf8"));

/** Keeps results of `bytes` each, as languages 0 to count-1; the first was used longest ago. */
function fill(shop: Workshop, count: number, bytes: number, limitBytes: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const inputs = shop.inputs({ language: String(index) });
    shop.keep({ prog: "x".repeat(bytes) }, inputs, limitBytes);
    const key = compileKey(inputs);
    if (shop.entries().includes(key)) utimesSync(join(entriesOf(shop), key), index + 1, index + 1);
    return key;
  });
}

describe("a cache that is full", () => {
  const limit = 1_000_000;

  test("loses those entries that were not used for longest, and is a tenth below its limit then", () => {
    using shop = workshop();
    const keys = fill(shop, 9, 100_000, limit);
    expect(shop.entries()).toEqual(keys.toSorted());
    // Used just now.
    expect(shop.cache(shop.inputs({ language: "0" }), limit).take(shop.box, null)?.cached).toBe(true);
    const last = shop.inputs({ language: "last" });
    shop.keep({ prog: "x".repeat(100_000) }, last, limit);
    expect(shop.entries()).toEqual([keys[0]!, ...keys.slice(3), compileKey(last)].toSorted());
    expect(totalOf(shop)).toBeLessThan(0.9 * limit);
    expect(shop.said.at(-1)).toContain("2 others evicted");
  });

  test("has no more small entries than large ones of 64 KB", () => {
    using shop = workshop();
    fill(shop, 40, 1, limit);
    expect(shop.entries().length).toBeLessThanOrEqual(Math.floor(limit / 65_536));
    expect(shop.entries().length).toBeGreaterThan(10);
  });

  test("counts again when its total is gone or is no number", () => {
    using shop = workshop();
    fill(shop, 3, 100_000, limit);
    const total = totalOf(shop);
    for (const text of ["", "x", "99999999999999999999999", "-1"]) {
      writeFileSync(join(shop.state, ".cache/lock"), text);
      using directory = openCacheDirectory(shop.state, false)!;
      expect(withCacheLock(directory, (lock) => makeRoom(directory, lock, limit))).toBe(0);
      expect([text, Number(readFileSync(join(shop.state, ".cache/lock"), "utf8").slice(0, 20))]).toEqual([text, total]);
    }
    expect(shop.entries()).toHaveLength(3);
  });

  test("takes down what was there before when the limit is lowered", () => {
    using shop = workshop();
    fill(shop, 8, 100_000, limit);
    shop.keep({ prog: "x" }, shop.inputs({ language: "small" }), 300_000);
    expect(shop.entries()).toHaveLength(3);
  });

  test("of 5,000 entries finds room in well under a second", () => {
    using shop = workshop();
    fill(shop, 1, 1, limit);
    const bytes = readFileSync(join(entriesOf(shop), shop.entries()[0]!));
    for (let index = 0; index < 5000; index++) writeFileSync(join(entriesOf(shop), index.toString(16).padStart(64, "0")), bytes);
    writeFileSync(join(shop.state, ".cache/lock"), "");
    using directory = openCacheDirectory(shop.state, false)!;
    const begun = performance.now();
    const removed = withCacheLock(directory, (lock) => makeRoom(directory, lock, 4000 * 65_536));
    expect(performance.now() - begun).toBeLessThan(500);
    expect([removed, shop.entries().length]).toEqual([5001 - 3600, 3600]);
  });
});

test("an entry that is evicted while it is read is read to its end", () => {
  using shop = workshop();
  const [key] = fill(shop, 1, 200_000, 1_000_000);
  using directory = openCacheDirectory(shop.state, false)!;
  const fd = openAt(directory.entries, key!, O.RDONLY);
  expect([withCacheLock(directory, (lock) => makeRoom(directory, lock, 0)), shop.entries()]).toEqual([1, []]);
  const head = readHead(fd, key!);
  expect(head).not.toBeNull();
  expect(withDirectory(shop.box, (to) => placeArtefacts(fd, head!, to, null))).toBe(true);
  closeDescriptor(fd);
  expect(shop.inBox()).toEqual({ prog: "x".repeat(200_000) });
  expect(shop.cache().take(shop.box, null)).toBeNull();
});

describe("a writer", () => {
  const start = (shop: Workshop) => Bun.spawn([process.execPath, join(import.meta.dir, "../../../fixtures/cache/write-and-wait.ts"), shop.state], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });

  test("that is killed leaves a temporary name, which the next one sweeps, and no entry", async () => {
    using shop = workshop();
    const child = start(shop);
    expect(await nextMessage(child)).toBe("writing");
    child.kill("SIGKILL");
    await child.exited;
    expect([unfinishedOf(shop).length, shop.entries()]).toEqual([1, []]);
    shop.keep({ prog: "x" });
    expect([unfinishedOf(shop), shop.entries().length]).toEqual([[], 1]);
  });

  test("that is at work is left alone by the others", async () => {
    using shop = workshop();
    const child = start(shop);
    expect(await nextMessage(child)).toBe("writing");
    shop.keep({ prog: "x" });
    expect([unfinishedOf(shop).length, shop.entries().length]).toEqual([1, 1]);
    child.stdin.write("\n");
    await child.stdin.end();
    expect(await nextMessage(child)).toBe("written");
    expect(await child.exited).toBe(0);
    expect([unfinishedOf(shop), readFileSync(join(entriesOf(shop), "written"), "utf8")]).toEqual([[], "half of it"]);
  });

  test("that comes second with the same key changes nothing for those who read", () => {
    using shop = workshop();
    const [first, second] = [shop.cache(), shop.cache()];
    for (const cache of [first, second]) expect(cache.take(shop.box, null)).toBeNull();
    for (const cache of [first, second]) keepNow(shop, cache);
    expect(shop.entries()).toHaveLength(1);
    expect(shop.cache().take(shop.box, null)?.cached).toBe(true);
  });
});

function keepNow(shop: Workshop, cache: ReturnType<Workshop["cache"]>): void {
  mkdirSync(shop.work, { recursive: true });
  writeFileSync(join(shop.work, "prog"), "x");
  cache.keep(shop.work, stepWith());
}
