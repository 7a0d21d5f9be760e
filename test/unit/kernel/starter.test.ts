import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, openSync, readFileSync, readdirSync, rmdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { detectCgroups } from "../../../src/cgroup/detect.ts";
import { CLONE, F, O, SIG_SETMASK } from "../../../src/kernel/constants.ts";
import { closeDescriptor, makePipe } from "../../../src/kernel/files.ts";
import { errno, SyscallError } from "../../../src/kernel/errno.ts";
import { killProcess, reap, setDisposition } from "../../../src/kernel/process.ts";
import { sequenced, TableMemory, type Newborn } from "../../../src/kernel/newborn.ts";
import { spawnByStarter, startRows, UserNamespaceRefused, type Surroundings } from "../../../src/kernel/starter.ts";
import { cgroupV2, claimWith, root } from "../../helpers/requires.ts";
import { until } from "../../helpers/until.ts";

const { SIGKILL, SIGHUP } = constants.signals;
const running = new Set<number>();
const open = new Set<number>();

function pipe(): [number, number] {
  const ends = makePipe();
  for (const fd of ends) open.add(fd);
  return ends;
}

function close(fd: number): void {
  if (open.delete(fd)) closeDescriptor(fd);
}

async function end(pid: number): Promise<number | null> {
  const { exitCode } = await until(`the end of ${pid}`, () => reap(pid));
  running.delete(pid);
  return exitCode;
}

afterEach(async () => {
  // The first ends when the others are reaped.
  for (const pid of [...running].toReversed()) {
    killProcess(pid, SIGKILL);
    await end(pid);
  }
  for (const fd of open) close(fd);
});

const user = { uid: process.geteuid!(), gid: process.getegid!() };
const sleeper: Newborn = { path: "/bin/sleep", argv: ["sleep", "60"], descriptors: [] };

/** A shell as the second process. @returns the pids, and what it wrote to its standard output */
async function start(script: string, surroundings: Partial<Surroundings> = {}): Promise<{ readonly pids: [number, number]; readonly said: string }> {
  const [readEnd, writeEnd] = pipe();
  const ours = pipe();
  const second: Newborn = { path: "/bin/sh", argv: ["sh", "-c", script], descriptors: [[writeEnd, 1], [writeEnd, 2]] };
  const pids = spawnByStarter(sleeper, second, { user, ours: ours[1], group: null, ...surroundings }, (pid) => void running.add(pid));
  close(writeEnd);
  return { pids, said: readFileSync(readEnd, "latin1") };
}

describe("the starter", () => {
  test("makes us two children, pid 1 and 2 of a namespace in which both are root of a user namespace, and is gone", async () => {
    const before = children();
    const { pids: [first, second], said } = await start("echo $$ $(id -u) $(id -g); cat /proc/self/setgroups");
    expect(said).toBe("2 0 0\ndeny\n");
    expect(children().toSorted()).toEqual([...before, first, second].toSorted());
    expect(readFileSync(`/proc/${first}/uid_map`, "latin1").trim().split(/\s+/)).toEqual(["0", String(user.uid), "1"]);
    expect(readFileSync(`/proc/${first}/status`, "latin1")).toMatch(new RegExp(`^NSpid:\t${first}\t1$`, "m"));
    expect(await end(second)).toBe(0);
  });

  test("leaves us as we were: root of nothing, in our namespaces, with our descriptors and signals", async () => {
    const us = () => [
      ...["Uid", "CapEff", "SigBlk", "SigIgn", "SigCgt"].map((field) => new RegExp(`^${field}:.*$`, "m").exec(readFileSync("/proc/thread-self/status", "latin1"))![0]),
      ...["uid_map", "mountinfo"].map((file) => readFileSync(`/proc/self/${file}`, "latin1")),
      readdirSync("/proc/self/fd").length,
    ];
    // Once without looking, so that what the runtime opens by and by is open.
    await start(":");
    for (const fd of open) close(fd);
    const before = us();
    await start(":");
    for (const fd of open) close(fd);
    expect(us()).toEqual(before);
  });

  test("gives each child the descriptors that are named, none of ours otherwise, and signals as they are by default", async () => {
    setDisposition(SIGHUP, "ignore");
    try {
      const { said } = await start("ls /proc/self/fd | tr '\\n' ' '; grep '^Sig[BI]' /proc/self/status");
      const none = "0".repeat(16);
      // What other tests of this process left open without close-on-exec is there as well.
      const [, listed = "", signals] = /^([0-9 ]*)(Sig[^]*)/.exec(said) ?? [];
      expect(signals).toBe(`SigBlk:\t${none}\nSigIgn:\t${none}\n`);
      const numbers = listed.trim().split(" ").map(Number).toSorted((a, b) => a - b);
      expect(numbers.slice(0, 3)).toEqual([0, 1, 2]);
      expect(numbers.filter((fd) => open.has(fd) && fd > 3)).toEqual([]);
    } finally {
      setDisposition(SIGHUP, "default");
    }
  });

  test("keeps no descriptor of ours open that both must not have", async () => {
    const [readEnd, writeEnd] = pipe();
    // The first process would wait for ever if somebody but us could still write.
    const reader: Newborn = { path: "/bin/cat", argv: ["cat"], descriptors: [[readEnd, 0]] };
    const [first, second] = spawnByStarter(reader, sleeper, { user, ours: writeEnd, group: null }, (pid) => void running.add(pid));
    close(writeEnd);
    // The kernel ends the other with it.
    expect([await end(second), await end(first)]).toEqual([null, 0]);
  });

  claimWith(root)("makes no user namespace for root, who has one", async () => {
    const { said } = await start("echo $$; cat /proc/self/uid_map", { user: null });
    expect(said).toBe(`2\n${readFileSync("/proc/self/uid_map", "latin1")}`);
  });
});

const claimGroup = claimWith(root, cgroupV2());

describe("a second process that is born in a control group", () => {
  claimGroup("is there from its first moment, in a user namespace too, and the first is not", async () => {
    const name = `mini-isolate-test-${process.pid}-starter`;
    const directory = join(detectCgroups().v2!.top, name);
    mkdirSync(directory);
    const group = openSync(directory, "r");
    try {
      const { pids: [first, second], said } = await start("grep ^0:: /proc/self/cgroup; exec >&- 2>&-; exec sleep 60", { group });
      expect(said.trim()).toEndWith(`/${name}`);
      expect(readFileSync(`/proc/${first}/cgroup`, "latin1")).not.toContain(name);
      killProcess(second, SIGKILL);
      await end(second);
    } finally {
      closeDescriptor(group);
      await until("the group is empty", () => tryRemove(directory));
    }
  });
});

function tryRemove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

describe.each([["in a user namespace", user], ["without one", null]] as const)("the rows of a start %s", (_, user) => {
  const given: Surroundings = { user, ours: 77, group: null };
  const table = (surroundings = given) => startRows(sleeper, { ...sleeper, descriptors: [[5, 0], [6, 6]] }, surroundings, new TableMemory()).rows;
  const rows = table();
  const index = (name: string) => rows.findIndex((row) => row.name === name);
  const lines = (from: number, to: number) => rows.slice(from, to).map(({ calls }) => calls);

  test("hold every signal back until the supervisor goes on, and the starter goes nowhere but to its end", () => {
    expect(rows[0]).toMatchObject({ calls: "rt_sigprocmask", args: [SIG_SETMASK, expect.any(Number), expect.any(Number), 8] });
    expect(rows.at(-1)).toMatchObject({ calls: "rt_sigprocmask", name: "back", args: [SIG_SETMASK, rows[0]!.args[2], 0, 8] });
    expect(rows[1]).toMatchObject({ name: "starter", unlessZero: "back" });
    expect(rows.at(-2)).toMatchObject({ calls: "exit_group", args: [0], name: "end" });
    // Each child is made, becomes its program or ends: no row after its end is ever its own.
    for (const [name, after] of [["first", "second"], ["second", "end"]] as const) {
      expect(rows[index(name)]).toMatchObject({ calls: "clone", unlessZero: after });
      expect(lines(index(after) - 2, index(after))).toEqual(["execve", "exit_group"]);
    }
  });

  test("give up what is ours alone before anything is made, and make namespaces and maps before the children", () => {
    const place = rows.findIndex(({ calls }) => calls === "dup3");
    expect(rows[place]!.args).toEqual([0, 77, O.CLOEXEC]);
    const opened = user === null ? [] : ["close", "openat", "write", "close", "openat", "write", "close", "openat", "write", "dup3", "geteuid", "getegid"];
    expect<string[]>(lines(place, index("first"))).toEqual(["dup3", "unshare", ...opened]);
    expect(rows[place + 1]!.args).toEqual([user === null ? CLONE.NEWPID : CLONE.NEWPID | CLONE.NEWUSER]);
  });

  test("have a second process only beside a first, with its descriptors in their places", () => {
    const second = index("second");
    expect(rows[second + 1]).toMatchObject({ calls: "kill", args: [2, 0], unlessZero: "end of the second" });
    expect(lines(second + 2, index("end"))).toEqual(["fcntl", "dup3", "fcntl", "rt_sigprocmask", "execve", "exit_group"]);
    expect(rows[second + 4]!.args).toEqual([6, F.SETFD, 0]);
  });

  test("take clone3 for a group, and it alone", () => {
    expect(table({ ...given, group: 9 }).filter(({ calls }) => calls === "clone3")).toMatchObject([{ name: "second", unlessZero: "end", args: [expect.any(Number), 88] }]);
    expect(rows.some(({ calls }) => calls === "clone3")).toBe(false);
  });

  test("lead each to a row that comes later", () => {
    for (const [at, { unlessZero }] of sequenced(rows).entries()) expect(unlessZero ?? rows.length).toBeGreaterThan(at);
  });
});

describe("a start that fails", () => {
  const attempt = (first: Newborn, second: Newborn, surroundings: Partial<Surroundings> = {}) => {
    try {
      spawnByStarter(first, second, { user, ours: pipe()[1], group: null, ...surroundings }, (pid) => void running.add(pid));
    } catch (error) {
      return error;
    }
    throw new Error("it did not fail");
  };
  const missing: Newborn = { path: "/nonexistent", argv: ["x"], descriptors: [] };

  test("says which program cannot be executed, and leaves no second process without a first", async () => {
    expect(attempt(missing, sleeper)).toMatchObject({ call: "execve", errno: errno.ENOENT, message: "execve /nonexistent: ENOENT (no such file or directory)" });
    // The kernel ends whoever is in the namespace with its first process, which waits until the others have been reaped.
    for (const pid of [...running].toReversed()) await end(pid);
    expect(attempt(sleeper, missing)).toMatchObject({ call: "execve", errno: errno.ENOENT });
  });

  test("says which descriptor is not open, and executes nothing", () => {
    expect(attempt(sleeper, { ...sleeper, descriptors: [[1_000_000, 0]] })).toMatchObject({ call: "fcntl", errno: errno.EBADF });
  });

  test("says when it is the namespaces that cannot be had", () => {
    // Nobody may map a group that is not its own without the right to.
    const stranger = { uid: user.uid, gid: user.gid + 1 };
    const error = process.geteuid!() === 0 ? attempt(sleeper, sleeper, { user: { uid: 2 ** 32 - 1, gid: 0 } }) : attempt(sleeper, sleeper, { user: stranger });
    expect(error).toBeInstanceOf(UserNamespaceRefused);
    expect(error).toBeInstanceOf(SyscallError);
    expect(running.size).toBe(0);
  });
});

function children(): number[] {
  return readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "latin1").split(" ").filter((pid) => pid !== "").map(Number));
}
