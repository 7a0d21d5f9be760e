// What the output of a program costs the supervisor.
import { describe, expect } from "bun:test";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { workerEnvironment } from "../helpers/worker.ts";
import type { ExecutionResult } from "../../src/model/result.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

/** Runs it, with the CPU time of the command itself: all that the kernel counts for it, without the program. */
async function runCounted(state: State, ...command: string[]): Promise<{ result: ExecutionResult; supervisorSeconds: number }> {
  const child = Bun.spawn([binaryPath, "run", "--json", "--", ...command], {
    env: { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment }, stdin: "ignore", stdout: "pipe", stderr: "inherit", cwd: "/",
  });
  const result = JSON.parse(await new Response(child.stdout).text()) as ExecutionResult;
  await child.exited;
  return { result, supervisorSeconds: Number(child.resourceUsage()!.cpuTime.total) / 1e6 - result.cpu_time };
}

describe("a program that writes byte by byte", () => {
  for (const stream of ["stdout", "stderr"] as const) {
    claim(`costs the supervisor less CPU time than itself, on ${stream}, and nothing is lost`, async () => {
      await using state = openState();
      await boxWith(state, ["write-bytes"]);
      const bytes = 2_000_000;
      const { result, supervisorSeconds } = await runCounted(state, "./write-bytes", String(bytes), "0", stream === "stdout" ? "1" : "2");
      expect(result.status).toBe("Success");
      expect(result[stream]).toHaveLength(bytes);
      expect(supervisorSeconds / result.cpu_time).toBeLessThan(0.5);
    });
  }

  claim("is killed when it writes more than the cap, as soon as one that writes blocks", async () => {
    await using state = openState();
    await boxWith(state, ["write-bytes"], { init: ["--output-limit", "1"] });
    const { result } = await runCounted(state, "./write-bytes", "500000000");
    expect(result.status).toBe("FileSizeLimit");
    expect(result.stdout).toHaveLength(1024 * 1024);
    // At a byte per system call the rest would take minutes.
    expect(result.wall_time).toBeLessThan(8);
  });

  claim("and ends is over at once: its last bytes are there, and nobody waits for a rest", async () => {
    await using state = openState();
    await boxWith(state, ["write-bytes"]);
    const { result } = await runCounted(state, "./write-bytes", "1000");
    expect([result.status, result.stdout.length]).toEqual(["Success", 1000]);
  });
});

claim("a program that makes its output non-blocking all the time cannot keep the supervisor busy", async () => {
  await using state = openState();
  const script = "import os, time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: os.set_blocking(1, False)";
  const { result, supervisorSeconds } = await runCounted(state, "/usr/bin/python3", "-c", script);
  expect(result.status).toBe("Success");
  // Its own start included.
  expect(supervisorSeconds).toBeLessThan(1.5);
});
