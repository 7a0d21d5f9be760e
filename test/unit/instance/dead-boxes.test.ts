import { existsSync, mkdirSync, readdirSync, rmdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { createBox } from "../../../src/box/box.ts";
import { removeDeadBoxes } from "../../../src/instance/dead-boxes.ts";
import { acquireBoxLock } from "../../../src/state/lock.ts";
import { listedTemporary, listTemporary, someListed, unlistTemporary } from "../../../src/state/temporary-boxes.ts";
import { openBelow, startFixture, nextMessage, temporaryState, type TemporaryState } from "../../helpers/temporary.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const id = "tmp-1-a";

/** Makes the entry in the list of temporary boxes old enough that its maker must have come to the lock. */
function age({ state }: TemporaryState, name = id): void {
  const before = new Date(Date.now() - 60_000);
  utimesSync(join(state.path, ".temporary", name), before, before);
}

const traces = ({ state }: TemporaryState, name = id) => [join(state.path, name), join(state.path, "locks", name), join(state.path, ".temporary", name)].map(existsSync);

/** A box as its maker leaves it that is killed. */
async function leaveDead({ state }: TemporaryState, name = id): Promise<void> {
  listTemporary(state, name);
  const holder = startFixture("hold-lock", state.path, name, "0", "no");
  await nextMessage(holder);
  await nextMessage(holder);
  createBox(state, name, null);
  holder.kill("SIGKILL");
  await holder.exited;
}

test("the list of temporary boxes is made with its first box, and empty after its last", () => {
  using temporary = temporaryState();
  expect([someListed(temporary.state), listedTemporary(temporary.state)]).toEqual([false, []]);
  for (const name of ["a", "b"]) listTemporary(temporary.state, name);
  expect([someListed(temporary.state), listedTemporary(temporary.state).toSorted()]).toEqual([true, ["a", "b"]]);
  for (const name of ["a", "b", "never"]) unlistTemporary(temporary.state, name);
  expect([someListed(temporary.state), listedTemporary(temporary.state)]).toEqual([false, []]);
});

test("a list that cannot be written keeps no box from being made", () => {
  using temporary = temporaryState();
  writeFileSync(join(temporary.state.path, ".temporary"), "");
  listTemporary(temporary.state, id);
  unlistTemporary(temporary.state, id);
  expect(someListed(temporary.state)).toBeFalse();
});

test("a box whose maker was killed is removed with its lock", async () => {
  using temporary = temporaryState();
  const before = openBelow(temporary.parent);
  await leaveDead(temporary);
  expect(traces(temporary)).toEqual([true, true, true]);
  removeDeadBoxes(temporary.state);
  expect(traces(temporary)).toEqual([false, false, false]);
  expect(openBelow(temporary.parent)).toBe(before);
});

test("a box that somebody holds stays, however long it is on the list; control: not when the lock is released", () => {
  using temporary = temporaryState();
  listTemporary(temporary.state, id);
  const lock = acquireBoxLock(temporary.state, id, { wait: false, create: true });
  createBox(temporary.state, id, null);
  age(temporary);
  removeDeadBoxes(temporary.state);
  expect(traces(temporary)).toEqual([true, true, true]);
  lock.release();
  removeDeadBoxes(temporary.state);
  expect(traces(temporary)).toEqual([false, false, false]);
});

test("a box without a lock, or with one that says nothing, is being made while it is new, and dead later", () => {
  for (const locked of [false, true]) {
    using temporary = temporaryState();
    listTemporary(temporary.state, id);
    if (locked) writeFileSync(join(temporary.state.path, "locks", id), "");
    createBox(temporary.state, id, null);
    removeDeadBoxes(temporary.state);
    expect(traces(temporary)).toEqual([true, locked, true]);
    age(temporary);
    removeDeadBoxes(temporary.state);
    expect(traces(temporary)).toEqual([false, false, false]);
  }
});

asRoot("one that cannot be removed stays on the list, throws nothing and keeps no other from being removed", async () => {
  using temporary = temporaryState();
  for (const name of ["tmp-1-a", "tmp-2-b", "tmp-3-c"]) await leaveDead(temporary, name);
  // What is in a journal is removed with the box, and no group is below a file.
  const mount = join(temporary.state.path, "tmp-2-b", "box");
  expect(Bun.spawnSync(["mount", "-t", "tmpfs", "none", mount]).exitCode).toBe(0);
  try {
    removeDeadBoxes(temporary.state);
    expect(listedTemporary(temporary.state)).toEqual(["tmp-2-b"]);
  } finally {
    Bun.spawnSync(["umount", mount]);
  }
  removeDeadBoxes(temporary.state);
  expect(traces(temporary, "tmp-2-b")).toEqual([false, false, false]);
});

asRoot("a box whose control group does not go delays a run by a moment only, and is removed when the group can go", async () => {
  using temporary = temporaryState();
  await leaveDead(temporary);
  // Stands for a group that has processes in it: rmdir says EBUSY of a mount point, too.
  const group = join(temporary.parent, "mini-isolate-group");
  mkdirSync(join(group, "below"), { recursive: true });
  expect(Bun.spawnSync(["mount", "-t", "tmpfs", "none", group]).exitCode).toBe(0);
  try {
    writeFileSync(join(temporary.state.path, id, "cgroups"), `${group}\n`);
    const begun = performance.now();
    removeDeadBoxes(temporary.state);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(traces(temporary)).toEqual([true, true, true]);
  } finally {
    Bun.spawnSync(["umount", group]);
  }
  rmdirSync(join(group, "below"));
  removeDeadBoxes(temporary.state);
  expect(traces(temporary)).toEqual([false, false, false]);
});

test("many files are removed a part at a time, and all in the end", async () => {
  using temporary = temporaryState();
  await leaveDead(temporary);
  const work = join(temporary.state.path, id, "box");
  const count = 30_000;
  for (let directory = 0; directory < 30; directory++) {
    mkdirSync(join(work, String(directory)));
    for (let file = 0; file < count / 30; file++) writeFileSync(join(work, String(directory), String(file)), "");
  }
  const left = () => (existsSync(work) ? readdirSync(work, { recursive: true }).length : 0);
  const all = left();
  removeDeadBoxes(temporary.state);
  const after = left();
  expect(after).toBeGreaterThan(0);
  expect(after).toBeLessThanOrEqual(all - 1000);
  // Each call removes a thousand files at least.
  for (let calls = 0; calls < all / 1000 && existsSync(work); calls++) removeDeadBoxes(temporary.state);
  expect(traces(temporary)).toEqual([false, false, false]);
}, { timeout: 60_000 });

test("where many boxes live, a dead one among them is found after a few runs", async () => {
  using temporary = temporaryState();
  const locks = Array.from({ length: 40 }, (_, index) => {
    const name = `tmp-9-${index}`;
    listTemporary(temporary.state, name);
    return acquireBoxLock(temporary.state, name, { wait: false, create: true });
  });
  await leaveDead(temporary);
  let runs = 0;
  while (existsSync(join(temporary.state.path, id)) && runs < 200) {
    removeDeadBoxes(temporary.state);
    runs++;
  }
  expect(traces(temporary)).toEqual([false, false, false]);
  for (const lock of locks) lock.release();
});
