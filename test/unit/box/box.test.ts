import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { boxExists, boxPaths, createBox, removeBox } from "../../../src/box/box.ts";
import { errorOf, nextMessage, startFixture, temporaryState } from "../../helpers/temporary.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

describe("a new box", () => {
  asRoot("has a home of ours, an empty mount point, and a working directory of its user", () => {
    using temporary = temporaryState();
    const paths = createBox(temporary.state, "0", { uid: 60_123, gid: 60_124 });
    expect(paths).toEqual({ home: `${temporary.state.path}/0`, work: `${temporary.state.path}/0/box`, root: `${temporary.state.path}/.root` });
    expect(paths).toEqual(boxPaths(temporary.state, "0"));
    for (const path of Object.values(paths)) expect(modeOf(path)).toBe(0o700);
    expect([statSync(paths.home).uid, statSync(paths.root).uid]).toEqual([0, 0]);
    expect([statSync(paths.work).uid, statSync(paths.work).gid]).toEqual([60_123, 60_124]);
    expect(readdirSync(paths.home).toSorted()).toEqual(["box"]);
  });

  asRoot("keeps its working directory to us when nobody else is named", async () => {
    using temporary = temporaryState();
    chmodSync(temporary.parent, 0o755);
    for (const path of [temporary.state.path, `${temporary.state.path}/locks`, `${temporary.state.path}/uids`]) chownSync(path, 12345, 12345);
    await using child = startFixture("as-user", "12345", "create", temporary.state.path, "0");
    expect(await nextMessage(child)).toEqual({ ...boxPaths(temporary.state, "0") });
    expect(statSync(boxPaths(temporary.state, "0").work).uid).toBe(12345);
  });

  asRoot("has the same modes under any umask", () => {
    using temporary = temporaryState();
    const before = process.umask(0o777);
    try {
      const { home, work } = createBox(temporary.state, "0", null);
      expect([modeOf(home), modeOf(work)]).toEqual([0o700, 0o700]);
    } finally {
      process.umask(before);
    }
  });

  test("is refused when there is something already, which stays", () => {
    using temporary = temporaryState();
    createBox(temporary.state, "0", null);
    writeFileSync(`${temporary.state.path}/0/box/file`, "");
    const error = errorOf(() => createBox(temporary.state, "0", null));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(`cannot create box 0: ${temporary.state.path}/0 is there already`);
    expect(existsSync(`${temporary.state.path}/0/box/file`)).toBe(true);
  });

  test("leaves nothing when it cannot be finished", () => {
    using temporary = temporaryState();
    const error = errorOf(() => createBox(temporary.state, "0", { uid: -5, gid: 0 }));
    expect(error.kind).toBe("Io");
    expect(error.message).toStartWith(`cannot create box 0 in ${temporary.state.path}/0: `);
    expect(boxExists(temporary.state, "0")).toBe(false);
  });

  test.each(["", "..", "a/b", "locks", "instances.json"])("cannot be called %j", (id) => {
    using temporary = temporaryState();
    for (const run of [() => createBox(temporary.state, id, null), () => removeBox(temporary.state, id), () => boxPaths(temporary.state, id)]) {
      expect(errorOf(run).message).toStartWith(`cannot use box id ${JSON.stringify(id)}: `);
    }
    expect(readdirSync(temporary.state.path).toSorted()).toEqual(["locks", "uids"]);
  });
});

describe("a box that is removed", () => {
  test("is gone with everything in it, and removing it again does nothing", () => {
    using temporary = temporaryState();
    const { work } = createBox(temporary.state, "0", null);
    createBox(temporary.state, "1", null);
    mkdirSync(`${work}/a/b`, { recursive: true });
    writeFileSync(`${work}/a/b/file`, "");
    expect(boxExists(temporary.state, "0")).toBe(true);
    expect(removeBox(temporary.state, "0")).toBe(true);
    expect(removeBox(temporary.state, "0")).toBe(false);
    expect(boxExists(temporary.state, "0")).toBe(false);
    expect(boxExists(temporary.state, "1")).toBe(true);
  });

  test("is not what a link in its place leads to", () => {
    using temporary = temporaryState();
    mkdirSync(`${temporary.parent}/outside/box`, { recursive: true });
    symlinkSync(`${temporary.parent}/outside`, `${temporary.state.path}/0`);
    expect(boxExists(temporary.state, "0")).toBe(false);
    expect(removeBox(temporary.state, "0")).toBe(true);
    expect(existsSync(`${temporary.parent}/outside/box`)).toBe(true);
  });
});
