// What a machine has only once: for every kind of kernel object that can be had in numbers, the host loses no more than the box is charged.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { cgroupMechanism, claimWith, sandbox } from "../helpers/requires.ts";
import { hoard, type Hoard } from "./hoard.ts";
import { leaveOutVariable, weakenedBinary } from "./weakened.ts";

const claim = claimWith(...sandbox);
const patient = { timeout: 200_000 };

/** What the host may lose beyond the charge: caches, other processes, memory that is given back a little later. */
const slackBytes = 48 * 2 ** 20;
const limits = ["--mem", "64", "--processes", "32", "--time", "20"];
const filter = "install the seccomp filter";

/** Names no box of another test, as its group is looked for by this name. */
const id = `hoard-${process.pid}`;

interface Setting {
  readonly flags?: readonly string[];
  /** More flags of `init`. */
  readonly init?: readonly string[];
  /** Steps that are left out, in the weakened binary. */
  readonly without?: string;
}

/** One program that hoards, in a box of its own. */
async function hoardOf(kind: string, { flags = [], init = [], without }: Setting = {}): Promise<Hoard> {
  await using state = openState(without === undefined ? {} : { binary: await weakenedBinary() });
  await boxWith(state, ["attacks/hoard"], { id, init: [...limits, ...init] });
  return await hoard(state, id, kind, flags, without === undefined ? {} : { env: { [leaveOutVariable]: without } });
}

/** The machine is shared: what another process took meanwhile is not lost in every try. */
async function leastUncharged(kind: string, setting?: Setting): Promise<Hoard> {
  let least: Hoard | null = null;
  for (let tries = 0; tries < 4 && (least === null || least.unchargedBytes > slackBytes); tries++) {
    const now = await hoardOf(kind, setting);
    if (least === null || now.unchargedBytes < least.unchargedBytes) least = now;
  }
  return least!;
}

/** Version 2 charges a group for more, so that a program may reach its memory limit before it has them all. */
function expectMany(count: number | null, { status }: ExecutionResult, least: number): void {
  if (count === null && cgroupMechanism === "cgroup-v2") expect(status).toBe("MemoryLimit");
  else expect(count).toBeGreaterThan(least);
}

/** Kinds that must be had in some number, or the program did not try. */
const plenty = [
  "eventfd", "timerfd", "signalfd", "epoll", "inotify", "pidfd", "open-files", "memfd", "in-flight", "posix-timers", "queued-signals", "posix-messages", "epoll-watches", "missing-names", "areas", "children",
];
/** Kinds of which there is enough to reach the memory limit. */
const overTheLimit = ["pipes", "unix-stream", "unix-datagram", "message-queues", "semaphores", "shared-memory", "empty-files", "page-tables"];
/** Kinds that are not to be had at all. */
const refused = ["udp", "tcp", "netlink", "aio-contexts", "watches"];

describe("the host loses no more than the box is charged, when a program takes all it can get of", () => {
  for (const kind of plenty) {
    claim(`${kind}, which it gets`, async () => {
      const { count, unchargedBytes, result } = await leastUncharged(kind);
      expectMany(count, result, 10);
      expect(unchargedBytes).toBeLessThan(slackBytes);
    }, patient);
  }

  for (const kind of overTheLimit) {
    claim(`${kind}, up to its memory limit`, async () => {
      const { count, unchargedBytes, result } = await leastUncharged(kind);
      expect([count, result.status]).toEqual([null, "MemoryLimit"]);
      expect(unchargedBytes).toBeLessThan(slackBytes);
    }, patient);
  }

  for (const kind of ["landlock", "attributes"]) {
    // Where the kernel has them.
    claim(`${kind}, if there is such a thing`, async () => {
      expect((await leastUncharged(kind)).unchargedBytes).toBeLessThan(slackBytes);
    }, patient);
  }

  for (const kind of refused) {
    claim(`${kind}, which it does not get`, async () => {
      const { count, unchargedBytes } = await leastUncharged(kind);
      expect(count).toBe(0);
      expect(unchargedBytes).toBeLessThan(slackBytes);
    }, patient);
  }
});

describe("with a loopback of its own, a program", () => {
  const loopback = { flags: ["--network", "loopback"] };

  claim("fills the buffers of TCP sockets, which are small", async () => {
    const { count, unchargedBytes, result } = await leastUncharged("tcp", loopback);
    expectMany(count, result, 100);
    expect(unchargedBytes).toBeLessThan(slackBytes);
  }, patient);

  claim("fills the buffers of UDP sockets, as many as it may have files open", async () => {
    const { count, unchargedBytes } = await leastUncharged("udp", { ...loopback, init: ["--open-files", "64"] });
    expect(count).toBeGreaterThan(10);
    expect(unchargedBytes).toBeLessThan(slackBytes);
  }, patient);

  claim("cannot make a buffer larger, and is not told so by an error", async () => {
    await using state = openState();
    const script = "import socket\ns=socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nbefore=s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)\ns.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2*before)\nprint(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)==before)";
    const { result } = await state.json(["run", "--network", "loopback", "--", "/usr/bin/python3", "-c", script]);
    expect([result.status, result.stdout]).toEqual(["Success", "True\n"]);
  });
});

describe("control without the filter: the host loses more, when a program takes", () => {
  // As many as make the point, and no more: what is lost is the machine's.
  const few = { flags: ["--network", "loopback"], init: ["--open-files", "160"], without: filter };

  for (const kind of ["udp", "tcp"]) {
    claim(`control: ${kind}`, async () => {
      const { goneBytes, chargedBytes } = await hoardOf(kind, few);
      // Version 2 charges a group for the buffers of TCP.
      if (kind === "tcp" && cgroupMechanism === "cgroup-v2") expect(chargedBytes).toBeGreaterThan(slackBytes);
      else expect(goneBytes).toBeGreaterThan(1.5 * slackBytes);
    }, patient);
  }

  claim("control: contexts of the old asynchronous I/O, of which the machine has a fixed number", async () => {
    const { count } = await hoardOf("aio-contexts", few);
    expect(count).toBeGreaterThan(100);
  }, patient);

  claim("control: watches", async () => {
    // It is charged for them, until its memory is used up.
    const { count, result, chargedBytes } = await hoardOf("watches", few);
    expect(count === null ? [result.status, chargedBytes > slackBytes] : count > 100).toEqual(count === null ? ["MemoryLimit", true] : true);
  }, patient);
});

claim("no contexts of the old asynchronous I/O are left on the machine", () => {
  expect(Number(readFileSync("/proc/sys/fs/aio-nr", "utf8"))).toBeLessThan(1000);
});
