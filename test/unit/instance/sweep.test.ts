import { describe, expect, test } from "bun:test";
import { chownSync, closeSync, lchownSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweepSpecialFiles } from "../../../src/instance/sweep.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

const uid = 61_000;

/** A directory and what a sweep of it does. */
function swept(fill: (directory: string) => void): { left: string[]; removed: number; complete: boolean } {
  const directory = makeTestDirectory("sweep", tmpdir());
  try {
    fill(directory);
    const fd = openSync(directory, "r");
    try {
      const outcome = sweepSpecialFiles(fd, uid);
      return { ...outcome, left: listing(directory) };
    } finally {
      closeSync(fd);
    }
  } finally {
    Bun.spawnSync(["/usr/bin/rm", "-rf", directory]);
  }
}

/** Every path below; links are named, not followed. */
function listing(directory: string): string[] {
  const found = Bun.spawnSync(["/usr/bin/find", directory, "-mindepth", "1", "-printf", "%P\n"]).stdout.toString();
  return found.split("\n").filter((line) => line !== "").toSorted();
}

function fifo(path: string): void {
  const made = Bun.spawnSync(["/usr/bin/mkfifo", path]);
  expect(made.exitCode).toBe(0);
  chownSync(path, uid, uid);
}

describe("after a sweep", () => {
  test("links, FIFOs and devices of the program are gone, its files and directories are not", () => {
    const { left, removed, complete } = swept((directory) => {
      mkdirSync(join(directory, "sub"));
      writeFileSync(join(directory, "sub", "kept"), "x");
      fifo(join(directory, "fifo"));
      fifo(join(directory, "sub", "fifo"));
      symlinkSync("/etc/passwd", join(directory, "link"));
      lchownSync(join(directory, "link"), uid, uid);
    });
    expect(left).toEqual(["sub", "sub/kept"]);
    expect([removed, complete]).toEqual([3, true]);
  });

  test("what the caller put there stays", () => {
    const { left, removed } = swept((directory) => symlinkSync("/usr", join(directory, "link")));
    expect([left, removed]).toEqual([["link"], 0]);
  });

  test("a link is never followed", () => {
    const { left } = swept((directory) => {
      mkdirSync(join(directory, "elsewhere"));
      fifo(join(directory, "elsewhere", "fifo"));
      chownSync(join(directory, "elsewhere", "fifo"), 0, 0);
      symlinkSync("elsewhere", join(directory, "link"));
    });
    expect(left).toEqual(["elsewhere", "elsewhere/fifo", "link"]);
  });

  test("a second name of somebody else's file is gone where the kernel lets programs make one", () => {
    const { left } = swept((directory) => {
      writeFileSync(join(directory, "foreign"), "x");
      linkSync(join(directory, "foreign"), join(directory, "second"));
      expect(lstatSync(join(directory, "second")).nlink).toBe(2);
    });
    const isProtected = readFileSync("/proc/sys/fs/protected_hardlinks", "utf8").startsWith("1");
    expect(left).toEqual(isProtected ? ["foreign", "second"] : []);
  });

  test("the bottom of 3,000 nested directories was seen, with a constant number of descriptors", () => {
    const { removed, complete } = swept((directory) => {
      const script = "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\nos.mkfifo('bottom'); os.chown('bottom', int(sys.argv[2]), -1)";
      expect(Bun.spawnSync(["/usr/bin/python3", "-c", script, directory, String(uid)]).exitCode).toBe(0);
    });
    expect([removed, complete]).toEqual([1, true]);
  });
});
