import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "bun:test";
import { S } from "../../../src/kernel/constants.ts";
import { statDescriptor } from "../../../src/kernel/files.ts";
import { forgetUid, type HostUids, isRecorded, openHostUids, recordUid } from "../../../src/state/host-uids.ts";
import { openStateDirectory } from "../../../src/state/state-dir.ts";
import { claimOnHost, removeDeadClaims } from "../../../src/state/uid-claim.ts";
import { claimUid } from "../../../src/state/uids.ts";
import { claimWith, root } from "../../helpers/requires.ts";
import { nextMessage, openBelow, startFixture, temporaryState, type TemporaryState } from "../../helpers/temporary.ts";

const claim = claimWith(root);
const none = (): Set<number> => new Set();
const uid = 64_400;
const ranges = [{ first: uid, last: uid + 9 }];

interface Scene extends TemporaryState {
  /** Stands for /run/mini-isolate. */
  readonly base: string;
  readonly host: HostUids;
}

function open(base: string): HostUids {
  const host = openHostUids(base);
  if (typeof host === "string") throw new Error(host);
  return host;
}

function scene(): Scene {
  const temporary = temporaryState();
  const base = join(temporary.parent, "host");
  const host = open(base);
  return {
    ...temporary, base, host,
    [Symbol.dispose]() {
      host.close();
      temporary[Symbol.dispose]();
    },
  };
}

describe("the claims of the host", () => {
  claim("lie in a directory that only root can enter, and are gone when they have ended", () => {
    using here = scene();
    for (const path of [here.base, `${here.base}/uids`]) expect([lstatSync(path).uid, lstatSync(path).mode & 0o7777]).toEqual([0, 0o700]);
    const one = claimUid(here.state, none, { ranges, host: here.host });
    expect([one.uid, one.onlyHere]).toEqual([uid, null]);
    expect([readdirSync(`${here.base}/uids`), readdirSync(`${here.state.path}/uids`)]).toEqual([[String(uid)], [String(uid)]]);
    one.release();
    one.release();
    expect([readdirSync(`${here.base}/uids`), readdirSync(`${here.state.path}/uids`)]).toEqual([[], []]);
  });

  claim("keep two state directories from having the same uid; control: without them both have it", () => {
    using here = scene();
    const other = openStateDirectory(join(here.parent, "other"));
    for (const [host, temporary] of [[here.host, true], [here.host, false], ["none", false]] as const) {
      const claims = [here.state, other, here.state].map((state) => claimUid(state, none, { ranges, host, temporary }));
      expect(claims.map((each) => each.uid)).toEqual(host === "none" ? [uid, uid, uid + 1] : [uid, uid + 1, uid + 2]);
      for (const each of claims) each.release();
    }
    other.close();
  });

  claim("of a process that was killed are free for the next one, which takes the file over", async () => {
    using here = scene();
    const child = startFixture("claim-uid", here.state.path, here.base);
    const taken = Number(await nextMessage(child));
    const busy = claimOnHost(here.host, taken);
    expect(busy.kind === "busy" && busy.holder()).toBe(child.pid);
    child.kill("SIGKILL");
    await child.exited;
    // Found out when somebody asks, not with every attempt: the answer stops all locking of the machine for a while.
    expect(busy.kind === "busy" && busy.holder()).toBeNull();
    expect(existsSync(`${here.base}/uids/${taken}`)).toBeTrue();
    const next = claimOnHost(here.host, taken);
    expect(next.kind).toBe("held");
    if (next.kind === "held") next.release();
    expect(readdirSync(`${here.base}/uids`)).toEqual([]);
  });

  claim("are shared by those whose caller chose the uid, and by nobody else; the file goes with the last", () => {
    using here = scene();
    const [one, two] = [claimOnHost(here.host, uid, true), claimOnHost(here.host, uid, true)];
    expect([one.kind, two.kind, claimOnHost(here.host, uid).kind]).toEqual(["held", "held", "busy"]);
    expect(claimUid(here.state, none, { ranges, host: here.host, temporary: true })).toMatchObject({ uid: uid + 1 });
    if (one.kind === "held") one.release();
    expect(claimOnHost(here.host, uid).kind).toBe("busy");
    if (two.kind === "held") two.release();
    const own = claimOnHost(here.host, uid);
    expect([own.kind, claimOnHost(here.host, uid, true).kind]).toEqual(["held", "busy"]);
    if (own.kind === "held") own.release();
    expect(existsSync(`${here.base}/uids/${uid}`)).toBeFalse();
  });

  claim("whose holders died are removed, those that are held stay", () => {
    using here = scene();
    const own = claimOnHost(here.host, uid);
    writeFileSync(`${here.base}/uids/${uid + 1}`, "");
    writeFileSync(`${here.state.path}/uids/${uid + 1}`, "");
    for (const each of [uid, uid + 1, uid + 2]) removeDeadClaims(here.state, here.host, each);
    expect([readdirSync(`${here.base}/uids`), readdirSync(`${here.state.path}/uids`)]).toEqual([[String(uid)], []]);
    if (own.kind === "held") own.release();
  });

  claim("leave no descriptor open", () => {
    using here = scene();
    const before = openBelow(here.parent);
    for (let round = 0; round < 5; round++) {
      const host = open(here.base);
      claimUid(here.state, none, { ranges, host, temporary: true }).release();
      claimOnHost(host, uid, true);
      removeDeadClaims(here.state, host, uid);
      host.close();
      host.close();
    }
    // The shared claims were not released.
    expect(openBelow(here.parent)).toBe(before + 5);
  });

  claim("end once: a second release closes nothing that has got the number of the first one's descriptor", () => {
    using here = scene();
    const onHost = claimOnHost(here.host, uid, true);
    const inState = claimUid(here.state, none, { ranges: [{ first: uid + 1, last: uid + 1 }], host: here.host });
    const releases = [inState.release, onHost.kind === "held" ? onHost.release : expect.unreachable("busy")];
    for (const release of releases) {
      release();
      const later = [open(here.base), open(here.base), open(here.base)];
      release();
      for (const each of later) expect(statDescriptor(each.fd).mode & S.IFMT).toBe(S.IFDIR);
      for (const each of later) each.close();
    }
  });

  claim("never follow a uid under which something runs", async () => {
    using here = scene();
    const child = Bun.spawn(["python3", "-c", `import os, sys; os.setresuid(${uid}, ${uid}, ${uid}); print(flush=True); sys.stdin.read()`], { stdin: "pipe", stdout: "pipe" });
    await child.stdout.getReader().read();
    const held = claimUid(here.state, none, { ranges, host: here.host });
    expect(held.uid).toBe(uid + 1);
    held.release();
    expect(readdirSync(`${here.base}/uids`)).toEqual([]);
    child.stdin.end();
    await child.exited;
  });
});

describe("a place for claims", () => {
  claim("that is not root's, that others can write to, or that is a link is none, and the state directory's claims hold", () => {
    using here = scene();
    const uids = `${here.base}/uids`;
    const spoil: readonly (readonly [how: () => void, why: string])[] = [
      [() => chownSync(uids, 1, 0), `${uids} belongs to uid 1`],
      [() => (chownSync(uids, 0, 0), chmodSync(uids, 0o770)), `${uids} can be written by others (mode 0770)`],
      [() => (rmSync(uids, { recursive: true }), symlinkSync("/etc", uids)), `${uids}: ENOTDIR (not a directory)`],
      [() => (rmSync(uids), writeFileSync(uids, "")), `${uids}: ENOTDIR (not a directory)`],
      [() => (rmSync(here.base, { recursive: true }), mkdirSync(here.base), chownSync(here.base, 1, 0)), `${uids}: EACCES (permission denied)`],
      [() => (chownSync(here.base, 0, 0), chmodSync(here.base, 0o777)), `${uids}: EACCES (permission denied)`],
      [() => (rmSync(here.base, { recursive: true }), chmodSync(here.parent, 0o777)), `${uids}: EACCES (permission denied)`],
    ];
    for (const [how, why] of spoil) {
      how();
      const host = openHostUids(here.base);
      expect(host).toBe(why);
      const held = claimUid(here.state, none, { ranges, host, temporary: true });
      expect([held.uid, held.onlyHere, readdirSync(`${here.state.path}/uids`)]).toEqual([uid, why, [String(uid)]]);
      held.release();
    }
    chmodSync(here.parent, 0o700);
    expect(openHostUids(here.base, false)).toBe(`${uids}: ENOENT (no such file or directory)`);
    expect(existsSync(here.base)).toBeFalse();
    open(here.base).close();
  });
});

describe("a uid that is written down for a box", () => {
  claim("is given to no box of another state directory, as long as the box is there", () => {
    using here = scene();
    const [home, gone] = [join(here.parent, "box"), join(here.parent, "gone")];
    mkdirSync(home);
    recordUid(here.host, uid, home);
    recordUid(here.host, uid + 1, gone);
    expect([isRecorded(here.host, uid), isRecorded(here.host, uid + 1), isRecorded(here.host, uid + 2)]).toEqual([true, false, false]);
    const claimed = () => {
      const held = claimUid(here.state, none, { ranges, host: here.host });
      held.release();
      return held.uid;
    };
    expect(claimed()).toBe(uid + 1);
    rmSync(home, { recursive: true });
    expect(claimed()).toBe(uid);
  });

  claim("stays that box's until it is gone, and only that box forgets it", () => {
    using here = scene();
    const homes = ["one", "two"].map((name) => join(here.parent, name));
    const [one = "", two = ""] = homes;
    for (const home of homes) mkdirSync(home);
    const target = () => readlinkSync(`${here.base}/uids/${uid}.box`);
    recordUid(here.host, uid, one);
    recordUid(here.host, uid, two);
    forgetUid(here.host, uid, two);
    expect(target()).toBe(one);
    rmSync(one, { recursive: true });
    recordUid(here.host, uid, two);
    expect(target()).toBe(two);
    forgetUid(here.host, uid, two);
    forgetUid(here.host, uid, two);
    expect(readdirSync(`${here.base}/uids`)).toEqual([]);
  });
});

describe("among many uids that are written down on the host", () => {
  const wide = [{ first: uid, last: uid + 99 }];
  const writeDown = (here: Scene, numbers: readonly number[], home: string) => {
    for (const number of numbers) symlinkSync(home, `${here.base}/uids/${number}.box`);
  };
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => uid + from + index);

  claim("the smallest of the others is claimed", () => {
    using here = scene();
    writeDown(here, [...numbers(0, 60), ...numbers(61, 90)], here.base);
    const claims = [0, 1].map(() => claimUid(here.state, none, { ranges: wide, host: here.host }));
    expect(claims.map((each) => each.uid - uid)).toEqual([60, 90]);
    for (const each of claims) each.release();
  });

  claim("one whose box is gone is claimed when there is no other", () => {
    using here = scene();
    writeDown(here, [...numbers(0, 50), ...numbers(51, 100)], here.base);
    writeDown(here, numbers(50, 51), join(here.base, "gone"));
    const only = claimUid(here.state, none, { ranges: wide, host: here.host });
    expect(only.uid - uid).toBe(50);
    expect(() => claimUid(here.state, none, { ranges: wide, host: here.host })).toThrow("cannot find a uid for the box");
    only.release();
  });
});
