/** Small programs that are really run, in a temporary box, as `run` would. */
import { writeFileSync } from "node:fs";
import { signals } from "../kernel/os-numbers.ts";
import { launcherImage } from "../launcher/image.ts";
import { messageOf } from "../model/errors.ts";
import type { Step } from "../model/plan.ts";
import { plainRun } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { Isolate } from "../instance/isolate.ts";

export type Trial =
  /** No box could be made, or nothing started in it. */
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "ran"; readonly results: Readonly<Record<TrialProgram, ExecutionResult>> };

const memoryBytes = 8 * bytesPerMebibyte;
/** Three times the limit, in a file that no name leads to and that is mapped nowhere: only a count of the kernel sees it. */
const hogBytes = 3 * memoryBytes;
/** It keeps the memory for a while, so that whoever looks from time to time can see it. */
const hogStaysNs = 400_000_000;

const end: Step = { does: "end", call: "exit_group", args: [0] };
const seconds = (nanoseconds: number) => ({ hex: new Uint8Array(new BigInt64Array([0n, BigInt(nanoseconds)]).buffer).toHex() });

/**
 * Programs of a few calls, in machine code: no shell and no library has to be in the box. One whose call fails ends with 127.
 * - `plain` ends with 0
 * - `hog` fills a memory file
 * - `fork` makes one process more than it may have
 * - `forbidden` makes a system call that is forbidden, and would do nothing
 */
const programs = {
  plain: [],
  hog: [
    { does: "make a memory file", call: "memfd_create", args: ["hog", 0], opens: "hog" },
    { does: "fill it", call: "fallocate", args: [{ fd: "hog" }, 0, 0, hogBytes] },
    { does: "stay", call: "nanosleep", args: [seconds(hogStaysNs), 0] },
  ],
  fork: [{ does: "make a process", call: "clone", args: [signals.SIGCHLD, 0, 0, 0, 0] }],
  forbidden: [{ does: "make a forbidden call", call: "unshare", args: [0] }],
} as const satisfies Record<string, readonly Step[]>;

export type TrialProgram = keyof typeof programs;
export const trialProgramNames = Object.keys(programs) as TrialProgram[];

/** A program of these steps that then ends with 0. */
export function programOf(steps: readonly Step[]): Uint8Array {
  return launcherImage({ steps: [...steps, end], program: null }, {});
}

/** @returns what came of each; never throws */
export async function runTrial(stateDir: string): Promise<Trial> {
  try {
    const box = Isolate.temporary({ memory_limit: memoryBytes, process_limit: 1, time_limit: 4, cpu_time_limit: 4, wall_time_limit: 8 }, { stateDir });
    try {
      return await runIn(box);
    } finally {
      box.cleanup();
    }
  } catch (error) {
    return { kind: "failed", reason: messageOf(error) };
  }
}

async function runIn(box: Isolate): Promise<Trial> {
  // All of them before the first one runs: from then on the directory is a stranger's.
  for (const name of trialProgramNames) writeFileSync(`${box.workdir}/${name}`, programOf(programs[name]), { mode: 0o755 });
  const results: Partial<Record<TrialProgram, ExecutionResult>> = {};
  for (const name of trialProgramNames) {
    const result = await box.run([`./${name}`], { kind: "empty" }, { ...plainRun, blocking: true });
    // The fault of the host would be the same for all.
    if (name === "plain" && result.status === "InternalError") return { kind: "failed", reason: result.error_message ?? "InternalError" };
    results[name] = result;
  }
  return { kind: "ran", results: results as Record<TrialProgram, ExecutionResult> };
}
