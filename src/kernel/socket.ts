/** Sockets of AF_UNIX: a pair, one of which can be sent descriptors, and a connection to a server (unix(7)). */
import { addressOf, call, tryCall } from "./ffi.ts";
import { closeDescriptor } from "./files.ts";
import { MSG_CMSG_CLOEXEC } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";

export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
const MSG_NOSIGNAL = 0x4000;
/** Of struct sockaddr_un, the closing NUL included. */
const pathBytes = 108;
/** Longest path of a socket, in bytes. */
export const longestSocketPath = pathBytes - 1;
const MSG_DONTWAIT = 0x40;
export const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** socketpair(2) of AF_UNIX, a stream, both close-on-exec. @throws SyscallError */
export function makeSocketPair(): [number, number] {
  const ends = new Int32Array(2);
  call("socketpair", "", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  return [ends[0]!, ends[1]!];
}

/** The same for messages, each of which comes whole or not at all. @throws SyscallError */
export function makePacketPair(): [number, number] {
  const ends = new Int32Array(2);
  call("socketpair", "", AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
  return [ends[0]!, ends[1]!];
}

const SHUT_WR = 1;

/** Ends what the other end can read (shutdown(2)); our end goes on reading. @throws SyscallError */
export function endWriting(socket: number): void {
  call("shutdown", "", socket, SHUT_WR);
}

/** struct sockaddr_un of a path. @param use the call that it is for @throws SyscallError ENAMETOOLONG */
export function socketAddress(use: "bind" | "connect", path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length > longestSocketPath) throw new SyscallError(use, errno.ENAMETOOLONG, path);
  const address = new Uint8Array(2 + pathBytes);
  address[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

/**
 * Connects to a server, without waiting for one that is busy; nothing that is done with the connection waits either.
 * @throws SyscallError (EAGAIN: too many others wait)
 */
export function connectUnix(path: string): number {
  const address = socketAddress("connect", path);
  const fd = call("socket", "", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const result = tryCall("connect", fd, address, address.length);
  if (result >= 0) return fd;
  closeDescriptor(fd);
  throw new SyscallError("connect", -result, path);
}

/** sendto(2), without SIGPIPE; never waits. @returns bytes sent, or the negated errno */
export function sendBytes(socket: number, bytes: Uint8Array): number {
  return tryCall("sendto", socket, bytes, bytes.byteLength, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
}

/**
 * One message of several parts, and copies of descriptors with it (sendmsg(2)); never waits.
 * @returns bytes sent, or the negated errno (-EMSGSIZE: too long for the socket)
 */
export function sendDescriptors(socket: number, parts: readonly Uint8Array[], descriptors: readonly number[]): number {
  const control = new Int32Array(4 + Math.ceil(descriptors.length / 2) * 2);
  // struct cmsghdr: length in 64 bits, level, type; then the descriptors.
  control.set([16 + descriptors.length * 4, 0, SOL_SOCKET, SCM_RIGHTS, ...descriptors]);
  const vectors = new BigUint64Array(parts.flatMap((part) => [BigInt(addressOf(part)), BigInt(part.byteLength)]));
  const header = new BigUint64Array([0n, 0n, BigInt(addressOf(vectors)), BigInt(parts.length), BigInt(addressOf(control)), BigInt(control.byteLength), 0n]);
  return tryCall("sendmsg", socket, header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/**
 * recvfrom(2) of what is there now; never waits. The kernel drops descriptors that come with it.
 * @returns bytes read, 0 at the end, or the negated errno (-EAGAIN: nothing there now)
 */
export function receiveBytes(socket: number, into: Uint8Array): number {
  return tryCall("recvfrom", socket, into, into.byteLength, MSG_DONTWAIT, 0, 0);
}

/**
 * recvmsg(2) of what is there now; never waits.
 * @param most descriptors that may come with it; the kernel drops what is more
 * @returns bytes read, 0 at the end, or the negated errno (-EAGAIN: nothing there now); and the descriptors that came with
 * them, close-on-exec
 */
export function receive(socket: number, into: Uint8Array, most = 2): { readonly count: number; readonly descriptors: readonly number[] } {
  const control = new Int32Array(4 + Math.ceil(most / 2) * 2);
  const vector = new BigUint64Array([BigInt(addressOf(into)), BigInt(into.byteLength)]);
  // struct msghdr: name, its length, iovec, their number, control, its length, flags.
  const header = new BigUint64Array([0n, 0n, BigInt(addressOf(vector)), 1n, BigInt(addressOf(control)), BigInt(control.byteLength), 0n]);
  let count: number;
  do count = tryCall("recvmsg", socket, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (count === -errno.EINTR);
  // struct cmsghdr: length in 64 bits, level, type; then the descriptors. Nothing was written when nothing came.
  const came = count >= 0 && header[5]! > 0n && control[3] === SCM_RIGHTS;
  return { count, descriptors: came ? [...control.subarray(4, control[0]! / 4)] : [] };
}
