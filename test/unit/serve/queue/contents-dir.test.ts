// Long contents as files by their hash, and when they go.
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { IsolateError } from "../../../../src/model/errors.ts";
import { mostInlineBytes, type Content } from "../../../../src/serve/content.ts";
import { ContentsSweep } from "../../../../src/serve/queue/contents-sweep.ts";
import { openContentsDirectory } from "../../../../src/serve/queue/contents-dir.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

const long = (fill: string, bytes = mostInlineBytes + 1) => Buffer.alloc(bytes, fill);
const sha256 = (content: Content) => ("sha256" in content ? content.sha256 : "");

function opened(sync: "normal" | "full" = "normal") {
  const directory = temporaryDirectory();
  const path = `${directory.path}/contents`;
  const contents = openContentsDirectory(path, { sync, takesTurns: true });
  return { path, contents, [Symbol.dispose]: () => (contents.close(), directory[Symbol.dispose]()) };
}

const faultOf = async (run: () => Promise<unknown>): Promise<IsolateError> => {
  const fault = await run().then(() => null, (error: unknown) => error);
  if (!(fault instanceof IsolateError)) throw new Error(`no IsolateError: ${fault}`);
  return fault;
};

test.each(["normal", "full"] as const)("what is long is a file by its hash, read by a slot as well, with sync %s", async (sync) => {
  using it = opened(sync);
  const bytes = Buffer.concat([long("x", 3 << 20), Buffer.from([0, 255, 254])]);
  const content = await it.contents.put(bytes);
  const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  expect(content).toEqual({ sha256: hash, bytes: bytes.length });
  const path = `${it.path}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  expect(await it.contents.path(content)).toBe(path);
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  for (const directory of [it.path, `${it.path}/tmp`, `${it.path}/${hash.slice(0, 2)}`, `${it.path}/${hash.slice(0, 2)}/${hash.slice(2, 4)}`]) expect(statSync(directory).mode & 0o7777).toBe(0o700);
  const slot = openContentsDirectory(it.path, { sync, takesTurns: false });
  expect(Buffer.from((await slot.get(content))!).equals(bytes)).toBe(true);
  expect(await slot.put(bytes)).toEqual(content);
  expect(readdirSync(`${it.path}/tmp`)).toEqual([]);
  slot.close();
});

test("what is short stays in the record, text as text and other bytes as Base64", async () => {
  using it = opened();
  expect(await it.contents.put(Buffer.from("grüße"))).toEqual({ text: "grüße" });
  expect(await it.contents.put(Buffer.from([0, 255]))).toEqual({ base64: "AP8=" });
  expect(await it.contents.put(long("x", mostInlineBytes))).toEqual({ text: "x".repeat(mostInlineBytes) });
  expect(Buffer.from((await it.contents.get({ base64: "AP8=" }))!)).toEqual(Buffer.from([0, 255]));
  expect(await it.contents.path({ text: "x" })).toBeNull();
  expect(readdirSync(it.path)).toEqual(["tmp"]);
});

test("the same bytes are one file, from two processes at the same time as well", async () => {
  using it = opened();
  const slot = openContentsDirectory(it.path, { sync: "normal", takesTurns: false });
  const all = await Promise.all([it.contents.put(long("y", 5 << 20)), slot.put(long("y", 5 << 20)), it.contents.put(long("y", 5 << 20))]);
  expect(new Set(all.map(sha256)).size).toBe(1);
  expect(readdirSync(it.path, { recursive: true }).filter((name) => String(name).length > 60)).toHaveLength(1);
  slot.close();
});

test("names that are no hash, links and files of another size are not read", async () => {
  using it = opened();
  for (const name of ["../../etc/passwd", "a".repeat(63), `${"a".repeat(64)}/`, "A".repeat(64), "\0".repeat(64), "__proto__"]) {
    expect((await faultOf(() => it.contents.get({ sha256: name, bytes: 3 }))).message).toContain("not a SHA-256");
    expect((await faultOf(() => it.contents.path({ sha256: name, bytes: 3 }))).message).toContain("not a SHA-256");
  }
  const content = await it.contents.put(long("z"));
  const path = (await it.contents.path(content))!;
  truncateSync(path, 10);
  expect(await it.contents.get(content)).toBeNull();
  expect((await faultOf(() => it.contents.path(content))).message).toContain("no longer kept");
  expect(await it.contents.put(long("z"))).toEqual(content);
  expect((await it.contents.get(content))!.byteLength).toBe(mostInlineBytes + 1);
  const name = `cc/dd/ccdd${"0".repeat(60)}`;
  mkdirSync(`${it.path}/cc/dd`, { recursive: true });
  symlinkSync(path, `${it.path}/${name}`);
  expect((await faultOf(() => it.contents.get({ sha256: name.slice(6), bytes: mostInlineBytes + 1 }))).message).toContain("ELOOP");
  mkdirSync(`${it.path}/cc/ee/ccee${"0".repeat(60)}`, { recursive: true });
  expect((await faultOf(() => it.contents.get({ sha256: `ccee${"0".repeat(60)}`, bytes: 4096 }))).message).toContain("not a regular file");
});

test("a directory that is a link, that others can write to, or that is a file is refused", () => {
  using directory = temporaryDirectory();
  const options = { sync: "normal", takesTurns: true } as const;
  mkdirSync(`${directory.path}/open`, { mode: 0o700 });
  Bun.spawnSync(["chmod", "0770", `${directory.path}/open`]);
  expect(() => openContentsDirectory(`${directory.path}/open`, options)).toThrow("others can write to it");
  symlinkSync("open", `${directory.path}/link`);
  expect(() => openContentsDirectory(`${directory.path}/link`, options)).toThrow(/ELOOP|ENOTDIR/);
  writeFileSync(`${directory.path}/file`, "");
  expect(() => openContentsDirectory(`${directory.path}/file`, options)).toThrow("ENOTDIR");
});

test("what nobody refers to goes after its time, and what somebody refers to or holds stays", async () => {
  using it = opened();
  let now = 1000;
  const referred = new Set<string>();
  const sweep = new ContentsSweep(it.contents, { isReferredTo: (hash) => referred.has(hash), now: () => now, graceMs: 100 });
  const [kept, held, loose] = [await it.contents.put(long("a")), await it.contents.put(long("b")), await it.contents.put(long("c"))];
  referred.add(sha256(kept));
  const release = it.contents.hold(held);
  expect(sweep.sweep(null)).toBe(0);
  now += 99;
  expect(sweep.sweep(null)).toBe(0);
  now += 1;
  expect(sweep.sweep(null)).toBe(1);
  expect(await it.contents.get(loose)).toBeNull();
  expect(await it.contents.get(kept)).not.toBeNull();
  release();
  release();
  expect(await it.contents.get(held)).not.toBeNull();
  sweep.sweep(null);
  now += 100;
  expect(sweep.sweep(null)).toBe(1);
  referred.clear();
  sweep.suspect(sha256(kept));
  now += 100;
  expect(sweep.step(null)).toBe(1);
  // The directories went with them.
  expect(readdirSync(it.path)).toEqual(["tmp"]);
});

test("a job that ran when a content was without anybody may still refer to it at its end", async () => {
  using it = opened();
  let now = 1000;
  const sweep = new ContentsSweep(it.contents, { isReferredTo: () => false, now: () => now, graceMs: 100 });
  await it.contents.put(long("a"));
  sweep.sweep(900);
  now = 1_000_000;
  expect(sweep.sweep(900)).toBe(0);
  expect(sweep.sweep(1000)).toBe(0);
  expect(sweep.sweep(1001)).toBe(1);
});

test("what is kept again is a new one, whatever the wall clock says", async () => {
  using it = opened();
  let now = 1000;
  const sweep = new ContentsSweep(it.contents, { isReferredTo: () => false, now: () => now, graceMs: 100 });
  const content = await it.contents.put(long("a"));
  utimesSync((await it.contents.path(content))!, 1, 1);
  sweep.sweep(null);
  now += 100;
  await it.contents.put(long("a"));
  expect(sweep.sweep(null)).toBe(0);
  now += 99;
  expect(sweep.sweep(null)).toBe(0);
  now += 1;
  expect(sweep.sweep(null)).toBe(1);
});

test("files of processes that were killed go at the next start, and what is not ours is left alone", async () => {
  using it = opened();
  writeFileSync(`${it.path}/tmp/${"a".repeat(64)}-x`, "half");
  mkdirSync(`${it.path}/aa/bb`, { recursive: true });
  writeFileSync(`${it.path}/aa/bb/notes.txt`, "of somebody");
  writeFileSync(`${it.path}/aa/bb/${"c".repeat(64)}`, "in the wrong place");
  let now = 0;
  const sweep = new ContentsSweep(it.contents, { isReferredTo: () => false, now: () => now, graceMs: 1 });
  sweep.removeIncomplete();
  expect(readdirSync(`${it.path}/tmp`)).toEqual([]);
  for (let count = 0; count < 3; count++, now += 100) sweep.sweep(null);
  expect(existsSync(`${it.path}/aa/bb/notes.txt`)).toBe(true);
  expect(existsSync(`${it.path}/aa/bb/${"c".repeat(64)}`)).toBe(true);
});
