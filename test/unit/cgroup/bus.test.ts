import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { callBy } from "../../../src/cgroup/bus.ts";
import { marshalCall } from "../../../src/cgroup/dbus-message.ts";
import { enterUserScope, startScope } from "../../../src/cgroup/user-scope.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";
import { start, type Running } from "../../helpers/running.ts";

let directory = "";
const buses: Running[] = [];
beforeEach(() => void (directory = makeTestDirectory()));
afterEach(async () => {
  for (const bus of buses.splice(0)) {
    bus.kill("SIGKILL");
    await bus.ended;
  }
  rmSync(directory, { recursive: true });
});

/** In a process of its own, as a call blocks ours. @returns the socket, and what it was sent */
async function bus(behaviour: string): Promise<{ readonly socket: string; readonly sent: () => Promise<string> }> {
  const socket = join(directory, "bus");
  const running = start([process.execPath, join(import.meta.dir, "../../fixtures/cgroup/fake-bus.ts"), socket, behaviour], { env: {} });
  buses.push(running);
  await running.prints("ready\n");
  const sent = async () => (await running.ended).stdout.slice("ready\n".length);
  return { socket, sent };
}

const call = startScope("x.scope");
const soon = () => performance.now() + 5000;

test.each(["agrees", "agrees in pieces"])("a bus that %s is asked once, by whoever the kernel says that we are", async (behaviour) => {
  const { socket, sent } = await bus(behaviour);
  expect(callBy({ socket, direct: false }, call, soon())).toBeNull();
  const bytes = Buffer.from(await sent(), "hex");
  expect(bytes.toString("latin1")).toStartWith("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\nl");
  expect(bytes.subarray(-marshalCall({ ...call, serial: 2 }).length)).toEqual(Buffer.from(marshalCall({ ...call, serial: 2 })));
});

test("a service that is asked directly is not greeted", async () => {
  const { socket, sent } = await bus("agrees");
  expect(callBy({ socket, direct: true }, call, soon())).toBeNull();
  expect((await sent()).length / 2).toBe("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n".length + marshalCall({ ...call, serial: 2 }).length);
});

test.each([
  ["refuses", /bus says org\.freedesktop\.DBus\.Error\.AccessDenied: not you$/],
  ["rejects", /does not let us in: REJECTED EXTERNAL/],
  ["is no bus", /not a message of D-Bus/],
  ["talks", /says more than an answer can have|does not let us in/],
  ["hangs up", /closed the connection/],
])("a bus that %s is a reason, and no error", async (behaviour, reason) => {
  const { socket } = await bus(behaviour);
  expect(callBy({ socket, direct: false }, call, soon())).toMatch(reason);
});

test("a bus that is silent is waited for no longer than asked", async () => {
  const { socket } = await bus("is silent");
  expect(callBy({ socket, direct: false }, call, performance.now() + 20)).toMatch(/does not answer/);
});

test("a bus that is not there is a reason, and so is a path that no socket can have", () => {
  expect(callBy({ socket: join(directory, "missing"), direct: false }, call, soon())).toMatch(/missing: ENOENT/);
  expect(callBy({ socket: `/${"x".repeat(200)}`, direct: false }, call, soon())).toMatch(/ENAMETOOLONG/);
});

test("a manager that agrees and does not move us gives no group", async () => {
  const { socket } = await bus("agrees");
  expect(enterUserScope([{ socket, direct: false }], 50)).toEqual({ reason: expect.stringMatching(/did not move us into mini-isolate-[0-9]+-[0-9a-z]+\.scope within 0\.05 s/) });
});

test("every way is tried, and every refusal told", async () => {
  const { socket } = await bus("rejects");
  expect(enterUserScope([{ socket: join(directory, "missing"), direct: true }, { socket, direct: false }])).toEqual({
    reason: expect.stringMatching(/makes no group for us: .*missing: ENOENT.*, .*does not let us in/),
  });
});
