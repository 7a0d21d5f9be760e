// Those who wait for a box: in which order they get it, and what dies with one of them.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { acquireBoxLock } from "../../../src/state/lock.ts";
import { waitersFor } from "../../helpers/host.ts";
import { fixturePath, nextMessage, startFixture, type TemporaryState, temporaryState } from "../../helpers/temporary.ts";
import { until } from "../../helpers/until.ts";

const many = 16;
const fileOf = ({ state }: TemporaryState): string => `${state.path}/locks/0`;

/** Starts processes that wait for the lock that we have, each when the one before stands in line. */
async function line(temporary: TemporaryState, length: number) {
  const waiting = [];
  for (let number = 1; number <= length; number++) {
    const child = startFixture("hold-lock", temporary.state.path, "0", "0", "wait");
    await nextMessage(child);
    await until(`${number} wait`, () => waitersFor(fileOf(temporary)) === number);
    const got = nextMessage(child) as Promise<{ pid: number }>;
    // One that is killed never says anything.
    got.catch(() => {});
    waiting.push({ child, got });
  }
  return waiting;
}

type Waiting = Awaited<ReturnType<typeof line>>;

/** Lets them have it one after the other. @returns their pids in that order */
async function serve(waiting: Waiting): Promise<number[]> {
  const order: number[] = [];
  const open = new Map(waiting.map(({ child, got }) => [child.pid, { child, got }]));
  while (open.size > 0) {
    const { pid } = await Promise.race([...open.values()].map(({ got }) => got));
    order.push(pid);
    const { child } = open.get(pid)!;
    open.delete(pid);
    child.stdin.end();
    await child.exited;
  }
  return order;
}

describe("a line at a box", () => {
  test(`of ${many} is served in the order in which they came`, async () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", { wait: false, create: true });
    const waiting = await line(temporary, many);
    lock.release();
    expect(await serve(waiting)).toEqual(waiting.map(({ child }) => child.pid));
    expect(readdirSync(`${temporary.state.path}/locks`)).toEqual(["0"]);
    expect(statSync(fileOf(temporary)).size).toBe(24);
  });

  test("goes on in its order when its head, one in the middle and its last are killed, and nothing of them is left", async () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", { wait: false, create: true });
    const waiting = await line(temporary, 9);
    const dead = [0, 4, 8].map((index) => waiting[index]!.child);
    for (const [at, child] of dead.entries()) {
      child.kill("SIGKILL");
      await child.exited;
      await until("those behind it have moved up", () => waitersFor(fileOf(temporary)) === waiting.length - at - 1);
    }
    lock.release();
    const alive = waiting.filter(({ child }) => !dead.includes(child));
    expect(await serve(alive)).toEqual(alive.map(({ child }) => child.pid));
    expect(readdirSync(`${temporary.state.path}/locks`)).toEqual(["0"]);
    expect(readdirSync(temporary.state.path).toSorted()).toEqual(["locks", "uids"]);
  });

  test("uses no processor time while it waits", async () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", { wait: false, create: true });
    const waiting = await line(temporary, 4);
    /** Voluntary context switches of the waiting thread: one that polls has more with time. */
    const switches = () => waiting.map(({ child }) => /^voluntary_ctxt_switches:\t([0-9]+)$/m.exec(readFileSync(`/proc/${child.pid}/task/${child.pid}/status`, "latin1"))![1]);
    const before = switches();
    // Not for something to happen: for nothing to happen.
    await Bun.sleep(200);
    expect(switches()).toEqual(before);
    lock.release();
    await serve(waiting);
  });

  test("survives that the lock file is removed and made anew", async () => {
    using temporary = temporaryState();
    const lock = acquireBoxLock(temporary.state, "0", { wait: false, create: true });
    const waiting = await line(temporary, 4);
    lock.releaseAndRemove();
    expect((await serve(waiting)).toSorted()).toEqual(waiting.map(({ child }) => child.pid).toSorted());
    expect(readdirSync(`${temporary.state.path}/locks`)).toEqual(["0"]);
  });

  test("does not let one get in front who had the box a moment ago and comes again", async () => {
    using temporary = temporaryState();
    const log = `${temporary.parent}/log`;
    const rounds = 100;
    // On one processor and without preemption, the one who lets the lock go asks again before the other has woken up.
    const processor = /^Cpus_allowed_list:\t([0-9]+)/m.exec(readFileSync("/proc/self/status", "latin1"))![1]!;
    const children = ["a", "b"].map((name) =>
      Bun.spawn(["chrt", "--batch", "0", "taskset", "-c", processor, process.execPath, fixturePath("come-again"), temporary.state.path, "0", log, name, String(rounds)], { stdin: "ignore", stderr: "inherit" }));
    for (const child of children) expect(await child.exited).toBe(0);
    const turns = readFileSync(log, "utf8");
    expect(turns).toHaveLength(2 * rounds);
    // From where both are there to where the first is through. With flock alone the one who has it keeps it.
    const together = turns.slice(Math.max(turns.indexOf("a"), turns.indexOf("b")), Math.min(turns.lastIndexOf("a"), turns.lastIndexOf("b")));
    expect(together.length).toBeGreaterThan(rounds);
    expect(Math.max(...(together.match(/a+|b+/g) ?? []).map((run) => run.length))).toBeLessThanOrEqual(5);
  });
});
