/** Uids for boxes: each box of root runs under a uid of its own, so that boxes cannot touch each other. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { IsolateError } from "../model/errors.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { ioFault } from "./io-fault.ts";
import { tryLockFile, unlinkAndClose } from "./lock-file.ts";
import type { UidSet } from "./instances-index.ts";
import type { StateDirectory } from "./state-dir.ts";

/** Both ends included. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/** The uids that boxes get unless the caller says otherwise; 65534 (nobody) and 65535 (no uid) lie outside. */
export const boxUids: UidRange = { first: 60_000, last: 64_999 };

/** A uid that no other process gets until it is released. */
export interface UidClaim {
  readonly uid: number;
  /** Ends the claim; from then on only a record in instances.json keeps the uid from others. Does nothing the second time. */
  release(): void;
}

/**
 * Claims the smallest uid that is neither claimed by another process, nor persisted, nor an account of the host.
 *
 * The order makes it free of races: first the claim (flock on `uids/<uid>`), then the look at the persisted uids.
 * Whoever persists a uid holds its claim until the record is written; so once we have the claim, either the record
 * is there to be seen, or nobody can write one before we let go. Release the claim only when the record is written
 * or the uid is no longer used.
 * @param persistedUids the uids in instances.json, read anew at each call
 * @throws IsolateError of kind Config when all are in use, Io when a claim cannot be made
 */
export function claimUid(state: StateDirectory, persistedUids: () => UidSet, range: UidRange = boxUids): UidClaim {
  const accounts = accountUids();
  // A first look, only to skip what is surely taken without locking it; it decides nothing.
  let persisted = persistedUids();
  for (let uid = range.first; uid <= range.last; uid++) {
    if (persisted.has(uid) || accounts.has(uid)) continue;
    const name = String(uid);
    const fd = tryClaim(state, name);
    if (fd === null) continue;
    const giveUp = (): void => unlinkAndClose(state.uids, name, fd);
    try {
      persisted = persistedUids();
    } catch (error) {
      giveUp();
      throw error;
    }
    if (!persisted.has(uid)) return claimOf(uid, giveUp);
    giveUp();
  }
  throw new IsolateError("Config", `cannot find a uid for the box: all of ${range.first} to ${range.last} are in use`, {
    hint: "remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)",
  });
}

function claimOf(uid: number, giveUp: () => void): UidClaim {
  let held = true;
  return {
    uid,
    release() {
      if (held) giveUp();
      held = false;
    },
  };
}

function tryClaim(state: StateDirectory, name: string): number | null {
  const path = `${state.path}/uids/${name}`;
  try {
    const attempt = tryLockFile(state.uids, name, path, true);
    if (attempt.kind === "held") return attempt.fd;
    if (attempt.kind === "busy") closeDescriptor(attempt.fd);
    return null;
  } catch (error) {
    throw ioFault(`claim uid ${name} (${path})`, error);
  }
}

/** Uids of the host's accounts (passwd(5)); none when the file cannot be read. */
function accountUids(): Set<number> {
  let text: string;
  try {
    text = readFileSync("/etc/passwd", "latin1");
  } catch {
    return new Set(); // A minimal container has none.
  }
  return new Set(text.split("\n").map((line) => Number(line.split(":")[2])));
}

/**
 * Whether any process runs under this effective uid now (owners of /proc/PID, which the kernel keeps right even for
 * processes that are not dumpable). For init: a uid with a process left over must not be given to a new box.
 * @throws as fs.readdirSync, when there is no /proc
 */
export function uidHasProcesses(uid: number): boolean {
  return readdirSync("/proc").some((name) => /^[0-9]+$/.test(name) && ownerOf(`/proc/${name}`) === uid);
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch {
    return null; // It ended while we looked.
  }
}
