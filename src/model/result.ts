/** The result document: what `--json` prints and the library returns. Seconds and bytes. */
import type { PeakSource } from "./peak-source.ts";
import type { Permission } from "./permissions.ts";
import type { ExecutionStatus, ReachedLimit } from "./status.ts";

/** What one program used, all processes of its box together. */
export interface ResourceUsage {
  /** Seconds of CPU time, user and system. */
  readonly cpu_time: number;
  /** Seconds on the monotonic clock from the successful execve to the end of the main process. */
  readonly wall_time: number;
  /** As the field of the same name in the result. */
  readonly memory_peak: number | null;
  /** Voluntary and forced context switches of the main process and the children it waited for. */
  readonly context_switches: number;
  /** Minor and major page faults, of the same processes. */
  readonly page_faults: number;
}

/** What the working directory of a box held after a run, when no process of it lived any more. */
export interface DiskUsage {
  /** Bytes that are allocated, so a hole in a file is none; a file with several names counts once. */
  readonly bytes: number;
  /** Files of every kind, directories among them; the working directory itself is not counted. */
  readonly files: number;
}

/**
 * By what each limit was enforced in this run: a mechanism (`cgroup-v1`, `cgroup-v2`, `rlimit`, `sampling`,
 * `namespace`, `pivot_root`, `seccomp`, `userns`, ...) or `none`. `user` is the uid that the program had.
 */
export interface Enforcement {
  readonly memory: string;
  readonly cpu_time: string;
  readonly wall_time: string;
  readonly processes: string;
  readonly network: string;
  readonly filesystem: string;
  readonly syscalls: string;
  /** Only when something was allowed (`--allow`): what the program could do on top. */
  readonly allowed?: readonly Permission[];
  /** Only when processors were asked for: `cgroup-v1`, `cgroup-v2` or `affinity`, and `, shared` when others ran on the same core. */
  readonly cpus?: string;
  readonly user: number;
  /** What control groups above the box allow in all, where that is less than the box has; null for what they do not bound further. */
  readonly outer_limits?: {
    /** Bytes. */
    readonly memory: number | null;
    /** Processes and threads. */
    readonly processes: number | null;
    /** Processors' worth of CPU time; given whenever there is such a bound. */
    readonly cpus: number | null;
  };
}

export interface ExecutionResult {
  readonly status: ExecutionStatus;
  readonly success: boolean;
  /** The limit that the status speaks of; null: of none. */
  readonly limit: ReachedLimit | null;
  /** Exit code of the program, null when a signal ended it or it never ran. 127: it could not be executed. */
  readonly exit_code: number | null;
  /** Number of the signal that ended the main process, or null. SIGSYS (31) in every SecurityViolation. */
  readonly signal: number | null;
  /** The system call that a process of the box made and must not: its name, or `number N of the 32-bit ABI`; null: none, or not known which. */
  readonly forbidden_syscall: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Present only when the output is not UTF-8: the bytes as they were. */
  readonly stdout_base64?: string;
  readonly stderr_base64?: string;
  readonly stdout_truncated: boolean;
  readonly stderr_truncated: boolean;
  readonly cpu_time: number;
  readonly wall_time: number;
  /** Highest use of anonymous and shared memory in bytes, all processes together; null: not measured. */
  readonly memory_peak: number | null;
  /** What `memory_peak` was found out from; null: not measured. */
  readonly memory_peak_source: PeakSource | null;
  /** Highest charge of the control group in bytes, page cache and memory of the kernel as well; null: no group counted it. */
  readonly cgroup_memory_peak: number | null;
  readonly resource_usage: ResourceUsage;
  /** Null when not everything could be looked at. */
  readonly disk_usage: DiskUsage | null;
  /** One sentence for people; null on success. */
  readonly error_message: string | null;
  /** The step that this result speaks about. */
  readonly phase: "compile" | "run";
  /** Id of the language, null when a command was run directly. */
  readonly language: string | null;
  /** The compile step, null when there was none. */
  readonly compile: CompileResult | null;
  readonly enforced: Enforcement;
  /** Only when the run was to be repeated; everything else speaks about the last run. */
  readonly repeat?: RepeatReport;
}

/** Figures of several runs, all in the unit of the single figure. */
export interface Figures {
  readonly min: number;
  /** Of an even number of runs: the mean of the two in the middle. */
  readonly median: number;
  readonly max: number;
  /** `max` minus `min`. */
  readonly spread: number;
}

/** What several runs of the same thing took. Figures are those of the runs that succeeded; null when there are none. */
export interface RepeatReport {
  /** How many were made: fewer than asked for when one did not succeed, which is then the last. */
  readonly runs: number;
  /** How many had which status. */
  readonly statuses: Readonly<Partial<Record<ExecutionStatus, number>>>;
  /** Seconds. */
  readonly cpu_time: Figures | null;
  /** Seconds. */
  readonly wall_time: Figures | null;
  /** Bytes. */
  readonly memory_peak: Figures | null;
}

/** One step of an execution, compiler or program. */
export type StepResult = Omit<ExecutionResult, "phase" | "language" | "compile">;

/** The compile step of an execution, measured like a run. */
export interface CompileResult extends StepResult {
  /** It was compiled earlier and kept: everything here, times included, speaks about that time. */
  readonly cached: boolean;
}
