// Many callers at once: no run waits for another one's, neither for a lock of all boxes nor for the disk.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { nextMessage, startFixture } from "../helpers/temporary.ts";

const strace = "/usr/bin/strace";
const claim = claimWith(...sandbox);
const claimTraced = claimWith(...sandbox, executable(strace));

claim("a run goes on while another process has the lock of the records", async () => {
  await using state = openState();
  await boxWith(state, [], { id: "a" });
  const holder = startFixture("hold-records", state.directory);
  await nextMessage(holder);
  try {
    for (const box of [["--box-id", "a"], []]) {
      const { result, stderr } = await state.json(["run", ...box, "--", "/bin/true"]);
      expect([result.status, stderr]).toEqual(["Success", ""]);
    }
    // Nobody has let it go meanwhile.
    expect(holder.exitCode).toBe(null);
  } finally {
    holder.stdin.end();
    await holder.exited;
  }
});

claimTraced("a run in a box waits for no disk, replaces no file, and takes only the locks of its box and of its uid", async () => {
  await using state = openState();
  await boxWith(state, [], { id: "a" });
  const trace = join(state.directory, ".trace");
  const calls = "fsync,fdatasync,sync_file_range,sync,syncfs,rename,renameat,renameat2,flock,fcntl";
  const outcome = await state.mini(["run", "--box-id", "a", "--silent", "--", "/bin/true"], { through: [strace, "-f", "-qq", "-yy", "-e", `trace=${calls}`, "-e", "signal=none", "-o", trace] });
  expect(outcome.exitCode).toBe(0);
  const seen = readFileSync(trace, "utf8").split("\n");
  expect(seen.filter((line) => /sync|rename|SETLKW/.test(line))).toEqual([]);
  const locked = seen.flatMap((line) => /flock\([0-9]+<([^>]*)>/.exec(line)?.[1] ?? []);
  expect(locked.map((path) => path.replace(/[0-9]+$/, "N")).toSorted()).toEqual(["/run/mini-isolate/uids/N", join(state.directory, "locks/a")].toSorted());
});
