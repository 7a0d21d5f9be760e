/**
 * The beginning of a filter that makes standard output and standard error behave as a file does for who does not want to wait.
 *
 * Node, Bun and others make their output non-blocking, and may end while they still hold what did not fit into a pipe: then it is lost. On
 * a file O_NONBLOCK has no effect. So the supervisor is asked about every descriptor that is to become non-blocking, and answers for
 * its own pipes that it is done, without doing it. Everything else is done as usual. Where nobody can be asked, that is the answer for 1 and 2,
 * whatever they are.
 */
import { AUDIT_ARCH, F, O, SECCOMP_RET } from "../../kernel/constants.ts";
import { errno } from "../../kernel/errno.ts";
import { syscallNumbers } from "../../kernel/syscall-numbers.ts";

/** asm-generic/ioctls.h */
const FIONBIO = 0x5421;
/** linux/fs.h: a single write that does not wait. Files of many kinds refuse it, and programs then write without it. */
const RWF_NOWAIT = 8;

/** linux/bpf_common.h */
const [load, ifEqual, ifAnyBit, give] = [0x20, 0x15, 0x45, 0x06];

/** struct seccomp_data: the low word of an argument. */
const argument = (index: number) => 16 + 8 * index;

/** `next`: the row below; `end`: the filter that stands behind; else the row with this name. */
type Place = "next" | "end" | "ioctl" | "fcntl" | "pwritev2" | "wish" | "done";

interface Row {
  readonly name?: Place;
  readonly code: number;
  readonly k: number;
  readonly ifSo?: Place;
  readonly ifNot?: Place;
}

const beginning: readonly Row[] = [
  { code: load, k: 4 },
  { code: ifEqual, k: process.arch === "arm64" ? AUDIT_ARCH.AARCH64 : AUDIT_ARCH.X86_64, ifNot: "end" },
  { code: load, k: 0 },
  { code: ifEqual, k: syscallNumbers.ioctl, ifSo: "ioctl" },
  { code: ifEqual, k: syscallNumbers.fcntl, ifSo: "fcntl" },
  { code: ifEqual, k: syscallNumbers.pwritev2, ifSo: "pwritev2", ifNot: "end" },
  { name: "ioctl", code: load, k: argument(1) },
  { code: ifEqual, k: FIONBIO, ifSo: "wish", ifNot: "end" },
  { name: "fcntl", code: load, k: argument(1) },
  { code: ifEqual, k: F.SETFL, ifNot: "end" },
  { code: load, k: argument(2) },
  { code: ifAnyBit, k: O.NONBLOCK, ifSo: "wish", ifNot: "end" },
  { name: "pwritev2", code: load, k: argument(5) },
  { code: ifAnyBit, k: RWF_NOWAIT, ifNot: "end" },
  { code: give, k: SECCOMP_RET.ERRNO | errno.EOPNOTSUPP },
];

const asking: readonly Row[] = [...beginning, { name: "wish", code: give, k: SECCOMP_RET.USER_NOTIF }];

const guessing: readonly Row[] = [
  ...beginning,
  { name: "wish", code: load, k: argument(0) },
  { code: ifEqual, k: 1, ifSo: "done" },
  { code: ifEqual, k: 2, ifSo: "done", ifNot: "end" },
  { name: "done", code: give, k: SECCOMP_RET.ERRNO },
];

/** How many rows a jump leaves out. */
function skipped(rows: readonly Row[], from: number, to: Place = "next"): number {
  if (to === "next") return 0;
  return (to === "end" ? rows.length : rows.findIndex(({ name }) => name === to)) - from - 1;
}

/** struct sock_filter, each: code (16 bits), rows to leave out if so and if not (8 bits each), k; both architectures are little endian. */
function hexOf(rows: readonly Row[]): string {
  const words = new Uint32Array(rows.length * 2);
  for (let index = 0; index < rows.length; index++) {
    const { code, k, ifSo, ifNot } = rows[index]!;
    words[index * 2] = code | (skipped(rows, index, ifSo) << 16) | (skipped(rows, index, ifNot) << 24);
    words[index * 2 + 1] = k;
  }
  return new Uint8Array(words.buffer).toHex();
}

/**
 * The filter with this beginning, both as instructions in hexadecimal.
 * @param listener whether there is somebody to ask
 */
export function waitingWrites(filter: string, listener: boolean): string {
  return hexOf(listener ? asking : guessing) + filter;
}
