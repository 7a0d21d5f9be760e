/**
 * Claims on uids: flock on a file that has the uid as its name, so a claim ends with its holder, however that ends. A box whose
 * uid is its own claims it for itself; boxes whose caller chose a uid may share it among each other.
 */
import { readSync, writeSync } from "node:fs";
import { SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, tryLock } from "../kernel/files.ts";
import type { HostUids } from "./host-uids.ts";
import { ioFault } from "./io-fault.ts";
import { tryLockFile, unlinkAndClose } from "./lock-file.ts";
import type { StateDirectory } from "./state-dir.ts";

/** A uid that no other process gets until it is released. */
export interface UidClaim {
  readonly uid: number;
  /** Why the claim holds in this state directory only; null: it holds on the whole host. */
  readonly onlyHere: string | null;
  /** Ends the claim; from then on only a record in instances.json keeps the uid from others. Does nothing the second time. */
  release(): void;
}

/** What came of an attempt on the host: a way to end the claim, who has the uid instead (null: unknown), or why no claim can be made. */
export type HostClaim =
  | { readonly kind: "held"; readonly release: () => void }
  | { readonly kind: "busy"; readonly holder: string | null }
  | { readonly kind: "impossible"; readonly why: string };

/**
 * Claims a uid on the whole host, without waiting.
 * @param home of the box that it is for; read by those who find the uid taken
 * @param shared others whose uid was chosen as well may have it at the same time
 * @throws IsolateError when the claim's file is nothing of ours
 */
export function claimOnHost(host: HostUids, uid: number, home: string, shared = false): HostClaim {
  const name = String(uid);
  try {
    const attempt = tryLockFile(host.uids, name, `${host.base}/uids/${name}`, true, (fd) => tryLock(fd, shared ? "shared" : "exclusive"));
    if (attempt.kind === "missing") return { kind: "impossible", why: `${host.base}/uids/${name} does not stay` };
    const { fd } = attempt;
    if (attempt.kind === "busy") {
      const holder = holderIn(fd);
      closeDescriptor(fd);
      return { kind: "busy", holder };
    }
    writeHolder(fd, home);
    return { kind: "held", release: () => (shared ? endShared(host.uids, name, fd) : endOwn(host.uids, name, fd)) };
  } catch (error) {
    // Read-only, full, or closed to us by a security module: then there are no claims of the host.
    if (error instanceof SyscallError) return { kind: "impossible", why: error.message };
    throw error;
  }
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

/** Only words for the one who finds the uid taken, so it is no fault when they cannot be written. */
function writeHolder(fd: number, home: string): void {
  try {
    writeSync(fd, `${home}\n`, 0);
  } catch {}
}

function holderIn(fd: number): string | null {
  try {
    const buffer = Buffer.alloc(4200);
    const text = buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0));
    return text.includes("\n") ? text.slice(0, text.indexOf("\n")) : null;
  } catch {
    return null;
  }
}

/** Claims a uid in one state directory, without waiting. @returns a way to end the claim; null: another process has it @throws IsolateError */
export function claimInState(state: StateDirectory, uid: number): (() => void) | null {
  const name = String(uid);
  const path = `${state.path}/uids/${name}`;
  try {
    const attempt = tryLockFile(state.uids, name, path, true);
    if (attempt.kind === "held") return () => unlinkAndClose(state.uids, name, attempt.fd);
    if (attempt.kind === "busy") closeDescriptor(attempt.fd);
    return null;
  } catch (error) {
    throw ioFault(`claim uid ${name} (${path})`, error);
  }
}

/** Removes the files of claims on a uid whose holders died; those that are held stay. */
export function removeDeadClaims(state: StateDirectory, host: HostUids | null, uid: number): void {
  const name = String(uid);
  for (const [directory, path] of [[state.uids, `${state.path}/uids`], ...(host === null ? [] : [[host.uids, `${host.base}/uids`] as const])] as const) {
    const attempt = tryLockFile(directory, name, `${path}/${name}`, false);
    if (attempt.kind === "held") unlinkAndClose(directory, name, attempt.fd);
    else if (attempt.kind === "busy") closeDescriptor(attempt.fd);
  }
}
