// Who ran out of memory or of processes: the box, or somebody above it. Only the first is a verdict about the program.
import { describe, expect } from "bun:test";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState } from "../helpers/binary.ts";
import { groupAbove, needed, type Limits } from "../helpers/group-above.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, commandsOfRoot, needed);
const mebibyte = 2 ** 20;

/** Runs in a box made with these flags, all of it (mini-isolate included) in a group with limits of its own. */
async function verdictBelow(limits: Limits, init: readonly string[], command: readonly string[]): Promise<ExecutionResult & { readonly code: number; readonly stderrOfOurs: string; readonly meta: string }> {
  await using state = openState();
  await boxWith(state, ["touch-memory", "touch-memory-in-child", "fill-memfd", "fork-children"], { init });
  await using above = groupAbove(limits);
  const meta = join(state.scratch, "meta");
  const { result, exitCode, stderr } = await state.json(["run", "--meta", meta, "--max-time", "30", "--", ...command], { through: above.through, timeoutMs: 40_000 });
  await expectNothingLeft(state);
  return { ...result, code: exitCode, stderrOfOurs: stderr, meta: await Bun.file(meta).text() };
}

const verdict = (aboveMegabytes: number, boxMegabytes: number | "unlimited", command: readonly string[]) => verdictBelow({ memoryBytes: aboveMegabytes * mebibyte }, ["--processes", "8", "--fsize", "1024", "--mem", String(boxMegabytes)], command);

describe("a program that uses more memory than there is", () => {
  const outOfMemoryAbove = /^the host or a control group above the box ran out of memory/;

  claim("in a group above the box is not judged: InternalError that says so, with exit code 5", async () => {
    const { status, error_message, code, stderrOfOurs, meta } = await verdict(256, 1024, ["./touch-memory", "600"]);
    expect([status, error_message, code]).toEqual(["InternalError", expect.stringMatching(outOfMemoryAbove), 5]);
    expect(stderrOfOurs).toContain("ran out of memory");
    expect(meta).toContain("status:XX\nmessage:the host or a control group above the box ran out of memory");
  });

  claim("in a memory file, for want of memory above, is not judged either, and the result says what the group above allows", async () => {
    const { status, error_message, enforced } = await verdict(256, 1024, ["./fill-memfd", "600"]);
    expect([status, error_message]).toEqual(["InternalError", expect.stringMatching(outOfMemoryAbove)]);
    expect(enforced.outer_limits).toMatchObject({ memory: 256 * mebibyte, processes: null });
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
    expect([status, error_message, code]).toEqual(["MemoryLimit", "the memory limit of 64 MB was reached: raise it with --memory", 3]);
  });

  claim("control: within both limits is Success", async () => {
    expect((await verdict(256, 128, ["./touch-memory", "32"])).status).toBe("Success");
  });
});

describe("a group above the box that has fewer processes", () => {
  claim("is told before the run, and the result says what it allows", async () => {
    const { enforced, stderrOfOurs, status } = await verdictBelow({ processes: 64 }, ["--processes", "200"], ["./fork-children", "150"]);
    expect(enforced.outer_limits).toMatchObject({ memory: null, processes: 64 });
    expect(stderrOfOurs).toContain("allows 64 processes in all, less than the process limit of 200");
    expect(status).not.toBe("Success");
  });

  claim("control: a wider one is not worth a word", async () => {
    const { enforced, stderrOfOurs, status } = await verdictBelow({ processes: 300 }, ["--processes", "8"], ["./fork-children", "3"]);
    expect([status, enforced.outer_limits, stderrOfOurs]).toEqual(["Success", undefined, ""]);
  });
});
