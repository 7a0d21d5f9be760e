import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { readInstances } from "../../../src/state/store.ts";
import { boxUids, claimUid, uidHasProcesses } from "../../../src/state/uids.ts";
import { errorOf, nextMessage, startFixture, temporaryState } from "../../helpers/temporary.ts";

const none = (): Set<number> => new Set();
/** Those that this host has no account for, in order: what claims should give. */
const accounts = new Set(readFileSync("/etc/passwd", "utf8").split("\n").map((line) => Number(line.split(":")[2])));
const free = Array.from({ length: 40 }, (_, index) => boxUids.first + index).filter((uid) => !accounts.has(uid));

describe("a claim", () => {
  test("is the smallest uid from 60000 on that nobody else has, and free again after release", () => {
    using temporary = temporaryState();
    const [first, second] = [claimUid(temporary.state, none), claimUid(temporary.state, none)];
    expect([first.uid, second.uid]).toEqual([free[0]!, free[1]!]);
    first.release();
    first.release();
    const third = claimUid(temporary.state, none);
    expect(third.uid).toBe(free[0]!);
    second.release();
    third.release();
    expect(readdirSync(`${temporary.state.path}/uids`)).toEqual([]);
  });

  test("skips what is persisted", () => {
    using temporary = temporaryState();
    const claim = claimUid(temporary.state, () => new Set([free[0]!, free[2]!]));
    expect(claim.uid).toBe(free[1]!);
    claim.release();
  });

  test("skips what is persisted between the first look and the claim", () => {
    using temporary = temporaryState();
    let looks = 0;
    const claim = claimUid(temporary.state, () => {
      looks++;
      // What another process does that had the claim until a moment ago.
      return new Set(looks === 1 ? [] : [free[0]!]);
    });
    expect(claim.uid).toBe(free[1]!);
    expect(existsSync(`${temporary.state.path}/uids/${free[0]}`)).toBe(false);
    claim.release();
  });

  test("looks at what is persisted only with the claim in its hands", () => {
    using temporary = temporaryState();
    const seen: string[][] = [];
    const claim = claimUid(temporary.state, () => {
      seen.push(readdirSync(`${temporary.state.path}/uids`));
      return none();
    });
    expect(seen.at(-1)).toEqual([String(claim.uid)]);
    claim.release();
  });

  test("is given up when the look fails", () => {
    using temporary = temporaryState();
    let looks = 0;
    const look = (): Set<number> => {
      if (++looks === 2) throw new Error("cannot look");
      return none();
    };
    expect(() => claimUid(temporary.state, look)).toThrow("cannot look");
    expect(readdirSync(`${temporary.state.path}/uids`)).toEqual([]);
  });

  test("takes over the file of a process that died", () => {
    using temporary = temporaryState();
    writeFileSync(`${temporary.state.path}/uids/${free[0]}`, "");
    const claim = claimUid(temporary.state, none);
    expect(claim.uid).toBe(free[0]!);
    claim.release();
  });

  test("fails when all are in use, and says so", () => {
    using temporary = temporaryState();
    const all = new Set(Array.from({ length: 5000 }, (_, index) => 60_000 + index));
    const error = errorOf(() => claimUid(temporary.state, () => all));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe("cannot find a uid for the box: all of 60000 to 64999 are in use");
    expect(readdirSync(`${temporary.state.path}/uids`)).toEqual([]);
  });

  test("follows no link", () => {
    using temporary = temporaryState();
    symlinkSync("/etc/passwd", `${temporary.state.path}/uids/${free[0]}`);
    expect(errorOf(() => claimUid(temporary.state, none)).message).toBe(`cannot use lock file ${temporary.state.path}/uids/${free[0]}: it is a symbolic link`);
  });
});

describe("many processes at once", () => {
  test("get sixteen different uids", async () => {
    using temporary = temporaryState();
    const children = Array.from({ length: 16 }, () => startFixture("claim-uid", temporary.state.path));
    const uids = (await Promise.all(children.map(nextMessage))) as number[];
    expect(uids.toSorted()).toEqual(free.slice(0, 16));
    for (const { stdin } of children) stdin.end();
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual(children.map(() => 0));
    expect(readdirSync(`${temporary.state.path}/uids`)).toEqual([]);
  });

  test("never get one that another persists meanwhile", async () => {
    using temporary = temporaryState();
    const children = Array.from({ length: 16 }, () => startFixture("claim-uid", temporary.state.path));
    // Told from the start: each writes its uid down and lets the claim go while others are still looking.
    for (const { stdin } of children) {
      stdin.write("p");
      stdin.end();
    }
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual(children.map(() => 0));
    const persisted = [...readInstances(temporary.state).values()].map(({ config }) => Number(config["uid"]));
    expect(persisted.toSorted()).toEqual(free.slice(0, 16));
  });

  test("never have the same one, also while claims come and go", async () => {
    using temporary = temporaryState();
    const children = Array.from({ length: 8 }, () => startFixture("claim-again", temporary.state.path, temporary.parent, "200"));
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual(children.map(() => 0));
  });

  test("leave their uids free when they are killed", async () => {
    using temporary = temporaryState();
    const child = startFixture("claim-uid", temporary.state.path);
    expect(await nextMessage(child)).toBe(free[0]!);
    child.kill("SIGKILL");
    await child.exited;
    const claim = claimUid(temporary.state, none);
    expect(claim.uid).toBe(free[0]!);
    claim.release();
  });
});

describe("uidHasProcesses", () => {
  test("sees a process that runs under the uid, until it is gone", async () => {
    expect(uidHasProcesses(64_321)).toBe(false);
    const script = 'import os, sys; os.setresuid(64321, 64321, 64321); print(flush=True); sys.stdin.read()';
    const child = Bun.spawn(["python3", "-c", script], { stdin: "pipe", stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(uidHasProcesses(64_321)).toBe(true);
    child.stdin.end();
    await child.exited;
    expect(uidHasProcesses(64_321)).toBe(false);
  });
});
