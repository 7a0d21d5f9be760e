// The files of the state directory: whatever is in them, they are read as what we wrote or refused with a typed error.
import { expect } from "bun:test";
import { ftruncateSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { type Instances, formatInstances, parseInstances } from "../../../src/state/instances-text.ts";
import { readRecord, recordBytes, writeRecord } from "../../../src/state/lock-record.ts";
import { awkward, inherited, mutate, property, type Random, typed } from "./property.ts";

const path = "/state/instances.json";

function someTime(random: Random): string {
  return new Date(random.below(2 ** 31) * 1000 + random.below(1000)).toISOString();
}

function someValue(random: Random, depth = 0): unknown {
  return random.pick([
    () => null, () => true, () => random.below(2 ** 31) / random.pick([1, 8]), () => random.text(awkward.filter((piece) => !/[\ud800-\udfff]/.test(piece)), 8),
    () => (depth > 3 ? [] : random.list(3, () => someValue(random, depth + 1))),
    () => (depth > 3 ? {} : someObject(random, depth + 1)),
  ])();
}

/** Own properties whatever their names are, as JSON.parse makes them. */
function someObject(random: Random, depth: number): Record<string, unknown> {
  return Object.fromEntries(random.list(4, () => [random.pick([...inherited, "config", "uid", "memory_limit", "x"]), someValue(random, depth)] as const));
}

function someInstances(random: Random): Instances {
  return new Map(random.list(4, (index) => [random.pick([...inherited, "0", "12", "a.b", "_", `box-${index}`]), {
    config: someObject(random, 0), created_at: someTime(random), last_used: someTime(random),
    ...(random.once(2) ? { owner_uid: random.below(2 ** 32) } : {}),
    ...(random.once(2) ? { workdir_created: random.once(2) } : {}),
    ...(random.once(2) ? { workdir_owner: random.once(2) ? null : [random.below(2 ** 32), random.below(2 ** 32)] as const } : {}),
  }] as const));
}

property("records of any content come back from the text as they went", 300, (random) => {
  const instances = someInstances(random);
  const text = formatInstances(instances);
  const again = parseInstances(Buffer.from(text), path);
  expect([...again.keys()].toSorted()).toEqual([...instances.keys()].toSorted());
  expect(formatInstances(again)).toBe(text);
  for (const [id, record] of again) {
    expect(JSON.stringify(record)).toBe(JSON.stringify(instances.get(id)));
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  }
});

const jsonPieces = [
  ...awkward, '"__proto__": {"polluted": 1},', '"constructor": {"prototype": {"polluted": 1}},', '"0": {},', "{", "}", "[", "]", ",", ":", '"', "null", "1e999", "-0", "00", "\\u0000", "\\ud800", "\\x", "//", "/**/", "[".repeat(200), '{"a":'.repeat(100), "\ufeff", "NaN", "'",
];

property("instances.json with anything changed in it is refused with its place, or read as what it says, once", 1500, (random) => {
  const original = formatInstances(someInstances(random));
  const bytes = Buffer.from(mutate(random, original, jsonPieces));
  // Also what is no text at all.
  if (random.once(5) && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  const { value: instances, error } = typed(() => parseInstances(bytes, path));
  if (instances === null) {
    expect(error.kind).toBe("Config");
    expect(error.message).toMatch(/^\/state\/instances\.json: line [0-9]+, column [0-9]+: /);
    return;
  }
  // Written once, as -0 is written as 0 and is the same number.
  expect(JSON.parse(formatInstances(instances))).toEqual(JSON.parse(JSON.stringify(JSON.parse(bytes.toString()))));
  expect([...parseInstances(Buffer.from(formatInstances(instances)), path)].length).toBe(instances.size);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

const file = `/tmp/mini-isolate-lock-record-${process.pid}`;
const fd = openSync(file, "wx+", 0o600);
unlinkSync(file);

function put(bytes: Uint8Array): void {
  ftruncateSync(fd, 0);
  if (bytes.length > 0) writeSync(fd, bytes, 0, bytes.length, 0);
}

property("a lock file of any bytes is empty, a record that is written back byte for byte, or refused by name", 1500, (random) => {
  const words = [0x4c62496d, 1, random.word(), random.word(), random.below(2), random.word()];
  const valid = Buffer.from(new Uint32Array(words).buffer);
  const bytes = random.pick([
    () => random.bytes(random.below(40)),
    () => valid,
    () => valid.subarray(0, random.below(recordBytes + 1)),
    () => Buffer.concat([valid, random.bytes(random.below(9))]),
    () => {
      const changed = Buffer.from(valid);
      changed[random.below(changed.length)]! ^= 1 << random.below(8);
      return changed;
    },
  ])();
  put(bytes);
  const { value: record, error } = typed(() => readRecord(fd, file));
  if (error !== null) {
    expect([error.kind, error.message.includes(file)]).toEqual(["Config", true]);
    expect(Buffer.compare(bytes, valid)).not.toBe(0);
    return;
  }
  if (record === null) {
    expect(bytes.length).toBe(0);
    return;
  }
  expect(bytes.length).toBe(recordBytes);
  put(new Uint8Array(0));
  writeRecord(fd, record);
  const written = Buffer.alloc(recordBytes + 1);
  expect(readSync(fd, written, 0, written.length, 0)).toBe(recordBytes);
  expect(Buffer.compare(written.subarray(0, recordBytes), bytes)).toBe(0);
});
