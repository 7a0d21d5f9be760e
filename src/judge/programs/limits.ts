/** What programs of the jury may use. */
import type { IsolateConfigInput } from "../../config/config.ts";
import { limits as limitTable } from "../../model/limits.ts";
import type { ProblemLimits } from "../problem.ts";
import { mostFeedbackFiles } from "./feedback.ts";
import type { JuryLimits } from "./jury-run.ts";
import type { Room } from "./room.ts";

const mebibyte = 2 ** 20;
/** Those that the problem package format proposes. */
const usualSeconds = 60;
/** On the clock, beside twice the CPU time: a busy host must not make a judge error. */
const spareSeconds = 10;
const usualMemory = 2048 * mebibyte;
const usualOutput = 64 * mebibyte;
const processes = 64;
const cutBytes = 4096;
/** For a program and what belongs to it, beside what it writes. */
const programRoom = 512 * mebibyte;
const mostFiles = 20_000;

/** Of checkers and interactors, by what the package says. */
export function juryLimits({ validationTime, validationMemory }: Pick<ProblemLimits, "validationTime" | "validationMemory">): JuryLimits {
  const cpuTime = validationTime ?? usualSeconds;
  return { cpuTime, wallTime: Math.min(2 * cpuTime + spareSeconds, limitTable.wall_time_limit.max), memory: validationMemory ?? usualMemory };
}

/** What a program may write to its streams, and into its feedback directory. */
export const juryOutput = ({ validationOutput }: Pick<ProblemLimits, "validationOutput">): number => validationOutput ?? usualOutput;

/** What may be in the working directory of a program of the jury. */
export function juryRoom(limits: Pick<ProblemLimits, "validationOutput">): Room {
  const output = juryOutput(limits);
  return { feedbackBytes: output, feedbackFiles: mostFeedbackFiles, bytes: output + programRoom, files: mostFiles };
}

/** Of the boxes of the jury: nothing of what was given for submissions but where the files of the system are. */
export function juryConfig({ chroot_dir, mounts, environment, strict }: IsolateConfigInput, limits: Pick<ProblemLimits, "validationTime" | "validationMemory" | "validationOutput">): IsolateConfigInput {
  const { cpuTime, wallTime, memory } = juryLimits(limits);
  const output = juryOutput(limits);
  const kept = Object.fromEntries(Object.entries({ chroot_dir, mounts, environment, strict }).filter(([, value]) => value !== undefined));
  return {
    ...kept,
    time_limit: cpuTime,
    cpu_time_limit: cpuTime,
    wall_time_limit: wallTime,
    memory_limit: memory,
    process_limit: processes,
    stack_limit: null,
    output_limit: Math.max(limitTable.output_limit.min, Math.min(output, limitTable.output_limit.max)),
    // A file that was cut there is larger than it may be, and is seen.
    file_size_limit: output + cutBytes,
    // room.ts looks at it, which knows what in the box is ours.
    disk_limit: null,
    network: "none",
  };
}
