/**
 * The launch plan: the ordered list of system calls that turn the launcher process into the
 * program. It is data: made before anything is touched, printed by `--explain`, and performed without any
 * decision between the calls, so that it does not matter what performs it.
 */
import type { SyscallName } from "../kernel/syscall-numbers.ts";

/** One argument of a system call. */
export type Argument =
  | number
  /** A C string, passed by address. */
  | string
  /** Bytes in hexadecimal, passed by address. */
  | { readonly hex: string }
  /** A descriptor that an earlier step opened or that the supervisor handed over. */
  | { readonly fd: string }
  /** A BPF program in hexadecimal, passed as a struct sock_fprog that points to it. */
  | { readonly program: string }
  /** Memory of this many bytes that a step fills and a later one may use again under the same name; from `at`, when it is not the beginning. */
  | { readonly room: string; readonly bytes: number; readonly at?: number }
  /** A struct landlock_path_beneath_attr: what is allowed below a place that an earlier step opened. */
  | { readonly beneath: string; readonly access: number }
  /** A struct msghdr for sendmsg(2): what is in a room, and with it one descriptor or two that earlier steps opened, of which the receiver gets copies. */
  | { readonly message: { readonly room: string; readonly bytes: number; readonly passes: string; readonly alsoPasses?: string } };

/** One system call. A negative result ends the launch with this step's name and the error number. */
export interface Step {
  /** What it does, for messages: completes "cannot ...". */
  readonly does: string;
  readonly call: SyscallName;
  readonly args: readonly Argument[];
  /** Keeps the result as a descriptor under this name. */
  readonly opens?: string;
  /** After the call these bytes must be in this room, or (null) in the result kept by `opens`; else the step fails with EPERM. */
  readonly expects?: Expectation;
}

/** What must be in memory after a call. */
export interface Expectation {
  readonly room: string | null;
  /** Where in it; 0 when nothing is said. */
  readonly at?: number;
  /** One to eight bytes in hexadecimal, as they lie in memory; numbers have their low byte first. */
  readonly bytes: string;
}

/** The last step: execve(2) of the first candidate that exists. */
export interface ProgramStep {
  /** Absolute or relative paths in the order of PATH; tried until one does not fail with ENOENT, ENOTDIR or EACCES. */
  readonly candidates: readonly string[];
  readonly argv: readonly string[];
  /** `NAME=value` each. */
  readonly environment: readonly string[];
}

export interface LaunchPlan {
  readonly steps: readonly Step[];
  /** null: after the steps stay and be pid 1: reap orphans until killed. */
  readonly program: ProgramStep | null;
}

/** The name under which a plan knows the descriptor that it reports to. */
export const statusDescriptor = "status";

/** The name of the descriptor that tells of forbidden system calls (seccomp_unotify(2)); it is passed on to the supervisor. */
export const listenerDescriptor = "listener";

/** The name of the master of the box's terminal, which is passed on as well; the program has the other end. */
export const terminalDescriptor = "terminal";

/** Whether a launch hands the master of a terminal over. */
export function hasTerminal(plan: LaunchPlan): boolean {
  return plan.steps.some(({ opens }) => opens === terminalDescriptor);
}

/** Whether a launch hands a listener over before it starts the program. */
export function hasListener(plan: LaunchPlan): boolean {
  return plan.steps.some(({ opens }) => opens === listenerDescriptor);
}
