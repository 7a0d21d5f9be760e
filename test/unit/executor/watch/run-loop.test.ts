// One ppoll for many who wait: each is woken for its own descriptors and at its own time, and nothing else is kept from going on.
import { expect, test } from "bun:test";
import { readSync, writeSync } from "node:fs";
import { RunLoop } from "../../../../src/executor/watch/run-loop.ts";
import { closeDescriptor, makePipe } from "../../../../src/kernel/files.ts";

function pipes(count: number): { readonly ends: readonly (readonly [number, number])[] } & Disposable {
  const ends = Array.from({ length: count }, makePipe);
  return { ends, [Symbol.dispose]: () => ends.flat().forEach(closeDescriptor) };
}

test("each is woken for its own descriptor, whatever the order", async () => {
  using made = pipes(20);
  const loop = new RunLoop();
  const order: number[] = [];
  const all = made.ends.map(([readEnd], index) => loop.work(async () => {
    const ready = await loop.wait([readEnd], 60_000);
    expect(ready).toEqual([readEnd]);
    readSync(readEnd, new Uint8Array(1));
    order.push(index);
  }));
  for (const index of [...made.ends.keys()].toReversed()) {
    writeSync(made.ends[index]![1], "x");
    while (order.length < made.ends.length - index) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  expect(order).toEqual([...made.ends.keys()].toReversed());
});

test("each is woken at its own time", async () => {
  const loop = new RunLoop();
  const order: number[] = [];
  await Promise.all([80, 10, 40].map((ms) => loop.work(async () => {
    expect(await loop.wait([], ms)).toEqual([]);
    order.push(ms);
  })));
  expect(order).toEqual([10, 40, 80]);
});

test("who waits to write is woken when there is room, and a descriptor that hung up counts as ready", async () => {
  using made = pipes(1);
  const [readEnd, writeEnd] = made.ends[0]!;
  const loop = new RunLoop();
  expect(await loop.work(() => loop.wait([], 60_000, [writeEnd]))).toEqual([writeEnd]);
  closeDescriptor(readEnd);
  expect(await loop.work(() => loop.wait([], 60_000, [writeEnd]))).toEqual([writeEnd]);
});

test("the thread does not sleep while some of the work waits for something else", async () => {
  const loop = new RunLoop();
  let other = false;
  const sleeping = loop.work(() => loop.wait([], 300));
  const loading = loop.work(async () => {
    await import("node:zlib");
    await Bun.sleep(5);
    other = true;
  });
  await Promise.race([sleeping, loading]);
  expect(other).toBeTrue();
  await sleeping;
});

test("a handler of a signal runs, however long everybody wants to sleep", async () => {
  const loop = new RunLoop();
  let signals = 0;
  const onSignal = () => {
    signals++;
    loop.wakeAll();
  };
  process.on("SIGUSR2", onSignal);
  try {
    const killer = Bun.spawn(["/bin/sh", "-c", `sleep 0.1; kill -USR2 ${process.pid}`]);
    await loop.work(async () => {
      while (signals === 0) expect(await loop.wait([], 60_000)).toEqual([]);
    });
    await killer.exited;
    expect(signals).toBe(1);
  } finally {
    process.off("SIGUSR2", onSignal);
  }
});

test("when the kernel refuses to wait, everybody hears of it", async () => {
  const loop = new RunLoop();
  // More descriptors than this process may have open (poll(2), EINVAL).
  const many = Array.from({ length: 2_000_000 }, () => -1);
  const seen = await Promise.allSettled([loop.work(() => loop.wait(many, 1000)), loop.work(() => loop.wait([], 1000))]);
  expect(seen.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
