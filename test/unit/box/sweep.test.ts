import { describe, expect, test } from "bun:test";
import { chownSync, closeSync, lchownSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errnoOf } from "../../../src/kernel/errno.ts";
import { sweepBox } from "../../../src/box/sweep.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const uid = 61_000;

/** A directory and what a sweep of it does. */
function swept(fill: (directory: string) => void, owner: number | null = uid, most?: number) {
  const directory = makeTestDirectory("sweep", tmpdir());
  try {
    fill(directory);
    const fd = openSync(directory, "r");
    try {
      const { removed, left: kept, holding } = sweepBox(fd, owner, most);
      return { removed, kept, holding, left: listing(directory) };
    } finally {
      closeSync(fd);
    }
  } finally {
    Bun.spawnSync(["/usr/bin/chattr", "-R", "-i", directory]);
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
  asRoot("links, FIFOs and devices of the program are gone, its files and directories are not", () => {
    const { left, removed, holding } = swept((directory) => {
      mkdirSync(join(directory, "sub"));
      writeFileSync(join(directory, "sub", "kept"), "x");
      fifo(join(directory, "fifo"));
      fifo(join(directory, "sub", "fifo"));
      symlinkSync("/etc/passwd", join(directory, "link"));
      lchownSync(join(directory, "link"), uid, uid);
    });
    expect(left).toEqual(["sub", "sub/kept"]);
    expect([removed, holding.unseen, holding.files]).toEqual([3, null, 2]);
  });

  asRoot("without a uid of the program's own everything stays", () => {
    const { left, removed, holding } = swept((directory) => fifo(join(directory, "fifo")), null);
    expect([left, removed, holding]).toEqual([["fifo"], 0, { bytes: 0, files: 1, unseen: null }]);
  });

  test("what the caller put there stays", () => {
    const { left, removed } = swept((directory) => symlinkSync("/usr", join(directory, "link")));
    expect([left, removed]).toEqual([["link"], 0]);
  });

  asRoot("what would not go is counted and told: the directory stays as the host's root wanted it", () => {
    const { left, kept, removed, holding } = swept((directory) => {
      for (const name of ["still", "open"]) {
        mkdirSync(join(directory, name));
        fifo(join(directory, name, "fifo"));
      }
      expect(Bun.spawnSync(["/usr/bin/chattr", "+i", join(directory, "still")]).exitCode).toBe(0);
    });
    expect([left, kept, removed, holding.unseen, holding.files]).toEqual([["open", "still", "still/fifo"], 1, 1, "not removed", 3]);
  });

  asRoot("a link is never followed", () => {
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

  asRoot("the bottom of 3,000 nested directories was seen, with a constant number of descriptors", () => {
    const { removed, holding } = swept((directory) => {
      const script = "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\nos.mkfifo('bottom'); os.chown('bottom', int(sys.argv[2]), -1)";
      expect(Bun.spawnSync(["/usr/bin/python3", "-c", script, directory, String(uid)]).exitCode).toBe(0);
    });
    expect([removed, holding.unseen, holding.files]).toEqual([1, null, 3000]);
  });
});

describe("what a box holds", () => {
  /** As du(1) counts it, without the directory itself. */
  function measured(fill: (directory: string) => void) {
    let du = 0;
    const { holding } = swept((directory) => {
      fill(directory);
      const parts = Bun.spawnSync(["/usr/bin/find", directory, "-mindepth", "1", "-maxdepth", "1", "-exec", "/usr/bin/du", "-cs", "--block-size=1", "{}", "+"]).stdout.toString();
      du = Number(/^([0-9]+)\ttotal$/m.exec(parts)?.[1] ?? 0);
    });
    return { holding, du };
  }

  test("nothing is nothing", () => {
    expect(measured(() => {}).holding).toEqual({ bytes: 0, files: 0, unseen: null });
  });

  test("is what is allocated, as du says: directories too, holes not", () => {
    const { holding, du } = measured((directory) => {
      mkdirSync(join(directory, "sub/deeper"), { recursive: true });
      writeFileSync(join(directory, "sub/deeper/file"), Buffer.alloc(300_000, 1));
      writeFileSync(join(directory, "empty"), "");
      truncateSync(join(directory, "empty"), 2 ** 40);
    });
    expect(holding).toEqual({ bytes: du, files: 4, unseen: null });
    expect([holding.bytes >= 300_000, holding.bytes < 2 ** 20]).toEqual([true, true]);
  });

  test("has a file with many names once", () => {
    const { holding, du } = measured((directory) => {
      mkdirSync(join(directory, "sub"));
      writeFileSync(join(directory, "file"), Buffer.alloc(100_000, 1));
      for (let name = 0; name < 50; name++) linkSync(join(directory, "file"), join(directory, name % 2 === 0 ? "" : "sub", `name${name}`));
    });
    expect(holding).toEqual({ bytes: du, files: 2, unseen: null });
  });

  test("is not known when there are more files than are looked at, in one directory or in many, and no more are", () => {
    const most = 100;
    for (const wide of [true, false]) {
      const { holding } = swept((directory) => {
        for (let file = 0; file <= most / 2; file++) {
          if (!wide) mkdirSync(join(directory, `d${file}`));
          writeFileSync(join(directory, wide ? "" : `d${file}`, `a${file}`), "");
          if (wide) writeFileSync(join(directory, `b${file}`), "");
        }
      }, uid, most);
      expect(holding.unseen).toBe("too many");
      expect(holding.files).toBeLessThanOrEqual(most);
    }
    expect(swept((directory) => { for (let file = 0; file < most; file++) writeFileSync(join(directory, `${file}`), ""); }, uid, most).holding).toEqual({ bytes: 0, files: most, unseen: null });
  });
});

describe("a walk on which somebody", () => {
  asRoot("exchanges directories for links removes nothing behind them and comes to an end", async () => {
    const base = makeTestDirectory("walk", tmpdir());
    try {
      const [box, other] = [join(base, "box"), join(base, "other")];
      for (const directory of [box, other]) mkdirSync(join(directory, "a/b/c"), { recursive: true });
      for (const place of [other, join(other, "a"), join(other, "a/b"), join(other, "a/b/c")]) fifo(join(place, "kept"));
      const before = listing(other);
      const script = "import os,sys\nbox,other=sys.argv[1:]\nprint('up',flush=True)\nwhile True:\n  for p in ('/a','/a/b','/a/b/c'):\n    os.rename(box+p,box+'/away'); os.symlink(other+p,box+p); os.unlink(box+p); os.rename(box+'/away',box+p)\n    os.rename(box+p,other+'/moved'); os.rename(other+'/moved',box+p)";
      const busy = Bun.spawn(["/usr/bin/python3", "-c", script, box, other], { stdout: "pipe", stderr: "ignore" });
      await busy.stdout.getReader().read();
      const outcomes = new Set<string | null>();
      const begun = performance.now();
      for (let round = 0; round < 100 || (outcomes.size < 2 && performance.now() - begun < 10_000); round++) {
        const fd = openSync(box, "r");
        try {
          outcomes.add(sweepBox(fd, uid).holding.unseen);
        } catch (error) {
          outcomes.add(String(errnoOf(error)));
        } finally {
          closeSync(fd);
        }
      }
      expect(busy.exitCode).toBeNull();
      busy.kill();
      await busy.exited;
      // The exchange did meet the walk.
      expect(outcomes).toContain("out of reach");
      expect(listing(other).filter((path) => path.endsWith("kept"))).toEqual(before.filter((path) => path.endsWith("kept")));
    } finally {
      Bun.spawnSync(["/usr/bin/rm", "-rf", base]);
    }
  });
});
