// The directory of the cache: ours alone, or none at all; a run never fails because of it.
import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyCompileCache } from "../../../../src/source/cache/compile-cache.ts";
import { openCacheDirectory, withCacheLock } from "../../../../src/source/cache/directory.ts";
import { errorOf, openBelow } from "../../../helpers/temporary.ts";
import { workshop, type Workshop } from "./sample-step.ts";
import { claimWith, root } from "../../../helpers/requires.ts";

const asRoot = claimWith(root);

const directoryOf = (shop: Workshop) => join(shop.state, ".cache");

asRoot("it is made when something is kept, closed to others whatever the umask", () => {
  using shop = workshop();
  const umask = process.umask(0);
  try {
    expect(shop.cache().take(shop.box, null)).toBeNull();
    expect(existsSync(directoryOf(shop))).toBe(false);
    process.umask(0o777);
    shop.keep({ prog: "x" });
  } finally {
    process.umask(umask);
  }
  const modes = [directoryOf(shop), ...readdirSync(directoryOf(shop)).map((name) => join(directoryOf(shop), name))].map((path) => (statSync(path).mode & 0o777).toString(8));
  expect(modes.toSorted()).toEqual(["0", "700", "700", "700"]);
  expect(shop.cache().take(shop.box, null)?.cached).toBe(true);
});

test("no descriptor stays open, whatever became of it", () => {
  using shop = workshop();
  shop.keep({ prog: "x" });
  shop.cache().take(shop.box, null);
  shop.keep({ prog: "y".repeat(2000) }, shop.inputs({ language: "x" }), 4000);
  chmodSync(directoryOf(shop), 0o777);
  shop.cache().take(shop.box, null);
  expect(openBelow(shop.path)).toBe(0);
});

describe("it is not used, and nothing behind it touched, when it", () => {
  const cases: Readonly<Record<string, { readonly spoil: (path: string, elsewhere: string) => void; readonly why: string }>> = {
    "is a link": { spoil: (path, elsewhere) => (renameSync(path, elsewhere), symlinkSync(elsewhere, path)), why: "it is not a directory" },
    "is a file": { spoil: (path, elsewhere) => (renameSync(path, elsewhere), writeFileSync(path, "")), why: "it is not a directory" },
    "belongs to somebody else": { spoil: (path) => chownSync(path, 12_345, 12_345), why: "it belongs to uid 12345 and not to us (uid 0)" },
    "can be written by a group": { spoil: (path) => chmodSync(path, 0o770), why: "it is open to others (mode 0770)" },
    "can be read by others": { spoil: (path) => chmodSync(path, 0o704), why: "it is open to others (mode 0704)" },
    "has a link for its entries": {
      spoil: (path, elsewhere) => (renameSync(join(path, "entries"), elsewhere), symlinkSync(elsewhere, join(path, "entries"))),
      why: "it is not a directory",
    },
  };
  for (const what of Object.keys(cases)) (what === "belongs to somebody else" ? asRoot : claimWith())(what, () => {
    using shop = workshop();
    shop.keep({ prog: "x" });
    const elsewhere = join(shop.path, "elsewhere");
    cases[what]!.spoil(directoryOf(shop), elsewhere);
    const before = existsSync(elsewhere) ? readdirSync(elsewhere, { recursive: true }).toSorted() : null;
    expect(shop.cache().take(shop.box, null)).toBeNull();
    shop.keep({ prog: "other" }, shop.inputs({ language: "x" }));
    expect(shop.inBox()).toEqual({});
    expect(shop.said.filter((line) => line.includes(`cannot use the compile cache ${directoryOf(shop)}: ${cases[what]!.why}`))).toHaveLength(3);
    if (before !== null) expect(readdirSync(elsewhere, { recursive: true }).toSorted()).toEqual(before);
    expect(errorOf(() => emptyCompileCache(shop.state)).message).toContain(cases[what]!.why);
  });
});

test("a lock that is a link is not followed", () => {
  using shop = workshop();
  shop.keep({ prog: "x" });
  const victim = join(shop.path, "victim");
  writeFileSync(victim, "alive");
  renameSync(join(directoryOf(shop), "lock"), join(shop.path, "old-lock"));
  symlinkSync(victim, join(directoryOf(shop), "lock"));
  shop.keep({ prog: "y" }, shop.inputs({ language: "x" }));
  expect([readFileSync(victim, "utf8"), shop.entries().length, readdirSync(join(directoryOf(shop), "new"))]).toEqual(["alive", 1, []]);
});

test("a lock that is held all the time is not waited for long", () => {
  using shop = workshop();
  shop.keep({ prog: "x" });
  using directory = openCacheDirectory(shop.state, false)!;
  withCacheLock(directory, () => {
    const begun = performance.now();
    shop.keep({ prog: "y" }, shop.inputs({ language: "x" }));
    expect(performance.now() - begun).toBeLessThan(2000);
  });
  expect([shop.entries().length, shop.said.at(-1)]).toEqual([1, expect.stringContaining("others are busy with it")]);
});

describe("where programs could write to the cache", () => {
  test("there is none: without namespaces nothing is looked up and nothing kept", () => {
    using shop = workshop();
    const { prepared, ...inputs } = shop.inputs();
    const open = { ...inputs, prepared: { ...prepared, isolation: "none" as const } };
    shop.keep({ prog: "x" }, open);
    expect([shop.entries(), shop.said]).toEqual([[], ["compile cache not used: without namespaces a program could write to it"]]);
  });
});

test("a cache of no size is none", () => {
  using shop = workshop();
  shop.keep({ prog: "x" }, shop.inputs(), 0);
  expect([existsSync(directoryOf(shop)), shop.said]).toEqual([false, []]);
});

test("emptying it removes entries and no more; what is not there is empty", () => {
  using shop = workshop();
  expect(emptyCompileCache(shop.state)).toEqual({ entries: 0, bytes: 0 });
  mkdirSync(join(shop.state, "0"));
  shop.keep({ prog: "x" });
  shop.keep({ prog: "y" }, shop.inputs({ language: "x" }));
  expect(emptyCompileCache(shop.state)).toEqual({ entries: 2, bytes: expect.any(Number) });
  expect([shop.entries(), readdirSync(shop.state).toSorted()]).toEqual([[], [".cache", "0"]]);
  shop.keep({ prog: "x" });
  expect(shop.entries()).toHaveLength(1);
});
