/** The supervisor's end of a seccomp filter: being told of calls that the filter forbids (seccomp_unotify(2)). */
import { tryCall } from "./ffi.ts";
import { POLL, signalSetBytes } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";

/** A system call that waits for an answer. One that is forbidden never gets one: its process is killed. */
export interface PendingCall {
  /** By which the kernel knows it. */
  readonly id: bigint;
  /** As the thread gave it, signed. */
  readonly number: number;
  /** AUDIT_ARCH_*: by which of the kernel's tables the number counts. */
  readonly architecture: number;
  /** Id of the thread, as our pid namespace has it. */
  readonly thread: number;
  /** The low 32 bits of its first argument, signed. */
  readonly firstArgument: number;
}

/** _IOWR('!', 0, struct seccomp_notif) */
const SECCOMP_IOCTL_NOTIF_RECV = 0xc050_2100;
/** _IOWR('!', 1, struct seccomp_notif_resp) */
const SECCOMP_IOCTL_NOTIF_SEND = 0xc018_2101;
const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1n;
/** struct seccomp_notif has 80 bytes; the kernel wants zeroes, and may one day fill more. */
const notificationBytes = 256;

/**
 * What a listener that became readable has to say. Never waits.
 * @returns `gone`: a call was made, and its thread left it (a signal) before it could be asked; `none`: no call was made;
 * `closed`: nobody lives any more who has the filter
 * @throws SyscallError
 */
export function readListener(listener: number): PendingCall | "gone" | "none" | "closed" {
  // SECCOMP_IOCTL_NOTIF_RECV waits when there is nothing; after POLLIN it does not, as we are the only one who reads.
  const entry = new Int32Array([listener, POLL.IN]);
  let polled: number;
  do polled = tryCall("ppoll", entry, 1, new BigInt64Array(2), 0, signalSetBytes);
  while (polled === -errno.EINTR);
  if (polled < 0) throw new SyscallError("ppoll", -polled, "the seccomp listener");
  const events = entry[1]! >> 16;
  if ((events & POLL.IN) === 0) return events === 0 ? "none" : "closed";
  const notification = new Int32Array(notificationBytes / 4);
  let received: number;
  do received = tryCall("ioctl", listener, SECCOMP_IOCTL_NOTIF_RECV, notification);
  while (received === -errno.EINTR);
  if (received === -errno.ENOENT) return "gone";
  if (received < 0) throw new SyscallError("ioctl", -received, "SECCOMP_IOCTL_NOTIF_RECV");
  // id (64 bits), pid, flags, then struct seccomp_data: number, architecture, instruction pointer (64 bits), arguments (64 bits each).
  return {
    id: new BigUint64Array(notification.buffer, 0, 1)[0]!,
    thread: notification[2]!,
    number: notification[4]!,
    architecture: notification[5]! >>> 0,
    firstArgument: notification[8]!,
  };
}

/**
 * Answers a call that waits. Nothing happens when its thread left it in the meantime.
 * @param how `made`: the kernel makes it as if there were no filter; `success`: it is not made, and gives back 0
 */
export function answerCall(listener: number, { id }: PendingCall, how: "made" | "success"): void {
  // struct seccomp_notif_resp: id, value, then error and flags (32 bits each).
  const answer = new BigUint64Array([id, 0n, how === "made" ? SECCOMP_USER_NOTIF_FLAG_CONTINUE << 32n : 0n]);
  tryCall("ioctl", listener, SECCOMP_IOCTL_NOTIF_SEND, answer);
}
