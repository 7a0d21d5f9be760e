/**
 * A child that is born in a control group of version 2 (clone3(2), CLONE_INTO_CGROUP).
 *
 * A process that joins such a group later waits for the kernel's lock over all thread groups, 10 ms and more; clone3 takes it only for
 * reading. libc has no function for it, so the child goes through a table of calls (call-sequence.ts) as its parent does, on the parent's
 * memory and stack, and the parent's thread sleeps until the child has executed its program (CLONE_VFORK). The shared stack stays right:
 * both leave and enter the code through one and the same call instruction.
 */
import { addressOf, cString, stringVector } from "./ffi.ts";
import type { SequencedCall } from "./call-sequence.ts";
import { CLONE, CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP, F, FD_CLOEXEC, SIG_SETMASK, signalSetBytes } from "./constants.ts";

/** struct clone_args up to `cgroup` (include/uapi/linux/sched.h), in words of 64 bits. */
const cloneArgumentWords = 11;
const SIGCHLD = 17;
const lastSignal = 64;

/** All that a birth needs, in memory that stays where it is. */
export interface PreparedBirth {
  /** clone3 first; then what the child does, who ends in the last one. */
  readonly calls: (after: number) => readonly SequencedCall[];
  /** Filled in for the parent. */
  readonly pidfd: Int32Array;
  readonly path: string;
  /** What the addresses lead to. */
  readonly kept: readonly unknown[];
}

/**
 * Prepares a child that starts with default signal dispositions, an empty signal mask and exactly the descriptors that are given
 * (target number = source number after dup3) plus those without close-on-exec.
 * @param group descriptor of the group's directory
 */
export function prepareBirth(
  path: string,
  argv: readonly string[],
  descriptors: readonly (readonly [source: number, target: number])[],
  group: number,
): PreparedBirth {
  const file = cString(path);
  const argvVector = stringVector(argv);
  const environment = stringVector([]);
  const pidfd = new Int32Array([-1]);
  const defaultAction = new BigUint64Array(4);
  const emptyMask = new BigUint64Array(1);
  const cloneArguments = new BigUint64Array(cloneArgumentWords);
  cloneArguments[0] = BigInt(CLONE.VM | CLONE.VFORK | CLONE.PIDFD) + BigInt(CLONE_CLEAR_SIGHAND) + BigInt(CLONE_INTO_CGROUP);
  cloneArguments[1] = BigInt(addressOf(pidfd));
  cloneArguments[4] = BigInt(SIGCHLD);
  cloneArguments[10] = BigInt(group);
  const [fileAddress, argvAddress, environmentAddress, actionAddress, maskAddress, cloneAddress] =
    [file, argvVector.pointers, environment.pointers, defaultAction, emptyMask, cloneArguments].map(addressOf) as [number, number, number, number, number, number];
  const calls = (at: number): SequencedCall[] => {
    // In the child: its signal handlers are gone, but what we ignore it still ignores. Two signals have no action; that does not matter.
    const signals = Array.from({ length: lastSignal }, (_, index): SequencedCall => ({ calls: "rt_sigaction", arguments: [index + 1, actionAddress, 0, signalSetBytes] }));
    const streams = descriptors.length * 2;
    const end = at + 1 + signals.length + streams + 2;
    const given = descriptors.flatMap(([source, target]): SequencedCall[] => {
      // This fails for a descriptor that is not open, and then nothing is executed; afterwards dup3 cannot fail in a table that is the child's own.
      const check: SequencedCall = { calls: "fcntl", arguments: [source, F.SETFD, source === target ? 0 : FD_CLOEXEC], unlessZero: end };
      return source === target ? [check, check] : [check, { calls: "dup3", arguments: [source, target, 0] }];
    });
    return [
      // The parent, and a failure, go on after the child's last call.
      { calls: "clone3", arguments: [cloneAddress, cloneArguments.byteLength], unlessZero: end + 1 },
      ...signals,
      ...given,
      { calls: "rt_sigprocmask", arguments: [SIG_SETMASK, maskAddress, 0, signalSetBytes] },
      { calls: "execve", arguments: [fileAddress, argvAddress, environmentAddress] },
      { calls: "exit_group", arguments: [127] },
    ];
  };
  return { calls, pidfd, path, kept: [file, argvVector, environment, defaultAction, emptyMask, cloneArguments] };
}
