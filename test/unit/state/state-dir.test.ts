import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { openStateDirectory } from "../../../src/state/state-dir.ts";
import { errorOf, nextMessage, startFixture, temporaryDirectory, temporaryState } from "../../helpers/temporary.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const modeOf = (path: string): number => lstatSync(path).mode & 0o7777;

async function asUser(...args: readonly string[]): Promise<unknown> {
  await using child = startFixture("as-user", "12345", ...args);
  return await nextMessage(child);
}

describe("a state directory that is missing", () => {
  test("is made, with locks and uids in it, closed to everybody else", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state");
    openStateDirectory(path).close();
    for (const made of [path, join(path, "locks"), join(path, "uids")]) expect(modeOf(made)).toBe(0o700);
  });

  test("is made only when its parent exists", () => {
    using directory = temporaryDirectory();
    const error = errorOf(() => openStateDirectory(join(directory.path, "no", "state")));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(`cannot create state directory ${directory.path}/no/state: ENOENT (no such file or directory)`);
    expect(error.hint).toBe("make its parent directory first");
  });
});

describe("a state directory that is there", () => {
  test("is opened again, and known by its absolute path without a closing slash", () => {
    using temporary = temporaryState();
    const again = openStateDirectory(`${temporary.state.path}/`);
    expect(again.path).toBe(join(temporary.parent, "state"));
    again.close();
    again.close();
  });

  test("may lie in a directory that everybody can write to", () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o1777);
    openStateDirectory(join(directory.path, "state")).close();
  });

  test.each([0o770, 0o702, 0o1777])("is refused when others can write to it (mode %o)", (mode) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state");
    mkdirSync(path);
    chmodSync(path, mode);
    const error = errorOf(() => openStateDirectory(path));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(`cannot use state directory ${path}: others can write to it (mode ${mode.toString(8).padStart(4, "0")})`);
    expect(error.hint).toBe(`take that right away: chmod go-w ${path}`);
    expect(existsSync(join(path, "locks"))).toBe(false);
  });

  asRoot("is refused when it belongs to somebody else than root and us", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state");
    mkdirSync(path);
    chownSync(path, 12345, 12345);
    expect(errorOf(() => openStateDirectory(path)).message).toBe(
      `cannot use state directory ${path}: it belongs to uid 12345, which is neither root nor us (uid 0)`,
    );
    expect(existsSync(join(path, "locks"))).toBe(false);
  });

  test("is refused when it is a symbolic link, also with a closing slash", () => {
    using temporary = temporaryState();
    const link = join(temporary.parent, "link");
    symlinkSync(temporary.state.path, link);
    for (const path of [link, `${link}/`]) {
      expect(errorOf(() => openStateDirectory(path)).message).toBe(`cannot use state directory ${link}: it is a symbolic link`);
    }
  });

  test("is refused when it is a link that leads nowhere", () => {
    using directory = temporaryDirectory();
    const link = join(directory.path, "state");
    symlinkSync(join(directory.path, "nothing"), link);
    expect(errorOf(() => openStateDirectory(link)).message).toEndWith("it is a symbolic link");
    expect(existsSync(join(directory.path, "nothing"))).toBe(false);
  });

  test("is refused when it is a file", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state");
    writeFileSync(path, "");
    expect(errorOf(() => openStateDirectory(path)).message).toBe(`cannot use state directory ${path}: it is not a directory`);
  });

  test.each(["locks", "uids"])("is refused when its %s lead elsewhere", (name) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state");
    mkdirSync(path, { mode: 0o700 });
    symlinkSync("/", join(path, name));
    expect(errorOf(() => openStateDirectory(path)).message).toBe(`cannot use state directory ${path}/${name}: it is a symbolic link`);
  });

  test("is refused when the path is empty", () => {
    expect(errorOf(() => openStateDirectory("")).kind).toBe("Config");
  });
});

describe("an ordinary user", () => {
  asRoot("makes a state directory of its own", async () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o1777);
    const path = join(directory.path, "state");
    expect(await asUser("open", path)).toBe(path);
    expect(statSync(path).uid).toBe(12345);
  });

  asRoot("is told whose the directory is that it cannot enter", async () => {
    using temporary = temporaryState();
    chmodSync(temporary.parent, 0o755);
    const message = `cannot use ${temporary.state.path}: it belongs to uid 0 and is closed to us`;
    expect(await asUser("open", temporary.state.path)).toEqual({ kind: "Config", message });
    chownSync(temporary.state.path, 54321, 54321);
    const another = `cannot use state directory ${temporary.state.path}: it belongs to uid 54321 and is closed to us`;
    expect(await asUser("open", temporary.state.path)).toEqual({ kind: "Config", message: another });
  });

  asRoot("may use one of root that is open to it, and is told when the records are not", async () => {
    using temporary = temporaryState();
    for (const path of [temporary.parent, temporary.state.path, `${temporary.state.path}/locks`, `${temporary.state.path}/uids`]) chmodSync(path, 0o755);
    expect(await asUser("read", temporary.state.path)).toBe(0);
    writeFileSync(`${temporary.state.path}/instances.json`, "{}\n", { mode: 0o600 });
    const message = `cannot use ${temporary.state.path}/instances.json: it belongs to uid 0 and is closed to us`;
    expect(await asUser("read", temporary.state.path)).toEqual({ kind: "Config", message });
  });

  asRoot("is told when it cannot make one", async () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o755);
    const path = join(directory.path, "state");
    expect(await asUser("open", path)).toEqual({ kind: "Config", message: `cannot create state directory ${path}: EACCES (permission denied)` });
  });
});
