import { describe, expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { OutputPipe } from "../../../../src/executor/watch/output.ts";
import { closeDescriptor, setNonBlocking, statusFlags, writeFully, writeSome } from "../../../../src/kernel/files.ts";
import { O } from "../../../../src/kernel/constants.ts";

/** A pipe into which a program wrote these texts and ended; everything pumped. */
function afterWriting(capBytes: number, ...texts: readonly (string | Uint8Array)[]): OutputPipe {
  const pipe = new OutputPipe(capBytes);
  for (const text of texts) {
    writeFully(pipe.writeEnd, Buffer.from(text as string));
    pipe.pump();
  }
  closeDescriptor(pipe.writeEnd);
  while (pipe.pump());
  return pipe;
}

function text(pipe: OutputPipe): string {
  return Buffer.from(pipe.captured().bytes).toString();
}

describe("output", () => {
  test("of exactly the cap is kept whole and is not over it", () => {
    const pipe = afterWriting(5, "12345");
    expect([text(pipe), pipe.overflowed, pipe.captured().truncated]).toEqual(["12345", false, false]);
  });

  test("of one byte more is cut at the cap and over it", () => {
    const pipe = afterWriting(5, "123456");
    expect([text(pipe), pipe.overflowed, pipe.captured().truncated]).toEqual(["12345", true, true]);
  });

  test("that reaches the cap in parts is cut at the same byte", () => {
    const exact = afterWriting(5, "12", "345");
    expect([text(exact), exact.overflowed]).toEqual(["12345", false]);
    const over = afterWriting(5, "12", "345", "6");
    expect([text(over), over.overflowed]).toEqual(["12345", true]);
  });

  test("after the cap is not kept", () => {
    const pipe = afterWriting(3, ...Array.from({ length: 5 }, () => "x".repeat(10_000)));
    expect(pipe.captured().bytes.length).toBe(3);
  });

  test("is in the order and with the bytes of the program, also over many reads", () => {
    const parts = Array.from({ length: 40 }, (_, index) => new Uint8Array(7000).fill(index));
    expect(Buffer.from(afterWriting(1e6, ...parts).captured().bytes).equals(Buffer.concat(parts))).toBe(true);
  });

  test("of two pipes does not mix", () => {
    const [one, two] = [new OutputPipe(100), new OutputPipe(100)];
    writeFully(one.writeEnd, Buffer.from("one"));
    writeFully(two.writeEnd, Buffer.from("two"));
    one.pump();
    two.pump();
    expect([text(one), text(two)]).toEqual(["one", "two"]);
    for (const pipe of [one, two]) {
      closeDescriptor(pipe.writeEnd);
      pipe.close();
    }
  });

  test("of nothing is empty", () => {
    expect(afterWriting(5).captured()).toEqual({ bytes: Buffer.alloc(0), truncated: false });
  });
});

describe("an output pipe", () => {
  test("does not wait for a program that says nothing, and is open as long as it can speak", () => {
    const pipe = new OutputPipe(5);
    expect(pipe.pump()).toBe(false);
    expect(pipe.pollable).not.toBeNull();
    closeDescriptor(pipe.writeEnd);
    expect(pipe.pump()).toBe(false);
    expect(pipe.pollable).toBeNull();
  });

  test("holds as much as it is asked to, where the kernel lets it", () => {
    const pipe = new OutputPipe(2 ** 20, 2 ** 20);
    setNonBlocking(pipe.writeEnd);
    expect(writeSome(pipe.writeEnd, new Uint8Array(2 ** 20))).toBe(2 ** 20);
    closeDescriptor(pipe.writeEnd);
    while (pipe.pump());
    expect([pipe.captured().bytes.length, pipe.overflowed]).toEqual([2 ** 20, false]);
  });

  test("has the name that its writers have for it", () => {
    const pipe = new OutputPipe(5);
    expect(pipe.link).toBe(readlinkSync(`/proc/self/fd/${pipe.writeEnd}`));
    closeDescriptor(pipe.writeEnd);
    pipe.close();
  });

  test("is blocking for the program, or writes would fail that never fail elsewhere", () => {
    const pipe = new OutputPipe(5);
    expect(statusFlags(pipe.writeEnd)! & O.NONBLOCK).toBe(0);
    expect(statusFlags(pipe.pollable!)! & O.NONBLOCK).toBe(O.NONBLOCK);
    closeDescriptor(pipe.writeEnd);
    pipe.close();
  });

  test("comes back from a flood before it has seen the end, so that the clocks are looked at", async () => {
    const pipe = new OutputPipe(10);
    const flood = Bun.spawn(["/usr/bin/yes"], { stdout: pipe.writeEnd, stderr: "ignore" });
    closeDescriptor(pipe.writeEnd);
    try {
      let rounds = 0;
      while (!pipe.overflowed) {
        pipe.pump();
        rounds++;
      }
      expect(rounds).toBeGreaterThan(0);
      expect(pipe.pollable).not.toBeNull();
    } finally {
      flood.kill("SIGKILL");
      await flood.exited;
      pipe.close();
    }
  });

  test("is closed once: the descriptor may belong to somebody else by then", () => {
    const pipe = new OutputPipe(5);
    const readEnd = pipe.pollable!;
    closeDescriptor(pipe.writeEnd);
    pipe.close();
    const next = new OutputPipe(5);
    expect(next.pollable).toBe(readEnd);
    pipe.close();
    expect(statusFlags(readEnd)).not.toBeNull();
    closeDescriptor(next.writeEnd);
    next.close();
  });
});
