/** Limits of go-judge, in nanoseconds and bytes, as limits of ours. */
import { limits as table, type LimitKey } from "../../../model/limits.ts";
import type { Limits } from "../../job.ts";
import { BadRequest, type GoCmd } from "./request.ts";

const nsPerSecond = 1e9;
const mebibyte = 2 ** 20;

/** What one file may have at most, and how many a program may have open. */
const fileBytes = 256 * mebibyte;
const openFiles = 256;

/** Nanoseconds on the clock: the old name wins, and none at all is that of the CPU. */
export function clockLimitOf({ cpuLimit, clockLimit, realCpuLimit }: GoCmd): number {
  return realCpuLimit || clockLimit || cpuLimit;
}

/**
 * A limit of 0 is no limit of nothing: time and memory of 0 are what every program is over. It gets the least that there is, and its result
 * says so afterwards.
 * @param most what this service allows: more of time and memory would give verdicts that nobody asked for, so it is refused
 * @throws BadRequest
 */
export function limitsOf(cmd: GoCmd, most: Limits): Limits {
  const within = (key: LimitKey, value: number, asked: string) => {
    const bound = most[key] ?? null;
    if (bound !== null && value > bound) throw new BadRequest(`${asked} is more than this service allows (${describe(key, bound)})`);
    return Math.min(Math.max(value, table[key].min), table[key].max);
  };
  const cut = (key: LimitKey, value: number) => Math.min(Math.max(value, table[key].min), most[key] ?? table[key].max);
  return {
    cpu_time_limit: within("cpu_time_limit", cmd.cpuLimit / nsPerSecond, `cpuLimit ${cmd.cpuLimit}`),
    wall_time_limit: within("wall_time_limit", clockLimitOf(cmd) / nsPerSecond, `clockLimit ${clockLimitOf(cmd)}`),
    memory_limit: within("memory_limit", cmd.memoryLimit, `memoryLimit ${cmd.memoryLimit}`),
    ...(cmd.stackLimit === 0 ? {} : { stack_limit: cut("stack_limit", cmd.stackLimit) }),
    process_limit: cmd.procLimit === 0 ? (most.process_limit ?? null) : cut("process_limit", cmd.procLimit),
    file_size_limit: cut("file_size_limit", fileBytes),
    open_files_limit: cut("open_files_limit", openFiles),
  };
}

function describe(key: LimitKey, bound: number): string {
  return table[key].unit === "seconds" ? `${Math.round(bound * nsPerSecond)} ns` : `${bound} bytes`;
}
