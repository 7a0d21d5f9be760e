import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { acquireBoxLock } from "../../../src/state/lock.ts";
import type { LockRecord } from "../../../src/state/lock-record.ts";
import { errorOf, nextMessage, openBelow, startFixture, type TemporaryState, temporaryState } from "../../helpers/temporary.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const make = { wait: false, create: true };
const fileOf = ({ state }: TemporaryState, id = "0"): string => `${state.path}/locks/${id}`;

/** The words of a record: magic number, version, owner, pid, initialised, pid namespace. */
function wordsOf(path: string): number[] {
  const bytes = readFileSync(path);
  expect(bytes.length).toBe(24);
  return [0, 4, 8, 12, 16, 20].map((at) => bytes.readUInt32LE(at));
}

function wordsIfWritten(path: string): number[] | null {
  return statSync(path).size === 0 ? null : wordsOf(path);
}

const magic = Buffer.from("mIbL").readUInt32LE();
const pidNamespace = statSync("/proc/self/ns/pid").ino;

function recordBytes(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
  return bytes;
}

interface Outcome {
  readonly kind?: string;
  readonly message?: string;
  readonly pid?: number;
  readonly record?: LockRecord | null;
  readonly orphaned?: boolean;
}

/** Another process that tries for the lock; `outcome` is what it reports, and it holds the lock until told otherwise. */
function other({ state }: TemporaryState, { id = "0", uid = 0, wait = false } = {}) {
  const child = startFixture("hold-lock", state.path, id, String(uid), wait ? "wait" : "no");
  const begins = nextMessage(child);
  return { child, begins, outcome: begins.then(() => nextMessage(child)) as Promise<Outcome> };
}

async function end({ child }: ReturnType<typeof other>): Promise<void> {
  child.stdin.end();
  await child.exited;
}

/** Lets an ordinary user in, as an administrator could. */
function openToOthers(temporary: TemporaryState): void {
  for (const path of [temporary.parent, temporary.state.path, `${temporary.state.path}/locks`, `${temporary.state.path}/uids`]) chmodSync(path, 0o755);
}

describe("the lock of a box", () => {
  asRoot("is a record of six words, readable by nobody else", () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", make);
    expect(wordsOf(fileOf(temporary))).toEqual([magic, 1, 0, process.pid, 0, pidNamespace]);
    expect(statSync(fileOf(temporary)).mode & 0o7777).toBe(0o600);
    expect(lock.record).toBeNull();
    expect(lock.orphaned).toBe(false);
    lock.markInitialised(true);
    expect(wordsOf(fileOf(temporary))).toEqual([magic, 1, 0, process.pid, 1, pidNamespace]);
    lock.release();
    expect(wordsOf(fileOf(temporary))).toEqual([magic, 1, 0, 0, 1, pidNamespace]);
  });

  asRoot("is found as it was left", () => {
    using temporary = temporaryState();
    const first = acquireBoxLock(temporary.state, "0", make);
    first.markInitialised(true);
    first.release();
    const second = acquireBoxLock(temporary.state, "0", { wait: false, create: false });
    expect(second.record).toEqual({ ownerUid: 0, pid: 0, pidNamespace, initialised: true });
    expect(second.orphaned).toBe(false);
    second.release();
  });

  test("goes away with its file, and releasing twice does nothing", () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", make);
    lock.releaseAndRemove();
    expect(existsSync(fileOf(temporary))).toBe(false);
    const next = acquireBoxLock(temporary.state, "0", make);
    lock.releaseAndRemove();
    lock.release();
    expect(wordsOf(fileOf(temporary))[3]).toBe(process.pid);
    expect(errorOf(() => lock.markInitialised(true)).message).toEndWith("the lock was released");
    next.release();
  });

  test("does not remove a file that somebody else has put in its place", () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", make);
    Bun.spawnSync(["rm", fileOf(temporary)]);
    writeFileSync(fileOf(temporary), "another");
    lock.releaseAndRemove();
    expect(readFileSync(fileOf(temporary), "utf8")).toBe("another");
  });

  test("is not made when that was not asked for", () => {
    using temporary = temporaryState();
    const error = errorOf(() => acquireBoxLock(temporary.state, "7", { wait: false, create: false }));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe("cannot lock box 7: there is no such box");
    expect(readdirSync(`${temporary.state.path}/locks`)).toEqual([]);
  });

  test("of one box does not hinder another", () => {
    using temporary = temporaryState();
    const locks = ["0", "1"].map((id) => acquireBoxLock(temporary.state, id, make));
    for (const lock of locks) lock.release();
  });

  test("outlives the state directory that it was taken from", () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", make);
    temporary.state.close();
    lock.release();
    expect(wordsOf(fileOf(temporary))[3]).toBe(0);
  });

  test("leaves no descriptor open", () => {
    using temporary = temporaryState();
    const before = openBelow(temporary.parent);
    for (let round = 0; round < 10; round++) acquireBoxLock(temporary.state, "0", make).release();
    for (let round = 0; round < 10; round++) acquireBoxLock(temporary.state, "0", make).releaseAndRemove();
    writeFileSync(fileOf(temporary), "garbled");
    for (let round = 0; round < 10; round++) errorOf(() => acquireBoxLock(temporary.state, "0", make));
    expect(openBelow(temporary.parent)).toBe(before);
  });
});

describe("a box in use", () => {
  test("is refused at once, with the pid of who has it", async () => {
    using temporary = temporaryState();
    const holder = other(temporary);
    const { pid } = await holder.outcome;
    const started = performance.now();
    const error = errorOf(() => acquireBoxLock(temporary.state, "0", make));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(error.kind).toBe("LockBusy");
    expect(error.exitCode).toBe(75);
    expect(error.message).toBe(`box 0 is in use by another process (pid ${pid})`);
    expect(error.hint).toContain("--wait");
    await end(holder);
    acquireBoxLock(temporary.state, "0", make).release();
  });

  test("is refused without a pid when its holder never wrote one", async () => {
    using temporary = temporaryState();
    writeFileSync(fileOf(temporary), "");
    await using holder = Bun.spawn(["flock", fileOf(temporary), "sh", "-c", "echo; read line"], { stdin: "pipe", stdout: "pipe" });
    await holder.stdout.getReader().read();
    expect(errorOf(() => acquireBoxLock(temporary.state, "0", make)).message).toBe("box 0 is in use by another process");
    holder.stdin.end();
    await holder.exited;
  });

  asRoot("is not blamed on our process that has the same number as its holder in another pid namespace", async () => {
    using temporary = temporaryState();
    const fixture = [process.execPath, `${import.meta.dir}/../../fixtures/state/hold-lock.ts`, temporary.state.path, "0", "0", "no"];
    await using holder = Bun.spawn(["unshare", "--pid", "--fork", ...fixture], { stdin: "pipe", stdout: "pipe" });
    while (!existsSync(fileOf(temporary)) || wordsIfWritten(fileOf(temporary)) === null) await new Promise(setImmediate);
    expect(errorOf(() => acquireBoxLock(temporary.state, "0", make)).message).toBe("box 0 is in use by another process (pid 1 of another pid namespace)");
    holder.stdin.end();
    await holder.exited;
  });

  asRoot("can be waited for", async () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", make);
    const waiting = other(temporary, { wait: true });
    await waiting.begins;
    let reported = false;
    void waiting.outcome.then(() => (reported = true));
    // Not for something to happen: for nothing to happen while we have the lock.
    await Bun.sleep(150);
    expect(reported).toBe(false);
    lock.release();
    expect(await waiting.outcome).toEqual({ pid: waiting.child.pid, record: { ownerUid: 0, pid: 0, pidNamespace, initialised: false }, orphaned: false });
    await end(waiting);
  });

  test("is refused even with wait when this very process has it", () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", make);
    for (const wait of [false, true]) {
      const error = errorOf(() => acquireBoxLock(temporary.state, "0", { wait, create: true }));
      expect(error.kind).toBe("LockBusy");
      expect(error.message).toBe(`box 0 is in use by another run of this process (pid ${process.pid})`);
    }
    lock.release();
    acquireBoxLock(temporary.state, "0", make).release();
  });

  test("goes to exactly one of sixteen processes", async () => {
    using temporary = temporaryState();
    const children = Array.from({ length: 16 }, () => other(temporary));
    const outcomes = await Promise.all(children.map(({ outcome }) => outcome));
    const winners = outcomes.filter(({ kind }) => kind === undefined);
    expect(winners).toHaveLength(1);
    for (const { kind, message } of outcomes) {
      if (kind === undefined) continue;
      expect(message).toBe(`box 0 is in use by another process (pid ${winners[0]!.pid})`);
      expect(kind).toBe("LockBusy");
    }
    await Promise.all(children.map(end));
  });

  test("is had by one process at a time, also while the lock file comes and goes", async () => {
    using temporary = temporaryState();
    const counter = `${temporary.parent}/counter`;
    writeFileSync(counter, "0");
    const children = Array.from({ length: 8 }, () => startFixture("take-turns", temporary.state.path, "0", counter, "10"));
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual(Array.from({ length: 8 }, () => 0));
    expect(readFileSync(counter, "utf8")).toBe("80");
  });
});

describe("a lock whose holder died", () => {
  test("is taken over and called orphaned", async () => {
    using temporary = temporaryState();
    const holder = other(temporary);
    const { pid } = await holder.outcome;
    holder.child.kill("SIGKILL");
    await holder.child.exited;
    const lock = acquireBoxLock(temporary.state, "0", make);
    expect(lock.orphaned).toBe(true);
    expect(lock.record!.pid).toBe(pid!);
    expect(wordsOf(fileOf(temporary))[3]).toBe(process.pid);
    lock.release();
    const next = acquireBoxLock(temporary.state, "0", make);
    expect(next.orphaned).toBe(false);
    next.release();
  });

  test("counts as new when it was not even written", () => {
    using temporary = temporaryState();
    writeFileSync(fileOf(temporary), "");
    const lock = acquireBoxLock(temporary.state, "0", make);
    expect(lock.record).toBeNull();
    expect(lock.orphaned).toBe(false);
    lock.releaseAndRemove();
  });
});

describe("a lock file that is not ours is refused by its path and left as it is", () => {
  test.each([
    { name: "one byte", bytes: Buffer.from("x"), why: "only 1 of 24 bytes" },
    { name: "a byte short", bytes: recordBytes(magic, 1, 0, 0, 0, 0).subarray(0, 23), why: "only 23 of 24 bytes" },
    { name: "a byte long", bytes: Buffer.concat([recordBytes(magic, 1, 0, 0, 0, 0), Buffer.of(0)]), why: "more than 24 bytes" },
    { name: "a text", bytes: Buffer.from("this is the text of somebody\n"), why: "more than 24 bytes" },
    { name: "another magic number", bytes: recordBytes(magic + 1, 1, 0, 0, 0, 0), why: "wrong magic number" },
    { name: "zeros", bytes: recordBytes(0, 0, 0, 0, 0, 0), why: "wrong magic number" },
    { name: "another version", bytes: recordBytes(magic, 2, 0, 0, 0, 0), why: "format version 2, not 1" },
    { name: "another flag", bytes: recordBytes(magic, 1, 0, 0, 7, 0), why: "initialised flag 7" },
  ])("$name", ({ bytes, why }) => {
    using temporary = temporaryState();
    writeFileSync(fileOf(temporary), bytes);
    const error = errorOf(() => acquireBoxLock(temporary.state, "0", make));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(`cannot use lock file ${fileOf(temporary)}: not a lock of ours (${why})`);
    expect(readFileSync(fileOf(temporary)).equals(bytes)).toBe(true);
  });

  test.each([
    { name: "a link", put: (path: string) => symlinkSync("/etc/passwd", path), why: "it is a symbolic link" },
    { name: "a link to nothing", put: (path: string) => symlinkSync("nothing", path), why: "it is a symbolic link" },
    { name: "a directory", put: (path: string) => mkdirSync(path), why: "it is not a regular file" },
    { name: "a pipe", put: (path: string) => void Bun.spawnSync(["mkfifo", path]), why: "it is not a regular file" },
  ])("$name", ({ put, why }) => {
    using temporary = temporaryState();
    put(fileOf(temporary));
    const error = errorOf(() => acquireBoxLock(temporary.state, "0", make));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe(`cannot use lock file ${fileOf(temporary)}: ${why}`);
    expect(readdirSync(`${temporary.state.path}/locks`)).toEqual(["0"]);
  });

  test("a file with a second name", () => {
    using temporary = temporaryState();
    writeFileSync(`${temporary.parent}/file`, "");
    linkSync(`${temporary.parent}/file`, fileOf(temporary));
    expect(errorOf(() => acquireBoxLock(temporary.state, "0", make)).message).toEndWith("it has more than one name");
    expect(statSync(fileOf(temporary)).size).toBe(0);
  });
});

describe("a box of another user", () => {
  asRoot("is refused by the owner in its record", async () => {
    using temporary = temporaryState();
    openToOthers(temporary);
    const bytes = recordBytes(magic, 1, 54321, 0, 1, 0);
    writeFileSync(fileOf(temporary), bytes);
    chownSync(fileOf(temporary), 12345, 12345);
    const user = other(temporary, { uid: 12345 });
    expect(await user.outcome).toEqual({ kind: "Config", message: "box 0 belongs to another user (uid 54321)" });
    await end(user);
    expect(readFileSync(fileOf(temporary)).equals(bytes)).toBe(true);
  });

  asRoot("is refused by the owner of a lock file that cannot be opened", async () => {
    using temporary = temporaryState();
    openToOthers(temporary);
    acquireBoxLock(temporary.state, "0", make).release();
    const user = other(temporary, { uid: 12345 });
    expect(await user.outcome).toEqual({ kind: "Config", message: "box 0 belongs to another user (uid 0)" });
    await end(user);
  });

  asRoot("is not waited for", async () => {
    using temporary = temporaryState();
    openToOthers(temporary);
    writeFileSync(fileOf(temporary), recordBytes(magic, 1, 54321, 0, 1, 0));
    const lock = acquireBoxLock(temporary.state, "0", make);
    chownSync(fileOf(temporary), 12345, 12345);
    const user = other(temporary, { uid: 12345, wait: true });
    expect(await user.outcome).toEqual({ kind: "Config", message: "box 0 belongs to another user (uid 54321)" });
    await end(user);
    lock.release();
  });

  asRoot("is open to root, and stays the other's", () => {
    using temporary = temporaryState();
    writeFileSync(fileOf(temporary), recordBytes(magic, 1, 54321, 0, 1, 0));
    const lock = acquireBoxLock(temporary.state, "0", make);
    expect(lock.record).toEqual({ ownerUid: 54321, pid: 0, pidNamespace: 0, initialised: true });
    lock.release();
    expect(wordsOf(fileOf(temporary))).toEqual([magic, 1, 54321, 0, 1, pidNamespace]);
  });
});
