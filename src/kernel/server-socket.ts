/** The side of a server of AF_UNIX that others connect to (unix(7)). */
import { errno, SyscallError } from "./errno.ts";
import { call, tryCall } from "./ffi.ts";
import { closeDescriptor } from "./files.ts";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, socketAddress, SOL_SOCKET } from "./socket.ts";

const SO_PEERCRED = 17;

/**
 * Makes a socket of this name that only we and root can connect to, and listens. Nothing that is done with it waits.
 * @throws SyscallError (EADDRINUSE: the name is there)
 */
export function listenUnix(path: string, backlog: number): number {
  const address = socketAddress("bind", path);
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
