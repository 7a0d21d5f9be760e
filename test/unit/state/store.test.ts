import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { type Instances, type InstanceRecord, readInstances, updateInstances } from "../../../src/state/store.ts";
import { errorOf, nextMessage, startFixture, temporaryState, type TemporaryState } from "../../helpers/temporary.ts";

const time = "2026-11-20T20:00:00.000Z";
const record: InstanceRecord = { config: {}, created_at: time, last_used: time };

const fileOf = ({ state }: TemporaryState): string => `${state.path}/instances.json`;

/** The error of reading a file with this content, which must be left as it is. */
function refusalOf(content: string | Buffer): string {
  using temporary = temporaryState();
  const path = fileOf(temporary);
  writeFileSync(path, content);
  const error = errorOf(() => readInstances(temporary.state));
  expect(error.kind).toBe("Config");
  expect(errorOf(() => updateInstances(temporary.state, (instances) => instances.clear())).message).toBe(error.message);
  expect(readFileSync(path)).toEqual(Buffer.from(content));
  expect(error.message).toStartWith(`${path}: `);
  return error.message.slice(path.length + 2);
}

const withBox = (fields: object): string => JSON.stringify({ "0": { ...record, ...fields } });

describe("the records of all boxes", () => {
  test("are none when there is no file", () => {
    using temporary = temporaryState();
    expect(readInstances(temporary.state).size).toBe(0);
    expect(existsSync(fileOf(temporary))).toBe(false);
  });

  test("are read as they were written", () => {
    using temporary = temporaryState();
    const full: InstanceRecord = {
      ...record, config: { memory_limit: 1, environment: [["A", "ä\n"]], cpus: null }, owner_uid: 0, workdir_created: true, workdir_owner: [1000, 100],
    };
    updateInstances(temporary.state, (instances) => instances.set("b", full).set("a", { ...record, workdir_owner: null }));
    expect(Object.fromEntries(readInstances(temporary.state))).toEqual({ a: { ...record, workdir_owner: null }, b: full });
  });

  test("are kept pretty-printed by id, for our eyes only", () => {
    using temporary = temporaryState();
    updateInstances(temporary.state, (instances) => instances.set("0", { ...record, config: { strict: false } }));
    expect(readFileSync(fileOf(temporary), "utf8")).toBe(
      `{\n  "0": {\n    "config": {\n      "strict": false\n    },\n    "created_at": "${time}",\n    "last_used": "${time}"\n  }\n}\n`,
    );
    expect(statSync(fileOf(temporary)).mode & 0o7777).toBe(0o600);
  });

  test("may have ids that mean something to JavaScript", () => {
    using temporary = temporaryState();
    for (const id of ["__proto__", "constructor", "toString", "10", "2"]) updateInstances(temporary.state, (instances) => instances.set(id, record));
    expect([...readInstances(temporary.state).keys()].toSorted()).toEqual(["10", "2", "__proto__", "constructor", "toString"]);
    expect(({} as Record<string, unknown>)["config"]).toBeUndefined();
  });

  test("are read from a file that was edited by hand", () => {
    using temporary = temporaryState();
    writeFileSync(fileOf(temporary), withBox({ created_at: "2026-11-20T21:00:00+01:00" }));
    expect(readInstances(temporary.state).get("0")!.created_at).toBe("2026-11-20T21:00:00+01:00");
  });
});

describe("a file that is not what we write is refused with its position, and left as it is", () => {
  test.each([
    { name: "cut off", content: '{\n  "0": {\n    "con', message: "line 3, column 9: expected the string to go on or to be closed, found the end of the file" },
    { name: "empty", content: "", message: "line 1, column 1: expected a value, found the end of the file" },
    { name: "a list", content: "[]", message: "line 1, column 1: must be an object of boxes by id" },
    { name: "with a box twice", content: `{"0": ${JSON.stringify(record)},\n "0": ${JSON.stringify(record)}}`, message: 'line 2, column 2: the name "0" comes twice' },
    { name: "with a setting twice", content: '{"0": {"config": {"a": 1, "a": 2}}}', message: 'line 1, column 27: the name "a" comes twice' },
    { name: "not UTF-8", content: Buffer.from('{\n"\u00e4\u00e4": 1, "\xc3"}', "latin1"), message: "line 2, column 2: not UTF-8" },
    { name: "not UTF-8 in the middle", content: Buffer.concat([Buffer.from('{\n"ää'), Buffer.of(0xef, 0xbf), Buffer.from('"}')]), message: "line 2, column 4: not UTF-8" },
    { name: "with a byte order mark", content: "\ufeff{}", message: 'line 1, column 1: expected a value, found "\ufeff"' },
    { name: "with a record that is none", content: '{"0": []}', message: "line 1, column 7: box 0: must be an object" },
    { name: "without a field", content: `{\n  "0": {"config": {}, "created_at": "${time}"}\n}`, message: "line 2, column 8: box 0: last_used is missing" },
  ])("$name", ({ content, message }) => {
    expect(refusalOf(content)).toBe(message);
  });

  test.each([
    [{ config: [] }, "config: must be an object"],
    [{ config: null }, "config: must be an object"],
    [{ created_at: 5 }, "created_at: must be a time like 2026-01-31T12:00:00.000Z"],
    [{ last_used: "yesterday" }, "last_used: must be a time like 2026-01-31T12:00:00.000Z"],
    [{ last_used: "2026-13-45T99:00:00Z" }, "last_used: must be a time like 2026-01-31T12:00:00.000Z"],
    [{ owner_uid: -1 }, "owner_uid: must be a uid"],
    [{ owner_uid: 1.5 }, "owner_uid: must be a uid"],
    [{ workdir_created: 1 }, "workdir_created: must be true or false"],
    [{ workdir_owner: [0] }, "workdir_owner: must be [uid, gid] or null"],
    [{ workdir_owner: ["0", "0"] }, "workdir_owner: must be [uid, gid] or null"],
    [{ owner: 1 }, "owner: unknown field"],
    [{ constructor: 1 }, "constructor: unknown field"],
    [JSON.parse('{"__proto__": 1}') as object, "__proto__: unknown field"],
  ])("with %j in a record", (fields, message) => {
    expect(refusalOf(withBox(fields))).toMatch(new RegExp(`^line 1, column [0-9]+: box 0: ${RegExp.escape(message)}$`));
  });

  test.each(["../x", "a b", "locks", ""])("with the box id %j", (id) => {
    expect(refusalOf(JSON.stringify({ [id]: record }))).toMatch(/^line 1, column [0-9]+: cannot use box id /);
  });

  test("too large", () => {
    using temporary = temporaryState();
    closeSync(openSync(fileOf(temporary), "w"));
    truncateSync(fileOf(temporary), 2 ** 40);
    expect(errorOf(() => readInstances(temporary.state)).message).toEndWith("it has 1048576 MB, more than 64 MB");
    expect(statSync(fileOf(temporary)).size).toBe(2 ** 40);
  });

  test("a link, a directory or a device", () => {
    for (const make of [(path: string) => symlinkSync("/etc/passwd", path), (path: string) => mkdirSync(path), (path: string) => Bun.spawnSync(["mkfifo", path])]) {
      using temporary = temporaryState();
      make(fileOf(temporary));
      const error = errorOf(() => readInstances(temporary.state));
      expect(error.kind).toBe("Config");
      expect(error.message).toBe(`cannot use ${fileOf(temporary)}: it is not a regular file`);
    }
  });
});

describe("an update", () => {
  test("that changes nothing writes nothing", () => {
    using temporary = temporaryState();
    updateInstances(temporary.state, () => {});
    expect(existsSync(fileOf(temporary))).toBe(false);
    updateInstances(temporary.state, (instances) => instances.set("0", record));
    const { ino } = statSync(fileOf(temporary));
    updateInstances(temporary.state, (instances) => instances.set("0", { ...record }));
    expect(statSync(fileOf(temporary)).ino).toBe(ino);
    updateInstances(temporary.state, (instances) => void instances.delete("0"));
    expect(statSync(fileOf(temporary)).ino).not.toBe(ino);
    expect(readFileSync(fileOf(temporary), "utf8")).toBe("{}\n");
  });

  test("that throws changes nothing, and the lock is free again", () => {
    using temporary = temporaryState();
    updateInstances(temporary.state, (instances) => instances.set("0", record));
    const change = (): never => updateInstances(temporary.state, (instances) => {
      instances.clear();
      throw new Error("stop");
    }) as never;
    expect(change).toThrow("stop");
    updateInstances(temporary.state, (instances) => instances.set("1", record));
    expect([...readInstances(temporary.state).keys()]).toEqual(["0", "1"]);
  });

  test("is refused when the result could not be read again", () => {
    using temporary = temporaryState();
    const { state } = temporary;
    expect(errorOf(() => updateInstances(state, (instances) => instances.set("a/b", record))).message).toStartWith('cannot use box id "a/b"');
    const wrong = { ...record, last_used: "" };
    expect(errorOf(() => updateInstances(state, (instances) => instances.set("0", wrong))).message).toStartWith("cannot store box 0: last_used: ");
    const large = { ...record, config: { text: "x".repeat(65 * 1024 * 1024) } };
    expect(errorOf(() => updateInstances(state, (instances) => instances.set("0", large))).message).toBe(
      "cannot store one more box: the records would take more than 64 MB",
    );
    expect(existsSync(fileOf(temporary))).toBe(false);
  });

  test("removes what a writer that was killed has left, and follows no link in its place", () => {
    using temporary = temporaryState();
    const victim = `${temporary.parent}/victim`;
    writeFileSync(victim, "untouched");
    symlinkSync(victim, `${temporary.state.path}/.instances.json.new`);
    updateInstances(temporary.state, (instances) => instances.set("0", record));
    expect(readFileSync(victim, "utf8")).toBe("untouched");
    expect(readdirSync(temporary.state.path).toSorted()).toEqual(["instances.json", "instances.lock", "locks", "uids"]);
  });

  test("that cannot be written leaves the old file and no other", () => {
    using temporary = temporaryState();
    // Nothing can be renamed over a directory, but no name can be made in it either: so let the last step fail.
    const { state } = temporary;
    const change = (): void => updateInstances(state, (instances) => {
      mkdirSync(fileOf(temporary));
      instances.set("0", record);
    });
    const error = errorOf(change);
    expect(error.kind).toBe("Io");
    expect(error.message).toBe(`cannot write ${fileOf(temporary)}: EISDIR (illegal operation on a directory)`);
    expect(readdirSync(state.path).toSorted()).toEqual(["instances.json", "instances.lock", "locks", "uids"]);
  });
});

describe("sixteen processes at once", () => {
  test("lose no update, and no reader sees half a file", async () => {
    using temporary = temporaryState();
    chmodSync(temporary.parent, 0o755);
    const updates = 8;
    const children = Array.from({ length: 16 }, (_, number) => startFixture("add-instances", temporary.state.path, `p${number}`, String(updates)));
    let running = true;
    const ended = Promise.all(children.map((child) => child.exited)).finally(() => {
      running = false;
    });
    let largest = 0;
    while (running) {
      const { size } = readInstances(temporary.state);
      expect(size).toBeGreaterThanOrEqual(largest);
      largest = size;
      await new Promise(setImmediate);
    }
    expect(await ended).toEqual(Array.from({ length: 16 }, () => 0));
    const instances = readInstances(temporary.state);
    expect(instances.size).toBe(16 * updates + 1);
    expect(instances.get("shared")!.config).toEqual({ updates: 16 * updates });
    expect(readdirSync(temporary.state.path).toSorted()).toEqual(["instances.json", "instances.lock", "locks", "uids"]);
  });
});

test("a writer that is killed leaves a whole file and no lock", async () => {
  using temporary = temporaryState();
  for (let round = 1; round <= 5; round++) {
    const child = startFixture("add-instances", temporary.state.path, `r${round}`, "1000000");
    while (!readInstances(temporary.state).has(`r${round}-5`)) await new Promise(setImmediate);
    child.kill("SIGKILL");
    await child.exited;
    const before = readInstances(temporary.state).size;
    updateInstances(temporary.state, (instances) => instances.set(`after-${round}`, record));
    expect(readInstances(temporary.state).size).toBe(before + 1);
  }
  expect(readdirSync(temporary.state.path).toSorted()).toEqual(["instances.json", "instances.lock", "locks", "uids"]);
});

test("a writer that is stopped while it has the lock is named to the next one, who does not wait for ever", async () => {
  using temporary = temporaryState();
  const holder = startFixture("hold-records", temporary.state.path);
  await nextMessage(holder);
  holder.kill("SIGSTOP");
  const change = (instances: Instances): void => void instances.set("0", record);
  const error = errorOf(() => updateInstances(temporary.state, change, 200));
  expect([error.kind, error.exitCode]).toEqual(["LockBusy", 75]);
  expect(error.message).toBe(`cannot lock ${temporary.state.path}/instances.lock: process ${holder.pid} has had it for more than 0.2 s`);
  expect(error.hint).toContain(`kill -CONT ${holder.pid}`);
  expect(existsSync(fileOf(temporary))).toBe(false);
  holder.kill("SIGCONT");
  holder.stdin.end();
  await holder.exited;
  updateInstances(temporary.state, change, 200);
  expect(readInstances(temporary.state).has("0")).toBe(true);
});
