/** Structures that arguments of system calls lead to, in the launcher's memory. */
import type { DataSegment } from "./data-segment.ts";

/** struct sock_fprog of seccomp(2): number of instructions, then their address. */
export function socketFilter(data: DataSegment, instructions: Uint8Array): number {
  const code = data.append(instructions);
  const header = data.reserve(16);
  data.writeWord(header, instructions.length / 8);
  data.writeWord(header + 8, code);
  return header;
}

/** Bytes of struct cmsghdr, after which the descriptors stand (cmsg(3)). */
export const controlHeaderBytes = 16;
/** With one descriptor, and padding. */
const controlMessageBytes = controlHeaderBytes + 8;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** A control message with one descriptor, which is to be written behind its header: number in the low word, the rest is padding. */
export function controlMessage(data: DataSegment): number {
  const control = data.reserve(controlMessageBytes);
  data.writeWord(control, controlHeaderBytes + 4);
  // Level in the low half, type in the high one.
  data.writeWord(control + 8, SOL_SOCKET + SCM_RIGHTS * 2 ** 32);
  return control;
}

/** struct msghdr of sendmsg(2) with one struct iovec and one control message. */
export function message(data: DataSegment, room: number, bytes: number, control: number, messages: 1 | 2): number {
  const vector = data.reserve(16);
  data.writeWord(vector, room);
  data.writeWord(vector + 8, bytes);
  const header = data.reserve(56);
  [0, 0, vector, 1, control, messages * controlMessageBytes].forEach((value, index) => data.writeWord(header + index * 8, value));
  return header;
}
