// What a run makes outside its box, written down before it is made.
import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groupPrefix, readJournal, writeJournal } from "../../../src/state/journal.ts";
import { lastUse, noteUse } from "../../../src/state/last-used.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

describe("the journal of a run", () => {
  test("holds what was written last, shorter or longer than what was there", () => {
    using directory = temporaryDirectory();
    const long = ["/sys/fs/cgroup/memory/mini-isolate-a-1-x", "/sys/fs/cgroup/pids/mini-isolate-a-1-x", "cgroup2:/mini-isolate/mini-isolate-a-1-x"];
    const short = ["/sys/fs/cgroup/cpu/mini-isolate-b"];
    for (const directories of [short, long, short, [], long, short]) {
      writeJournal(directory.path, directories);
      expect(readJournal(directory.path)).toEqual(directories);
    }
    expect(readFileSync(join(directory.path, "cgroups"), "utf8").trim()).toBe(short[0]!);
    expect(statSync(join(directory.path, "cgroups")).mode & 0o777).toBe(0o600);
  });

  test("is empty where there is none, and names nothing that is not ours", () => {
    using directory = temporaryDirectory();
    expect(readJournal(directory.path)).toEqual([]);
    writeFileSync(join(directory.path, "cgroups"), "/sys/fs/cgroup/memory\n/etc\nrelative/mini-isolate-x\n\n\n/a/mini-isolate-x\n");
    expect(readJournal(directory.path)).toEqual(["/a/mini-isolate-x"]);
  });
});

test("the first journal of a box is the file for the time of its last use as well; what is there under that name stays", () => {
  using directory = temporaryDirectory();
  const home = directory.path;
  writeJournal(home, [`/sys/fs/cgroup/memory/${groupPrefix}a`]);
  const usedAt = noteUse(home);
  expect([statSync(`${home}/last-used`).ino, lastUse(home, "2026-01-01T00:00:00.000Z")]).toEqual([statSync(`${home}/cgroups`).ino, usedAt]);
  expect(readJournal(home)).toEqual([`/sys/fs/cgroup/memory/${groupPrefix}a`]);
  rmSync(`${home}/cgroups`);
  writeJournal(home, []);
  expect(readJournal(home)).toEqual([]);
  expect(lastUse(home, "2026-01-01T00:00:00.000Z")).toBe(usedAt);
});
