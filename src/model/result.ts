/** The result document: what `--json` prints and the library returns. Seconds and bytes. */
import type { FileOut } from "./files-out.ts";
import type { PeakSource } from "./peak-source.ts";
import type { Permission } from "./permissions.ts";
import type { ExecutionStatus, ReachedLimit } from "./status.ts";

/** What one program used, all processes of its box together. */
export interface ResourceUsage {
  /** Seconds of CPU time, user and system. */
  readonly cpu_time: number;
  /** Seconds on the monotonic clock from the successful execve to the end of the main process. */
  readonly wall_time: number;
  /** Bytes, as the field of the same name in the result. */
  readonly memory_peak: number | null;
  /** How many voluntary and forced context switches there were, of the main process and the children it waited for. */
  readonly context_switches: number;
  /** How many minor and major page faults there were, of the same processes. */
  readonly page_faults: number;
}

/** What the working directory of a box held after a run, when no process of it lived any more. */
export interface DiskUsage {
  /** Bytes that are allocated, so a hole in a file is none; a file with several names counts once. */
  readonly bytes: number;
  /** How many files of every kind there were, directories among them; the working directory itself is not counted. */
  readonly files: number;
}

/**
 * By what each limit was enforced in this run: a mechanism (`cgroup-v1`, `cgroup-v2`, `rlimit`, `sampling`,
 * `namespace`, `pivot_root`, `seccomp`, `userns`, ...) or `none`. `user` is the uid that the program had.
 */
export interface Enforcement {
  /** The memory limit: `cgroup-v1`, `cgroup-v2`, `sampling`, or `none`. */
  readonly memory: string;
  /** The CPU time limit: `cgroup-v1`, `cgroup-v2`, `sampling`, or `none`. */
  readonly cpu_time: string;
  /** The wall time limit: `clock`, or `none`. */
  readonly wall_time: string;
  /** The limit of processes: `cgroup-v1`, `cgroup-v2`, `rlimit`, or `none`. */
  readonly processes: string;
  /** What keeps the program from the network: `namespace`, or `none`. */
  readonly network: string;
  /** What keeps the program from the files of the host: `pivot_root`, `chroot`, `landlock`, or `none`. */
  readonly filesystem: string;
  /** What keeps the program from system calls: `seccomp`. */
  readonly syscalls: string;
  /** Only when something was allowed (`--allow`): what the program could do on top. */
  readonly allowed?: readonly Permission[];
  /** Only when processors were asked for: `cgroup-v1`, `cgroup-v2` or `affinity`, and `, shared` when others ran on the same core. */
  readonly cpus?: string;
  /** Only when a part of a processor was asked for: `cgroup-v1`, `cgroup-v2`, or `none`. */
  readonly cpu_rate?: string;
  /** The uid that the program had. */
  readonly user: number;
  /** What control groups above the box allow in all, where that is less than the box has; null for what they do not bound further. */
  readonly outer_limits?: {
    /** Bytes. */
    readonly memory: number | null;
    /** How many processes and threads. */
    readonly processes: number | null;
    /** How many processors' worth of CPU time; given whenever there is such a bound. */
    readonly cpus: number | null;
  };
}

/** What came of a run: the verdict, the output and the figures. Seconds and bytes. */
export interface ExecutionResult {
  /** One word for the outcome. */
  readonly status: ExecutionStatus;
  /** True exactly when `status` is `Success`. */
  readonly success: boolean;
  /** The limit that the status speaks of; null: of none. */
  readonly limit: ReachedLimit | null;
  /** Exit code of the program, null when a signal ended it or it never ran. 127: it could not be executed. */
  readonly exit_code: number | null;
  /** Number of the signal that ended the main process, or null. SIGSYS (31) in every SecurityViolation. */
  readonly signal: number | null;
  /** The system call that a process of the box made and must not: its name, or `number N of the 32-bit ABI`; null: none, or not known which. */
  readonly forbidden_syscall: string | null;
  /** Standard output as text, up to `output_limit` bytes; what is not UTF-8 is replaced by U+FFFD. Empty when it went somewhere else. */
  readonly stdout: string;
  /** Standard error, in the same way. */
  readonly stderr: string;
  /** Present only when standard output is not UTF-8: the bytes as they were, in Base64. */
  readonly stdout_base64?: string;
  /** The same of standard error. */
  readonly stderr_base64?: string;
  /** True: the program wrote more to standard output than `output_limit`; the rest is lost. */
  readonly stdout_truncated: boolean;
  /** The same of standard error. */
  readonly stderr_truncated: boolean;
  /** Seconds of CPU time, user and system, of all processes of the box together. */
  readonly cpu_time: number;
  /** Seconds on the monotonic clock, from the execve of the program to the end of its main process. */
  readonly wall_time: number;
  /** Highest use of anonymous and shared memory in bytes, all processes together; null: not measured. */
  readonly memory_peak: number | null;
  /** What `memory_peak` was found out from; null: not measured. */
  readonly memory_peak_source: PeakSource | null;
  /** Highest charge of the control group in bytes, page cache and memory of the kernel as well; null: no group counted it. */
  readonly cgroup_memory_peak: number | null;
  /** What the processes of the run used. */
  readonly resource_usage: ResourceUsage;
  /** What the working directory held after the run. Null when not everything could be looked at. */
  readonly disk_usage: DiskUsage | null;
  /** One sentence for people; null on success. */
  readonly error_message: string | null;
  /** The step that this result speaks about. */
  readonly phase: "compile" | "run";
  /** Id of the language, null when a command was run directly. */
  readonly language: string | null;
  /** The compile step, null when there was none. */
  readonly compile: CompileResult | null;
  /** By what each limit was enforced in this run. */
  readonly enforced: Enforcement;
  /** Only when the run was to be repeated; everything else speaks about the last run. */
  readonly repeat?: RepeatReport;
  /** Only when files were to leave the box: what became of each, by its name there. */
  readonly files?: Readonly<Record<string, FileOut>>;
}

/** Figures of several runs, all in the unit of the single figure. */
export interface Figures {
  /** The smallest, in the same unit. */
  readonly min: number;
  /** The one in the middle, in the same unit; of an even number of runs the mean of the two in the middle. */
  readonly median: number;
  /** The largest, in the same unit. */
  readonly max: number;
  /** `max` minus `min`, in the same unit. */
  readonly spread: number;
}

/** What several runs of the same thing took. Figures are those of the runs that succeeded; null when there are none. */
export interface RepeatReport {
  /** How many were made: fewer than asked for when one did not succeed, which is then the last. */
  readonly runs: number;
  /** How many had which status. */
  readonly statuses: Readonly<Partial<Record<ExecutionStatus, number>>>;
  /** Seconds of CPU time. */
  readonly cpu_time: Figures | null;
  /** Seconds on the clock. */
  readonly wall_time: Figures | null;
  /** Bytes of memory. */
  readonly memory_peak: Figures | null;
}

/** One step of an execution, compiler or program. */
export type StepResult = Omit<ExecutionResult, "phase" | "language" | "compile">;

/** The compile step of an execution, measured like a run. */
export interface CompileResult extends StepResult {
  /** It was compiled earlier and kept: everything here, times included, speaks about that time. */
  readonly cached: boolean;
}
