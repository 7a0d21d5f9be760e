/** What a launch plan is made from: everything decided, nothing touched. */
import type { Scheduling } from "../../kernel/attributes.ts";
import type { MountRule } from "../../model/mounts.ts";
import type { Network } from "../../model/network.ts";
import type { Permission } from "../../model/permissions.ts";
import type { ProgramStep, Step } from "../../model/plan.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import type { SubordinateUser } from "./subordinate.ts";

/**
 * How much of the kernel we have.
 * - `full`: root, every namespace, an own uid per box
 * - `userns`: every namespace; the caller's uid, or one of its subordinate ids
 * - `none`: no namespaces: rlimits, an own session, sampling; with an own uid where root may have one
 */
export type Isolation = "full" | "userns" | "none";

/**
 * What a host may not let us have, each of which is given up alone (means.ts).
 * - `namespaces`: all of them
 * - `subordinate ids`: a uid of the caller's range for the program; else it has the caller's
 * - `user namespace`: one more for each run; root of one can go without
 * - `proc`: a new /proc
 * - `device nodes`: made by mknod; those of the host are bound instead
 * - `loopback`: in the box's network namespace
 * - `pivot_root`: the new root is moved over the old one instead
 * - `host name`: one of the box's own
 * - `socket memory`: bounds on it in the box's network namespace
 * - `bounding set`: capabilities dropped from it; without a meaning after no_new_privs
 * - `cgroup namespace`
 * - `noexec`: taken off the working directory
 */
export type GivenUp = "namespaces" | "subordinate ids" | "user namespace" | "proc" | "device nodes" | "loopback" | "pivot_root" | "host name" | "socket memory" | "bounding set" | "cgroup namespace" | "noexec";

/** A mount rule whose source was looked at on the host. */
export interface ResolvedMount extends MountRule {
  /** What the source is; `link`: a symbolic link that is made again inside instead of a mount (merged /usr). */
  readonly sourceType: "directory" | "file" | "link" | "none";
  /** Where the link points, for `link`. */
  readonly target: string;
}

/** What the caller is and hands on, as far as a plan depends on it. */
export interface Caller {
  /** The usual one, where the kernel lets the program have it. */
  readonly scheduling: Scheduling;
  /** Steps that only a caller with something unusual needs. */
  readonly resets: readonly Step[];
  /** Values of resource limits, by number, that are lower than wanted where the caller's hard limit is; null: unlimited. */
  readonly limits: Readonly<Record<number, number | null>>;
}

/** What is allowed below a path, or for a file. */
export interface LandlockRule {
  readonly path: string;
  readonly directory: boolean;
  /** `stream`: reading, without execution. */
  readonly access: "read" | "write" | "device" | "stream";
}

/** Bits and rules for Landlock (landlock.ts). */
export interface Confinement {
  /** Of the kernel's interface. */
  readonly version: number;
  /** Bits of access that are refused wherever no rule allows them. */
  readonly handled: number;
  /** Without any, neither bind nor connect by TCP; with the host's, its abstract sockets are part of it. */
  readonly network: Network;
  readonly rules: readonly LandlockRule[];
}

/** The terminal that a program gets in place of the caller's. */
export interface Terminal {
  /** Which of 0, 1 and 2 are the caller's. */
  readonly streams: readonly [boolean, boolean, boolean];
  /** struct termios and struct winsize of the caller's, in hexadecimal. */
  readonly modes: string;
  readonly size: string;
}

export interface LaunchSpec {
  readonly isolation: Isolation;
  /** The program runs under the box's ids; else under the caller's. */
  readonly ownUid: boolean;
  /** Who the program is outside, where it has one of the caller's subordinate ids; `uid` and `gid` are then those inside of the user namespace. */
  readonly subordinate: SubordinateUser | null;
  /** What this host does not let us have. */
  readonly without: readonly GivenUp[];
  /** Empty directory of ours that the new root is built on. */
  readonly rootMountPoint: string;
  /** The box's working directory on the host. */
  readonly workdir: string;
  readonly uid: number;
  readonly gid: number;
  readonly limits: RunLimits;
  readonly mounts: readonly ResolvedMount[];
  /** Processors that the program may use, as in cpuset(7); null: those of the caller, or not chosen yet. */
  readonly cpus: string | null;
  /** Files to write "0" to, one per cgroup (cgroup v1 `tasks`). */
  readonly cgroupJoins: readonly string[];
  /** /proc shows processes and nothing of the machine. */
  readonly processesOnly: boolean;
  readonly network: Network;
  /** What stands below the names of the box itself in its /etc/hosts; null: nothing. */
  readonly hosts: string | null;
  /** The buffers of TCP sockets are bounded by settings of the box's network namespace. */
  readonly boundsSocketMemory: boolean;
  /** Descriptors above 2 stay open for the program. */
  readonly inheritDescriptors: boolean;
  /** Those above 2 that the program gets without that, in their order; left out: none. */
  readonly handed?: readonly number[];
  /** Working directory as the program sees it. */
  readonly chdir: string;
  /** Files inside the box for 0, 1 and 2; null: what the supervisor hands over. */
  readonly redirections: readonly [stdin: string | null, stdout: string | null, stderr: string | null];
  /** RLIMIT_NPROC, only where no cgroup counts processes. */
  readonly rlimitProcesses: number | null;
  /** RLIMIT_DATA in bytes, only where no cgroup counts memory. */
  readonly rlimitData: number | null;
  /** Bounds that were asked for besides, for one process; left out: none. */
  readonly dataBytes?: number;
  readonly addressSpaceBytes?: number;
  readonly processCpuSeconds?: number;
  /** Number of the last capability that this kernel knows (/proc/sys/kernel/cap_last_cap). */
  readonly lastCapability: number;
  /** What the filter allows on top of its policy. */
  readonly allowed: readonly Permission[];
  /** null: the program has none of its own from the beginning. */
  readonly terminal: Terminal | null;
  /** It has mounts of its own, so no launcher can wait for a run like it. Left out: others may be like it. */
  readonly isUnlikeOthers?: boolean;
  /** The seccomp filter, instructions in hexadecimal. */
  readonly filter: string;
  /** Forbidden calls are told to the supervisor, which kills the box; else the filter itself kills the process. */
  readonly listener: boolean;
  /** The supervisor takes what the program writes, so its pipes behave as files for who does not want to wait (waiting-writes.ts). */
  readonly waitingWrites: boolean;
  readonly program: ProgramStep;
  readonly caller: Caller;
  /** null: the kernel has no Landlock. */
  readonly landlock: Confinement | null;
  /** Beginnings of steps that are left out; empty but in the build that proves that tests can fail. */
  readonly leftOut: readonly string[];
}
