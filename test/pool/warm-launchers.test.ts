// Launchers that wait: nothing of one run is used for another, and none is used for a run that it was not prepared for.
import { describe, expect } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Isolate, IsolateError, plainRun, type ExecutionResult } from "../../src/index.ts";
import { mountTmpfs, unmount } from "../../src/kernel/mount.ts";
import { processCpuTimeMs } from "../../src/kernel/clock.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";
import { taken, warmBox, warmth, type WarmBox } from "./warm.ts";

const claim = claimWith(...sandbox);
const shell = (text: string) => ["/bin/sh", "-c", text];

/** Children of ours: with what else bun test may have started. */
function children(): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === process.pid);
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
  } catch {
    return 0;
  }
}

/** It may have ended. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}

/** Launchers that wait: processes of ours by that name. */
function waitingLaunchers(): number[] {
  return children().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("launcher"));
}

const descriptors = () => readdirSync("/proc/self/fd").length;

describe("two runs with launchers that waited", () => {
  claim("share no namespace, no /tmp, no control group and no process", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    const names = ["pid", "mnt", "ipc", "uts", "net"];
    const look = shell(`for n in ${names.join(" ")}; do readlink /proc/self/ns/$n; done; ls -A /tmp /dev/shm /box; touch /tmp/left /dev/shm/left; sleep 0.1`);
    await warm.run(look);
    const groups: string[] = [];
    for (let index = 0; index < 3; index++) {
      const { result, trace } = await warm.run(look);
      expect(trace).toContain(taken);
      const lines = result.stdout.trim().split("\n");
      // It was started while the run went on: what both have now is shared.
      const [waits] = waitingLaunchers();
      const theirs = names.map((name) => readlinkSync(`/proc/${waits}/ns/${name}`));
      const ours = names.map((name) => readlinkSync(`/proc/self/ns/${name}`));
      for (const [at, name] of names.entries()) expect([name, new Set([lines[at], theirs[at], ours[at]]).size]).toEqual([name, 3]);
      expect(lines.slice(names.length)).toEqual(["/box:", "", "/dev/shm:", "", "/tmp:"]);
      groups.push(...trace.flatMap((line) => /^(?:created|takes) cgroup (.*)$/.exec(line)?.[1] ?? []));
    }
    expect(new Set(groups).size).toBe(groups.length);
  });

  claim("are not the same process: each waits once", async () => {
    using warm = warmBox();
    using _ = warmth();
    const pids = new Set<number>();
    for (let index = 0; index < 5; index++) {
      await warm.run(["/bin/true"]);
      const [pid, ...others] = waitingLaunchers();
      expect(others).toEqual([]);
      expect(pids.has(pid!)).toBe(false);
      pids.add(pid!);
    }
    expect(pids.size).toBe(5);
  });

  claim("a launcher that waits has left the host: its root is that of a box, and it has no other processes beside init", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const [pid] = waitingLaunchers();
    await until("it waits", () => readdirSync(`/proc/${pid}/root`).includes("box"));
    expect(readdirSync(`/proc/${pid}/root`).toSorted()).toEqual(expect.arrayContaining(["bin", "box", "dev", "etc", "proc", "tmp", "usr"]));
    expect(readdirSync(`/proc/${pid}/root`)).not.toContain("root");
    expect(readdirSync(`/proc/${pid}/root/box`)).toEqual([]);
    expect(readFileSync(`/proc/${pid}/mountinfo`, "latin1")).not.toContain(warm.box.workdir);
  });
});

describe("a launcher that waits", () => {
  const replaced = async (warm: WarmBox, end: (launcher: number) => void) => {
    await warm.run(["/bin/true"]);
    const [pid] = waitingLaunchers();
    end(pid!);
    await until("it has ended", () => /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "latin1")));
    const after = await warm.run(["/bin/echo", "hello"]);
    expect([after.result.status, after.result.stdout]).toEqual(["Success", "hello\n"]);
    expect(after.trace).not.toContain(taken);
    const next = await warm.run(["/bin/true"]);
    expect(next.trace).toContain(taken);
  };

  claim("and was killed is replaced", async () => {
    using warm = warmBox();
    using _ = warmth();
    await replaced(warm, (pid) => process.kill(pid, "SIGKILL"));
  });

  claim("and whose init was killed is replaced", async () => {
    using warm = warmBox();
    using _ = warmth();
    await replaced(warm, () => process.kill(children().find((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("init"))!, "SIGKILL"));
  });

  claim("and is stopped when its run begins goes on when it is continued", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const [pid] = waitingLaunchers();
    process.kill(pid!, "SIGSTOP");
    setTimeout(() => process.kill(pid!, "SIGCONT"), 50);
    const { result, trace } = await warm.run(["/bin/echo", "hello"]);
    expect([result.status, result.stdout]).toEqual(["Success", "hello\n"]);
    expect(trace).toContain(taken);
  });

  claim("is killed with the run begun: the run has another", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const [pid] = waitingLaunchers();
    process.kill(pid!, "SIGSTOP");
    setTimeout(() => killQuietly(pid!), 50);
    const { result, trace } = await warm.run(["/bin/echo", "hello"]);
    expect([result.status, result.stdout]).toEqual(["Success", "hello\n"]);
    expect(trace.join("\n")).toContain("launching another");
  });

  claim("uses next to no CPU time", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    await Bun.sleep(100);
    expect(processCpuTimeMs(waitingLaunchers()[0]!)).toBeLessThan(20);
  });
});

describe("a run of another kind", () => {
  /** The kinds differ in what the first part of a launch does. */
  const kinds: readonly (readonly [name: string, options: Parameters<WarmBox["run"]>[1], look: string, seen: (result: ExecutionResult) => void])[] = [
    ["another network", { network: "loopback" }, "ls /proc/net/if_inet6", ({ stdout }) => expect(stdout).toBe("/proc/net/if_inet6\n")],
    ["another mount", { mounts: ["data=/usr/share"] }, "ls -d /data", ({ stdout }) => expect(stdout).toBe("/data\n")],
    ["a mount that is removed", { mounts: ["tmp="] }, "ls -d /tmp || echo none", ({ stdout }) => expect(stdout).toBe("none\n")],
  ];
  for (const [name, options, look, seen] of kinds) {
    claim(`does not get it: ${name}`, async () => {
      using warm = warmBox({ process_limit: 16 });
      using _ = warmth(2);
      await warm.run(["/bin/true"]);
      const first = await warm.run(shell(look), options);
      expect(first.trace).not.toContain(taken);
      seen(first.result);
      const second = await warm.run(shell(look), options);
      expect(second.trace).toContain(taken);
      seen(second.result);
      // The one of the first kind still waits.
      expect((await warm.run(["/bin/true"])).trace).toContain(taken);
    });
  }

  claim("gets it when only limits differ: /tmp and /dev/shm are as large as the memory", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    const look = shell("stat -f -c '%b %S' /tmp /dev/shm");
    await warm.run(look);
    for (const mebibytes of [16, 64]) {
      const { result, trace } = await warm.run(look, { overrides: { maxMemory: mebibytes * 2 ** 20 } });
      expect([trace.includes(taken), result.stdout]).toEqual([true, `${mebibytes * 256} 4096\n`.repeat(2)]);
    }
    const all = await warm.run(look, { overrides: { maxMemory: null } });
    expect([all.trace.includes(taken), Number(all.result.stdout.split(" ")[0]) > 64 * 256]).toEqual([true, true]);
  });

  claim("gets it in another box, with a user of its own", async () => {
    using one = warmBox({ process_limit: 16 });
    const other = Isolate.temporary({ process_limit: 16 }, { stateDir: join(one.base, "state") });
    using _ = warmth();
    await one.run(["/bin/true"]);
    const trace: string[] = [];
    const { stdout } = await other.run(shell("id -u; cat /etc/passwd /etc/group; touch /etc/passwd /etc/x; touch mine"), { kind: "empty" }, { ...plainRun, trace: (line) => void trace.push(line) });
    const uid = other.config.uid!;
    expect(trace).toContain(taken);
    expect(uid).not.toBe(one.box.config.uid!);
    expect(stdout.split("\n").slice(0, 2)).toEqual([String(uid), `box:x:${uid}:${uid}:box:/box:/bin/sh`]);
    expect(readdirSync(other.workdir)).toEqual(["mine"]);
    other.cleanup();
  });

  claim("takes the place of what has waited longest, when there is no other room and it comes twice", async () => {
    using warm = warmBox();
    using _ = warmth(1);
    await warm.run(["/bin/true"]);
    const [old] = waitingLaunchers();
    const other = () => warm.run(["/bin/true"], { network: "loopback" });
    await other();
    // One run of another kind is no reason.
    expect(waitingLaunchers()).toEqual([old!]);
    await other();
    expect(waitingLaunchers()).toHaveLength(1);
    expect(waitingLaunchers()).not.toContain(old!);
    expect((await other()).trace).toContain(taken);
  });
});

claim("where two kinds take turns, one launcher is not ended for the other again and again", async () => {
  using warm = warmBox();
  using _ = warmth(1);
  const seen: boolean[] = [];
  for (let turn = 0; turn < 4; turn++) for (const network of ["none", "loopback"] as const) seen.push((await warm.run(["/bin/true"], { network })).trace.includes(taken));
  expect(seen).toEqual([false, false, true, false, true, false, true, false]);
});

describe("what changed on the host since it was prepared is seen:", () => {
  claim("something was mounted below what a box shows", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    const data = join(warm.base, "data");
    mkdirSync(join(data, "below"), { recursive: true });
    const run = () => warm.run(shell("ls /data/below"), { mounts: [`data=${data}`] });
    await run();
    expect((await run()).trace).toContain(taken);
    mountTmpfs(join(data, "below"), "size=64k");
    try {
      writeFileSync(join(data, "below/new"), "");
      const seen = await run();
      expect([seen.result.stdout, seen.trace.includes(taken)]).toEqual(["new\n", false]);
    } finally {
      unmount(join(data, "below"));
    }
    const after = await run();
    expect([after.result.stdout, after.trace.includes(taken)]).toEqual(["", false]);
  });

  claim("but what is mounted elsewhere makes no difference", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const elsewhere = join(warm.base, "elsewhere");
    mkdirSync(elsewhere);
    mountTmpfs(elsewhere, "size=64k");
    try {
      expect((await warm.run(["/bin/true"])).trace).toContain(taken);
    } finally {
      unmount(elsewhere);
    }
    expect((await warm.run(["/bin/true"])).trace).toContain(taken);
  });

  claim("a directory was replaced by another of its name", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    const data = join(warm.base, "data");
    mkdirSync(data);
    const run = () => warm.run(shell("ls /data"), { mounts: [`data=${data}`] });
    await run();
    renameSync(data, `${data}.old`);
    mkdirSync(data);
    writeFileSync(join(data, "new"), "");
    const seen = await run();
    expect([seen.result.stdout, seen.trace.includes(taken)]).toEqual(["new\n", false]);
  });

  claim("a file that a box shows was replaced", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    const file = join(warm.base, "file");
    writeFileSync(file, "old");
    const run = () => warm.run(["/bin/cat", "/file"], { mounts: [`file=${file}`] });
    await run();
    writeFileSync(`${file}.new`, "new");
    renameSync(`${file}.new`, file);
    expect((await run()).result.stdout).toBe("new");
  });

  claim("the working directory was made anew", async () => {
    using warm = warmBox({ process_limit: 16 });
    using _ = warmth();
    await warm.run(shell("touch old"));
    warm.box.emptyWorkdir();
    const { result, trace } = await warm.run(shell("ls; touch new"));
    expect([result.stdout, trace.includes(taken)]).toEqual(["", true]);
    expect(readdirSync(warm.box.workdir)).toEqual(["new"]);
  });

  claim("the working directory was taken away: an error, as ever", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    renameSync(warm.box.workdir, `${warm.box.workdir}.away`);
    const error = await warm.run(["/bin/true"]).then(() => null, (reason: unknown) => reason);
    renameSync(`${warm.box.workdir}.away`, warm.box.workdir);
    expect(error === null ? null : error instanceof IsolateError).not.toBe(false);
    expect((await warm.run(["/bin/true"])).result.status).toBe("Success");
  });
});

describe("nothing is left", () => {
  claim("of launchers that are not wanted any more", async () => {
    using warm = warmBox();
    await warm.run(["/bin/true"]);
    const [childrenBefore, descriptorsBefore] = [children().length, descriptors()];
    const launchers = warmth(2);
    await warm.run(["/bin/true"]);
    expect(children().length).toBe(childrenBefore + 2);
    launchers[Symbol.dispose]();
    expect([children().length, descriptors()]).toEqual([childrenBefore, descriptorsBefore]);
    expect((await warm.run(["/bin/true"])).trace).not.toContain(taken);
  });

  claim("after 500 runs: as many descriptors and processes as after the first", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    await warm.run(["/bin/true"]);
    const before = [descriptors(), children().length];
    for (let index = 0; index < 500; index++) expect((await warm.run(["/bin/true"])).result.status).toBe("Success");
    expect([descriptors(), children().length]).toEqual(before);
  });
});

claim("a plan that is too long for a message is launched in the usual way", async () => {
  using warm = warmBox();
  using _ = warmth();
  await warm.run(["/bin/true"]);
  const long = "x".repeat(100_000);
  const { result, trace } = await warm.run(["/bin/sh", "-c", 'echo ${#1} ${#2}', "sh", long, long]);
  expect([result.status, result.stdout]).toEqual(["Success", "100000 100000\n"]);
  expect(trace.join("\n")).toContain("cannot be used");
});

claim("a host on which they always fail gets no more of them for a while", async () => {
  using warm = warmBox();
  using _ = warmth();
  const traces: string[] = [];
  for (let index = 0; index < 6; index++) {
    const [pid] = waitingLaunchers();
    if (pid !== undefined) {
      process.kill(pid, "SIGSTOP");
      setTimeout(() => killQuietly(pid), 30);
    }
    const { result, trace } = await warm.run(["/bin/true"]);
    expect(result.status).toBe("Success");
    traces.push(trace.includes(taken) ? "taken" : "usual");
  }
  expect(traces).toEqual(["usual", "taken", "taken", "taken", "usual", "usual"]);
});
