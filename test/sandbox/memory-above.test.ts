// Who ran out of memory: the box, or somebody above it. Only the first is a verdict about the program.
import { describe, expect } from "bun:test";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectCgroups } from "../../src/cgroup/detect.ts";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
let made = 0;

/** Runs in a box of that size, all of it (mini-isolate included) in a memory group of `aboveMegabytes`. */
async function verdict(aboveMegabytes: number, boxMegabytes: number | "unlimited", command: readonly string[]): Promise<ExecutionResult & { readonly code: number; readonly stderrOfOurs: string; readonly meta: string }> {
  await using state = openState();
  await boxWith(state, ["touch-memory", "touch-memory-in-child"], { init: ["--mem", String(boxMegabytes), "--processes", "8"] });
  const above = join(detectCgroups().v1.get("memory")!, `mini-above-${process.pid}-${++made}`);
  mkdirSync(above);
  try {
    writeFileSync(join(above, "memory.limit_in_bytes"), String(aboveMegabytes * 2 ** 20));
    const through = ["/bin/sh", "-c", `echo 0 >${above}/tasks && exec "$@"`, "sh"];
    const meta = join(state.scratch, "meta");
    const { result, exitCode, stderr } = await state.json(["run", "--meta", meta, "--max-time", "30", "--", ...command], { through, timeoutMs: 40_000 });
    await expectNothingLeft(state);
    return { ...result, code: exitCode, stderrOfOurs: stderr, meta: await Bun.file(meta).text() };
  } finally {
    await until("the group above is empty", () => {
      try {
        rmdirSync(above);
        return true;
      } catch {
        return false;
      }
    });
  }
}

describe("a program that uses more memory than there is", () => {
  const outOfMemoryAbove = /^the host or a control group above the box ran out of memory/;

  claim("in a group above the box is not judged: InternalError that says so, with exit code 5", async () => {
    const { status, error_message, code, stderrOfOurs, meta } = await verdict(256, 1024, ["./touch-memory", "600"]);
    expect([status, error_message, code]).toEqual(["InternalError", expect.stringMatching(outOfMemoryAbove), 5]);
    expect(stderrOfOurs).toContain("ran out of memory");
    expect(meta).toContain("status:XX\nmessage:the host or a control group above the box ran out of memory");
  });

  claim("in a group above a box without a limit is not judged either", async () => {
    const { status, error_message } = await verdict(256, "unlimited", ["./touch-memory", "600"]);
    expect([status, error_message]).toEqual(["InternalError", expect.stringMatching(outOfMemoryAbove)]);
  });

  claim("in a child, for want of memory above, is not judged by how the parent went on", async () => {
    const { status } = await verdict(256, 1024, ["./touch-memory-in-child", "600"]);
    expect(status).toBe("InternalError");
  });

  claim("in its own box is MemoryLimit, whatever limit there is above", async () => {
    const { status, error_message, code } = await verdict(256, 64, ["./touch-memory", "600"]);
    expect([status, error_message, code]).toEqual(["MemoryLimit", `the memory limit of ${64 * 2 ** 20} bytes was reached`, 3]);
  });

  claim("control: within both limits is Success", async () => {
    expect((await verdict(256, 128, ["./touch-memory", "32"])).status).toBe("Success");
  });
});
