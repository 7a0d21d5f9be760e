// A child that is born in a control group is like one of posix_spawn(3) in everything else.
import { afterEach, expect } from "bun:test";
import { mkdirSync, openSync, readFileSync, rmdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { detectCgroups } from "../../../src/cgroup/detect.ts";
import { prepareBirth } from "../../../src/kernel/birth.ts";
import { errno, errnoOf } from "../../../src/kernel/errno.ts";
import { closeDescriptor, makePipe } from "../../../src/kernel/files.ts";
import { killProcess, pollReadable, reap, setDisposition } from "../../../src/kernel/process.ts";
import { bear, prepareSpawn, spawnInNewPidNamespace } from "../../../src/kernel/spawn.ts";
import { cgroupV2, claimWith, root } from "../../helpers/requires.ts";
import { until } from "../../helpers/until.ts";

const claim = claimWith(root, cgroupV2());
const { SIGKILL, SIGHUP } = constants.signals;
const directory = () => join(detectCgroups().v2!.top, `mini-isolate-test-${process.pid}-birth`);
const descriptors: number[] = [];

function keep(fd: number): number {
  descriptors.push(fd);
  return fd;
}

/** An empty group. @returns its descriptor */
function group(): number {
  mkdirSync(directory());
  return keep(openSync(directory(), "r"));
}

function pipe(): [number, number] {
  const ends = makePipe();
  ends.forEach(keep);
  return ends;
}

async function textOf(fd: number): Promise<string> {
  return await new Response(Bun.file(fd).stream()).text();
}

afterEach(async () => {
  for (const fd of descriptors.splice(0)) closeDescriptor(fd);
  // A process that was reaped may be counted a moment longer.
  await until("the group is empty", () => {
    try {
      rmdirSync(directory());
      return true;
    } catch (error) {
      if (errnoOf(error) !== errno.EBUSY) throw error;
      return false;
    }
  });
});

claim("it has the descriptors that it was given, and no other", async () => {
  const [read, write] = pipe();
  const pid = bear(prepareBirth("/bin/sh", ["sh", "-c", "ls /proc/self/fd"], [[write, 1]], group()));
  closeDescriptor(descriptors.splice(descriptors.indexOf(write), 1)[0]!);
  // 0 and 2 are ours, 3 is the directory that ls reads.
  expect((await textOf(read)).trim().split("\n")).toEqual(["0", "1", "2", "3"]);
  await until("its end", () => reap(pid));
});

claim("it is not started when a descriptor for it is not open", async () => {
  const pid = bear(prepareBirth("/bin/sh", ["sh", "-c", "exit 0"], [[999, 1]], group()));
  expect(await until("its end", () => reap(pid))).toMatchObject({ exitCode: 127 });
});

claim("it ends with 127 when there is no such program", async () => {
  const pid = bear(prepareBirth("/no/such/program", ["x"], [], group()));
  expect(await until("its end", () => reap(pid))).toMatchObject({ exitCode: 127 });
});

claim("no signal is blocked or ignored in it, whatever is in its parent", async () => {
  const [read, write] = pipe();
  setDisposition(SIGHUP, "ignore");
  try {
    const pid = bear(prepareBirth("/bin/grep", ["grep", "^Sig[BI]", "/proc/self/status"], [[write, 1]], group()));
    closeDescriptor(descriptors.splice(descriptors.indexOf(write), 1)[0]!);
    expect(await textOf(read)).toBe("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    await until("its end", () => reap(pid));
  } finally {
    setDisposition(SIGHUP, "default");
  }
});

claim("its parent has its signals as before", () => {
  const before = readFileSync("/proc/thread-self/status", "latin1").match(/^Sig(Blk|Ign|Cgt):.*$/gm);
  const pid = bear(prepareBirth("/bin/true", ["true"], [], group()));
  expect(readFileSync("/proc/thread-self/status", "latin1").match(/^Sig(Blk|Ign|Cgt):.*$/gm)).toEqual(before);
  while (reap(pid) === null) Bun.sleepSync(1);
});

claim("its descriptor tells of its end", async () => {
  const birth = prepareBirth("/bin/true", ["true"], [], group());
  const pid = bear(birth);
  const pidfd = keep(birth.pidfd[0]!);
  await until("the descriptor to be readable", () => pollReadable([pidfd], 100).ready.includes(pidfd) || null);
  expect(reap(pid)).toMatchObject({ exitCode: 0 });
});

claim("it is pid 2 of a new pid namespace whose pid 1 is elsewhere", async () => {
  const born = group();
  const own = keep(openSync("/proc/thread-self/ns/pid", "r"));
  const pids: number[] = [];
  const [first, second] = spawnInNewPidNamespace(own, prepareSpawn("/bin/sleep", ["sleep", "60"], [], []), prepareBirth("/bin/sleep", ["sleep", "60"], [], born), (pid) => void pids.push(pid));
  expect(pids).toEqual([first, second]);
  const inside = (pid: number) => /^NSpid:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]!.split("\t").at(-1);
  expect([inside(first), inside(second)]).toEqual(["1", "2"]);
  expect(readFileSync(join(directory(), "cgroup.procs"), "utf8").trim()).toBe(String(second));
  killProcess(first, SIGKILL);
  expect(await until("its end", () => reap(second))).toMatchObject({ signal: SIGKILL });
  expect(await until("the end of pid 1", () => reap(first))).toMatchObject({ signal: SIGKILL });
});

claim("it is refused by name when the group cannot have it", () => {
  const file = keep(openSync("/dev/null", "r"));
  mkdirSync(directory());
  expect(() => bear(prepareBirth("/bin/true", ["true"], [], file))).toThrow("clone3 /bin/true: EBADF");
});
