import { chmodSync, chownSync, closeSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { emptyDirectory, removeTree } from "../../../src/box/remove-tree.ts";
import { readDirectory } from "../../../src/kernel/directory.ts";
import { makeDirectoryAt, openAt, closeDescriptor } from "../../../src/kernel/files.ts";
import { O } from "../../../src/kernel/constants.ts";
import { errorOf, fixturePath, largeTemporaryDirectory, nextMessage, openBelow, startFixture, temporaryDirectory } from "../../helpers/temporary.ts";
import { nest, openDirectory, touch } from "./tree.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

/** Removes `<directory>/tree`, and says whether there was one. */
function remove(directory: string): boolean {
  const fd = openDirectory(directory);
  try {
    return removeTree(fd, "tree");
  } finally {
    closeSync(fd);
  }
}

describe("a tree is removed", () => {
  test("with everything in it, and nothing beside it", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree/a/b`, { recursive: true });
    mkdirSync(`${directory.path}/tree/empty`);
    for (const name of ["tree/file", "tree/a/file", "tree/a/b/file", "beside"]) writeFileSync(`${directory.path}/${name}`, "x");
    expect(remove(directory.path)).toBe(true);
    expect(readdirSync(directory.path)).toEqual(["beside"]);
  });

  test("once: the second time there is nothing", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    expect(remove(directory.path)).toBe(true);
    expect(remove(directory.path)).toBe(false);
  });

  test("also when it is only a file, and when the parent is known by a bare handle", () => {
    using directory = temporaryDirectory();
    writeFileSync(`${directory.path}/tree`, "");
    const handle = openAt(-100, directory.path, O.PATH | O.DIRECTORY);
    expect(removeTree(handle, "tree")).toBe(true);
    closeDescriptor(handle);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("with links, which are not followed", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree/a`, { recursive: true });
    mkdirSync(`${directory.path}/outside`);
    writeFileSync(`${directory.path}/outside/file`, "kept");
    symlinkSync(`${directory.path}/outside`, `${directory.path}/tree/a/to-directory`);
    symlinkSync("..", `${directory.path}/tree/a/up`);
    symlinkSync("/etc/passwd", `${directory.path}/tree/to-file`);
    symlinkSync("loop", `${directory.path}/tree/loop`);
    linkSync(`${directory.path}/outside/file`, `${directory.path}/tree/second-name`);
    expect(remove(directory.path)).toBe(true);
    expect(readFileSync(`${directory.path}/outside/file`, "utf8")).toBe("kept");
    expect(existsSync("/etc/passwd")).toBe(true);
  });

  test("that is itself a link, by removing the link", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/outside/inner`, { recursive: true });
    symlinkSync("outside", `${directory.path}/tree`);
    expect(remove(directory.path)).toBe(true);
    expect(readdirSync(directory.path)).toEqual(["outside"]);
    expect(readdirSync(`${directory.path}/outside`)).toEqual(["inner"]);
  });

  asRoot("with pipes, sockets and devices, which are not opened", async () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    Bun.spawnSync(["mkfifo", `${directory.path}/tree/pipe`]);
    Bun.spawnSync(["mknod", `${directory.path}/tree/device`, "c", "1", "3"]);
    Bun.spawnSync(["mknod", `${directory.path}/tree/disk`, "b", "7", "200"]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(`${directory.path}/tree/socket`, resolve));
    expect(readdirSync(`${directory.path}/tree`)).toHaveLength(4);
    expect(remove(directory.path)).toBe(true);
    server.close();
  });

  test("with names of any bytes", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    const script = `import os
for name in [bytes([b]) for b in range(1, 256) if b not in (0x2e, 0x2f)] + [b"...", b".hidden", b"\\xff" * 255, b"a\\nb", b"-rf"]:
    os.mkdir(b"tree/" + name); open(b"tree/" + name + b"/" + name, "w").close()`;
    expect(Bun.spawnSync(["python3", "-c", script], { cwd: directory.path }).exitCode).toBe(0);
    const fd = openDirectory(`${directory.path}/tree`);
    expect([...readDirectory(fd)]).toHaveLength(253 + 5);
    closeSync(fd);
    expect(remove(directory.path)).toBe(true);
  });

  test("that has three thousand levels and twenty thousand files, with 64 descriptors", async () => {
    using directory = largeTemporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    nest(`${directory.path}/tree`, 3000, (at, level) => {
      for (let number = 0; number < 6; number++) touch(at, `f${number}`);
      if (level % 3 === 0) makeDirectoryAt(at, "e", 0o700);
    });
    const wide = openDirectory(`${directory.path}/tree`);
    for (let number = 0; number < 2000; number++) touch(wide, `a file with a longer name, number ${number}`);
    closeSync(wide);
    const script = `ulimit -n 64; exec "$@"`;
    await using child = Bun.spawn(["sh", "-c", script, "sh", process.execPath, fixturePath("remove-tree"), directory.path, "tree"], { stdout: "pipe" });
    expect(await new Response(child.stdout).json()).toMatchObject({ removed: true });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("that is wide below a deep place, each branch deeper than what stays open", () => {
    using directory = largeTemporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    let wide = -1;
    nest(`${directory.path}/tree`, 40, (at, level) => {
      if (level === 30) wide = openAt(at, ".", O.RDONLY | O.DIRECTORY);
    });
    for (let branch = 0; branch < 300; branch++) {
      makeDirectoryAt(wide, `branch ${branch}`, 0o700);
      nest(`/proc/self/fd/${wide}/branch ${branch}`, 20);
    }
    closeDescriptor(wide);
    expect(remove(directory.path)).toBe(true);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("without leaving a descriptor open", () => {
    using directory = temporaryDirectory();
    const before = openBelow(directory.path);
    mkdirSync(`${directory.path}/tree`);
    nest(`${directory.path}/tree`, 50);
    remove(directory.path);
    expect(openBelow(directory.path)).toBe(before);
  });

  asRoot("with files and directories that root forbade everybody to change, itself among them", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree/still/inner`, { recursive: true });
    mkdirSync(`${directory.path}/tree/growing/inner`, { recursive: true });
    for (const name of ["file", "still/file", "growing/file", "still/inner/file"]) writeFileSync(`${directory.path}/tree/${name}`, "");
    const forbidden = [["+i", "tree/file"], ["+a", "tree/still/file"], ["+i", "tree/still/inner"], ["+i", "tree/still"], ["+a", "tree/growing"], ["+i", "tree"]];
    for (const [flag, name] of forbidden) expect(Bun.spawnSync(["/usr/bin/chattr", flag!, `${directory.path}/${name}`]).exitCode).toBe(0);
    expect(Bun.spawnSync(["/usr/bin/rm", "-rf", `${directory.path}/tree`]).exitCode).not.toBe(0);
    expect(remove(directory.path)).toBe(true);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  asRoot("but no file that has another name elsewhere is changed for it", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    writeFileSync(`${directory.path}/theirs`, "kept");
    linkSync(`${directory.path}/theirs`, `${directory.path}/tree/second`);
    expect(Bun.spawnSync(["/usr/bin/chattr", "+i", `${directory.path}/theirs`]).exitCode).toBe(0);
    try {
      const error = errorOf(() => remove(directory.path));
      expect([error.message, error.hint]).toEqual([
        `cannot remove "second" in ${directory.path}/tree: EPERM (operation not permitted)`, "see with lsattr -d whether it or its directory must not be changed (chattr -i -a)",
      ]);
    } finally {
      Bun.spawnSync(["/usr/bin/chattr", "-i", `${directory.path}/theirs`]);
    }
    expect(remove(directory.path)).toBe(true);
  });

  test("but for the directory itself, when only that is wanted", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/a/b`, { recursive: true });
    const fd = openDirectory(directory.path);
    emptyDirectory(fd);
    closeSync(fd);
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe("an ordinary user", () => {
  asRoot("removes its own directories that nobody may read, enter or write", async () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o755);
    mkdirSync(`${directory.path}/state/0/box`, { recursive: true });
    const make = `${directory.path}/state/0/box`;
    const modes = [0o000, 0o100, 0o200, 0o400, 0o500, 0o600, 0o300];
    for (const mode of modes) {
      mkdirSync(`${make}/m${mode}/inner`, { recursive: true });
      writeFileSync(`${make}/m${mode}/file`, "", { mode: 0 });
    }
    Bun.spawnSync(["chown", "-R", "12345:12345", `${directory.path}/state`]);
    for (const mode of modes) for (const inner of ["inner", ""]) chmodSync(`${make}/m${mode}/${inner}`, mode);
    chmodSync(make, 0);
    chmodSync(`${directory.path}/state`, 0o700);
    await using child = startFixture("as-user", "12345", "remove", `${directory.path}/state`, "0");
    expect(await nextMessage(child)).toBe(true);
    expect(existsSync(`${directory.path}/state/0`)).toBe(false);
  });

  asRoot("is told what it cannot remove, and where", async () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o755);
    const state = `${directory.path}/state`;
    mkdirSync(`${state}/0/theirs`, { recursive: true });
    writeFileSync(`${state}/0/theirs/a "file"`, "");
    chownSync(state, 12345, 12345);
    chownSync(`${state}/0`, 12345, 12345);
    await using child = startFixture("as-user", "12345", "remove", state, "0");
    expect(await nextMessage(child)).toEqual({ kind: "Io", message: `cannot remove "a \\"file\\"" in ${state}/0/theirs: EACCES (permission denied)` });
  });
});

describe("what is not part of the tree", () => {
  asRoot("is left alone when it is mounted there, and that is an error", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/tree/a/mounted`, { recursive: true });
    mkdirSync(`${directory.path}/other`);
    writeFileSync(`${directory.path}/other/file`, "kept");
    // The same file system, so no device number tells the two apart.
    expect(Bun.spawnSync(["mount", "--bind", `${directory.path}/other`, `${directory.path}/tree/a/mounted`]).exitCode).toBe(0);
    try {
      const error = errorOf(() => remove(directory.path));
      expect(error.kind).toBe("Io");
      expect(error.message).toBe(`cannot remove "mounted" in ${directory.path}/tree/a: EBUSY (resource busy or locked)`);
      expect(error.hint).toBe("unmount what is mounted there");
      expect(readFileSync(`${directory.path}/other/file`, "utf8")).toBe("kept");
    } finally {
      Bun.spawnSync(["umount", `${directory.path}/tree/a/mounted`]);
    }
    expect(remove(directory.path)).toBe(true);
  });

  test("is not reached through a part of the tree that is moved there meanwhile", async () => {
    using directory = largeTemporaryDirectory();
    mkdirSync(`${directory.path}/tree`);
    mkdirSync(`${directory.path}/elsewhere`);
    writeFileSync(`${directory.path}/elsewhere/file`, "kept");
    nest(`${directory.path}/tree`, 6000);
    await using child = startFixture("remove-tree", directory.path, "tree");
    while (!isDeep(child.pid)) expect(child.exitCode).toBeNull();
    child.kill("SIGSTOP");
    // A level that is closed by now: the way back up leads to it, and from it to another parent.
    renameSync(`${directory.path}/tree/d/d/d`, `${directory.path}/elsewhere/moved`);
    child.kill("SIGCONT");
    expect(await nextMessage(child)).toEqual({ kind: "Io", message: "cannot remove a directory tree: somebody moved a part of it meanwhile" });
    expect(readdirSync(`${directory.path}/elsewhere`).toSorted()).toEqual(["file", "moved"]);
    expect(readdirSync(`${directory.path}/elsewhere/moved`)).toEqual([]);
    expect(remove(directory.path)).toBe(true);
  });
});

/** Whether a process has a directory open whose path is longer than a path may be. */
function isDeep(pid: number): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      readlinkSync(`/proc/${pid}/fd/${fd}`);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENAMETOOLONG";
    }
  });
}
