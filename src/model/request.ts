/** What a caller asks of one run, after parsing and validation: the edge between cli/ or the library and the rest. */
import type { FilesOut } from "./files-out.ts";
import type { LimitKey } from "./limits.ts";
import type { RunMoments } from "./moments.ts";
import type { Overrides, Stdin } from "./overrides.ts";
import type { MountRule } from "./mounts.ts";
import type { Network } from "./network.ts";
import type { Permission } from "./permissions.ts";
import type { OutputSink, SignalSource, TypedSource, Waiter } from "./waiting.ts";
import type { SeccompProfile } from "./seccomp.ts";

export type { Overrides, Stdin } from "./overrides.ts";

export interface CallerTerminal {
  /** Which of 0, 1 and 2 it is, at least one. */
  readonly streams: readonly [boolean, boolean, boolean];
  /** For TERM, where nothing else is said. */
  readonly name: string;
}

/** A descriptor of ours that a program gets as it is. */
export interface HandedDescriptor {
  readonly fd: number;
  /** The number that the program has it under, from 1 on. */
  readonly as: number;
}

/** Bounds of one run that a box has no limits for; null: none. */
export interface FurtherBounds {
  /** Thousandths of a processor. */
  readonly cpuRate: number | null;
  /** Bytes of one process, as rlimits: its data, and all of its address space. */
  readonly dataBytes: number | null;
  readonly addressSpaceBytes: number | null;
  /** Seconds of CPU time of one process, rounded up; left out: none. It gets SIGXCPU then. */
  readonly processCpuSeconds?: number;
}

/** A terminal that the program has although nobody sits at one. */
export interface OwnTerminal {
  /** Which of 0, 1 and 2 it is, at least one. */
  readonly streams: readonly [boolean, boolean, boolean];
  /** What is typed. */
  readonly typed: TypedSource;
  /** What is shown, in pieces. Its output limit is for who takes it. */
  readonly shown: OutputSink;
}

/** The working directory of a box, as its caller reaches it. */
export interface BoxPlace {
  /** Absolute. A program may own it: what is in it is opened by descriptor below it, following nothing. */
  readonly workdir: string;
  /** Whose the files in it have to be; null: the caller's. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** What a caller does in the box of a run, while the box is the run's and nothing runs in it. */
export interface BoxVisit {
  /** Before the first step of the run. What it throws ends the run before anything has run. */
  before(place: BoxPlace): void;
}

/** Everything about one run that is not part of the instance. */
export interface RunOptions {
  readonly overrides: Overrides;
  /** Limits of the box that the caller named for this run: they count before those of a pack. Left out: none. */
  readonly limitsGiven?: readonly LimitKey[];
  /** Added after the instance's own, later wins; a value of null removes the variable. */
  readonly environment: readonly (readonly [name: string, value: string | null])[];
  /** Start from the caller's whole environment instead of PATH, HOME and LANG; null: do not. */
  readonly fullEnvironment: Readonly<Record<string, string>> | null;
  /** Mount rules, added to the instance's own (model/mounts.ts has the grammar). */
  readonly mounts: readonly string[];
  /** More of them, for paths that the grammar has no words for; left out: none. */
  readonly mountRules?: readonly MountRule[];
  /** Working directory inside the box, absolute or relative to /box. */
  readonly chdir: string | null;
  /** Files inside the box that replace the standard streams, opened with the program's rights. */
  readonly stdinFile: string | null;
  readonly stdoutFile: string | null;
  readonly stderrFile: string | null;
  /** Standard error goes where standard output goes, in the order in which both are written; not with `stderrFile` or `stderrTo`. */
  readonly stderrToStdout?: boolean;
  /**
   * A descriptor of ours that gets what the program writes, in place of the result, whose text is empty then. The output limit counts. What is
   * not a regular file gets everything when the program has ended. Or something of ours that gets it while the program runs. Not with `passthrough`.
   */
  readonly stdoutTo?: number | OutputSink | null;
  readonly stderrTo?: number | OutputSink | null;
  /** The same as `network: "host"`. */
  readonly shareNetwork: boolean;
  /** The network of this run; left out or null: that of the pack or of the box, the one that allows more. */
  readonly network?: Network | null;
  /** Descriptors of ours above 2 that the program gets under the same numbers. */
  readonly inheritDescriptors: readonly number[];
  /** Further ones, under numbers of their own, in place of ours where it is 1 or 2: pipes, whose other ends are the caller's affair. Left out: none. */
  readonly handed?: readonly HandedDescriptor[];
  /** Left out or null: none. */
  readonly bounds?: FurtherBounds | null;
  /** Processors, as in cpuset(7): `0,2-3`; `auto`: a core that no other box has; null: those of the box. */
  readonly cpus: string | null;
  /** Policy for system calls in this run; null: that of the pack, or of the box. */
  readonly seccomp: SeccompProfile | null;
  /** What the run may do on top of what the box and the pack allow; left out: nothing. */
  readonly allow?: readonly Permission[];
  /** How many times to run the program; the compiler runs once. Left out or null: once, without a report on several runs. */
  readonly repeat?: number | null;
  /** Wait for the box instead of failing with LockBusy. */
  readonly wait: boolean;
  /** Fail when any layer cannot be enforced. */
  readonly strict: boolean;
  /** Give the program our own 0, 1 and 2 and forward signals to it. */
  readonly passthrough: boolean;
  /** A terminal of ours among 0, 1 and 2, for `passthrough` where `tty` is allowed; left out or null: none. */
  readonly terminal?: CallerTerminal | null;
  /** A terminal of the program's own, where `tty` is allowed; not with `passthrough`. Left out or null: none. */
  readonly ownTerminal?: OwnTerminal | null;
  /**
   * Wait for the program by blocking this thread (a command line has nothing else to do, and a wake-up is
   * immediate). False: the event loop of the caller stays free.
   */
  readonly blocking: boolean;
  /** How the run waits, in place of what `blocking` says; left out or null: in no way of its own. Not with `blocking`. */
  readonly waiter?: Waiter | null;
  /** Signals for this run, in place of those of the process; left out or null: with `blocking` those of the process, else none. */
  readonly signals?: SignalSource | null;
  /** Hears of the moments of the run, which are not those of a compiler before it; left out or null: nobody does. */
  readonly moments?: RunMoments | null;
  /** Files of the caller's go into the box; left out or null: none. */
  readonly visit?: BoxVisit | null;
  /** Files leave the box after the last step, when there is a result; left out or null: none. */
  readonly filesOut?: FilesOut | null;
  /** Told about what is not enforced and other things that the caller should know, one line of text each. */
  readonly warn: ((line: string) => void) | null;
  /** Told about each step taken, one line of text (`--verbose`). */
  readonly trace: ((line: string) => void) | null;
}

/** A run with nothing special about it. */
export const plainRun: RunOptions = {
  overrides: {},
  environment: [],
  fullEnvironment: null,
  mounts: [],
  chdir: null,
  stdinFile: null,
  stdoutFile: null,
  stderrFile: null,
  shareNetwork: false,
  inheritDescriptors: [],
  cpus: null,
  seccomp: null,
  repeat: null,
  wait: false,
  strict: false,
  passthrough: false,
  blocking: false,
  warn: null,
  trace: null,
};

/** What callers of the library give as input; nothing: the program reads nothing. */
export function stdinFrom(stdin: string | Uint8Array | null | undefined): Stdin {
  if (stdin === undefined || stdin === null) return { kind: "empty" };
  return { kind: "bytes", bytes: typeof stdin === "string" ? Buffer.from(stdin) : stdin };
}
