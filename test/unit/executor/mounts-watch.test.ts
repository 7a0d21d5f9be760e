import { describe, expect } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MountsWatch } from "../../../src/executor/mounts-watch.ts";
import { mountTmpfs, unmount } from "../../../src/kernel/mount.ts";
import { claimWith, root } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const claim = claimWith(root);

describe("a watch over mounts", () => {
  for (const [name, place, mounted, differs] of [
    ["at the place", "a", "a", true],
    ["below it", "a", "a/b", true],
    ["above it", "a/b", "a", true],
    ["beside it", "a", "c", false],
    ["at a name that begins alike", "a", "ab", false],
    ["at a name with a blank", "a b", "a b", true],
    ["below a name with a blank", "a b", "a b/c", true],
  ] as const) {
    claim(`${differs ? "sees" : "does not care for"} what is mounted ${name}`, () => {
      using directory = temporaryDirectory();
      const at = (path: string) => join(directory.path, path);
      for (const path of ["a/b", "ab", "c", "a b/c"]) mkdirSync(at(path), { recursive: true });
      const watch = new MountsWatch();
      const before = watch.around([at(place), "/usr"]);
      mountTmpfs(at(mounted), "size=64k");
      try {
        expect(watch.look()).toBe(true);
        expect(watch.around([at(place), "/usr"]) !== before).toBe(differs);
      } finally {
        unmount(at(mounted));
        watch.look();
        expect(watch.around([at(place), "/usr"])).toBe(before);
        watch.close();
      }
    });
  }
});
