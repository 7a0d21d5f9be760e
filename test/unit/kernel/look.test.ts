import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { errno } from "../../../src/kernel/errno.ts";
import { lookBelow, type Handle } from "../../../src/kernel/look.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

function found(looked: Handle | number): Handle {
  if (typeof looked === "number") throw new Error(`error number ${looked}`);
  return looked;
}

describe("looking below a directory", () => {
  test("reads a few bytes of a regular file, and no more than it has", () => {
    using directory = temporaryDirectory();
    mkdirSync(`${directory.path}/d`);
    writeFileSync(`${directory.path}/d/file`, "0123456789");
    using file = found(lookBelow(directory.path, "d/file"));
    expect([file.stat.size, file.target]).toEqual([10, null]);
    expect([file.read(2, 3), file.read(8, 100), file.read(50, 5)].map((bytes) => Buffer.from(bytes!).toString())).toEqual(["234", "89", ""]);
    using itself = found(lookBelow(directory.path, ""));
    expect(itself.read(0, 1)).toBeNull();
  });

  test("gives the text of a link and never goes where it leads", () => {
    using directory = temporaryDirectory();
    symlinkSync("/etc/passwd", `${directory.path}/link`);
    symlinkSync("/etc", `${directory.path}/place`);
    using link = found(lookBelow(directory.path, "link"));
    expect([link.target, link.read(0, 10)]).toEqual(["/etc/passwd", null]);
    expect(lookBelow(directory.path, "place/passwd")).toBe(errno.ELOOP);
    expect(lookBelow(directory.path, "../../etc/passwd")).toBe(errno.EXDEV);
    expect(lookBelow(directory.path, "/etc/passwd")).toBe(errno.EXDEV);
  });

  test("does not open a named pipe, and says what is not there", async () => {
    using directory = temporaryDirectory();
    await Bun.$`mkfifo ${directory.path}/pipe`;
    using pipe = found(lookBelow(directory.path, "pipe"));
    expect(pipe.read(0, 1)).toBeNull();
    expect([lookBelow(directory.path, "nothing"), lookBelow(`${directory.path}/nothing`, "x"), lookBelow(directory.path, "pipe/x")]).toEqual([errno.ENOENT, errno.ENOENT, errno.ENOTDIR]);
  });

  test("leaves no descriptor open", () => {
    using directory = temporaryDirectory();
    writeFileSync(`${directory.path}/file`, "x");
    const before = readdirSync("/proc/self/fd").length;
    for (let turn = 0; turn < 20; turn++) {
      using file = found(lookBelow(directory.path, "file"));
      file.read(0, 1);
      lookBelow(directory.path, "nothing");
    }
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });
});
