/** `init --quota`: a box that cannot fill the host's disk. */
import { describe, expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);

function mountsBelow(directory: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8").split("\n").filter((line) => line.split(" ")[4]?.startsWith(directory));
}

describe("a box with a quota", () => {
  claim("cannot hold more than that, whatever the size of one file may be", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--quota", "4", "--mem", "64", "--processes", "8"] });
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8; do head -c 1000000 /dev/zero >f$i || exit 9; done"]);
    expect([result.status, result.exit_code]).toEqual(["RuntimeError", 9]);
    expect(result.stderr).toContain("No space left on device");
  });

  claim("reports what it holds, and a disk limit below the quota is not compared with it", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--quota", "4", "--disk-limit", "1", "--mem", "64", "--processes", "8"] });
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", "head -c 2097152 /dev/zero >file; : >empty"]);
    expect([result.status, result.disk_usage]).toEqual(["Success", { bytes: 2_097_152, files: 2 }]);
  });

  claim("cannot hold more files than one for each 4 KiB", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--quota", "1", "--mem", "64", "--processes", "8"] });
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", "i=0; while [ $i -lt 400 ]; do : >f$i || exit 9; i=$((i+1)); done"]);
    expect(result.stderr).toContain("No space left on device");
  });

  claim("keeps its files from one run to the next, and cleanup takes the mount away", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--quota", "4"] });
    await state.json(["run", "--", "/bin/sh", "-c", "echo kept >file"]);
    const { result } = await state.json(["run", "--", "/bin/cat", "file"]);
    expect(result.stdout).toBe("kept\n");
    expect(mountsBelow(state.directory).length).toBe(1);
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    expect(mountsBelow(state.directory)).toEqual([]);
    await expectNothingLeft(state);
  });

  claim("whose tmpfs was unmounted is not run in without a bound", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--quota", "4"] });
    expect(Bun.spawnSync(["/bin/umount", `${state.directory}/0/box`]).exitCode).toBe(0);
    const outcome = await state.mini(["run", "--", "/bin/true"]);
    expect([outcome.exitCode, outcome.stderr]).toEqual([64, expect.stringContaining("the tmpfs that bounds box 0 is not mounted")]);
  });

  claim("and a directory of the caller's exclude each other, and nothing is made", async () => {
    await using state = openState();
    const outcome = await state.mini(["init", "--quota", "4", "--dir", `${state.scratch}/mine`]);
    expect(outcome.exitCode).toBe(64);
    expect(existsSync(`${state.scratch}/mine`)).toBe(false);
  });
});
