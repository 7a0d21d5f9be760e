/** Calls that everybody needs, but not with every argument. The values are the same on all architectures. */
import type { ArgumentRule, Case, Condition } from "./rules.ts";
import { ioctlOfDefault, ioctlOfStrict } from "./ioctl.ts";
import { setsockopt, setsockoptOfLoopback, socketpair, socketWithNetwork, socketWithoutNetwork } from "./sockets.ts";

/** sched.h of the kernel's interface. Not CLONE_PARENT: the new process would be a child of the supervisor. Not CLONE_PTRACE. */
const cloneFlags = {
  CSIGNAL: 0xff, CLONE_VM: 0x100, CLONE_FS: 0x200, CLONE_FILES: 0x400, CLONE_SIGHAND: 0x800, CLONE_PIDFD: 0x1000, CLONE_VFORK: 0x4000,
  CLONE_THREAD: 0x1_0000, CLONE_SYSVSEM: 0x4_0000, CLONE_SETTLS: 0x8_0000, CLONE_PARENT_SETTID: 0x10_0000, CLONE_CHILD_CLEARTID: 0x20_0000,
  CLONE_DETACHED: 0x40_0000, CLONE_CHILD_SETTID: 0x100_0000,
};

const cloneWith = (values: Condition["values"]): ArgumentRule => ({
  call: "clone",
  cases: [{ when: [{ argument: 0, argumentName: "flags", test: "any bit but", values }], then: "EPERM" }],
  otherwise: "allow",
  // CLONE_NEWTIME cannot be asked for here: its bit is part of the exit signal.
  reason: "threads and processes, but no namespaces, which bring capabilities, and no children for the parent (CLONE_PARENT), which is the supervisor",
});

const clone = cloneWith(cloneFlags);

/** With tracing: leak checkers make their tracer so that nobody else traces it. */
export const cloneUntraced = cloneWith({ ...cloneFlags, CLONE_UNTRACED: 0x80_0000 });

const locks = { F_SETLK: 6, F_SETLKW: 7, F_OFD_SETLK: 37, F_OFD_SETLKW: 38 };
const leases = { F_SETLEASE: 1024, F_NOTIFY: 1026 };
const recordLocks = { ...locks, ...leases };
const signalOwners = { F_SETOWN: 8, F_SETSIG: 10, F_SETOWN_EX: 15 };

/** Refuses when one condition holds. */
function refuse(call: string, when: Condition, then: Case["then"], reason: string): ArgumentRule {
  return { call, cases: [{ when: [when], then }], otherwise: "allow", reason };
}

function fcntl(values: Readonly<Record<string, number>>, reason: string): ArgumentRule {
  return refuse("fcntl", { argument: 1, argumentName: "command", test: "one of", values }, "ENOSYS", reason);
}

const prctlOptions = {
  PR_SET_PDEATHSIG: 1, PR_GET_PDEATHSIG: 2, PR_GET_DUMPABLE: 3, PR_SET_DUMPABLE: 4, PR_GET_KEEPCAPS: 7, PR_SET_KEEPCAPS: 8,
  PR_SET_NAME: 15, PR_GET_NAME: 16, PR_GET_SECCOMP: 21, PR_CAPBSET_READ: 23, PR_GET_TSC: 25, PR_SET_TSC: 26,
  PR_GET_SECUREBITS: 27, PR_SET_TIMERSLACK: 29, PR_GET_TIMERSLACK: 30, PR_SET_CHILD_SUBREAPER: 36, PR_GET_CHILD_SUBREAPER: 37,
  PR_SET_NO_NEW_PRIVS: 38, PR_GET_NO_NEW_PRIVS: 39, PR_GET_TID_ADDRESS: 40, PR_SET_THP_DISABLE: 41, PR_GET_THP_DISABLE: 42,
  PR_GET_SPECULATION_CTRL: 52, PR_SET_SPECULATION_CTRL: 53, PR_SET_TAGGED_ADDR_CTRL: 55, PR_GET_TAGGED_ADDR_CTRL: 56,
  PR_PAC_GET_ENABLED_KEYS: 61, PR_GET_AUXV: 0x4155_5856, PR_SET_VMA: 0x5356_4d41,
};

const prctlWith = (values: Condition["values"], not: string): ArgumentRule => ({
  call: "prctl",
  cases: [{ when: [{ argument: 0, argumentName: "option", test: "one of", values }], then: "allow" }],
  otherwise: "EINVAL",
  reason: `names, parents and switches of one's own; not ${not}, and not options that the kernel adds later`,
});

const prctl = prctlWith(prctlOptions, "PR_SET_SECCOMP, PR_SET_MM, PR_SET_PTRACER, PR_CAP_AMBIENT");

/** With tracing: says who may trace the caller, where Yama lets parents alone. */
export const prctlWithTracer = prctlWith({ ...prctlOptions, PR_SET_PTRACER: 0x5961_6d61 }, "PR_SET_SECCOMP, PR_SET_MM, PR_CAP_AMBIENT");

const personality: ArgumentRule = refuse(
  "personality",
  { argument: 0, argumentName: "persona", test: "none of", values: { PER_LINUX: 0, ADDR_NO_RANDOMIZE: 0x4_0000, query: 0xffff_ffff } },
  "EPERM",
  "other personalities switch old behaviour on, such as memory that can always be executed",
);

const core = { RLIMIT_CORE: 4 };
/** Programs with AddressSanitizer set it to 0, and end when they may not. */
const keepsCoreLimit = "the core limit stays, as a crash at 0 would start a handler of the host (core_pattern); a program is told that it set it";
const resource: Condition = { argument: 1, argumentName: "resource", test: "one of", values: core };
const newLimit = { argument: 2, test: "none of", values: { NULL: 0 } } as const;

const prlimit64: ArgumentRule = {
  call: "prlimit64",
  cases: [
    { when: [{ argument: 0, argumentName: "pid", test: "none of", values: { self: 0 } }], then: "EPERM" },
    { when: [resource, { ...newLimit, argumentName: "new limit" }], then: "ignore" },
    { when: [resource, { ...newLimit, argumentName: "upper half of new limit", word: "high" }], then: "ignore" },
  ],
  otherwise: "allow",
  reason: `limits of other processes are not its own; ${keepsCoreLimit}`,
};

const setrlimit = refuse("setrlimit", { argument: 0, argumentName: "resource", test: "one of", values: core }, "ignore", keepsCoreLimit);

/** fallocate(2), linux/falloc.h: with KEEP_SIZE alone the file takes room beyond its end, where RLIMIT_FSIZE does not look. */
const fallocate = refuse(
  "fallocate",
  { argument: 1, argumentName: "mode", test: "none of", values: { allocate: 0, "PUNCH_HOLE|KEEP_SIZE": 3 } },
  "EOPNOTSUPP",
  "room beyond the end of a file is not counted by the file size limit; programs fall back on writing",
);

const hugePages = "huge pages are taken from a pool of the whole machine, and the memory limit does not count them";
const mmap = refuse("mmap", { argument: 3, argumentName: "flags", test: "any bit of", values: { MAP_HUGETLB: 0x4_0000 } }, "ENOMEM", hugePages);
const memfdCreate = refuse("memfd_create", { argument: 1, argumentName: "flags", test: "any bit of", values: { MFD_HUGETLB: 4 } }, "ENOMEM", hugePages);
const shmget = refuse("shmget", { argument: 2, argumentName: "flags", test: "any bit of", values: { SHM_HUGETLB: 0x800 } }, "ENOMEM", hugePages);

const both: readonly ArgumentRule[] = [clone, prctl, personality, prlimit64, setrlimit, fallocate, mmap, memfdCreate];
/** With locks: what is left of the rule. */
export const fcntlWithLocks = fcntl(leases, "leases and notices of changes on files that are shared by all boxes: the first make others wait, the second show what they do");

const locksOnly = fcntl(recordLocks, "locks and leases on files that are shared by all boxes are a way between them, and can make others wait");

export const defaultArguments: readonly ArgumentRule[] = [...both, socketWithoutNetwork, socketpair, setsockopt, locksOnly, ioctlOfDefault, shmget];

/** For boxes with a loopback of their own. */
export const loopbackArguments: readonly ArgumentRule[] = [...both, socketWithNetwork, socketpair, setsockoptOfLoopback, locksOnly, ioctlOfDefault, shmget];

/** For boxes that have the network of the host. */
export const hostArguments: readonly ArgumentRule[] = [...both, socketWithNetwork, socketpair, setsockopt, locksOnly, ioctlOfDefault, shmget];

export const strictArguments: readonly ArgumentRule[] = [
  ...both,
  socketWithoutNetwork,
  socketpair,
  setsockopt,
  fcntl({ ...recordLocks, ...signalOwners }, "as in default; also signals for I/O, because the program could choose their receiver"),
  ioctlOfStrict,
];
