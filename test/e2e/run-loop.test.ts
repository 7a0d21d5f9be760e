// Runs side by side in one process that does nothing else: one loop waits for all of them.
import { expect } from "bun:test";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import { Isolate } from "../../src/instance/isolate.ts";
import { plainRun } from "../../src/model/request.ts";
import type { RunSignal } from "../../src/model/waiting.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";

const claim = claimWith(...sandbox);
const empty = { kind: "empty" } as const;
const shell = (text: string) => ["/bin/sh", "-c", text];

claim("each has its own verdict, output and input, whoever ends first", async () => {
  using directory = temporaryDirectory();
  const stateDir = `${directory.path}/state`;
  const waiter = new RunLoop();
  const kinds = [
    { command: shell("read a; echo got $a"), status: "Success", stdout: (index: number) => `got ${index}\n` },
    { command: shell("sleep 5"), status: "TimeLimit", stdout: () => "" },
    { command: shell("exit 3"), status: "RuntimeError", stdout: () => "" },
    { command: shell("head -c 200000 /dev/zero | tr '\\0' x; echo; kill -SEGV $$"), status: "Signaled", stdout: () => `${"x".repeat(200_000)}\n` },
  ] as const;
  const runs = Array.from({ length: 16 }, (_, index) => waiter.work(async () => {
    const { command, status, stdout } = kinds[index % kinds.length]!;
    const box = Isolate.temporary({ process_limit: 8, wall_time_limit: 1.5 }, { stateDir });
    try {
      const result = await box.run(command, { kind: "bytes", bytes: Buffer.from(`${index}\n`) }, { ...plainRun, waiter });
      expect([index, result.status, result.stdout]).toEqual([index, status, stdout(index)]);
    } finally {
      box.cleanup();
    }
  }));
  await Promise.all(runs);
});

claim("a signal for one ends that one", async () => {
  using directory = temporaryDirectory();
  const waiter = new RunLoop();
  const told: RunSignal[] = [];
  const signals = { take: () => told.splice(0), close: () => {} };
  const run = async (from: typeof signals | null, seconds: string) => {
    const box = Isolate.temporary({}, { stateDir: `${directory.path}/state` });
    try {
      return await waiter.work(() => box.run(["/bin/sleep", seconds], empty, { ...plainRun, waiter, signals: from }));
    } finally {
      box.cleanup();
    }
  };
  const both = [run(signals, "15"), run(null, "1")];
  await Bun.sleep(300);
  told.push("SIGTERM");
  waiter.wakeAll();
  const [ended, went] = await Promise.all(both);
  expect([ended!.status, ended!.error_message, went!.status]).toEqual(["InternalError", "stopped because mini-isolate received SIGTERM", "Success"]);
  expect(ended!.wall_time).toBeLessThan(14);
});
