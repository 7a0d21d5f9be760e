// Changing one record in the text of instances.json: the text is that which writing all records anew would give, and so is its index.
import { expect } from "bun:test";
import { withRecord, updateTimes, type IndexedText } from "../../../src/state/instances-edit.ts";
import { entriesOf, indexOf } from "../../../src/state/instances-index.ts";
import { formatInstances, type Instances, parseOwnInstances } from "../../../src/state/instances-text.ts";
import type { InstanceRecord } from "../../../src/state/instance-record.ts";
import { property, type Random } from "./property.ts";

const ids = ["0", "1", "2", "10", "0010", "-1", "a", "b.c", "_", "x-y", "4294967294", "4294967295"];
const times = ["2026-01-02T03:04:05.000Z", "2026-05-06T07:08:09.123Z"];

function someRecord(random: Random): InstanceRecord {
  const environment = [["A", random.pick(["", '\n  "0": {', '"uid": 70001,', "ä\u2028€", '\n    "last_used": "'])]];
  return {
    config: { uid: random.pick([null, 70_000, 70_001, 70_002, 70_100]), environment, ...(random.once(2) ? { gid: 70_001 } : {}), deeper: { uid: 70_001, last_used: "x" } },
    created_at: random.pick(times), last_used: random.pick(times), owner_uid: random.below(9),
    ...(random.once(2) ? { workdir_owner: null } : {}),
  };
}

const uidsOf = (instances: Instances): number[] => [...new Set([...instances.values()].map(({ config }) => config["uid"]).filter((uid) => typeof uid === "number"))];

function indexed(instances: Instances): IndexedText {
  const text = Buffer.from(formatInstances(instances));
  return { text, entries: entriesOf(text), uids: uidsOf(instances) };
}

/** As a reader has them: numbers come first. */
const ordered = (instances: Instances): Instances => parseOwnInstances(Buffer.from(formatInstances(instances)))!.instances;

property("boxes that come, change and go one by one leave the text that all of them together have", 200, (random) => {
  let instances: Instances = ordered(new Map(random.list(6, () => [random.pick(ids), someRecord(random)] as const)));
  for (let step = 0; step < 8; step++) {
    const id = random.pick(ids);
    const record = random.once(2) ? null : someRecord(random);
    const before = indexed(instances);
    const after = withRecord(before, id, record);
    const isThere = instances.has(id);
    instances = new Map(instances);
    if (record === null) instances.delete(id);
    else instances.set(id, record);
    instances = ordered(instances);
    if (record === null && !isThere) expect(after).toBe(before);
    else if (before.entries.length < 2) expect(after).toBe(null);
    else {
      expect(after!.text.toString()).toBe(formatInstances(instances));
      const expected = indexed(instances);
      expect(after!.entries).toEqual(expected.entries);
      expect(after!.uids.toSorted()).toEqual(expected.uids.toSorted());
      expect(indexOf(after!.entries, after!.uids)).toEqual(indexOf(expected.entries, expected.uids)!);
    }
  }
});

property("newer times of a last use are written over the old ones, and over nothing else", 100, (random) => {
  const instances: Instances = ordered(new Map(random.list(6, () => [random.pick(ids), someRecord(random)] as const)));
  const newer = new Map([...instances].map(([id, { last_used }]) => [id, random.once(2) ? last_used : "2026-11-28T10:11:12.131Z"]));
  const text = indexed(instances);
  expect(updateTimes(text, (id, recorded) => {
    expect(recorded).toBe(instances.get(id)!.last_used);
    return newer.get(id)!;
  })).toBe(true);
  expect(text.text.toString()).toBe(formatInstances(new Map([...instances].map(([id, record]) => [id, { ...record, last_used: newer.get(id)! }]))));
});
