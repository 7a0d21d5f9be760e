// A directory that nobody has changed is told from one that was changed in any way, even if it looks the same afterwards.
import { chmodSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, rmdirSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { isUnchanged, markOf } from "../../../src/box/unchanged.ts";
import { closeDescriptor } from "../../../src/kernel/files.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const changes: Readonly<Record<string, (path: string) => void>> = {
  "a file that is gone again": (path) => {
    writeFileSync(`${path}/a`, "");
    rmSync(`${path}/a`);
  },
  "a directory that is gone again": (path) => {
    mkdirSync(`${path}/a`);
    rmdirSync(`${path}/a`);
  },
  "a mode that is as before": (path) => {
    chmodSync(path, 0o777);
    chmodSync(path, 0o700);
  },
  "times that were set": (path) => utimesSync(path, 1, 1),
  "attributes": (path) => void Bun.spawnSync(["/usr/bin/python3", "-c", "import os,sys; os.setxattr(sys.argv[1], 'user.a', b'b'); os.removexattr(sys.argv[1], 'user.a')", path]),
  "another directory in its place": (path) => {
    mkdirSync(`${path}.other`, 0o700);
    renameSync(path, `${path}.old`);
    renameSync(`${path}.other`, path);
  },
};

for (const [what, change] of Object.entries(changes)) {
  test(`${what} is told`, () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/box`;
    const marked = (use: (fd: number) => boolean | null): boolean | null => {
      const fd = openSync(path, "r");
      try {
        return use(fd);
      } finally {
        closeDescriptor(fd);
      }
    };
    for (let round = 0; round < 20; round++) {
      rmSync(path, { recursive: true, force: true });
      rmSync(`${path}.old`, { recursive: true, force: true });
      mkdirSync(path, 0o700);
      let mark: ReturnType<typeof markOf> = null;
      marked((fd) => ((mark = markOf(fd)), null));
      // Before Linux 6.13, or on a file system without exact times: then every directory counts as changed.
      if (mark === null) return;
      readdirSync(path);
      expect(marked((fd) => isUnchanged(fd, mark!))).toBe(true);
      change(path);
      expect([round, marked((fd) => isUnchanged(fd, mark!))]).toEqual([round, false]);
    }
  });
}
