/**
 * Claims on uids: flock on a file that has the uid as its name, so a claim ends with its holder, however that ends. A box whose
 * uid is its own claims it for itself; boxes whose caller chose a uid may share it among each other.
 */
import { SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, statDescriptor, tryLock } from "../kernel/files.ts";
import type { HostUids } from "./host-uids.ts";
import { ioFault } from "./io-fault.ts";
import { tryLockFile, unlinkAndClose } from "./lock-file.ts";
import { flockHolder } from "./lock-holder.ts";
import type { StateDirectory } from "./state-dir.ts";

/** A uid that no other process gets until it is released. */
export interface UidClaim {
  readonly uid: number;
  /** Why the claim holds in this state directory only; null: it holds on the whole host. */
  readonly onlyHere: string | null;
  /** Ends the claim; from then on only a record in instances.json keeps the uid from others. Does nothing the second time. */
  release(): void;
}

/** What came of an attempt on the host: a way to end the claim, a way to find the pid of who has the uid instead (null: unknown), or why no claim can be made. */
export type HostClaim =
  | { readonly kind: "held"; readonly release: () => void }
  | { readonly kind: "busy"; readonly holder: () => number | null }
  | { readonly kind: "impossible"; readonly why: string };

/**
 * Claims a uid on the whole host, without waiting.
 * @param shared others whose uid was chosen as well may have it at the same time
 * @throws IsolateError when the claim's file is nothing of ours
 */
export function claimOnHost(host: HostUids, uid: number, shared = false): HostClaim {
  const name = String(uid);
  try {
    const attempt = tryLockFile(host.fd, name, `${host.path}/${name}`, true, (fd) => tryLock(fd, shared ? "shared" : "exclusive"));
    if (attempt.kind === "missing") return { kind: "impossible", why: `${host.path}/${name} does not stay` };
    const { fd } = attempt;
    if (attempt.kind === "busy") {
      try {
        const { inode } = statDescriptor(fd);
        return { kind: "busy", holder: () => flockHolder(inode) };
      } finally {
        closeDescriptor(fd);
      }
    }
    return { kind: "held", release: once(() => (shared ? endShared : endOwn)(host.fd, name, fd)) };
  } catch (error) {
    // Read-only, full, or closed to us by a security module: then there are no claims of the host.
    if (error instanceof SyscallError) return { kind: "impossible", why: error.message };
    throw error;
  }
}

/** The descriptor behind a claim may be somebody else's after the first time. */
function once(end: () => void): () => void {
  let ended = false;
  return () => {
    if (!ended) {
      ended = true;
      end();
    }
  };
}

function endOwn(directory: number, name: string, fd: number): void {
  try {
    unlinkAndClose(directory, name, fd);
  } catch {
    // The file stays without a lock on it, and whoever needs the uid takes it over. No verdict is lost for that.
  }
}

/** Others may still have it: the file goes only with the last of them. */
function endShared(directory: number, name: string, fd: number): void {
  if (tryLock(fd)) endOwn(directory, name, fd);
  else closeDescriptor(fd);
}

/** Claims a uid in one state directory, without waiting. @returns a way to end the claim; null: another process has it @throws IsolateError */
export function claimInState(state: StateDirectory, uid: number): (() => void) | null {
  const name = String(uid);
  const path = `${state.path}/uids/${name}`;
  try {
    const attempt = tryLockFile(state.uids, name, path, true);
    if (attempt.kind === "held") return once(() => unlinkAndClose(state.uids, name, attempt.fd));
    if (attempt.kind === "busy") closeDescriptor(attempt.fd);
    return null;
  } catch (error) {
    throw ioFault(`claim uid ${name} (${path})`, error);
  }
}

/** Removes the files of claims on a uid whose holders died; those that are held stay. */
export function removeDeadClaims(state: StateDirectory, host: HostUids | null, uid: number): void {
  const name = String(uid);
  for (const [directory, path] of [[state.uids, `${state.path}/uids`], ...(host === null ? [] : [[host.fd, host.path] as const])] as const) {
    const attempt = tryLockFile(directory, name, `${path}/${name}`, false);
    if (attempt.kind === "held") unlinkAndClose(directory, name, attempt.fd);
    else if (attempt.kind === "busy") closeDescriptor(attempt.fd);
  }
}
