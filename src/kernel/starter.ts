/**
 * Starts two children in a pid namespace that is made for them and, where we are not root, in a user namespace as well.
 *
 * A process with threads cannot enter a user namespace (unshare(2), EINVAL), and we have threads. A child of ours can: the starter. It has
 * our memory, and our thread sleeps until it has ended (vfork(2)). So it needs no program of its own: it goes on in the table of calls that we
 * are in (call-sequence.ts) and leaves every result there. It makes both processes as its siblings (CLONE_PARENT). They are our children, and we
 * have stayed outside. The shared stack stays right: everybody leaves and enters the code through one and the same call instruction.
 */
import { addressOf, call, cString, stringVector, type Memory } from "./ffi.ts";
import { callInSequence, type SequencedCall } from "./call-sequence.ts";
import { AT_FDCWD, CLONE, CLONE_INTO_CGROUP, F, FD_CLOEXEC, O, SIG_SETMASK, signalSetBytes, WALL } from "./constants.ts";
import { errno, errnoOf, SyscallError } from "./errno.ts";
import { PidNamespaceRefused } from "./spawn.ts";
import type { SyscallName } from "./syscall-numbers.ts";

/** A child with default signal dispositions, an empty signal mask, no environment, and the descriptors that are given. */
export interface Newborn {
  readonly path: string;
  readonly argv: readonly string[];
  readonly descriptors: readonly (readonly [source: number, target: number])[];
}

export interface Surroundings {
  /** Our ids, which are 0 in a user namespace that is made; null: none is made. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** A descriptor above 2 that nobody but us may have, not even for a moment. */
  readonly ours: number;
  /** Descriptor of the control group of version 2 that the second child is born in, or null. */
  readonly group: number | null;
}

/** No user namespace can be had here, and nothing was started. */
export class UserNamespaceRefused extends SyscallError {}

interface Row {
  readonly calls: SyscallName;
  readonly args: readonly number[];
  /** The name of the row to go on with when the result is not 0. */
  readonly unlessZero?: string;
  /** The name of this row. */
  readonly name?: string;
  /** What the call is for, when its failure is one of the start; "": a failure means nothing. */
  readonly object?: string;
}

const lastSignal = 64;
/** struct clone_args up to `cgroup` (include/uapi/linux/sched.h), in words of 64 bits. */
const cloneArgumentWords = 11;
/** With our memory and our stack, while the parent sleeps. */
const borrowing = CLONE.VM | CLONE.VFORK;
/** The number that the second process has in its pid namespace. */
const secondPid = 2;

/**
 * @param started told each pid at once, so that it can be ended when a later step fails
 * @returns the pids as this process sees them
 * @throws UserNamespaceRefused, PidNamespaceRefused; SyscallError when a child cannot be started
 */
export function spawnByStarter(first: Newborn, second: Newborn, surroundings: Surroundings, started: (pid: number) => void): [number, number] {
  const table = new StartTable();
  const rows = table.rows(first, second, surroundings);
  const results = callInSequence(sequenced(rows));
  const resultOf = (name: string) => results[rows.findIndex((row) => row.name === name)] ?? 0;
  const starter = resultOf("starter");
  if (starter > 0) reapNow(starter);
  const pids = [resultOf("first"), resultOf("second")] as const;
  for (const pid of pids) if (pid > 0) started(pid);
  const refused = new Set<Row>(table.namespaceRows);
  results.forEach((result, index) => {
    const { calls, object } = rows[index]!;
    if (result === null || result >= 0 || object === "") return;
    const Refusal = !refused.has(rows[index]!) ? SyscallError : surroundings.user === null ? PidNamespaceRefused : UserNamespaceRefused;
    throw new Refusal(calls, -result, object);
  });
  const [one, two] = pids;
  // Nobody but the kernel could have stopped the starter on its way.
  if (one <= 0 || two <= 0) throw new SyscallError("clone", errno.EAGAIN, "the processes of a box");
  table.release();
  return [one, two];
}

function reapNow(pid: number): void {
  for (;;) {
    try {
      call("wait4", `process ${pid}`, pid, 0, WALL, 0);
      return;
    } catch (error) {
      if (errnoOf(error) === errno.ECHILD) return;
      if (errnoOf(error) !== errno.EINTR) throw error;
    }
  }
}

function sequenced(rows: readonly Row[]): SequencedCall[] {
  return rows.map(({ calls, args, unlessZero }) => ({
    calls, arguments: args, ...(unlessZero === undefined ? {} : { unlessZero: rows.findIndex(({ name }) => name === unlessZero) }),
  }));
}

/** The rows of a start, and the memory that they lead to. */
class StartTable {
  /** Those that fail where namespaces are not to be had. */
  namespaceRows: readonly Row[] = [];
  #kept: unknown[] = [];

  rows(first: Newborn, second: Newborn, { user, ours, group }: Surroundings): Row[] {
    const everySignal = this.#memory(new BigUint64Array([0xffff_ffff_ffff_ffffn]));
    const before = this.#memory(new BigUint64Array(1));
    const defaultAction = this.#memory(new BigUint64Array(4));
    this.namespaceRows = [
      { calls: "unshare", args: [CLONE.NEWPID | (user === null ? 0 : CLONE.NEWUSER)], unlessZero: "give up", object: user === null ? "CLONE_NEWPID" : "CLONE_NEWUSER" },
      ...(user === null ? [] : this.#mapping(user, ours)),
    ];
    return [
      // A handler of ours must not run in a child that has our memory.
      { calls: "rt_sigprocmask", args: [SIG_SETMASK, everySignal, before, signalSetBytes] },
      { calls: "clone", args: [borrowing, 0], unlessZero: "back", name: "starter", object: "the starter" },
      // In the starter. Its children begin with the same dispositions. Two signals have no other.
      ...Array.from({ length: lastSignal }, (_, index): Row => ({ calls: "rt_sigaction", args: [index + 1, defaultAction, 0, signalSetBytes], object: "" })),
      // Two purposes: what is ours is gone, and what is 0 can come back.
      { calls: "dup3", args: [0, ours, O.CLOEXEC] },
      ...this.namespaceRows,
      { calls: "clone", args: [borrowing | CLONE.PARENT, 0], unlessZero: "second", name: "first", object: "init" },
      ...this.#child(first, "no first"),
      { ...this.#birth(group), unlessZero: "give up", name: "second", object: "the launcher" },
      // In the launcher, who is never the first in its namespace: it was not made if the other was not.
      { calls: "kill", args: [secondPid, 0], unlessZero: "no second", object: "the launcher" },
      ...this.#child(second, "no second"),
      { calls: "exit_group", args: [0], name: "give up" },
      { calls: "rt_sigprocmask", args: [SIG_SETMASK, before, 0, signalSetBytes], name: "back" },
    ];
  }

  /** To be called after the table was gone through: until then the memory has to stay. */
  release(): void {
    this.#kept = [];
  }

  /** Root of the user namespace is the one who made it (user_namespaces(7)). Files are opened as descriptor 0, the lowest that is free. */
  #mapping({ uid, gid }: { readonly uid: number; readonly gid: number }, saved: number): Row[] {
    const write = (file: string, content: string): Row[] => [
      { calls: "close", args: [0] },
      { calls: "openat", args: [AT_FDCWD, this.#text(`/proc/self/${file}`), O.WRONLY, 0], unlessZero: "give up", object: `/proc/self/${file}` },
      { calls: "write", args: [0, this.#text(content), content.length], object: `/proc/self/${file}` },
    ];
    return [
      // Without which an ordinary user may not map groups.
      ...write("setgroups", "deny"),
      ...write("uid_map", `0 ${uid} 1`),
      ...write("gid_map", `0 ${gid} 1`),
      { calls: "dup3", args: [saved, 0, 0], object: "descriptor 0" },
      { calls: "geteuid", args: [], unlessZero: "give up" },
      { calls: "getegid", args: [], unlessZero: "give up" },
    ];
  }

  #birth(group: number | null): Pick<Row, "calls" | "args"> {
    const flags = borrowing | CLONE.PARENT;
    if (group === null) return { calls: "clone", args: [flags, 0] };
    const given = new BigUint64Array(cloneArgumentWords);
    given[0] = BigInt(flags + CLONE_INTO_CGROUP);
    given[10] = BigInt(group);
    return { calls: "clone3", args: [this.#memory(given), given.byteLength] };
  }

  /** What a child does, up to its end when it cannot execute its program. @param failed the name of that end */
  #child({ path, argv, descriptors }: Newborn, failed: string): Row[] {
    return [
      ...descriptors.flatMap(([source, target]): Row[] => {
        // Fails for what is not open; dup3 into a table that is the child's own then does not.
        const check: Row = { calls: "fcntl", args: [source, F.SETFD, source === target ? 0 : FD_CLOEXEC], unlessZero: failed, object: `descriptor ${source}` };
        return source === target ? [check] : [check, { calls: "dup3", args: [source, target, 0], object: `descriptor ${target}` }];
      }),
      { calls: "rt_sigprocmask", args: [SIG_SETMASK, this.#memory(new BigUint64Array(1)), 0, signalSetBytes] },
      { calls: "execve", args: [this.#text(path), this.#vector(argv), this.#vector([])], object: path },
      { calls: "exit_group", args: [127], name: failed },
    ];
  }

  #memory(bytes: Memory): number {
    this.#kept.push(bytes);
    return addressOf(bytes);
  }

  #text(text: string): number {
    return this.#memory(cString(text));
  }

  #vector(strings: readonly string[]): number {
    const vector = stringVector(strings);
    this.#kept.push(vector);
    return addressOf(vector.pointers);
  }
}
