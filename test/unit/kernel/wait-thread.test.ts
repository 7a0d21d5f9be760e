import { expect, test } from "bun:test";
import { Bell } from "../../../src/kernel/bell.ts";
import { closeDescriptor, makePipe, writeSome } from "../../../src/kernel/files.ts";
import { WaitThread } from "../../../src/kernel/wait-thread.ts";

test("a thread waits for descriptors of each kind, for few and for many, and the event loop goes on", async () => {
  const thread = new WaitThread();
  thread.hold(true);
  const pipes = Array.from({ length: 100 }, makePipe);
  const readable = pipes.map(([readEnd]) => readEnd);
  const [first, last] = [pipes[0]!, pipes.at(-1)!];
  try {
    expect(await thread.poll(readable.slice(0, 2), 0)).toEqual([]);
    writeSome(last[1], Buffer.from("x"));
    expect(await thread.poll(readable, 10_000)).toEqual([last[0]]);
    expect(await thread.poll([first[0]], 10_000, [first[1]])).toEqual([first[1]]);
    const waiting = thread.poll([first[0]], 10_000);
    setTimeout(() => writeSome(first[1], Buffer.from("x")), 5);
    expect(await waiting).toEqual([first[0]]);
    expect(await thread.poll([], 1)).toEqual([]);
  } finally {
    for (const pipe of pipes) pipe.forEach(closeDescriptor);
    thread.hold(false);
  }
});

test("a bell can be heard from when it is rung until it is silenced, however often it was rung", async () => {
  const thread = new WaitThread();
  thread.hold(true);
  const bell = new Bell();
  expect(await thread.poll([bell.descriptor], 0)).toEqual([]);
  const waiting = thread.poll([bell.descriptor], 10_000);
  bell.ring();
  bell.ring();
  expect(await waiting).toEqual([bell.descriptor]);
  expect(await thread.poll([bell.descriptor], 0)).toEqual([bell.descriptor]);
  bell.silence();
  expect(await thread.poll([bell.descriptor], 0)).toEqual([]);
  bell.close();
  bell.close();
  // Its number may be somebody else's by now.
  bell.ring();
  thread.hold(false);
});
