import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { AT_FDCWD, O } from "../../../src/kernel/constants.ts";
import { closeDescriptor, openAt } from "../../../src/kernel/files.ts";
import { claimCore, physicalCores, type CoreClaim, type PhysicalCore } from "../../../src/state/cores.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

let base = "";
let place = { fd: -1, path: "" };
const held: CoreClaim[] = [];

beforeEach(() => {
  base = makeTestDirectory();
  place = { path: base, fd: openAt(AT_FDCWD, base, O.PATH | O.DIRECTORY) };
});

afterEach(() => {
  for (const claim of held.splice(0)) claim.release();
  closeDescriptor(place.fd);
  rmSync(base, { recursive: true });
});

const two: PhysicalCore[] = [{ id: 0, processors: [0, 2] }, { id: 1, processors: [1, 3] }];

function claim(cores: readonly PhysicalCore[] = two): CoreClaim {
  const made = claimCore(place, cores);
  held.push(made);
  return made;
}

function release(one: CoreClaim): void {
  held.splice(held.indexOf(one), 1);
  one.release();
}

describe("physical cores", () => {
  const topology = (lists: Readonly<Record<number, string>>) => {
    for (const [number, list] of Object.entries(lists)) {
      mkdirSync(`${base}/cpu${number}/topology`, { recursive: true });
      writeFileSync(`${base}/cpu${number}/topology/thread_siblings_list`, `${list}\n`);
    }
    return base;
  };

  test("have the hyper-threads that the kernel says", () => {
    expect(physicalCores([0, 1, 2, 3], topology({ 0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3" }))).toEqual([...two]);
  });

  test("are named by their first processor, also when that is not ours", () => {
    expect(physicalCores([2, 3], topology({ 2: "0,2", 3: "1,3" }))).toEqual([{ id: 0, processors: [2] }, { id: 1, processors: [3] }]);
  });

  test("are the processors, where nothing is said about siblings", () => {
    expect(physicalCores([0, 5], `${base}/missing`)).toEqual([{ id: 0, processors: [0] }, { id: 5, processors: [5] }]);
  });
});

describe("a claim", () => {
  test("takes a free core, that of processor 0 last", () => {
    expect([claim().core.id, claim().core.id]).toEqual([1, 0]);
  });

  test("takes the core that fewest have when none is free, and all of them know", () => {
    const [first, second] = [claim(), claim()];
    expect([first.isShared(), second.isShared()]).toEqual([false, false]);
    const third = claim();
    expect([third.core.id, third.isShared(), first.isShared(), second.isShared()]).toEqual([first.core.id, true, true, false]);
    const fourth = claim();
    expect([fourth.core.id, fourth.isShared(), second.isShared()]).toEqual([second.core.id, true, true]);
  });

  test("frees the core when it is released, and leaves no file", () => {
    const first = claim();
    claim();
    release(first);
    const again = claim();
    expect([again.core.id, again.isShared()]).toEqual([first.core.id, false]);
    for (const one of held.slice()) release(one);
    expect(readdirSync(base)).toEqual(["choose"]);
  });

  test("of a holder that was killed counts for nothing, and its file goes", () => {
    writeFileSync(`${base}/1.dead`, "");
    expect(claim().core.id).toBe(1);
    expect(readdirSync(base)).not.toContain("1.dead");
  });

  test("cannot be made without a processor", () => {
    expect(() => claim([])).toThrow("cannot find a processor core");
  });
});
