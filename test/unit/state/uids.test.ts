import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { readInstances } from "../../../src/state/store.ts";
import { boxUids, claimUid, defaultUids, furtherBoxUids, livingProcessOf } from "../../../src/state/uids.ts";
import { userHasProcesses } from "../../../src/kernel/process.ts";
import { errorOf, nextMessage, startFixture, temporaryState } from "../../helpers/temporary.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const none = (): Set<number> => new Set();
/** Those that this host has no account for, in order: what claims should give. */
const accounts = new Set(readFileSync("/etc/passwd", "utf8").split("\n").map((line) => Number(line.split(":")[2])));
const free = Array.from({ length: 40 }, (_, index) => boxUids.first + index).filter((uid) => !accounts.has(uid));

describe("a claim", () => {
  test("is the smallest uid from 60706 on that nobody else has, and free again after release", () => {
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
    const all = new Set(Array.from({ length: 20 }, (_, index) => 61_000 + index));
    const ranges = [{ first: 61_000, last: 61_009 }, { first: 61_010, last: 61_019 }];
    const error = errorOf(() => claimUid(temporary.state, () => all, { ranges }));
    expect(error.kind).toBe("Config");
    expect(error.message).toBe("cannot find a uid for the box: all of 61000 to 61009 and 61010 to 61019 are in use");
    expect(error.hint).toContain("MINI_ISOLATE_UIDS=FIRST-LAST");
    expect(readdirSync(`${temporary.state.path}/uids`)).toEqual([]);
  });

  test("goes on above 65535 when the first range is taken, where the user namespace has such uids", () => {
    using temporary = temporaryState();
    const all = new Set(Array.from({ length: boxUids.last - boxUids.first + 1 }, (_, index) => boxUids.first + index));
    expect(defaultUids()).toEqual([boxUids, furtherBoxUids]);
    const claim = claimUid(temporary.state, () => all);
    expect(claim.uid).toBe(furtherBoxUids.first);
    claim.release();
    // Whom nobody else documents: not systemd (60578 to 61183 and 65536 to 524287 are unused there), not useradd (from 100000 on).
    expect([boxUids, furtherBoxUids]).toEqual([{ first: 60_706, last: 61_183 }, { first: 65_536, last: 99_999 }]);
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

describe("livingProcessOf", () => {
  /** Runs Python until it has printed a line, and then on until it is told to end. */
  async function meanwhile(script: string, look: (pid: number) => void): Promise<void> {
    const child = Bun.spawn(["python3", "-c", `import os, sys\n${script}`], { stdin: "pipe", stdout: "pipe" });
    await child.stdout.getReader().read();
    look(child.pid);
    child.stdin.end();
    await child.exited;
  }

  asRoot("names a process that lives under the uid, until it is gone", async () => {
    expect(livingProcessOf(64_322)).toBeNull();
    for (const ids of ["64322, 64322, 64322", "64322, 0, 0"]) {
      await meanwhile(`os.setresuid(${ids}); print(flush=True); sys.stdin.read()`, (pid) => expect(livingProcessOf(64_322)).toEqual({ pid, name: "python3" }));
      expect(livingProcessOf(64_322)).toBeNull();
    }
  });

  asRoot("does not take a process for alive that is dead and was not collected yet", async () => {
    const script = "pid = os.fork()\nif pid == 0: os.setresuid(64323, 64323, 64323); os._exit(0)\nos.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)\nprint(flush=True); sys.stdin.read(); os.wait()";
    await meanwhile(script, () => expect([userHasProcesses(64_323), livingProcessOf(64_323)]).toEqual([true, null]));
    expect(userHasProcesses(64_323)).toBeFalse();
  });
});
