// What is kept of a compile step, and what an entry must look like to be used.
import { describe, expect, test } from "bun:test";
import { appendFileSync, chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stepWith, workshop, type Workshop } from "./sample-step.ts";

const entryOf = (shop: Workshop) => join(shop.state, ".cache/entries", shop.entries()[0]!);

describe("a compile result", () => {
  test("is put into another box as it was: directories, contents, modes", () => {
    using shop = workshop();
    const files = { "Main.class": "main", "a/b/Inner.class": "x".repeat(100_000), ".hidden": "", "ä ö": "\0" };
    const kept = shop.cache();
    expect(kept.take(shop.box, null)).toBeNull();
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(shop.work, name, ".."), { recursive: true });
      writeFileSync(join(shop.work, name), content);
    }
    chmodSync(join(shop.work, "Main.class"), 0o751);
    const step = stepWith({ stderr: "warning: ä\n", cpu_time: 0.25 });
    kept.keep(shop.work, step);
    expect(shop.cache().take(shop.box, null)).toEqual({ ...step, cached: true });
    expect(shop.inBox()).toEqual(files);
    expect(lstatSync(join(shop.box, "Main.class")).mode & 0o7777).toBe(0o751);
  });

  test("takes the place of what has its name in the box, and follows no link there", () => {
    using shop = workshop();
    shop.keep({ prog: "new" });
    const victim = join(shop.path, "victim");
    writeFileSync(victim, "alive");
    symlinkSync(victim, join(shop.box, "prog"));
    expect(shop.cache().take(shop.box, null)?.cached).toBe(true);
    expect([readFileSync(victim, "utf8"), readFileSync(join(shop.box, "prog"), "utf8")]).toEqual(["alive", "new"]);
    expect(lstatSync(join(shop.box, "prog")).isFile()).toBe(true);
  });

  test("has regular files with one name only, and none of them setuid", () => {
    using shop = workshop();
    const kept = shop.cache();
    kept.take(shop.box, null);
    writeFileSync(join(shop.work, "good"), "good");
    chmodSync(join(shop.work, "good"), 0o6755);
    const secret = join(shop.path, "secret");
    writeFileSync(secret, "secret");
    symlinkSync(secret, join(shop.work, "link"));
    linkSync(secret, join(shop.work, "second-name"));
    symlinkSync(shop.path, join(shop.work, "directory-link"));
    Bun.spawnSync(["mkfifo", join(shop.work, "fifo")]);
    kept.keep(shop.work, stepWith());
    expect(shop.cache().take(shop.box, null)).not.toBeNull();
    expect(shop.inBox()).toEqual({ good: "good" });
    expect(lstatSync(join(shop.box, "good")).mode & 0o7777).toBe(0o755);
    expect(readFileSync(entryOf(shop), "latin1")).not.toContain("secret");
  });

  test("is a file that nobody can execute and nobody else can read", () => {
    using shop = workshop();
    shop.keep({ prog: "x" });
    expect(lstatSync(entryOf(shop)).mode & 0o7777).toBe(0o600);
  });

  test("without Success or without artefacts is not kept", () => {
    using shop = workshop();
    const kept = shop.cache();
    kept.take(shop.box, null);
    writeFileSync(join(shop.work, "prog"), "x");
    kept.keep(shop.work, stepWith({ status: "RuntimeError", exit_code: 1 }));
    const nothing = shop.cache(shop.inputs({ language: "x" }));
    nothing.take(shop.box, null);
    nothing.keep(shop.box, stepWith());
    expect(shop.entries()).toEqual([]);
  });

  test("of more than a quarter of the cache is not kept, however little of it is on the disk", () => {
    using shop = workshop();
    const kept = shop.cache(shop.inputs(), 4_000_000);
    kept.take(shop.box, null);
    writeFileSync(join(shop.work, "sparse"), "");
    truncateSync(join(shop.work, "sparse"), 2 ** 33);
    kept.keep(shop.work, stepWith());
    expect([shop.entries(), shop.said.at(-1)]).toEqual([[], "compile cache not used: cannot keep a compile result of more than 976.6 KB"]);
  });

  test("is not kept when the compiler was replaced while it ran", () => {
    using shop = workshop();
    const kept = shop.cache();
    kept.take(shop.box, null);
    writeFileSync(shop.compiler, "another");
    writeFileSync(join(shop.work, "prog"), "x");
    kept.keep(shop.work, stepWith());
    expect([shop.entries(), shop.said.at(-1)]).toEqual([[], "compile result not kept: compiler or mounted files have changed meanwhile"]);
  });
});

describe("an entry that is damaged is a miss and is removed", () => {
  /** The head of an entry, changed; its length as the trailer says it. */
  function changeHead(path: string, change: (text: string) => string): void {
    const bytes = readFileSync(path);
    const magic = Buffer.from("mini-isolate compile result 2\n");
    const end = bytes.length - magic.length - 4;
    const begin = end - bytes.readUInt32LE(end);
    const head = Buffer.from(change(bytes.toString("utf8", begin, end)));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, begin), head, length, magic]));
  }

  const damages: Readonly<Record<string, (path: string) => void>> = {
    "empty": (path) => truncateSync(path, 0),
    "cut off in the artefacts": (path) => truncateSync(path, 3),
    "cut off by one byte": (path) => truncateSync(path, readFileSync(path).length - 1),
    "longer": (path) => appendFileSync(path, "x"),
    "with less in it than it says": (path) => writeFileSync(path, readFileSync(path).subarray(1)),
    "all zeros": (path) => writeFileSync(path, Buffer.alloc(500)),
    "with a head that is longer than the file": (path) => {
      const bytes = readFileSync(path);
      bytes.writeUInt32LE(0xffff_ffff, bytes.length - 34);
      writeFileSync(path, bytes);
    },
    "with a head that is no JSON": (path) => changeHead(path, (head) => head.slice(0, -1)),
    "with a head that is null": (path) => changeHead(path, () => "null"),
    "of another key": (path) => changeHead(path, (head) => head.replace(/"key":"[0-9a-f]{64}"/, `"key":"${"0".repeat(64)}"`)),
    "without result": (path) => changeHead(path, (head) => head.replace('"compile":{', '"compiles":{')),
    "of a failure": (path) => changeHead(path, (head) => head.replace('"Success"', '"RuntimeError"')),
    "with a path out of the box": (path) => changeHead(path, (head) => head.replace('"prog"', '"../prog"')),
    "with an absolute path": (path) => changeHead(path, (head) => head.replace('"prog"', '"/tmp/prog"')),
    "with a setuid mode": (path) => changeHead(path, (head) => head.replace(/493,/, "2541,")),
    "with a size that is no number": (path) => changeHead(path, (head) => head.replace(/,7\]/, ",-7]")),
  };

  test.each(Object.keys(damages))("%s", (what) => {
    using shop = workshop();
    shop.keep({ prog: "content" });
    const path = entryOf(shop);
    const before = readFileSync(path);
    damages[what]!(path);
    expect(readFileSync(path)).not.toEqual(before);
    expect(shop.cache().take(shop.box, null)).toBeNull();
    expect([shop.entries(), shop.inBox(), shop.said.at(-1)]).toEqual([[], {}, expect.stringContaining("which is damaged")]);
    shop.keep({ prog: "content" });
    expect(shop.cache().take(shop.box, null)?.cached).toBe(true);
  });

  test.each([
    ["a link", (path: string, elsewhere: string) => symlinkSync(elsewhere, path)],
    ["a second name of another file", (path: string, elsewhere: string) => linkSync(elsewhere, path)],
    ["a FIFO", (path: string) => void Bun.spawnSync(["mkfifo", path])],
    ["a directory", (path: string) => mkdirSync(join(path, "x"), { recursive: true })],
  ] as const)("%s in its place", (_what, put) => {
    using shop = workshop();
    shop.keep({ prog: "content" });
    const path = entryOf(shop);
    const elsewhere = join(shop.path, "elsewhere");
    Bun.spawnSync(["mv", path, elsewhere]);
    put(path, elsewhere);
    expect(shop.cache().take(shop.box, null)).toBeNull();
    expect([shop.entries(), shop.inBox()]).toEqual([[], {}]);
    expect(lstatSync(elsewhere).isFile()).toBe(true);
  });
});
