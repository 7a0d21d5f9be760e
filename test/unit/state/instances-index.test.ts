// Among many boxes: one record without the others, and the time of a use without writing all of them.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { defaultConfig } from "../../../src/config/defaults.ts";
import { lastUse, noteUse, writeLastUse } from "../../../src/state/last-used.ts";
import { type InstanceRecord, isOwnFile, readInstance, readInstances, storedUids, updateInstance, updateInstances } from "../../../src/state/store.ts";
import { errorOf, type TemporaryState, temporaryState } from "../../helpers/temporary.ts";

const many = 400;
const time = "2026-01-02T03:04:05.000Z";
const ids = Array.from({ length: many }, (_, number) => (number % 3 === 0 ? String(number) : `box.${number}_-`));
const fileOf = ({ state }: TemporaryState): string => `${state.path}/instances.json`;
const indexOf = ({ state }: TemporaryState): string => `${state.path}/.instances.index`;

function recordOf(number: number): InstanceRecord {
  // Text that looks like an entry of the file, at the same depth of blanks.
  const environment: [string, string][] = [["A", '\n  "0": {}\n  "box.1_-": {'], ["ä", "\u2028€"]];
  return { config: { ...defaultConfig, instance_id: ids[number]!, uid: 70_000 + 2 * number, environment }, created_at: time, last_used: time };
}

function manyBoxes(): TemporaryState {
  const temporary = temporaryState();
  updateInstances(temporary.state, (instances) => ids.forEach((id, number) => instances.set(id, recordOf(number))));
  return temporary;
}

/** What a change of a file of ours by somebody else looks like to {@link readInstance}: it may not come from the index. */
function replaceFirstLimit({ state }: TemporaryState): string {
  const path = `${state.path}/instances.json`;
  return readFileSync(path, "utf8").replace(/"memory_limit": [0-9]+/, '"memory_limit": 999999999');
}

describe("the index of a large file", () => {
  test("leads to every record and to no other", () => {
    using temporary = manyBoxes();
    const { state } = temporary;
    expect(isOwnFile(state)).toBe(true);
    ids.forEach((id, number) => expect(readInstance(state, id)).toEqual(recordOf(number)));
    for (const id of ["", "A", "config", "box", "box.1_", "box.1_--", "401", "__proto__", "environment"]) expect(readInstance(state, id)).toBeUndefined();
    const uids = storedUids(state);
    for (let uid = 69_000; uid < 72_000; uid++) expect(uids.has(uid)).toBe(uid >= 70_000 && uid < 70_000 + 2 * many && uid % 2 === 0);
  });

  test("is all that is read of them: a record is found in a file whose other records are holes", () => {
    using temporary = manyBoxes();
    const text = readFileSync(fileOf(temporary));
    const begin = text.indexOf('\n  "box.100_-": {');
    const end = text.indexOf('\n  "', begin + 1);
    const { mtime } = statSync(fileOf(temporary));
    text.fill(0, 0, begin + 1);
    text.fill(0, end);
    writeFileSync(fileOf(temporary), text);
    utimesSync(fileOf(temporary), mtime, mtime);
    // Times are set by the microsecond, so the index is bound anew by hand: seconds and nanoseconds of the file that is there now.
    const index = readFileSync(indexOf(temporary));
    index.writeBigUInt64LE(statSync(fileOf(temporary), { bigint: true }).mtimeNs, 48);
    writeFileSync(indexOf(temporary), index);
    expect(readInstance(temporary.state, "box.100_-")).toEqual(recordOf(100));
    expect(errorOf(() => readInstance(temporary.state, "box.101_-")).kind).toBe("Config");
  });

  for (const [what, change] of [
    ["is written in place", (path: string, text: string) => writeFileSync(path, text)],
    ["is replaced", (path: string, text: string) => (writeFileSync(`${path}.x`, text), renameSync(`${path}.x`, path))],
  ] as const) {
    test(`is of no use when the file ${what} by somebody else`, () => {
      using temporary = manyBoxes();
      change(fileOf(temporary), replaceFirstLimit(temporary));
      expect(isOwnFile(temporary.state)).toBe(false);
      expect(readInstance(temporary.state, "0")!.config["memory_limit"]).toBe(999999999);
      change(fileOf(temporary), `${replaceFirstLimit(temporary)}x`);
      expect(errorOf(() => readInstance(temporary.state, "0")).kind).toBe("Config");
      expect(errorOf(() => storedUids(temporary.state)).kind).toBe("Config");
    });
  }

  for (const [what, damage] of [
    ["is cut", (path: string) => truncateSync(path, 100)],
    ["is empty", (path: string) => truncateSync(path, 0)],
    ["has another magic number", (path: string) => writeFileSync(path, readFileSync(path).fill(1, 0, 4))],
    ["leads to wrong places", (path: string) => {
      const bytes = readFileSync(path);
      for (let at = 64; at + 12 <= bytes.length; at += 12) if (bytes.readUInt32LE(at + 8) !== 0) bytes.writeUInt32LE(bytes.readUInt32LE(at + 8) - 1, at + 8);
      writeFileSync(path, bytes);
    }],
  ] as const) {
    test(`that ${what} is done without`, () => {
      using temporary = manyBoxes();
      damage(indexOf(temporary));
      expect(readInstance(temporary.state, "box.100_-")).toEqual(recordOf(100));
    });
  }

  test("goes when the file gets small again, and a small file has none", () => {
    using temporary = manyBoxes();
    expect(existsSync(indexOf(temporary))).toBe(true);
    updateInstances(temporary.state, (instances) => ids.slice(1).forEach((id) => instances.delete(id)));
    expect(existsSync(indexOf(temporary))).toBe(false);
    expect(readInstance(temporary.state, "0")).toEqual(recordOf(0));
    expect(readInstance(temporary.state, "1")).toBeUndefined();
  });

  test("follows each update", () => {
    using temporary = manyBoxes();
    updateInstances(temporary.state, (instances) => {
      instances.delete(ids[7]!);
      instances.set("new", recordOf(8));
    });
    expect(readInstance(temporary.state, ids[7]!)).toBeUndefined();
    expect(readInstance(temporary.state, "new")).toEqual(recordOf(8));
    expect(storedUids(temporary.state).has(70_014)).toBe(false);
    expect(readInstances(temporary.state).size).toBe(many);
  });
});

describe("the change of one record among many", () => {
  test("is found through the index, and leaves the file that a change of all would leave", () => {
    using one = manyBoxes();
    using all = manyBoxes();
    const steps: readonly [string, InstanceRecord | null][] = [["new", recordOf(8)], [ids[7]!, null], [ids[3]!, recordOf(9)], ["none", null], [ids[many - 1]!, null]];
    for (const [id, record] of steps) {
      updateInstance(one.state, id, record);
      updateInstances(all.state, (instances) => void (record === null ? instances.delete(id) : instances.set(id, record)));
      expect(readFileSync(fileOf(one), "utf8")).toBe(readFileSync(fileOf(all), "utf8"));
      expect(isOwnFile(one.state)).toBe(true);
      expect(readInstance(one.state, id)).toEqual(record ?? undefined);
    }
    expect([70_016, 70_018, 70_006].map((uid) => storedUids(one.state).has(uid))).toEqual([true, true, false]);
  });

  test("takes over the times that were noted", () => {
    using temporary = manyBoxes();
    const home = `${temporary.state.path}/${ids[5]}`;
    mkdirSync(home);
    const usedAt = noteUse(home);
    updateInstance(temporary.state, ids[6]!, null);
    expect(readInstance(temporary.state, ids[5]!)!.last_used).toBe(usedAt);
    expect(readInstance(temporary.state, ids[4]!)!.last_used).toBe(time);
  });

  test("is made without an index as well", () => {
    using temporary = manyBoxes();
    unlinkSync(indexOf(temporary));
    updateInstance(temporary.state, ids[6]!, null);
    expect(readInstances(temporary.state).size).toBe(many - 1);
    expect(isOwnFile(temporary.state)).toBe(true);
  });
});

describe("the use of a box", () => {
  test("is noted without writing instances.json, which follows at its next change", () => {
    using temporary = manyBoxes();
    const home = `${temporary.state.path}/${ids[5]}`;
    mkdirSync(home);
    const before = statSync(fileOf(temporary));
    const usedAt = noteUse(home);
    expect(lastUse(home, time)).toBe(usedAt);
    expect(usedAt > time).toBe(true);
    expect(statSync(fileOf(temporary)).ino).toBe(before.ino);
    expect(readInstance(temporary.state, ids[5]!)!.last_used).toBe(time);
    updateInstances(temporary.state, (instances) => void instances.delete(ids[6]!));
    expect(readInstance(temporary.state, ids[5]!)!.last_used).toBe(usedAt);
    expect(readInstance(temporary.state, ids[4]!)!.last_used).toBe(time);
  });

  test("that was noted earlier than the record says changes nothing", () => {
    using temporary = manyBoxes();
    const home = `${temporary.state.path}/${ids[5]}`;
    mkdirSync(home);
    writeLastUse(home, new Date("2020-01-01T00:00:00.000Z"));
    updateInstances(temporary.state, (instances) => void instances.delete(ids[6]!));
    expect(readInstance(temporary.state, ids[5]!)!.last_used).toBe(time);
  });
});
