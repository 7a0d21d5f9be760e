// Input and output while the program runs: nobody is faster than the other, and little is held.
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Isolate, type StdinInput } from "../../src/index.ts";
import { OutputStream } from "../../src/library/output-stream.ts";
import { errorOf, openLibrary } from "../helpers/library-state.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const mebibyte = 1024 * 1024;
const text = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString();

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return text(chunks);
}

describe("standard input", () => {
  const inputs: readonly (readonly [name: string, make: () => StdinInput])[] = [
    ["a ReadableStream", () => new Blob(["one ", "two"]).stream()],
    ["a stream of text", () => new ReadableStream({ start: (controller) => { controller.enqueue("one "); controller.enqueue("two"); controller.close(); } })],
    ["an async iteration", async function* () { yield "one "; await Bun.sleep(1); yield ""; yield Buffer.from("two"); }],
    ["an iteration", () => ["one ", "two"]],
  ].map(([name, make]) => [name as string, () => (make as () => StdinInput)()] as const);

  claim("comes from each kind of stream, of text and of bytes", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    for (const [name, make] of inputs) expect([name, (await box.execute(["/bin/cat"], make())).stdout]).toEqual([name, "one two"]);
  });

  claim("is asked for no faster than the program reads, and no more once the program has ended", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    let given = 0;
    let wasTold = false;
    async function* endless() {
      try {
        for (;;) {
          given++;
          yield new Uint8Array(64 * 1024);
        }
      } finally {
        wasTold = true;
      }
    }
    const result = await box.execute(["/usr/bin/head", "-c", "1000000"], endless());
    expect([result.status, result.stdout.length]).toEqual(["Success", 1_000_000]);
    // What head has read, what its pipe holds, and the piece that is held.
    expect(given).toBeLessThan(25);
    await Bun.sleep(0);
    expect(wasTold).toBeTrue();
  });

  claim("that fails ends the run, and the caller gets what it failed with", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ wall_time_limit: 60 }, state);
    const failure = new Error("the source is broken");
    async function* failing() {
      yield "one";
      throw failure;
    }
    expect(await box.execute(["/bin/cat"], failing()).catch((error: unknown) => error)).toBe(failure);
    const error = await errorOf(() => box.execute(["/bin/cat"], [5] as unknown as StdinInput));
    expect([error.kind, error.message]).toEqual(["Config", "cannot use a piece of standard input: it is of type number"]);
    expect((await box.execute(["/bin/cat"], "again")).stdout).toBe("again");
  });
});

describe("standard output and standard error", () => {
  claim("are handed over while the program runs, apart, and are not in the result", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
    const result = await box.execute(["/bin/sh", "-c", "echo out; echo err >&2"], null, { stdout: (chunk) => void out.push(chunk), stderr: (chunk) => void err.push(chunk) });
    expect([result.status, result.stdout, result.stderr, text(out), text(err)]).toEqual(["Success", "", "", "out\n", "err\n"]);
    const chunks: Uint8Array[] = [];
    let closed = false;
    const stdout = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk), close: () => void (closed = true) });
    expect([(await box.execute(["/bin/echo", "written"], null, { stdout })).status, text(chunks), closed]).toEqual(["Success", "written\n", true]);
  });

  claim("wait for a caller that is slow, and all arrives", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ output_limit: 64 * mebibyte, memory_limit: 16 * mebibyte, cpu_time_limit: 60, time_limit: 60, wall_time_limit: 120 }, state);
    let bytes = 0;
    let atOnce = 0;
    let most = 0;
    const result = await box.execute(["/usr/bin/head", "-c", "8388608", "/dev/zero"], null, {
      stdout: async (chunk) => {
        most = Math.max(most, ++atOnce);
        await Bun.sleep(0);
        bytes += chunk.length;
        atOnce--;
      },
    });
    expect([result.status, bytes, most]).toEqual(["Success", 8 * mebibyte, 1]);
  });

  test("has no room while more than 64 KB wait for the caller, and tells when it has again", async () => {
    const taken: (() => void)[] = [];
    let rung = 0;
    const stream = new OutputStream(() => new Promise<void>((resolve) => taken.push(resolve)), () => void rung++, () => {});
    stream.take(new Uint8Array(40_000));
    expect(stream.hasRoom).toBeTrue();
    stream.take(new Uint8Array(40_000));
    expect([stream.hasRoom, rung]).toEqual([false, 0]);
    for (let turn = 0; turn < 3; turn++) await null;
    taken.shift()!();
    for (let turn = 0; turn < 3; turn++) await null;
    expect([stream.hasRoom, rung]).toEqual([true, 1]);
    taken.shift()!();
    await stream.end();
  });

  claim("count against the output limit", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ output_limit: 100_000 }, state);
    let bytes = 0;
    const result = await box.execute(["/bin/cat", "/dev/zero"], null, { stdout: (chunk) => void (bytes += chunk.length) });
    expect([result.status, result.limit, result.stdout_truncated, bytes]).toEqual(["FileSizeLimit", "output", true, 100_000]);
  });

  claim("are those of the program, not of its compiler", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const chunks: Uint8Array[] = [];
    const bytes = Buffer.from('#warning "said by the compiler"\n#include <stdio.h>\nint main(void) { puts("said by the program"); }\n');
    const result = await box.runSource({ path: "x.c", bytes }, null, { stdout: (chunk) => void chunks.push(chunk), stderr: (chunk) => void chunks.push(chunk) });
    expect([result.status, text(chunks), result.compile!.stderr]).toEqual(["Success", "said by the program\n", expect.stringContaining("said by the compiler")]);
  });

  claim("end the run when the caller's side fails, and the caller gets what it failed with", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ wall_time_limit: 60 }, state);
    const failure = new Error("no room here");
    const run = box.execute(["/bin/sh", "-c", "echo x; exec sleep 60"], null, { stdout: () => Promise.reject(failure) });
    expect(await run.catch((error: unknown) => error)).toBe(failure);
  });
});

describe("a program that was started", () => {
  claim("is talked to while it runs", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const program = box.start(["/bin/cat"]);
    const reader = (program.stdout as unknown as ReadableStream<Uint8Array>).getReader();
    for (const word of ["one", "two", "three"]) {
      await program.stdin.write(word);
      expect(text([(await reader.read()).value!])).toBe(word);
    }
    program.stdin.end();
    expect((await reader.read()).done).toBeTrue();
    expect((await program.result).status).toBe("Success");
    expect((await errorOf(() => program.stdin.write("more"))).message).toBe("cannot write to the standard input of the program: its end was written");
  });

  claim("has a verdict though nobody reads, and what it wrote can be read afterwards", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const program = box.start(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]);
    expect(await program.result).toMatchObject({ status: "RuntimeError", exit_code: 3, stdout: "" });
    expect([await readAll(program.stdout), await readAll(program.stderr)]).toEqual(["out\n", "err\n"]);
  });

  claim("is told of an error by its streams as well", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const program = box.start([]);
    expect((await errorOf(() => program.result)).message).toBe("cannot run an empty command");
    expect((await errorOf(() => readAll(program.stdout))).message).toBe("cannot run an empty command");
    await program.stdin.write("nobody reads it");
  });

  claim("with streams leaves no descriptor behind", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const once = async () => {
      const program = box.start(["/bin/cat"]);
      await program.stdin.write("x");
      program.stdin.end();
      expect(await readAll(program.stdout)).toBe("x");
      await program.result;
      await box.execute(["/bin/true"], ["never read"]);
    };
    await once();
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 10; round++) await once();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });
});
