import { expect, test } from "bun:test";
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { binaryPath } from "../helpers/binary.ts";
import { claimWith, root } from "../helpers/requires.ts";
import { makeTestDirectory, ordinaryUid, removeLeftovers } from "../helpers/test-directory.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";

/** A pid that was somebody's and is nobody's. */
function deadPid(): number {
  return Bun.spawnSync(["/bin/true"]).pid;
}

/** As if another process had made it. */
function makeOf(pid: number, base: string): string {
  const ours = makeTestDirectory("test", base);
  const theirs = join(base, basename(ours).replace(`-${process.pid}-`, `-${pid}-`));
  renameSync(ours, theirs);
  writeFileSync(join(theirs, "file"), "");
  return theirs;
}

test("what a process that is gone has left is removed, what a living one has is not", () => {
  using base = temporaryDirectory();
  const kept = [makeTestDirectory("test", base.path), makeOf(1, base.path), makeTestDirectory("soak", base.path)];
  makeOf(deadPid(), base.path);
  expect(removeLeftovers(binaryPath, [base.path, join(base.path, "missing")])).toEqual([]);
  expect(readdirSync(base.path).toSorted()).toEqual(kept.map((path) => basename(path)).toSorted());
});

test("a name that is not quite one, a file and a link are left alone", () => {
  using base = temporaryDirectory();
  const target = join(base.path, "target");
  mkdirSync(target);
  const pid = deadPid();
  const names = [`mini-isolate-test-${pid}-abcdefg`, `mini-isolate-${pid}-abcdef`, "mini-isolate-test-RGGteJ", `x-mini-isolate-test-${pid}-abcdef`];
  for (const name of names) mkdirSync(join(base.path, name));
  writeFileSync(join(base.path, `mini-isolate-test-${pid}-aaaaaa`), "");
  symlinkSync(target, join(base.path, `mini-isolate-test-${pid}-bbbbbb`));
  removeLeftovers(binaryPath, [base.path]);
  expect(readdirSync(base.path).length).toBe(names.length + 3);
});

claimWith(root)("a directory of somebody else is left alone, one of the user of tests is not", () => {
  using base = temporaryDirectory();
  const [stranger, user] = [makeOf(deadPid(), base.path), makeOf(deadPid(), base.path)];
  chownSync(stranger, 54_321, 54_321);
  chownSync(user, ordinaryUid, ordinaryUid);
  removeLeftovers(binaryPath, [base.path]);
  expect([existsSync(stranger), existsSync(user)]).toEqual([true, false]);
});

claimWith(root)("boxes in it are removed with what is mounted there", () => {
  using base = temporaryDirectory();
  const left = makeOf(deadPid(), base.path);
  const state = { env: { MINI_ISOLATE_STATE_DIR: join(left, "state") } };
  expect(Bun.spawnSync([binaryPath, "init", "--box-id", "7", "--quota", "1"], state).exitCode).toBe(0);
  expect(removeLeftovers("/no/such/binary", [base.path])).toEqual([left]);
  expect(existsSync(left)).toBe(true);
  expect(removeLeftovers(binaryPath, [base.path])).toEqual([]);
  expect(existsSync(left)).toBe(false);
});
