// A run and a box from their beginning to their end: an abort is the caller's, a box is used by one run at a time, and after the end there is nothing.
import { describe, expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { Isolate, IsolatePool, type RunOptions } from "../../src/index.ts";
import { cgroupDirectories } from "../helpers/host.ts";
import { errorOf, openLibrary } from "../helpers/library-state.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const forever = ["/bin/sleep", "60"];
const shouting = ["/bin/sh", "-c", "echo runs; exec sleep 60"];
const groupsOf = (id: string) => cgroupDirectories().filter((path) => path.includes(`mini-isolate-${id}-`));
const reasonOf = (run: Promise<unknown>) => run.then(() => "nothing was thrown", (error: unknown) => error);
const boxesIn = (stateDir: string) => readdirSync(stateDir).filter((name) => name.startsWith("tmp-"));

/** Options by which a run of {@link shouting} is stopped as soon as the program runs. */
function stopping(reason?: unknown): { readonly options: RunOptions; readonly signal: AbortSignal } {
  const controller = new AbortController();
  return { options: { signal: controller.signal, stdout: () => controller.abort(reason) }, signal: controller.signal };
}

describe("an abort", () => {
  claim("ends the box at once, and the caller gets the reason, never a verdict", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ wall_time_limit: 60 }, state);
    const { options } = stopping("enough");
    expect(await reasonOf(box.execute(shouting, null, options))).toBe("enough");
    expect(groupsOf(box.id)).toEqual([]);
    const unnamed = stopping();
    expect(await reasonOf(box.execute(shouting, null, unnamed.options))).toBe(unnamed.signal.reason);
    expect((unnamed.signal.reason as DOMException).name).toBe("AbortError");
    const late = await reasonOf(box.execute(forever, null, { signal: AbortSignal.timeout(50) }));
    expect((late as DOMException).name).toBe("TimeoutError");
    // The box is as good as before.
    expect((await box.execute(["/bin/echo", "on"])).stdout).toBe("on\n");
  });

  claim("ends a program that ignores signals and has the caller's streams, and the last of several runs", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({ wall_time_limit: 60, process_limit: 2 }, state);
    const stubborn = ["/bin/sh", "-c", "trap '' TERM INT HUP; sleep 60; true"];
    for (const options of [{ passthrough: true }, { repeat: 3 }, {}]) {
      expect(await reasonOf(box.execute(stubborn, { kind: "bytes", bytes: Buffer.from("x") }, { ...options, signal: AbortSignal.timeout(50) }))).toMatchObject({ name: "TimeoutError" });
    }
  });

  claim("before the run starts nothing, and after its end changes nothing", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const lines: string[] = [];
    const before = await reasonOf(box.execute(["/bin/true"], null, { signal: AbortSignal.abort("before"), trace: (line) => lines.push(line) }));
    expect([before, lines]).toEqual(["before", []]);
    const controller = new AbortController();
    const result = await box.execute(["/bin/true"], null, { signal: controller.signal });
    controller.abort("after");
    expect(result.status).toBe("Success");
  });

  claim("ends a compiler too, and the program is not run", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    const controller = new AbortController();
    const lines: string[] = [];
    const trace = (line: string) => {
      lines.push(line);
      if (line === "the program runs") controller.abort("enough");
    };
    const run = box.runSource({ path: "x.c", bytes: Buffer.from("int main(void) { return 0; }") }, null, { signal: controller.signal, trace });
    expect(await reasonOf(run)).toBe("enough");
    expect(lines.filter((line) => line.startsWith("running:"))).toEqual([]);
  });

  claim("ends the waiting for a box, in a pool and without one", async () => {
    using state = openLibrary();
    await using pool = new IsolatePool({ boxes: 1, config: { wall_time_limit: 60 }, ...state });
    const first = new AbortController();
    const running = reasonOf(pool.execute(forever, null, { signal: first.signal }));
    expect(await reasonOf(pool.execute(["/bin/true"], null, { signal: AbortSignal.timeout(1) }))).toMatchObject({ name: "TimeoutError" });
    first.abort("first");
    expect(await running).toBe("first");
    expect((await pool.execute(["/bin/echo", "free"])).stdout).toBe("free\n");

    const box = Isolate.new({ instance_id: "a" }, state);
    const holder = new AbortController();
    const holding = reasonOf(box.execute(forever, null, { signal: holder.signal }));
    expect(await reasonOf(Isolate.load("a", state)!.execute(["/bin/true"], null, { wait: true, signal: AbortSignal.timeout(1) }))).toMatchObject({ name: "TimeoutError" });
    holder.abort("held");
    expect(await holding).toBe("held");
  });
});

describe("a box that is in use", () => {
  const busy = (id: string) => ["LockBusy", 75, `box ${id} is in use by another run of this process (pid ${process.pid})`];

  claim("refuses a second run, the removal and the emptying, also if it is temporary", async () => {
    using state = openLibrary();
    for (const box of [Isolate.temporary({ wall_time_limit: 60 }, state), Isolate.new({ wall_time_limit: 60 }, state)]) {
      const { promise: runs, resolve } = Promise.withResolvers<void>();
      const controller = new AbortController();
      const running = reasonOf(box.execute(shouting, null, { signal: controller.signal, stdout: () => resolve() }));
      await runs;
      const source = { path: "x.sh", bytes: Buffer.from("true") };
      for (const use of [() => box.execute(["/bin/true"]), () => box.runSource(source), () => box.start(["/bin/true"]).result, () => box.cleanup()]) {
        const error = await errorOf(use);
        expect([error.kind, error.exitCode, error.message]).toEqual(busy(box.id));
        expect(error.hint).toBe("runs in one box take turns: wait for the first before starting the next");
      }
      if (box.id.startsWith("tmp-")) expect((await errorOf(() => box.emptyWorkdir())).kind).toBe("LockBusy");
      expect(existsSync(box.workdir)).toBeTrue();
      controller.abort("enough");
      expect(await running).toBe("enough");
      expect((await box.execute(["/bin/true"])).status).toBe("Success");
      box.cleanup();
    }
  });

  claim("is waited for with `wait`, while the first run of the same process goes on", async () => {
    using state = openLibrary();
    for (const box of [Isolate.temporary({ process_limit: 2 }, state), Isolate.new({ process_limit: 2 }, state)]) {
      const first = box.execute(["/bin/sh", "-c", "sleep 0.1; echo first > order"]);
      const second = box.execute(["/bin/cat", "order"], null, { wait: true });
      expect([(await first).status, (await second).stdout]).toEqual(["Success", "first\n"]);
      box.cleanup();
    }
  });
});

claim("a temporary box with another configuration is the same box: in use and gone together", async () => {
  using state = openLibrary();
  const box = Isolate.temporary({ wall_time_limit: 60 }, state);
  const other = box.configured({ wall_time_limit: 0.1 });
  const running = other.execute(forever);
  expect((await errorOf(() => box.execute(["/bin/true"]))).kind).toBe("LockBusy");
  expect((await running).limit).toBe("wall_time");
  expect((await errorOf(() => box.configured({ wall_time_limit: -1 }))).message).toBe("configuration: wall_time_limit: must be from 0.001 to 2592000 (seconds)");
  box.cleanup();
  expect((await errorOf(() => other.execute(["/bin/true"]))).message).toBe(`cannot use box ${box.id}: it was cleaned up`);
});

describe("a box that was cleaned up", () => {
  claim("answers every call with an error of the library", async () => {
    using state = openLibrary();
    for (const box of [Isolate.temporary({}, state), Isolate.new({}, state)]) {
      box.cleanup();
      const source = { path: "x.c", bytes: Buffer.from("") };
      const calls: readonly (() => unknown)[] = [
        () => box.execute(["/bin/true"]), () => box.run(["/bin/true"]), () => box.executeWithOverrides(["/bin/true"], null, {}), () => box.executeFile("x.c"),
        () => box.executeFileWithOverrides("x.c", null, {}), () => box.runSource(source), () => box.start(["/bin/true"]).result, () => box.startSource(source).result,
        () => box.explain(["/bin/true"]), () => box.explainSource(source), () => box.emptyWorkdir(), () => box.configured({}), () => Isolate.languages([], box),
      ];
      for (const call of calls) {
        const error = await errorOf(call);
        expect([error.kind, error.message]).toEqual(["Config", `cannot use box ${box.id}: it was cleaned up`]);
      }
      // What it was can still be asked, and to clean up again is nothing.
      expect([box.config.instance_id, box.cleanup()]).toEqual([box.id, undefined]);
    }
    expect(boxesIn(state.stateDir)).toEqual([]);
  });

  claim("by `using` or `await using` is gone at the end of the block, whatever ends it", async () => {
    using state = openLibrary();
    {
      using box = Isolate.temporary({}, state);
      await box.execute(["/bin/true"]);
      expect(boxesIn(state.stateDir)).toEqual([box.id]);
    }
    expect(boxesIn(state.stateDir)).toEqual([]);
    const failing = async () => {
      await using box = Isolate.new({ instance_id: "a" }, state);
      await box.execute(["/bin/true"]);
      throw new Error("of the caller");
    };
    expect(await reasonOf(failing())).toMatchObject({ message: "of the caller" });
    expect(Isolate.listAll(state)).toEqual([]);
  });

  claim("by `await using` ends what still runs in it", async () => {
    using state = openLibrary();
    let running: Promise<unknown>;
    {
      await using box = Isolate.temporary({ wall_time_limit: 60 }, state);
      running = reasonOf(box.execute(forever));
    }
    expect(await running).toMatchObject({ name: "IsolateError", kind: "Process", message: expect.stringMatching(/^the run was ended: box tmp-\S+ was disposed of$/) });
    expect(boxesIn(state.stateDir)).toEqual([]);
  });
});

describe("a box of a pool", () => {
  claim("cannot be removed by who has it, nor used by who had it, and what was left running in it is ended", async () => {
    using state = openLibrary();
    await using pool = new IsolatePool({ boxes: 1, config: { wall_time_limit: 60 }, ...state });
    let left: Promise<unknown>;
    const kept = await pool.use(async (box) => {
      expect((await errorOf(() => box.cleanup())).message).toBe(`cannot clean up box ${box.id}: it belongs to a pool`);
      left = reasonOf(box.execute(forever));
      return box;
    });
    expect(await left!).toMatchObject({ kind: "Process", message: `the run was ended: box ${kept.id} was given back to its pool` });
    expect((await errorOf(() => kept.execute(["/bin/true"]))).message).toBe(`cannot use box ${kept.id}: it was given back to its pool`);
    expect((await pool.execute(["/bin/echo", "next"])).stdout).toBe("next\n");
  });

  claim("is not to be had of a pool that is closed, which is an error of the library", async () => {
    using state = openLibrary();
    const pool = new IsolatePool({ boxes: 1, ...state });
    await pool.close();
    for (const use of [() => pool.execute(["/bin/true"]), () => pool.executeFile("x.c"), () => pool.runSource({ path: "x.c" }), () => pool.use(async () => {})]) {
      expect((await errorOf(use)).message).toBe("cannot run a program in a pool that is closed");
    }
    expect(boxesIn(state.stateDir)).toEqual([]);
  });
});
