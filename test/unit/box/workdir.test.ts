import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { prepareWorkdir, releaseWorkdir } from "../../../src/box/workdir.ts";
import { errorOf, nextMessage, openBelow, startFixture, temporaryState } from "../../helpers/temporary.ts";
import { claimWith, root as rootOfHost } from "../../helpers/requires.ts";

const asRoot = claimWith(rootOfHost);

const boxUser = { uid: 60_123, gid: 60_124 };
const root = { uid: 0, gid: 0 };
const ownerOf = (path: string): { uid: number; gid: number } => ({ uid: statSync(path).uid, gid: statSync(path).gid });

describe("a working directory that is missing", () => {
  asRoot("is made for its owner only, whatever the umask is, and removed again with what is in it", () => {
    using temporary = temporaryState();
    const path = `${temporary.parent}/work`;
    const umask = process.umask(0o777);
    let workdir;
    try {
      workdir = prepareWorkdir(temporary.state, path);
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o7777).toBe(0o700);
    expect([workdir.path, workdir.created, workdir.previousOwner]).toEqual([path, true, root]);
    workdir.giveTo(boxUser);
    workdir.close();
    workdir.close();
    expect(ownerOf(path)).toEqual(boxUser);
    mkdirSync(`${path}/a/b`, { recursive: true });
    const record = { created: true, previousOwner: root, uid: boxUser.uid };
    expect(releaseWorkdir(path, record)).toBe("removed");
    expect(existsSync(path)).toBe(false);
    expect(releaseWorkdir(path, record)).toBe("gone");
  });

  test("needs a parent", () => {
    using temporary = temporaryState();
    const error = errorOf(() => prepareWorkdir(temporary.state, `${temporary.parent}/no/work`));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(
      `cannot use working directory ${temporary.parent}/no/work: its parent directory ${temporary.parent}/no cannot be opened: ENOENT (no such file or directory)`,
    );
    expect(existsSync(`${temporary.parent}/no`)).toBe(false);
  });

  asRoot("is removed by undo", () => {
    using temporary = temporaryState();
    for (const give of [false, true]) {
      const workdir = prepareWorkdir(temporary.state, `${temporary.parent}/work`);
      if (give) workdir.giveTo(boxUser);
      workdir.undo();
      expect(existsSync(`${temporary.parent}/work`)).toBe(false);
    }
  });
});

describe("a working directory that is there", () => {
  asRoot("is taken over, itself and nothing in it, and given back with everything in it", () => {
    using temporary = temporaryState();
    const path = `${temporary.parent}/work`;
    mkdirSync(path, { mode: 0o750 });
    writeFileSync(`${path}/file`, "");
    chownSync(path, 1000, 1001);
    const workdir = prepareWorkdir(temporary.state, `${path}/`);
    expect([workdir.path, workdir.created, workdir.previousOwner]).toEqual([path, false, { uid: 1000, gid: 1001 }]);
    expect(ownerOf(path)).toEqual({ uid: 1000, gid: 1001 });
    workdir.giveTo(boxUser);
    workdir.close();
    expect([ownerOf(path), ownerOf(`${path}/file`), statSync(path).mode & 0o7777]).toEqual([boxUser, root, 0o750]);
    expect(releaseWorkdir(path, { created: false, previousOwner: workdir.previousOwner, uid: boxUser.uid })).toBe("returned");
    expect(ownerOf(path)).toEqual({ uid: 1000, gid: 1001 });
    expect(readdirSync(path)).toEqual(["file"]);
  });

  asRoot("is given back by undo", () => {
    using temporary = temporaryState();
    const path = `${temporary.parent}/work`;
    mkdirSync(path);
    writeFileSync(`${path}/file`, "");
    const workdir = prepareWorkdir(temporary.state, path);
    workdir.giveTo(boxUser);
    workdir.undo();
    expect(ownerOf(path)).toEqual(root);
    expect(readdirSync(path)).toEqual(["file"]);
  });

  test("is refused when it is a file, a link or no absolute path", () => {
    using temporary = temporaryState();
    const at = (name: string): string => `${temporary.parent}/${name}`;
    writeFileSync(at("file"), "");
    mkdirSync(at("real"));
    symlinkSync("real", at("link"));
    symlinkSync("nothing", at("dangling"));
    const refusals = [
      [at("file"), "it is not a directory"],
      [at("link"), "it is a symbolic link"],
      [`${at("link")}/`, "it is a symbolic link"],
      [at("dangling"), "it is a symbolic link"],
      ["/", "it is the root directory"],
    ] as const;
    for (const [path, why] of refusals) {
      const error = errorOf(() => prepareWorkdir(temporary.state, path));
      expect(error.kind).toBe("Config");
      expect(error.message).toBe(`cannot use working directory ${path.length > 1 ? path.replace(/\/$/, "") : path}: ${why}`);
    }
    for (const path of ["", "work", "/a\0b"]) {
      expect(errorOf(() => prepareWorkdir(temporary.state, path)).message).toBe(`cannot use working directory ${JSON.stringify(path)}: it is not an absolute path`);
    }
    expect(readdirSync(temporary.parent).toSorted()).toEqual(["dangling", "file", "link", "real", "state"]);
  });

  test("is refused when it is, holds or lies in the state directory, under whatever name", () => {
    using temporary = temporaryState();
    const { path } = temporary.state;
    symlinkSync(path, `${temporary.parent}/link`);
    for (const workdir of [path, temporary.parent, `${path}/locks`, `${path}/new`, `${temporary.parent}/link/new`]) {
      expect(errorOf(() => prepareWorkdir(temporary.state, workdir)).message).toBe(
        `cannot use working directory ${workdir}: it would give the program a hold on ${path}`,
      );
    }
    expect(readdirSync(path).toSorted()).toEqual(["locks", "uids"]);
  });

  test("leaves no descriptor open when it is refused", () => {
    using temporary = temporaryState();
    writeFileSync(`${temporary.parent}/file`, "");
    const before = openBelow(temporary.parent);
    for (const path of [`${temporary.parent}/file`, temporary.state.path, `${temporary.parent}/no/work`]) errorOf(() => prepareWorkdir(temporary.state, path));
    expect(openBelow(temporary.parent)).toBe(before);
  });

  asRoot("is refused to an ordinary user who cannot open it", async () => {
    using temporary = temporaryState();
    chmodSync(temporary.parent, 0o755);
    for (const path of [temporary.state.path, `${temporary.state.path}/locks`, `${temporary.state.path}/uids`]) chownSync(path, 12345, 12345);
    mkdirSync(`${temporary.parent}/private`, { mode: 0o700 });
    await using child = startFixture("as-user", "12345", "workdir", temporary.state.path, `${temporary.parent}/private`);
    const message = `cannot use working directory ${temporary.parent}/private: it cannot be opened: EACCES (permission denied)`;
    expect(await nextMessage(child)).toEqual({ kind: "Config", message });
  });
});

describe("a working directory that is somebody else's by now", () => {
  for (const created of [true, false]) asRoot(`is left alone (made by us: ${created})`, () => {
    using temporary = temporaryState();
    const path = `${temporary.parent}/work`;
    mkdirSync(path);
    writeFileSync(`${path}/file`, "");
    chownSync(path, 1000, 1000);
    expect(releaseWorkdir(path, { created, previousOwner: root, uid: boxUser.uid })).toBe("left");
    expect([ownerOf(path).uid, readdirSync(path)]).toEqual([1000, ["file"]]);
  });

  asRoot("is left alone when a link or a file has its name", () => {
    using temporary = temporaryState();
    mkdirSync(`${temporary.parent}/real`);
    chownSync(`${temporary.parent}/real`, boxUser.uid, boxUser.gid);
    symlinkSync("real", `${temporary.parent}/link`);
    writeFileSync(`${temporary.parent}/file`, "");
    for (const name of ["link", "file"]) expect(releaseWorkdir(`${temporary.parent}/${name}`, { created: true, previousOwner: root, uid: boxUser.uid })).toBe("left");
    expect(readdirSync(temporary.parent).toSorted()).toEqual(["file", "link", "real", "state"]);
  });

  asRoot("is removed when we made it, never gave it away, and it is empty; else left", () => {
    using temporary = temporaryState();
    const path = `${temporary.parent}/work`;
    const record = { created: true, previousOwner: root, uid: boxUser.uid };
    mkdirSync(path);
    writeFileSync(`${path}/file`, "");
    expect(releaseWorkdir(path, record)).toBe("left");
    expect(readdirSync(path)).toEqual(["file"]);
    mkdirSync(`${temporary.parent}/empty`);
    expect(releaseWorkdir(`${temporary.parent}/empty`, record)).toBe("removed");
  });

  test("counts as gone when its parent is gone", () => {
    using temporary = temporaryState();
    expect(releaseWorkdir(`${temporary.parent}/no/work`, { created: true, previousOwner: null, uid: 0 })).toBe("gone");
  });
});
