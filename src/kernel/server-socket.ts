/** The side of a server of AF_UNIX that others connect to (unix(7)), and what comes over such a connection with descriptors. */
import { AT_FDCWD, MSG_CMSG_CLOEXEC } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";
import { addressOf, call, tryCall } from "./ffi.ts";
import { closeDescriptor } from "./files.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
/** Of struct sockaddr_un, the closing NUL included. */
const pathBytes = 108;

/** Longest path of a socket, in bytes. */
export const longestSocketPath = pathBytes - 1;

/**
 * Makes a socket of this name that only we and root can connect to, and listens. Nothing that is done with it waits.
 * @throws SyscallError (EADDRINUSE: the name is there)
 */
export function listenUnix(path: string, backlog: number): number {
  const name = Buffer.from(path);
  if (name.length >= pathBytes) throw new SyscallError("bind", errno.ENAMETOOLONG, path);
  const address = new Uint8Array(2 + pathBytes);
  address[0] = AF_UNIX;
  address.set(name, 2);
  const fd = call("socket", "", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  try {
    // The mode of the file is that of the socket, less the umask: there is no moment in which others could connect.
    const before = tryCall("umask", 0o177);
    const bound = tryCall("bind", fd, address, address.length);
    tryCall("umask", before);
    if (bound < 0) throw new SyscallError("bind", -bound, path);
    call("listen", path, fd, backlog);
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/** A connection, close-on-exec and non-blocking; null: nobody is waiting, or the one who waited has gone. @throws SyscallError (EMFILE, ...) */
export function acceptConnection(listener: number): number | null {
  const fd = tryCall("accept4", listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) return fd;
  if (fd === -errno.EAGAIN || fd === -errno.ECONNABORTED || fd === -errno.EINTR) return null;
  throw new SyscallError("accept4", -fd, "a connection");
}

/** Who connected: as of that moment, by the kernel (SO_PEERCRED). @throws SyscallError */
export function peerOf(socket: number): { readonly pid: number; readonly uid: number } {
  const credentials = new Int32Array(3);
  const length = new Int32Array([credentials.byteLength]);
  call("getsockopt", "SO_PEERCRED", socket, SOL_SOCKET, SO_PEERCRED, credentials, length);
  return { pid: credentials[0]!, uid: credentials[1]! >>> 0 };
}

/** Descriptors that one message may bring; the kernel drops what is more. */
export const mostDescriptors = 8;

/**
 * recvmsg(2) of what is there now; never waits.
 * @returns bytes read, 0 at the end, or the negated errno (-EAGAIN: nothing there now); and the descriptors that came with them, close-on-exec
 */
export function receiveRequest(socket: number, into: Uint8Array): { readonly count: number; readonly descriptors: readonly number[] } {
  const control = new Int32Array(4 + mostDescriptors);
  const vector = new BigUint64Array([BigInt(addressOf(into)), BigInt(into.byteLength)]);
  // struct msghdr: name, its length, iovec, their number, control, its length, flags.
  const header = new BigUint64Array([0n, 0n, BigInt(addressOf(vector)), 1n, BigInt(addressOf(control)), BigInt(control.byteLength), 0n]);
  let count: number;
  do count = tryCall("recvmsg", socket, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (count === -errno.EINTR);
  const came = count >= 0 && header[5]! > 0n && control[2] === SOL_SOCKET && control[3] === SCM_RIGHTS;
  return { count, descriptors: came ? [...control.subarray(4, control[0]! / 4)] : [] };
}

/** unlinkat(2) of a path. @returns 0 or the negated errno */
export function tryUnlink(path: string): number {
  return tryCall("unlinkat", AT_FDCWD, path, 0);
}
