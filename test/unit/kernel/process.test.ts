import { afterEach, describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SyscallError } from "../../../src/kernel/errno.ts";
import { closeDescriptor, makePipe, writeFully } from "../../../src/kernel/files.ts";
import { sealedMemoryFile } from "../../../src/kernel/memory-file.ts";
import {
  isIgnored, killProcess, openPidfd, pollReadable, reap, resetInheritedSignals, setDisposition, type ChildEnd,
} from "../../../src/kernel/process.ts";
import { prepareSpawn, spawnInNewPidNamespace, spawnPrepared } from "../../../src/kernel/spawn.ts";
import { claimWith, root, sandbox } from "../../helpers/requires.ts";
import { until } from "../../helpers/until.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";

const { SIGCHLD, SIGKILL, SIGPIPE, SIGSEGV, SIGUSR2 } = constants.signals;
const running = new Set<number>();
const open = new Set<number>();

function owned(fd: number): number {
  open.add(fd);
  return fd;
}

function start(argv: readonly string[], descriptors: readonly (readonly [number, number])[] = [], environment: readonly string[] = []): number {
  const pid = spawnPrepared(prepareSpawn(argv[0]!, argv, environment, descriptors));
  running.add(pid);
  return pid;
}

async function end(pid: number): Promise<ChildEnd> {
  const seen = await until(`the end of ${pid}`, () => reap(pid));
  running.delete(pid);
  return seen;
}

/** What a command prints, once it has ended. */
async function printed(argv: readonly string[], environment: readonly string[] = [], more: readonly (readonly [number, number])[] = []): Promise<string> {
  const [readEnd, writeEnd] = makePipe();
  owned(readEnd);
  const pid = start(argv, [[writeEnd, 1], ...more], environment);
  closeDescriptor(writeEnd);
  await end(pid);
  return readFileSync(readEnd, "utf8");
}

afterEach(async () => {
  for (const pid of running) {
    killProcess(pid, SIGKILL);
    await end(pid);
  }
  for (const fd of open) closeDescriptor(fd);
  open.clear();
});

describe("a process that we start", () => {
  test("has every signal as it is by default, though we ignore some", async () => {
    expect(isIgnored(SIGPIPE)).toBe(true);
    const status = await printed(["/bin/cat", "/proc/self/status"]);
    for (const set of ["SigBlk", "SigIgn", "SigCgt"]) expect(status).toMatch(new RegExp(`^${set}:\t0{16}$`, "m"));
  });

  test("has the arguments and the environment that it was given, and nothing of ours", async () => {
    expect(await printed(["/bin/cat", "/proc/self/cmdline"])).toBe("/bin/cat\0/proc/self/cmdline\0");
    expect(await printed(["/bin/cat", "/proc/self/environ"])).toBe("");
    expect(await printed(["/bin/cat", "/proc/self/environ"], ["A=grün", "B="])).toBe("A=grün\0B=\0");
  });

  test("has the descriptors that it was given, also under their own number, and none of our others", async () => {
    const kept = owned(sealedMemoryFile("kept", Buffer.from("kept")));
    const hidden = owned(sealedMemoryFile("hidden", Buffer.from("hidden")));
    const listing = await printed(["/bin/ls", "-1", "/proc/self/fd"], [], [[kept, kept], [kept, 0]]);
    const numbers = listing.trim().split("\n").map(Number);
    // One more is the directory that ls reads.
    expect(numbers).toEqual(expect.arrayContaining([0, 1, kept]));
    expect(numbers).not.toContain(hidden);
  });

  test("that is not there is an error with its name, and no process", () => {
    const failed = () => spawnPrepared(prepareSpawn("/no/such/program", ["x"], [], []));
    expect(failed).toThrow(SyscallError);
    expect(failed).toThrow("posix_spawn /no/such/program: ENOENT (no such file or directory)");
  });
});

describe("the end of a process", () => {
  test("is not there while it runs", () => {
    const pid = start(["/bin/sleep", "60"]);
    expect(reap(pid)).toBeNull();
  });

  test.each([0, 1, 127, 255])("with exit code %d is that code", async (code) => {
    expect(await end(start(["/bin/sh", "-c", `exit ${code}`]))).toMatchObject({ exitCode: code, signal: null });
  });

  test.each([["SIGKILL", SIGKILL], ["SIGSEGV, with or without a core dump", SIGSEGV], ["a real-time signal", 37], ["the last signal", 64]] as const)("by %s is that signal", async (_, signal) => {
    const pid = start(["/bin/sleep", "60"]);
    killProcess(pid, signal);
    expect(await end(pid)).toMatchObject({ exitCode: null, signal });
  });

  test("comes with what it used, its children included", async () => {
    const busy = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done";
    const { usage } = await end(start(["/bin/sh", "-c", `${busy}; /bin/sh -c '${busy}'; exit 0`]));
    expect(usage.cpuTimeMs).toBeWithin(5, 5000);
    // No more than a lower bound: it survives execve, and the parent here is a large one.
    expect(usage.maxRssBytes).toBeGreaterThan(100_000);
    expect(usage.pageFaults).toBeGreaterThan(10);
  });

  test("is told once", async () => {
    const pid = start(["/bin/true"]);
    await end(pid);
    expect(() => reap(pid)).toThrow(`wait4 process ${pid}: ECHILD`);
  });
});

describe("waiting", () => {
  test("ends when a process does", () => {
    const pidfd = owned(openPidfd(start(["/bin/true"])));
    expect(pollReadable([pidfd], 10_000)).toEqual({ ready: [pidfd], interrupted: false });
  });

  test("ends after its time, not before", () => {
    const pidfd = owned(openPidfd(start(["/bin/sleep", "60"])));
    const begun = performance.now();
    expect(pollReadable([pidfd], 20)).toEqual({ ready: [], interrupted: false });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(20);
    expect(pollReadable([], 0).ready).toEqual([]);
  });

  test("names those descriptors that are ready or hung up, and no others", () => {
    const pipes = Array.from({ length: 3 }, () => makePipe().map(owned) as [number, number]);
    const descriptors = pipes.map(([readEnd]) => readEnd);
    writeFully(pipes[1]![1], Buffer.from("x"));
    closeDescriptor(pipes[2]![1]);
    open.delete(pipes[2]![1]);
    expect(pollReadable(descriptors, 1000).ready).toEqual(descriptors.slice(1));
  });
});

describe("a signal", () => {
  test("to a process that is gone is no error", async () => {
    const pid = start(["/bin/true"]);
    await end(pid);
    expect(() => killProcess(pid, SIGKILL)).not.toThrow();
  });

  test("that we ignore is known to be ignored, until it is not", () => {
    setDisposition(SIGUSR2, "ignore");
    expect(isIgnored(SIGUSR2)).toBe(true);
    setDisposition(SIGUSR2, "default");
    expect(isIgnored(SIGUSR2)).toBe(false);
  });

  test("of ended children is not ignored after the reset, so that they can be waited for", async () => {
    setDisposition(SIGCHLD, "ignore");
    resetInheritedSignals(SIGCHLD);
    expect(isIgnored(SIGCHLD)).toBe(false);
    expect(await end(start(["/bin/sh", "-c", "exit 5"]))).toMatchObject({ exitCode: 5 });
  });

  test("cannot be given a disposition when it may not be caught", () => {
    expect(() => setDisposition(SIGKILL, "ignore")).toThrow("rt_sigaction signal 9: EINVAL");
  });
});

describe("a new pid namespace", () => {
  const claim = claimWith(root);
  const own = () => owned(openSync("/proc/thread-self/ns/pid", "r"));
  const sleeper = () => prepareSpawn("/bin/sleep", ["sleep", "60"], [], []);
  const pidInside = (pid: number) => /^NSpid:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]!.split("\t").at(-1);

  claim("has the first process that is started in it as pid 1, the next as pid 2", async () => {
    const [first, second] = spawnInNewPidNamespace(own(), sleeper(), sleeper(), (pid) => void running.add(pid));
    expect([pidInside(first), pidInside(second)]).toEqual(["1", "2"]);
    // The end of pid 1 is the end of all.
    killProcess(first, SIGKILL);
    expect(await end(second)).toMatchObject({ signal: SIGKILL });
    expect(await end(first)).toMatchObject({ signal: SIGKILL });
  });

  claim("is left again, so that later processes are ours, also when starting one fails", () => {
    const missing = prepareSpawn("/no/such/program", ["x"], [], []);
    const started: number[] = [];
    expect(() => spawnInNewPidNamespace(own(), missing, sleeper(), (pid) => void started.push(pid))).toThrow("posix_spawn /no/such/program: ENOENT");
    expect(started).toEqual([]);
    expect(() => spawnInNewPidNamespace(own(), sleeper(), missing, (pid) => void (started.push(pid), running.add(pid)))).toThrow("ENOENT");
    expect(started.length).toBe(1);
    const pid = start(["/bin/sleep", "60"]);
    expect(pidInside(pid)).toBe(String(pid));
  });

  describe("is entered and left", () => {
    /** Apart from us: what these do may end the process that does it. */
    function fixture(name: string, ...args: readonly string[]) {
      const env = { ...process.env, BUN_ENABLE_CRASH_REPORTING: "0" };
      const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, "../../fixtures/kernel", `${name}.ts`), ...args], { env });
      return { exitCode, signal: signalCode ?? null, stdout: stdout.toString(), stderr: stderr.toString() };
    }

    claimWith(...sandbox)("four at a time while the runtime collects, compiles and starts workers, and nothing is lost", () => {
      using directory = temporaryDirectory();
      expect(fixture("start-under-pressure", "40", join(directory.path, "state"))).toEqual({ exitCode: 0, signal: null, stdout: "160\n", stderr: "" });
    });

    claim("without JavaScript in between, since a collection there would end the runtime", () => {
      expect(fixture("collect-in-between")).toMatchObject({ signal: "SIGABRT", stdout: "inside\n" });
    });
  });
});
