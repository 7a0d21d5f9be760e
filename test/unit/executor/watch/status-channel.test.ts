import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { StatusChannel } from "../../../../src/executor/watch/spawn.ts";
import { addressOf, call } from "../../../../src/kernel/ffi.ts";
import { closeDescriptor, writeFully } from "../../../../src/kernel/files.ts";
import { clockReportBytes } from "../../../../src/kernel/clock.ts";
import { rusageBytes } from "../../../../src/kernel/process.ts";
import { makeSocketPair, receive } from "../../../../src/kernel/socket.ts";
import type { LaunchPlan, Step } from "../../../../src/model/plan.ts";

const first: Step = { does: "begin", call: "setsid", args: [] };
const withListener: LaunchPlan = { steps: [first, { does: "listen", call: "seccomp", args: [], opens: "listener" }], program: null };
const without: LaunchPlan = { steps: [first], program: null };

const usage = new Uint8Array(rusageBytes);
const clock = new Uint8Array(clockReportBytes);
new DataView(clock.buffer).setBigInt64(0, 1234n, true);

function failure(step: bigint, errno: bigint): Uint8Array {
  return new Uint8Array(new BigInt64Array([step, errno]).buffer);
}

/** sendmsg(2) with a descriptor, as the launcher does it. */
function sendWith(socket: number, bytes: Uint8Array, fd: number): void {
  const control = new Int32Array([20, 0, 1, 1, fd, 0]);
  const vector = new BigUint64Array([BigInt(addressOf(bytes)), BigInt(bytes.length)]);
  call("sendmsg", "", socket, new BigUint64Array([0n, 0n, BigInt(addressOf(vector)), 1n, BigInt(addressOf(control)), 24n, 0n]), 0);
}

/** What a channel makes of a stream; `close`: the launcher's end is closed then. */
function heard(plan: LaunchPlan, send: (theirs: number) => void, close = true) {
  const [ours, theirs] = makeSocketPair();
  const channel = new StatusChannel(ours, plan);
  send(theirs);
  if (close) closeDescriptor(theirs);
  const launch = channel.read();
  const { listener } = channel;
  const startedAt = channel.startedAt();
  channel.close();
  if (!close) closeDescriptor(theirs);
  return { launch, listener, startedAt };
}

describe("the status channel", () => {
  test("waits for the end of the stream", () => {
    expect(heard(without, () => {}, false)).toMatchObject({ launch: null, startedAt: null });
    expect(heard(without, (fd) => writeFully(fd, usage), false)).toMatchObject({ launch: null });
    expect(heard(without, (fd) => writeFully(fd, clock), false)).toMatchObject({ launch: null });
  });

  test("tells of a start, with its time and without or with a listener", () => {
    expect(heard(without, (fd) => (writeFully(fd, usage), writeFully(fd, clock)))).toEqual({ launch: { kind: "started" }, listener: null, startedAt: 1_234_000 });
    const seen = heard(withListener, (fd) => (sendWith(fd, usage, 1), writeFully(fd, clock)));
    expect(seen).toEqual({ launch: { kind: "started" }, listener: expect.any(Number), startedAt: 1_234_000 });
    // Closed with the channel, and nobody else got it.
    expect(() => statSync(`/proc/self/fd/${seen.listener}`)).toThrow();
  });

  test("does not take a start without the listener that was to come for one", () => {
    expect(heard(withListener, (fd) => (writeFully(fd, usage), writeFully(fd, clock))).launch).toEqual({ kind: "lost", reason: "the listener of the seccomp filter did not come with the launcher's report" });
  });

  test("names the step that failed, before and after the reports", () => {
    expect(heard(withListener, (fd) => writeFully(fd, failure(0n, 1n))).launch).toEqual({ kind: "failed", does: "begin", errno: 1 });
    expect(heard(withListener, (fd) => (sendWith(fd, usage, 1), writeFully(fd, failure(1n, 22n)))).launch).toEqual({ kind: "failed", does: "listen", errno: 22 });
    expect(heard(withListener, (fd) => (sendWith(fd, usage, 1), writeFully(fd, clock), writeFully(fd, failure(-1n, 2n)))).launch).toEqual({ kind: "not executable", errno: 2 });
  });

  test("tells of a launcher that was lost", () => {
    expect(heard(without, () => {}).launch).toMatchObject({ kind: "lost" });
    expect(heard(withListener, (fd) => sendWith(fd, usage, 1)).launch).toMatchObject({ kind: "lost", reason: "the launcher ended before it could start the program" });
  });
});

test("a descriptor that is received is close-on-exec", () => {
  const [ours, theirs] = makeSocketPair();
  expect(receive(ours, new Uint8Array(8))).toEqual({ count: -11, descriptors: [] });
  sendWith(theirs, usage, 1);
  const { count, descriptors: [descriptor] } = receive(ours, new Uint8Array(8));
  expect(count).toBe(8);
  expect([ours, theirs, descriptor!].map((fd) => call("fcntl", "F_GETFD", fd, 1, 0))).toEqual([1, 1, 1]);
  for (const fd of [ours, theirs, descriptor!]) closeDescriptor(fd);
});
