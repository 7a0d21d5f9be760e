// Watching a program that gives nothing to do costs nearly nothing, and the supervisor is at once there when something comes.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { openState } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);

/** How often a process has gone to sleep so far. */
const sleeps = (pid: number): number => Number(/^voluntary_ctxt_switches:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]);

describe("the supervisor", () => {
  for (const [what, program] of [["sleeps", "exec sleep 60"], ["computes", "while :; do :; done"]] as const) {
    claim(`sleeps as well while its program ${what}`, async () => {
      await using state = openState();
      await boxWith(state, []);
      const run = state.start(["run", "--silent", "--", "/bin/sh", "-c", program]);
      try {
        await until("it runs", () => sleeps(run.pid) > 10);
        await Bun.sleep(1500);
        const before = sleeps(run.pid);
        await Bun.sleep(2000);
        // It was woken 35 times a second.
        expect(sleeps(run.pid) - before).toBeLessThan(30);
      } finally {
        run.kill("SIGTERM");
        await run.ended;
      }
    });
  }

  claim("hands on each signal, however long it has been asleep", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "8"] });
    const line = "trap 'echo' USR1; trap 'exit 3' TERM; echo; while :; do sleep 60 & wait; kill $!; done";
    const run = state.start(["run", "--passthrough", "--", "/bin/sh", "-c", line]);
    const seen = () => run.stdoutSoFar().length;
    await until("it listens", () => seen() === 1);
    await Bun.sleep(700);
    for (let count = 2; count <= 12; count++) {
      run.kill("SIGUSR1");
      await until("the signal was handed on", () => seen() === count);
    }
    run.kill("SIGTERM");
    expect((await run.ended).exitCode).toBe(3);
  });
});
