import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { closeDescriptor, makePipe } from "../../../src/kernel/files.ts";
import { errno, SyscallError } from "../../../src/kernel/errno.ts";
import { killProcess, reap, setDisposition } from "../../../src/kernel/process.ts";
import { UserNamespaceRefused, spawnByStarter, type Newborn, type Surroundings } from "../../../src/kernel/starter.ts";
import { claimWith, root } from "../../helpers/requires.ts";
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
      // 3 is the directory that is listed.
      expect(said).toBe(`0 1 2 3 SigBlk:\t${none}\nSigIgn:\t${none}\n`);
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

  test("says which program cannot be executed, and starts no second process without a first", () => {
    expect(attempt(missing, sleeper)).toMatchObject({ call: "execve", errno: errno.ENOENT, message: "execve /nonexistent: ENOENT (no such file or directory)" });
    expect(running.size).toBeLessThanOrEqual(1);
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
