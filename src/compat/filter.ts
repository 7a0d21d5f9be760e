/** The system calls that a run refuses (`--syscalls`, `syscall_flags`): ways to reach what a box shares with the host and with other boxes. */
import { AUDIT_ARCH, SECCOMP_RET } from "../kernel/constants.ts";
import { auditNumber, dataOffset, filterBefore, op, programBytes, type Instruction } from "../seccomp/bpf.ts";
import type { Action, ArgumentRule, Condition } from "../seccomp/rules.ts";
import { syscallsOf, type Architecture } from "../seccomp/syscalls.ts";
import type { Dialect } from "./numbers.ts";

export const refusals = { keys: 1, vsock: 2, locks: 4, ioUring: 8, abi32: 16 } as const;

/** Version 1 has no filter; of ours it gets what no program of a contest uses. */
export const defaultSyscalls: Readonly<Record<Dialect, number>> = { 1: refusals.keys | refusals.vsock | refusals.ioUring, 2: 31 };

const architecture: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";

const command = (values: Condition["values"]): ArgumentRule["cases"] => [{ when: [{ argument: 1, argumentName: "cmd", test: "one of", values }], then: "EPERM" }];
const AF_VSOCK = 40;
const vsock: ArgumentRule = {
  call: "socket", reason: "the host of a virtual machine is reached by it",
  cases: [{ when: [{ argument: 0, argumentName: "domain", test: "one of", values: { AF_VSOCK } }], then: "EAFNOSUPPORT" }], otherwise: "allow",
};
const locks: ArgumentRule = {
  call: "fcntl", reason: "locks and leases of a file that two boxes see carry messages",
  cases: command({ F_SETLK: 6, F_SETLKW: 7, F_OFD_SETLK: 37, F_OFD_SETLKW: 38, F_SETLEASE: 1024, F_NOTIFY: 1026 }), otherwise: "allow",
};

const decisions: readonly (readonly [bit: number, calls: string, Action | ArgumentRule])[] = [
  [refusals.keys, "keyctl add_key request_key", "ENOSYS"],
  [refusals.vsock, "socket", vsock],
  [refusals.locks, "flock inotify_init inotify_init1 inotify_add_watch fanotify_init", "EPERM"],
  [refusals.locks, "fcntl", locks],
  [refusals.ioUring, "io_uring_setup", "ENOSYS"],
];

/** The same by the numbers of 32-bit programs (arch/x86/entry/syscalls/syscall_32.tbl), which have two calls for fcntl and one more for sockets. */
const numbersOf32Bit: Readonly<Record<string, readonly number[]>> = {
  keyctl: [288], add_key: [286], request_key: [287], socket: [359], flock: [143], inotify_init: [291], inotify_init1: [332], inotify_add_watch: [292], fanotify_init: [338],
  fcntl: [55, 221], io_uring_setup: [425],
};

function decided(mask: number, numbersOf: (call: string) => readonly number[]): Map<number, Action | ArgumentRule> {
  return new Map(decisions.flatMap(([bit, calls, decision]) => ((mask & bit) === 0 ? [] : calls.split(" ").flatMap((call) => numbersOf(call).map((number) => [number, decision] as const)))));
}

/** @returns instructions in hexadecimal; null for no filter */
export function filterFor(mask: number): string | null {
  if ((mask & 31) === 0) return null;
  const native = syscallsOf(architecture);
  const give = (k: number): Instruction => ({ code: op.return, jumpTrue: 0, jumpFalse: 0, k });
  const onlyNative: readonly Instruction[] = [
    { code: op.load, jumpTrue: 0, jumpFalse: 0, k: dataOffset.architecture },
    { code: op.jumpIfEqual, jumpTrue: 1, jumpFalse: 0, k: auditNumber[architecture] },
    give(SECCOMP_RET.KILL_PROCESS),
    { code: op.load, jumpTrue: 0, jumpFalse: 0, k: dataOffset.number },
    // x32: the same architecture with other numbers.
    { code: op.jumpIfAtLeast, jumpTrue: 0, jumpFalse: 1, k: 0x4000_0000 },
    give(SECCOMP_RET.KILL_PROCESS),
  ];
  const without32 = (mask & refusals.abi32) !== 0;
  return Buffer.from(programBytes([
    ...(without32 ? onlyNative : []),
    ...filterBefore(decided(mask, (call) => [native.get(call)].filter((number) => number !== undefined)), architecture),
    ...(without32 || architecture !== "x86_64" ? [] : forAbi(filterBefore(decided(mask, (call) => numbersOf32Bit[call] ?? []), architecture), AUDIT_ARCH.I386)),
    give(SECCOMP_RET.ALLOW),
  ])).toString("hex");
}

/** The same instructions for calls of another ABI. */
function forAbi(instructions: readonly Instruction[], audit: number): Instruction[] {
  return instructions.map((one) => (one.code === op.jumpIfEqual && one.k === auditNumber[architecture] ? { ...one, k: audit } : one));
}
