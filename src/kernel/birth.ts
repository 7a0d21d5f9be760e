/**
 * A child that is born in a control group of version 2 (clone3(2), CLONE_INTO_CGROUP).
 *
 * A process that joins such a group later waits for the kernel's lock over all thread groups, 10 ms and more; clone3 takes it only for
 * reading. libc has no function for it, so the child goes through a table of calls (newborn.ts).
 */
import type { SequencedCall } from "./call-sequence.ts";
import { CLONE, CLONE_CLEAR_SIGHAND } from "./constants.ts";
import { become, borrowing, clone3, defaultSignals, sequenced, TableMemory, type Newborn, type Row } from "./newborn.ts";

const SIGCHLD = 17;

/** All that a birth needs, in memory that stays where it is. */
export interface PreparedBirth {
  /** clone3 first; then what the child does, who ends in the last one. */
  readonly calls: (at: number) => readonly SequencedCall[];
  /** Filled in for the parent. */
  readonly pidfd: Int32Array;
  readonly path: string;
  /** What the addresses lead to. */
  readonly kept: TableMemory;
}

/**
 * Prepares a child that starts with default signal dispositions, an empty signal mask and exactly the descriptors that are given
 * (target number = source number after dup3) plus those without close-on-exec.
 * @param group descriptor of the group's directory
 */
export function prepareBirth(path: string, argv: readonly string[], descriptors: Newborn["descriptors"], group: number): PreparedBirth {
  const kept = new TableMemory();
  const pidfd = new Int32Array([-1]);
  const rows: readonly Row[] = [
    // The parent, and a failure, go on after the child's last call.
    { ...clone3(kept, (borrowing | CLONE.PIDFD) + CLONE_CLEAR_SIGHAND, group, { pidfd: kept.of(pidfd), exitSignal: SIGCHLD }), unlessZero: "after" },
    ...defaultSignals(kept),
    ...become(kept, { path, argv, descriptors }, "end"),
  ];
  return { calls: (at) => sequenced(rows, at), pidfd, path, kept };
}
