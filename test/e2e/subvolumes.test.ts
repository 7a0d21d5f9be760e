// Boxes on btrfs, where a program may make subvolumes and close them even to root; and directories that root itself has closed.
import { afterAll, describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leaveOutVariable, weakenedBinary } from "../escape/weakened.ts";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, type Requirement, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";

const btrfs: Requirement = { missing: readFileSync("/proc/filesystems", "utf8").includes("\tbtrfs\n") && existsSync("/dev/loop-control") ? null : "btrfs and loop devices" };
const onBtrfs = claimWith(...sandbox, btrfs, executable("/usr/sbin/mkfs.btrfs"), executable("/usr/bin/btrfs"));
const claim = claimWith(...sandbox, executable("/usr/bin/chattr"));

const top = makeTestDirectory("btrfs");
afterAll(() => rmSync(top, { recursive: true }));

function command(...words: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...words]);
  if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stderr.toString()}`);
}

/** The filter refuses what makes a subvolume and closes it. What we do about one is the second layer, so the first is left out. */
const withoutFilter = { [leaveOutVariable]: "install the seccomp filter" };

/** Plays with a directory on a file system of its own. */
async function withVolume(play: (volume: string, state: State) => Promise<void>): Promise<void> {
  const image = join(top, "image");
  const volume = join(top, "volume");
  writeFileSync(image, "");
  truncateSync(image, 256 * 1024 * 1024);
  command("/usr/sbin/mkfs.btrfs", "-q", image);
  mkdirSync(volume);
  command("/usr/bin/mount", "-o", "loop", image, volume);
  try {
    await using state = openState({ binary: await weakenedBinary() });
    await play(volume, state);
  } finally {
    command("/usr/bin/umount", volume);
    rmSync(volume, { recursive: true });
    rmSync(image);
  }
}

describe("a read-only subvolume that a program left in its box", () => {
  onBtrfs("hides no link from the sweep, and does not keep the box from being used and removed", async () => {
    await withVolume(async (volume, state) => {
      const env = { MINI_ISOLATE_STATE_DIR: join(volume, "state"), ...withoutFilter };
      await using own: State = { ...state, mini: (args, options) => state.mini(args, { ...options, env }), [Symbol.asyncDispose]: async () => {} };
      const { directory } = await boxWith(own, ["attacks/subvolume"], { init: ["--processes", "8"] });
      const run = async (...words: readonly string[]) => {
        const outcome = await state.json(["run", "--box-id", "0", "--", ...words], { env });
        return [outcome.result.status, outcome.result.stdout, outcome.stderr, outcome.result.disk_usage !== null];
      };
      expect(await run("./subvolume", "make")).toEqual(["Success", "done\n", "", true]);
      expect([readdirSync(join(directory, "s")), readdirSync(join(directory, "s/d"))]).toEqual([["d"], ["file"]]);
      // A file of the next run gets its name.
      command("/usr/bin/btrfs", "property", "set", join(directory, "s"), "ro", "true");
      const { result } = await state.json(["execute", "--box-id", "0", "--source", state.file("main.sh", "cat s\n"), "--add", state.file("s", "mine\n")], { env });
      expect([result.status, result.stdout]).toEqual(["Success", "mine\n"]);
      rmSync(join(directory, "s"));
      expect((await run("./subvolume", "make"))[0]).toBe("Success");
      command("/usr/bin/btrfs", "property", "set", join(directory, "s"), "ro", "true");
      const cleaned = await state.mini(["cleanup", "--box-id", "0"], { env });
      expect([cleaned.exitCode, cleaned.stderr, existsSync(directory)]).toEqual([0, "", false]);
    });
  }, { timeout: 60_000 });

  onBtrfs("is no way to close the working directory itself, when that is a subvolume of the caller's", async () => {
    await withVolume(async (volume, state) => {
      const own = join(volume, "own");
      command("/usr/bin/btrfs", "subvolume", "create", own);
      await boxWith(state, ["attacks/subvolume"], { init: ["--dir", own, "--processes", "8"] });
      const { result } = await state.json(["run", "--box-id", "0", "--", "./subvolume", "close"], { env: withoutFilter });
      expect([result.status, result.stdout]).toEqual(["Success", "done\n"]);
      const next = await state.json(["execute", "--box-id", "0", "--source", state.file("main.sh", "echo mine >file; cat file\n")]);
      expect([next.result.status, next.result.stdout]).toEqual(["Success", "mine\n"]);
      // As a run leaves it that was killed before the sweep.
      command("/usr/bin/btrfs", "property", "set", own, "ro", "true");
      const last = await state.json(["execute", "--box-id", "0", "--source", state.file("other.sh", "echo still mine\n")]);
      expect([last.result.status, last.result.stdout]).toEqual(["Success", "still mine\n"]);
      expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    });
  }, { timeout: 60_000 });
});

describe("a link that a program left in a directory which root has closed", () => {
  claim("is told with a warning, and nobody vouches for the box; the verdict stays, and cleanup removes all", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
    expect((await state.json(["run", "--", "/bin/sh", "-c", "mkdir d; echo kept >d/file"])).result.status).toBe("Success");
    command("/bin/ln", "-s", "/etc/passwd", join(directory, "d/link"));
    command("/bin/chown", "-h", String([...state.uids][0]), join(directory, "d/link"));
    command("/usr/bin/chattr", "+i", join(directory, "d"));
    const { result, stderr, exitCode } = await state.json(["run", "--", "/bin/cat", "d/file"]);
    expect([result.status, result.stdout, exitCode, result.disk_usage]).toEqual(["Success", "kept\n", 0, null]);
    expect(stderr).toContain(`1 of the links and special files that the program left in ${directory} could not be removed: follow no link in it`);
    const cleaned = await state.mini(["cleanup", "--box-id", "0"]);
    expect([cleaned.exitCode, cleaned.stderr, existsSync(directory)]).toEqual([0, "", false]);
  });
});
