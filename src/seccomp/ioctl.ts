/** Requests of ioctl(2), by number and by type. The type of a request is its second byte (Documentation/userspace-api/ioctl/ioctl-number.rst). */
import type { ArgumentRule, Condition } from "./rules.ts";

function request(values: Condition["values"]): Condition {
  return { argument: 1, argumentName: "request", test: "one of", values };
}

/** @param types values of the second byte */
function requestOfType(types: Condition["values"]): Condition {
  const values = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, type << 8]));
  return { argument: 1, argumentName: "type of request", mask: 0xff00, test: "one of", values };
}

/** asm-generic/ioctls.h */
const TIOCSCTTY = { TIOCSCTTY: 0x540e };
const attacksOnAnyTerminal = { TIOCSTI: 0x5412, TIOCLINUX: 0x541c, TIOCCONS: 0x541d, TIOCSETD: 0x5423 };
const terminalAttacks = { ...attacksOnAnyTerminal, ...TIOCSCTTY };

/** linux/fs.h: copies by reference, which cp and archivers try. */
const clones = { FICLONE: 0x4004_9409, FICLONERANGE: 0x4020_940d, FIDEDUPERANGE: 0xc018_9436 };

/** linux/sockios.h: what a program asks about its own sockets, and about the interfaces that it sees. None of them loads a module. */
const aboutSockets = {
  FIOGETOWN: 0x8903, SIOCGPGRP: 0x8904, SIOCATMARK: 0x8905, SIOCGSTAMP: 0x8906, SIOCGSTAMPNS: 0x8907,
  SIOCGIFNAME: 0x8910, SIOCGIFCONF: 0x8912, SIOCGIFFLAGS: 0x8913, SIOCGIFADDR: 0x8915, SIOCGIFDSTADDR: 0x8917, SIOCGIFBRDADDR: 0x8919,
  SIOCGIFNETMASK: 0x891b, SIOCGIFMTU: 0x8921, SIOCGIFHWADDR: 0x8927, SIOCGIFINDEX: 0x8933,
};

/**
 * Types of requests that change a file system behind its permissions (subvolumes, project quotas, verity, encryption keys, freezing,
 * flags that keep a file from being removed), or that reach network drivers.
 */
const refusedTypes = {
  btrfs: 0x94, "'f' (flags, verity, encryption)": 0x66, "'X' (XFS, quota, freeze)": 0x58, "'v' (versions)": 0x76, f2fs: 0xf5, bcachefs: 0xbc, "'n' (nilfs)": 0x6e, "'o' (ocfs2)": 0x6f,
  sockets: 0x89, wireless: 0x8b,
};

const ioctlWithout = (refused: Condition["values"], terminals: string): ArgumentRule => ({
  call: "ioctl",
  cases: [
    { when: [request(refused)], then: "EPERM" },
    { when: [request({ ...clones, ...aboutSockets })], then: "allow" },
    { when: [requestOfType(refusedTypes)], then: "ENOTTY" },
  ],
  otherwise: "allow",
  reason: `${terminals} (CVE-2017-5226, CVE-2023-28100); changes a file system so that the box cannot be removed; loads modules`,
});

export const ioctlOfDefault = ioctlWithout(terminalAttacks, "types into a terminal, takes it over, or gives it a line discipline");

/** With terminals of the box's own: a session may take one of them. */
export const ioctlWithTerminal = ioctlWithout(attacksOnAnyTerminal, "types into a terminal, or gives it a line discipline");

/** asm-generic/ioctls.h and asm-generic/termbits.h: what C libraries and runtimes ask of their own files, pipes, sockets and terminals. */
const harmless = {
  TCGETS: 0x5401, TCSETS: 0x5402, TCSETSW: 0x5403, TCSETSF: 0x5404, TIOCGPGRP: 0x540f, TIOCOUTQ: 0x5411, TIOCGWINSZ: 0x5413, FIONREAD: 0x541b, FIONBIO: 0x5421, TIOCGSID: 0x5429,
  FIONCLEX: 0x5450, FIOCLEX: 0x5451, FIOASYNC: 0x5452, TCGETS2: 0x802c_542a,
};

export const ioctlOfStrict: ArgumentRule = {
  call: "ioctl",
  cases: [
    { when: [request(terminalAttacks)], then: "EPERM" },
    { when: [request({ ...harmless, ...clones, SIOCATMARK: aboutSockets.SIOCATMARK })], then: "allow" },
  ],
  otherwise: "ENOTTY",
  reason: "what runtimes ask of their own files, pipes and terminals; every driver and file system understands requests of its own, and many have had bugs",
};
