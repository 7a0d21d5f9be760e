import { describe, expect, test } from "bun:test";
import { mkdirSync, openSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { O, S } from "../../../src/kernel/constants.ts";
import { DT, isEmptyDirectory, openHandle, readDirectory } from "../../../src/kernel/directory.ts";
import { closeDescriptor, entryExists, openBeneath, statDescriptor } from "../../../src/kernel/files.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

function names(fd: number): string[] {
  return [...readDirectory(fd)].map(({ name }) => Buffer.from(name).toString("latin1"));
}

describe("the entries of a directory", () => {
  test("are all of them, without . and .., each time from the beginning", () => {
    using directory = temporaryDirectory();
    const wanted = Array.from({ length: 600 }, (_, index) => `entry-${index}`);
    for (const name of wanted) writeFileSync(join(directory.path, name), "");
    const fd = openSync(directory.path, O.RDONLY | O.DIRECTORY);
    expect(names(fd).toSorted()).toEqual(wanted.toSorted());
    expect(names(fd)).toHaveLength(600);
    closeDescriptor(fd);
  });

  test("have their names as bytes, whatever these are, and dots are only a part of a name", () => {
    using directory = temporaryDirectory();
    const fd = openSync(directory.path, O.RDONLY | O.DIRECTORY);
    const wanted = ["\xff\xfe", "a\nb", "...", ".hidden", "x".repeat(255)];
    for (const name of wanted) closeDescriptor(openBeneath(fd, Buffer.from(name, "latin1"), O.WRONLY | O.CREAT, 0o600));
    expect(names(fd).toSorted()).toEqual(wanted.toSorted());
    closeDescriptor(fd);
  });

  test("say which of them are directories; a link to one is not", () => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, "d"));
    writeFileSync(join(directory.path, "f"), "");
    symlinkSync("d", join(directory.path, "l"));
    const fd = openSync(directory.path, O.RDONLY | O.DIRECTORY);
    expect([...readDirectory(fd)].filter(({ type }) => type === DT.directory).map(({ name }) => Buffer.from(name).toString())).toEqual(["d"]);
    closeDescriptor(fd);
  });
});

describe("a directory", () => {
  test("is empty until it has an entry, however short or long its name is, and when that is gone", () => {
    for (const base of ["/tmp", "/dev/shm"]) {
      using directory = temporaryDirectory(base);
      const isEmpty = () => {
        const fd = openSync(directory.path, O.RDONLY | O.DIRECTORY);
        const empty = isEmptyDirectory(fd);
        closeDescriptor(fd);
        return empty;
      };
      expect(isEmpty()).toBeTrue();
      for (const name of ["a", "b".repeat(255)]) {
        writeFileSync(join(directory.path, name), "");
        expect(isEmpty()).toBeFalse();
        rmSync(join(directory.path, name));
        expect(isEmpty()).toBeTrue();
      }
    }
  });

  test("has an entry when what a link leads to is there", () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "file"), "");
    for (const [name, target] of [["good", "file"], ["dangling", "nothing"], ["through", "file/below"], ["loop", "loop"]] as const) symlinkSync(target, join(directory.path, name));
    const fd = openSync(directory.path, O.PATH | O.DIRECTORY);
    expect(["file", "good", "dangling", "through", "missing", "loop"].map((name) => entryExists(fd, name))).toEqual([true, true, false, false, false, true]);
    closeDescriptor(fd);
  });
});

describe("a handle", () => {
  test("is on the entry itself: a link is not followed, a missing one is an error", () => {
    using directory = temporaryDirectory();
    symlinkSync("/etc/passwd", join(directory.path, "link"));
    const fd = openSync(directory.path, O.RDONLY | O.DIRECTORY);
    const handle = openHandle(fd, "link");
    expect(statDescriptor(handle).mode & S.IFMT).toBe(S.IFLNK);
    expect(readlinkSync(`/proc/self/fd/${handle}`)).toBe(join(directory.path, "link"));
    expect(() => openHandle(fd, "missing")).toThrow("openat missing: ENOENT");
    for (const opened of [handle, fd]) closeDescriptor(opened);
  });
});
