/**
 * Starts two children in a pid namespace that is made for them and, where we are not root, in a user namespace as well.
 *
 * A process with threads cannot enter a user namespace (unshare(2), EINVAL), and we have threads. A child of ours can: the starter. It goes on in
 * the table of calls that we are in (newborn.ts), so it needs no program of its own, and its results are there for us. It makes both
 * processes as its siblings (CLONE_PARENT). They are our children, and we have stayed outside.
 */
import { call } from "./ffi.ts";
import { callInSequence } from "./call-sequence.ts";
import { AT_FDCWD, CLONE, O, SIG_SETMASK, signalSetBytes, WALL } from "./constants.ts";
import { errno, errnoOf, SyscallError } from "./errno.ts";
import { become, borrowing, clone3, defaultSignals, sequenced, TableMemory, type Newborn, type Row } from "./newborn.ts";
import { PidNamespaceRefused } from "./spawn.ts";

export interface Surroundings {
  /** Our ids, which are 0 in a user namespace that is made; null: none is made. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** Descriptor of a user namespace of ours that is there already, and entered in place of a new one; else null. */
  readonly entered?: number | null;
  /** A descriptor above 2 that nobody but us may have, not even for a moment. */
  readonly ours: number;
  /** Descriptor of the control group of version 2 that the second child is born in, or null. */
  readonly group: number | null;
}

/** No user namespace can be had here, and nothing was started. */
export class UserNamespaceRefused extends SyscallError {}

/** The number that the second process has in its pid namespace. */
const secondPid = 2;

/**
 * @param started told each pid at once, so that it can be ended when a later step fails
 * @returns the pids as this process sees them
 * @throws UserNamespaceRefused, PidNamespaceRefused; SyscallError when a child cannot be started
 */
export function spawnByStarter(first: Newborn, second: Newborn, surroundings: Surroundings, started: (pid: number) => void): [number, number] {
  const memory = new TableMemory();
  const { rows, namespaces } = startRows(first, second, surroundings, memory);
  const results = callInSequence(sequenced(rows));
  memory.letGo();
  const resultOf = (name: string) => results[rows.findIndex((row) => row.name === name)] ?? 0;
  const starter = resultOf("starter");
  if (starter > 0) reapNow(starter);
  const [one, two] = [resultOf("first"), resultOf("second")];
  for (const pid of [one, two]) if (pid > 0) started(pid);
  for (const [index, { calls, object = "" }] of rows.entries()) {
    const result = results[index]!;
    if (result === null || result >= 0 || object === "") continue;
    const Refusal = !namespaces.includes(rows[index]!) ? SyscallError : surroundings.user === null ? PidNamespaceRefused : UserNamespaceRefused;
    throw new Refusal(calls, -result, object);
  }
  // Somebody killed the starter.
  if (one <= 0 || two <= 0) throw new SyscallError("clone", errno.EAGAIN, "the processes of a box");
  return [one, two];
}

/** It has ended, and is counted as a process of the user until then. */
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

/** @returns all rows, and those of them that fail where the namespaces cannot be had */
export function startRows(first: Newborn, second: Newborn, { user, ours, group, entered = null }: Surroundings, memory: TableMemory): { readonly rows: readonly Row[]; readonly namespaces: readonly Row[] } {
  const everySignal = memory.of(new BigUint64Array([0xffff_ffff_ffff_ffffn]));
  const before = memory.of(new BigUint64Array(1));
  const made = user !== null && entered === null;
  const namespaces: readonly Row[] = [
    // Its owner has every capability in it, and is its root.
    ...(entered === null ? [] : [{ calls: "setns", args: [entered, CLONE.NEWUSER], unlessZero: "end", object: "CLONE_NEWUSER" } satisfies Row]),
    { calls: "unshare", args: [CLONE.NEWPID | (made ? CLONE.NEWUSER : 0)], unlessZero: "end", object: user === null ? "CLONE_NEWPID" : "CLONE_NEWUSER" },
    ...(made ? mapping(memory, user, ours) : []),
    // A write that succeeds does not have the result 0.
    ...(user === null ? [] : (["geteuid", "getegid"] as const).map((calls): Row => ({ calls, args: [], unlessZero: "end" }))),
  ];
  const sibling = borrowing | CLONE.PARENT;
  const rows: readonly Row[] = [
    { calls: "rt_sigprocmask", args: [SIG_SETMASK, everySignal, before, signalSetBytes] },
    { calls: "clone", args: [borrowing, 0], unlessZero: "back", name: "starter", object: "the starter" },
    // In the starter; its children begin with the same.
    ...defaultSignals(memory),
    // For two purposes: what is ours is gone, and what is 0 can come back.
    { calls: "dup3", args: [0, ours, O.CLOEXEC], object: "descriptor 0" },
    ...namespaces,
    { calls: "clone", args: [sibling, 0], unlessZero: "second", name: "first", object: "init" },
    ...become(memory, first, "end of the first"),
    { ...(group === null ? { calls: "clone", args: [sibling, 0] } as const : clone3(memory, sibling, group, {})), unlessZero: "end", name: "second", object: "the launcher" },
    // In the second, which is never alone in its namespace: where the first was not made, it is not the second.
    { calls: "kill", args: [secondPid, 0], unlessZero: "end of the second", object: "the launcher" },
    ...become(memory, second, "end of the second"),
    { calls: "exit_group", args: [0], name: "end" },
    { calls: "rt_sigprocmask", args: [SIG_SETMASK, before, 0, signalSetBytes], name: "back" },
  ];
  return { rows, namespaces };
}

/** Its maker becomes root of the user namespace (user_namespaces(7)). Each file is opened as descriptor 0, the lowest that is free. */
function mapping(memory: TableMemory, { uid, gid }: { readonly uid: number; readonly gid: number }, saved: number): Row[] {
  const write = (file: string, content: string): Row[] => [
    { calls: "close", args: [0] },
    { calls: "openat", args: [AT_FDCWD, memory.text(`/proc/self/${file}`), O.WRONLY, 0], unlessZero: "end", object: `/proc/self/${file}` },
    { calls: "write", args: [0, memory.text(content), content.length], object: `/proc/self/${file}` },
  ];
  return [
    // Without which an ordinary user may not map groups.
    ...write("setgroups", "deny"),
    ...write("uid_map", `0 ${uid} 1`),
    ...write("gid_map", `0 ${gid} 1`),
    { calls: "dup3", args: [saved, 0, 0], object: "descriptor 0" },
  ];
}
