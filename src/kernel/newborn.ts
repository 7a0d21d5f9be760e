/**
 * What a child does that goes on in the table of calls that its parent is in (call-sequence.ts), with the parent's memory and stack, while the
 * parent's thread sleeps (CLONE_VM, CLONE_VFORK). The shared stack stays right: everybody leaves and enters the code through one and the
 * same call instruction. No JavaScript runs in the child, and no signal handler may.
 */
import { addressOf, cString, stringVector, type Memory } from "./ffi.ts";
import type { SequencedCall } from "./call-sequence.ts";
import { CLONE, CLONE_INTO_CGROUP, F, FD_CLOEXEC, SIG_SETMASK, signalSetBytes } from "./constants.ts";
import type { SyscallName } from "./syscall-numbers.ts";

/** A program without an environment, and the descriptors that it gets besides those without close-on-exec. */
export interface Newborn {
  readonly path: string;
  readonly argv: readonly string[];
  readonly descriptors: readonly (readonly [source: number, target: number])[];
}

/** One call of a table, with names in place of numbers. */
export interface Row {
  readonly calls: SyscallName;
  readonly args: readonly number[];
  readonly name?: string;
  /** The name of the row to go on with when the result is not 0; of none: what comes after all of them. */
  readonly unlessZero?: string;
  /** What the call is about, where its failure is one of the start; "": a failure means nothing. */
  readonly object?: string;
}

/** @param at the index of the first of them in the table */
export function sequenced(rows: readonly Row[], at = 0): SequencedCall[] {
  const indexOf = (name: string) => {
    const index = rows.findIndex((row) => row.name === name);
    return at + (index < 0 ? rows.length : index);
  };
  return rows.map(({ calls, args, unlessZero }) => ({ calls, arguments: args, ...(unlessZero === undefined ? {} : { unlessZero: indexOf(unlessZero) }) }));
}

/** Memory that the rows of a table lead to; stays where it is until it is let go. */
export class TableMemory {
  #kept: unknown[] = [];

  of(bytes: Memory): number {
    this.#kept.push(bytes);
    return addressOf(bytes);
  }

  text(text: string): number {
    return this.of(cString(text));
  }

  vector(strings: readonly string[]): number {
    const vector = stringVector(strings);
    this.#kept.push(vector);
    return addressOf(vector.pointers);
  }

  /** To be called when the table was gone through, so that nobody takes the memory for unused before. */
  letGo(): void {
    this.#kept = [];
  }
}

/** The child borrows memory, stack and thread of its parent until it executes its program or ends. */
export const borrowing = CLONE.VM | CLONE.VFORK;

/** struct clone_args up to `cgroup` (include/uapi/linux/sched.h), in words of 64 bits. */
const cloneArgumentWords = 11;

/** clone3(2). @param flags a number of up to 53 bits; @param group null: none */
export function clone3(memory: TableMemory, flags: number, group: number | null, { pidfd = 0, exitSignal = 0 }): Pick<Row, "calls" | "args"> {
  const given = new BigUint64Array(cloneArgumentWords);
  given[0] = BigInt(flags + (group === null ? 0 : CLONE_INTO_CGROUP));
  given[1] = BigInt(pidfd);
  given[4] = BigInt(exitSignal);
  given[10] = BigInt(group ?? 0);
  return { calls: "clone3", args: [memory.of(given), given.byteLength] };
}

const lastSignal = 64;

/** Every signal to its default, the ignored ones too. Two have no other disposition. */
export function defaultSignals(memory: TableMemory): Row[] {
  const action = memory.of(new BigUint64Array(4));
  return Array.from({ length: lastSignal }, (_, index): Row => ({ calls: "rt_sigaction", args: [index + 1, action, 0, signalSetBytes], object: "" }));
}

/** The last rows of a child, with signals as they are by default. @param end a name for the last of them, at which it ends if it cannot become that program */
export function become(memory: TableMemory, { path, argv, descriptors }: Newborn, end: string): Row[] {
  return [
    ...descriptors.flatMap(([source, target]): Row[] => {
      // Fails for what is not open, and then nothing is executed; afterwards dup3 cannot fail in a table that is the child's own.
      const check: Row = { calls: "fcntl", args: [source, F.SETFD, source === target ? 0 : FD_CLOEXEC], unlessZero: end, object: `descriptor ${source}` };
      return source === target ? [check] : [check, { calls: "dup3", args: [source, target, 0], object: `descriptor ${target}` }];
    }),
    { calls: "rt_sigprocmask", args: [SIG_SETMASK, memory.of(new BigUint64Array(1)), 0, signalSetBytes] },
    { calls: "execve", args: [memory.text(path), memory.vector(argv), memory.vector([])], object: path },
    { calls: "exit_group", args: [127], name: end },
  ];
}
