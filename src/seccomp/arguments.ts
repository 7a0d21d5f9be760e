/** Calls that everybody needs, but not with every argument. The values are the same on all architectures. */
import type { ArgumentRule } from "./rules.ts";

const clone: ArgumentRule = {
  call: "clone", argument: 0, argumentName: "flags", test: "any bit of",
  values: {
    CLONE_NEWNS: 0x2_0000, CLONE_NEWCGROUP: 0x200_0000, CLONE_NEWUTS: 0x400_0000, CLONE_NEWIPC: 0x800_0000,
    CLONE_NEWUSER: 0x1000_0000, CLONE_NEWPID: 0x2000_0000, CLONE_NEWNET: 0x4000_0000,
  },
  then: "EPERM", otherwise: "allow",
  // CLONE_NEWTIME cannot be asked for here: its bit is part of the exit signal.
  reason: "threads and processes, but no namespaces: they bring capabilities",
};

function families(call: "socket" | "socketpair", values: Readonly<Record<string, number>>, reason: string): ArgumentRule {
  return { call, argument: 0, argumentName: "family", test: "one of", values, then: "allow", otherwise: "EAFNOSUPPORT", reason };
}

const AF_UNIX = { AF_UNIX: 1 };
const usualFamilies = { ...AF_UNIX, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16 };
const oddFamilies = "AF_VSOCK knows no network namespace, AF_ALG and other rare families are where kernel bugs are found";
const socketpair = families("socketpair", AF_UNIX, "pairs of other families exist (AF_TIPC) and would be a way around the rule for socket");

const recordLocks = { F_SETLK: 6, F_SETLKW: 7, F_OFD_SETLK: 37, F_OFD_SETLKW: 38, F_SETLEASE: 1024, F_NOTIFY: 1026 };
const signalOwners = { F_SETOWN: 8, F_SETSIG: 10, F_SETOWN_EX: 15 };

function fcntl(values: Readonly<Record<string, number>>, reason: string): ArgumentRule {
  return { call: "fcntl", argument: 1, argumentName: "command", test: "one of", values, then: "ENOSYS", otherwise: "allow", reason };
}

const ioctl: ArgumentRule = {
  call: "ioctl", argument: 1, argumentName: "request", test: "one of",
  values: { TIOCSTI: 0x5412, TIOCLINUX: 0x541c, TIOCSCTTY: 0x540e, TIOCCONS: 0x541d, TIOCSETD: 0x5423 },
  then: "EPERM", otherwise: "allow",
  reason: "types into a terminal, takes it over, or gives it a line discipline (CVE-2017-5226, CVE-2023-28100)",
};

const prctl: ArgumentRule = {
  call: "prctl", argument: 0, argumentName: "option", test: "one of",
  values: {
    PR_SET_PDEATHSIG: 1, PR_GET_PDEATHSIG: 2, PR_GET_DUMPABLE: 3, PR_SET_DUMPABLE: 4, PR_GET_KEEPCAPS: 7, PR_SET_KEEPCAPS: 8,
    PR_SET_NAME: 15, PR_GET_NAME: 16, PR_GET_SECCOMP: 21, PR_CAPBSET_READ: 23, PR_GET_TSC: 25, PR_SET_TSC: 26,
    PR_GET_SECUREBITS: 27, PR_SET_TIMERSLACK: 29, PR_GET_TIMERSLACK: 30, PR_SET_CHILD_SUBREAPER: 36, PR_GET_CHILD_SUBREAPER: 37,
    PR_SET_NO_NEW_PRIVS: 38, PR_GET_NO_NEW_PRIVS: 39, PR_GET_TID_ADDRESS: 40, PR_SET_THP_DISABLE: 41, PR_GET_THP_DISABLE: 42,
    PR_GET_SPECULATION_CTRL: 52, PR_SET_SPECULATION_CTRL: 53, PR_SET_TAGGED_ADDR_CTRL: 55, PR_GET_TAGGED_ADDR_CTRL: 56,
    PR_PAC_GET_ENABLED_KEYS: 61, PR_GET_AUXV: 0x4155_5856, PR_SET_VMA: 0x5356_4d41,
  },
  then: "allow", otherwise: "EINVAL",
  reason: "names, parents and switches of one's own; not PR_SET_SECCOMP, PR_SET_MM, PR_SET_PTRACER, PR_CAP_AMBIENT and what is yet to be invented",
};

const personality: ArgumentRule = {
  call: "personality", argument: 0, argumentName: "persona", test: "one of",
  values: { PER_LINUX: 0, ADDR_NO_RANDOMIZE: 0x4_0000, query: 0xffff_ffff },
  then: "allow", otherwise: "EPERM",
  reason: "other personalities switch old behaviour on, such as memory that can always be executed",
};

const prlimit64: ArgumentRule = {
  call: "prlimit64", argument: 0, argumentName: "pid", test: "one of", values: { self: 0 }, then: "allow", otherwise: "EPERM",
  reason: "limits of other processes are not its own",
};

export const defaultArguments: readonly ArgumentRule[] = [
  clone,
  families("socket", usualFamilies, oddFamilies),
  socketpair,
  fcntl(recordLocks, "locks and leases on files that are shared by all boxes are a way between them, and can make others wait"),
  ioctl,
  prctl,
  personality,
  prlimit64,
];

export const strictArguments: readonly ArgumentRule[] = [
  clone,
  families("socket", AF_UNIX, "there is nobody to talk to but processes of the same box"),
  socketpair,
  fcntl({ ...recordLocks, ...signalOwners }, "as in default; and signals for I/O, whose receiver the program may choose"),
  ioctl,
  prctl,
  personality,
  prlimit64,
];
