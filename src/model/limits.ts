/**
 * The table of limits: the one place where a limit's name, unit, default and bounds are
 * written. Validation, help texts and docs are made from it.
 */
import { bytesPerMebibyte } from "./units.ts";

/** `bytes` and `seconds` are what is stored; `mebibytes` is how a flag is written. */
export type LimitUnit = "bytes" | "seconds" | "count" | "weight";

export interface LimitDefinition {
  /** Name in the configuration, in instances.json and in docs. */
  readonly key: LimitKey;
  /** The unit of its numbers. */
  readonly unit: LimitUnit;
  /** A number of `unit`; null: no limit. */
  readonly default: number | null;
  /** Smallest accepted number of `unit`. */
  readonly min: number;
  /** Largest accepted number of `unit`. */
  readonly max: number;
  /** Whether `null` (flag value `unlimited`) is accepted. */
  readonly canBeUnlimited: boolean;
  /** Flag of `init`, without dashes; byte limits are written in MB (1 MB = 1048576 bytes). */
  readonly flag: string | null;
  /** What the program observes when it reaches the limit. */
  readonly description: string;
}

export type LimitKey =
  | "memory_limit"
  | "time_limit"
  | "cpu_time_limit"
  | "wall_time_limit"
  | "process_limit"
  | "file_size_limit"
  | "stack_limit"
  | "core_limit"
  | "open_files_limit"
  | "output_limit"
  | "cpu_shares"
  | "disk_limit"
  | "disk_quota";

const tebibyte = 2 ** 40;
const day = 86_400;

export const limits: Readonly<Record<LimitKey, LimitDefinition>> = {
  memory_limit: {
    key: "memory_limit", unit: "bytes", default: 128 * bytesPerMebibyte, min: bytesPerMebibyte, max: 64 * tebibyte,
    canBeUnlimited: true, flag: "memory",
    description: "memory of all processes of the box together, tmpfs included; above it, the box is killed (MemoryLimit)",
  },
  time_limit: {
    key: "time_limit", unit: "seconds", default: 10, min: 0.001, max: 30 * day,
    canBeUnlimited: true, flag: "cpu-time",
    description: "CPU time of all processes of the box together; above it, the box is killed (TimeLimit)",
  },
  cpu_time_limit: {
    key: "cpu_time_limit", unit: "seconds", default: 10, min: 0.001, max: 30 * day,
    canBeUnlimited: true, flag: null,
    description: "the same as time_limit; the smaller of the two counts",
  },
  wall_time_limit: {
    key: "wall_time_limit", unit: "seconds", default: 20, min: 0.001, max: 30 * day,
    canBeUnlimited: true, flag: "wall-time",
    description: "wall time from the start of the program; above it, the box is killed (TimeLimit)",
  },
  process_limit: {
    key: "process_limit", unit: "count", default: 1, min: 1, max: 1_000_000,
    canBeUnlimited: true, flag: "processes",
    description: "processes and threads at the same time; above it, fork and clone fail with EAGAIN (ProcessLimit)",
  },
  file_size_limit: {
    key: "file_size_limit", unit: "bytes", default: 64 * bytesPerMebibyte, min: 1, max: 64 * tebibyte,
    canBeUnlimited: true, flag: "file-size",
    description: "size of any one file that the program writes; above it, the kernel sends SIGXFSZ (FileSizeLimit)",
  },
  stack_limit: {
    key: "stack_limit", unit: "bytes", default: 8 * bytesPerMebibyte, min: 64 * 1024, max: 64 * tebibyte,
    canBeUnlimited: true, flag: "stack",
    description: "stack of the main thread; above it, the kernel sends SIGSEGV",
  },
  core_limit: {
    key: "core_limit", unit: "bytes", default: 0, min: 0, max: 64 * tebibyte,
    canBeUnlimited: true, flag: "core",
    description: "size of a core dump; 0 writes none",
  },
  open_files_limit: {
    key: "open_files_limit", unit: "count", default: 1024, min: 3, max: 1_048_576,
    canBeUnlimited: false, flag: "open-files",
    description: "open descriptors of one process; above it, open fails with EMFILE",
  },
  output_limit: {
    key: "output_limit", unit: "bytes", default: 8 * bytesPerMebibyte, min: 1, max: 1024 * bytesPerMebibyte,
    canBeUnlimited: false, flag: "output-limit",
    description: "bytes kept of stdout and of stderr, for each; above it, the box is killed (FileSizeLimit)",
  },
  cpu_shares: {
    key: "cpu_shares", unit: "weight", default: 1024, min: 2, max: 262_144,
    canBeUnlimited: false, flag: null,
    description: "weight against other groups when processors are scarce (cgroup v1 cpu.shares)",
  },
  disk_limit: {
    key: "disk_limit", unit: "bytes", default: 1024 * bytesPerMebibyte, min: 65_536, max: 64 * tebibyte,
    canBeUnlimited: true, flag: "disk-limit",
    description: "size of everything in the working directory, measured after each run; above it, the status is FileSizeLimit",
  },
  disk_quota: {
    key: "disk_quota", unit: "bytes", default: null, min: 65_536, max: 64 * tebibyte,
    canBeUnlimited: true, flag: "quota",
    description: "size of everything in the working directory; above it, a write fails with ENOSPC; the box is a tmpfs, which counts as memory (root only)",
  },
};

/** The wall time limit of a CPU time limit that comes without one, in seconds: twice as much, within what the limit allows. */
export function wallTimeFor(cpuSeconds: number): number {
  return Math.min(2 * cpuSeconds, limits.wall_time_limit.max);
}

/** Whether a wall time limit is the one that comes with the CPU time limit, and not one that was chosen on its own. Seconds; null: no limit. */
export function isWallTimeFor(cpuSeconds: number | null, wallSeconds: number | null): boolean {
  return wallSeconds === (cpuSeconds === null ? null : wallTimeFor(cpuSeconds));
}
