/** The socket that a keeper listens on: one of its own, or one that a service manager made. */
import { AT_FDCWD } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, duplicateAbove, setNonBlocking, tryUnlinkAt } from "../kernel/files.ts";
import { listenUnix } from "../kernel/server-socket.ts";
import { connectUnix, longestSocketPath } from "../kernel/socket.ts";
import { configError, IsolateError } from "../model/errors.ts";

/** Connections that may wait to be taken. The kernel has a bound of its own (net.core.somaxconn). */
const backlog = 4096;

/** The first descriptor that is handed over (sd_listen_fds(3)). */
export const firstHandedOver = 3;

/** The name of a socket that one keeper hands to the next one. No service manager's: systemd allows no colon in a name. */
const nameOfOurs = "mini-isolate:keeper";

/** What the next keeper finds in its environment. An earlier version takes the socket for a service manager's, and leaves its name where it is. */
export function handOverVariables(): Readonly<Record<string, string>> {
  return { LISTEN_PID: String(process.pid), LISTEN_FDS: "1", LISTEN_FDNAMES: nameOfOurs };
}

/** Who handed a socket to this process; null: nobody. @param environment LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES */
export function handedOverBy(environment: Readonly<Record<string, string | undefined>>): "service manager" | "keeper" | null {
  if (environment["LISTEN_PID"] !== String(process.pid) || !(Number(environment["LISTEN_FDS"]) >= 1)) return null;
  return environment["LISTEN_FDNAMES"] === nameOfOurs ? "keeper" : "service manager";
}

/** The socket that was handed over. No program gets it. @throws SyscallError */
export function takeHandedOver(): number {
  const listener = duplicateAbove(firstHandedOver, firstHandedOver + 1);
  closeDescriptor(firstHandedOver);
  setNonBlocking(listener);
  return listener;
}

/** @throws IsolateError of kind Config for a path that no socket can have */
export function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) > longestSocketPath) throw configError(`cannot use socket ${path}: its path has more than ${longestSocketPath} bytes`, "choose another place with --socket");
}

/** A new socket of this name. One that a keeper left when it was killed is replaced. @throws IsolateError: LockBusy when a keeper is there */
export function listenAt(path: string): number {
  checkSocketPath(path);
  for (let tries = 0; ; tries++) {
    try {
      return listenUnix(path, backlog);
    } catch (error) {
      if (errnoOf(error) !== errno.EADDRINUSE || tries > 0) throw new IsolateError("Io", `cannot listen at ${path}: ${reasonOf(error)}`);
    }
    if (isAnswered(path)) throw new IsolateError("LockBusy", `a keeper is there already: ${path}`, { hint: "mini-isolate keeper status says which; mini-isolate keeper stop ends it" });
    tryUnlinkAt(AT_FDCWD, path, 0);
  }
}

function isAnswered(path: string): boolean {
  try {
    closeDescriptor(connectUnix(path));
    return true;
  } catch (error) {
    // Its queue is full.
    return errnoOf(error) === errno.EAGAIN;
  }
}
