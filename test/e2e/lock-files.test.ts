// The files in locks/: what a dead holder left is taken over, everything else that is not ours is refused.
import { describe, expect } from "bun:test";
import { chownSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);

/** Where the record of issue 2 has its fields: little-endian words of 32 bits. */
const offsetOf = { ownerUid: 8, pid: 12 };

describe("lock files", () => {
  claim("the record that a killed supervisor left is taken over", async () => {
    await using state = openState();
    await boxWith(state, ["exit-with"]);
    const lock = lockOf(state);
    const record = readFileSync(lock);
    // A process id that cannot be in use: above the kernel's largest.
    record.writeUInt32LE(4_194_305, offsetOf.pid);
    writeFileSync(lock, record);
    expect((await state.mini(["run", "--", "./exit-with", "0"])).exitCode).toBe(0);
  });

  for (const [what, content] of [["text", "not a lock\n"], ["a shortened record", null], ["a longer file", Buffer.alloc(4096, 1)]] as const) {
    claim(`a lock file that holds ${what} is refused with its path and left as it is`, async () => {
      await using state = openState();
      await boxWith(state, ["exit-with"]);
      const lock = lockOf(state);
      const garbled = content ?? readFileSync(lock).subarray(0, 10);
      writeFileSync(lock, garbled);
      const refused = await state.mini(["run", "--", "./exit-with", "0"]);
      expect([refused.exitCode, refused.stdout]).toEqual([64, ""]);
      expect(refused.stderr).toContain(lock);
      expect(readFileSync(lock)).toEqual(Buffer.from(garbled));
      unlinkSync(lock);
    });
  }

  claim("a lock file that is a link is refused with its path, and what it points to is untouched", async () => {
    await using state = openState();
    await boxWith(state, ["exit-with"]);
    const lock = lockOf(state);
    const target = state.file("target", "untouched");
    unlinkSync(lock);
    symlinkSync(target, lock);
    const refused = await state.mini(["run", "--", "./exit-with", "0"]);
    expect(refused.exitCode).toBe(64);
    expect(refused.stderr).toContain(lock);
    expect(readFileSync(target, "utf8")).toBe("untouched");
    unlinkSync(lock);
  });

  claim("root may use and remove a box whose lock belongs to another user", async () => {
    await using state = openState();
    await boxWith(state, ["exit-with"]);
    const lock = lockOf(state);
    const record = readFileSync(lock);
    record.writeUInt32LE(12345, offsetOf.ownerUid);
    writeFileSync(lock, record);
    chownSync(lock, 12345, 12345);
    expect((await state.mini(["run", "--", "./exit-with", "0"])).exitCode).toBe(0);
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
  });
});

function lockOf(state: State): string {
  const directory = join(state.directory, "locks");
  expect(readdirSync(directory)).toEqual(["0"]);
  return join(directory, "0");
}
