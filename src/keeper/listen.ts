/** The socket that a keeper listens on: one of its own, or one that a service manager made. */
import { AT_FDCWD } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, setNonBlocking, tryUnlinkAt } from "../kernel/files.ts";
import { listenUnix } from "../kernel/server-socket.ts";
import { connectUnix, longestSocketPath } from "../kernel/socket.ts";
import { configError, IsolateError } from "../model/errors.ts";

/** Connections that may wait to be taken. The kernel has a bound of its own (net.core.somaxconn). */
const backlog = 4096;

/** The first descriptor that a service manager hands over (sd_listen_fds(3)). */
const firstHandedOver = 3;

/** Whether a service manager handed a socket to this process. @param environment LISTEN_PID and LISTEN_FDS */
export function isHandedOver(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment["LISTEN_PID"] === String(process.pid) && Number(environment["LISTEN_FDS"]) >= 1;
}

/** The socket that was handed over. */
export function takeHandedOver(): number {
  setNonBlocking(firstHandedOver);
  return firstHandedOver;
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
