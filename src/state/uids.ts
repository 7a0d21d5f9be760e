/** Uids for boxes: each box of root runs under a uid of its own, so that boxes cannot touch each other. */
import { readdirSync, readFileSync } from "../kernel/fs.ts";
import { uidRangeVariable } from "../config/load.ts";
import { IsolateError } from "../model/errors.ts";
import { uidMap } from "../kernel/caller.ts";
import { userHasProcesses } from "../kernel/process.ts";
import { type HostUids, isRecorded, recordedUids } from "./host-uids.ts";
import type { UidSet } from "./instances-index.ts";
import { claimInState, claimOnHost, type UidClaim } from "./uid-claim.ts";
import type { StateDirectory } from "./state-dir.ts";

export type { UidClaim } from "./uid-claim.ts";

/** Both ends included. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/** The uids that boxes get unless the caller says otherwise: between what systemd gives to containers' users and to dynamic services. */
export const boxUids: UidRange = { first: 60_706, last: 61_183 };
/** What they get when these are taken: above 65535 (no uid), below the first subordinate uids (useradd(8)). Containers often have none of them. */
export const furtherBoxUids: UidRange = { first: 65_536, last: 99_999 };
/** What earlier versions gave. */
export const formerBoxUids: UidRange = { first: 60_000, last: 64_999 };

/** The ranges for a caller who names none, as far as our user namespace has them. */
export function defaultUids(): readonly UidRange[] {
  const further = uidMap().some(({ inside, count }) => inside <= furtherBoxUids.first && furtherBoxUids.last < inside + count);
  return further ? [boxUids, furtherBoxUids] : [boxUids];
}

export function isIn(uid: number, ranges: readonly UidRange[]): boolean {
  return ranges.some(({ first, last }) => first <= uid && uid <= last);
}

/** Where a claim holds, and on what. */
export interface ClaimOptions {
  /** Default: {@link defaultUids}. */
  readonly ranges?: readonly UidRange[];
  /** The claims of the whole host, or why there are none. The caller closes them when the claim has ended. */
  readonly host?: HostUids | string;
  /** The uid will not be written down, so a claim on the host is enough where one can be had. */
  readonly temporary?: boolean;
}

/**
 * Claims the smallest uid that is neither claimed by another process, nor persisted, nor written down for a box of another
 * state directory, nor an account of the host, and under which nothing runs. Where there are many, a uid that is written down for a box that
 * is gone counts as the largest.
 *
 * The order makes it free of races: first the claims (flock on `uids/<uid>`), then the look at the persisted uids.
 * Whoever persists a uid holds its claim until the record is written; so once we have the claim, either the record
 * is there to be seen, or nobody can write one before we let go. Release the claim only when the record is written
 * or the uid is no longer used.
 * @param persistedUids the uids in instances.json, read anew at each call
 * @throws IsolateError of kind Config when all are in use, Io when a claim cannot be made
 */
export function claimUid(state: StateDirectory, persistedUids: () => UidSet, options: ClaimOptions = {}): UidClaim {
  const { ranges = defaultUids(), host = "not asked for", temporary = false } = options;
  const accounts = accountUids();
  // A first look, only to skip what is surely taken without locking it; it decides nothing.
  let persisted = persistedUids();
  const attempt = (uid: number, isUsed: (uid: number) => boolean): UidClaim | null => {
    if (persisted.has(uid) || accounts.has(uid) || (typeof host !== "string" && isRecorded(host, uid)) || isUsed(uid)) return null;
    const claim = tryClaim(state, host, uid, temporary);
    if (claim === null) return null;
    try {
      persisted = persistedUids();
      // Once more: a holder that was killed meanwhile has left what may still be at its end.
      if (!persisted.has(uid) && !isUsed(uid)) return claim;
    } catch (error) {
      claim.release();
      throw error;
    }
    claim.release();
    return null;
  };
  // The first question is one call. It counts the dead as well, which wait for a parent that may never collect them: a uid that only they have
  // is taken before a box is refused.
  for (const isUsed of [(uid: number) => userHasProcesses(uid) === true, (uid: number) => livingProcessOf(uid) !== null]) {
    for (const uid of inOrder(ranges, host, (uid) => persisted.has(uid))) {
      const claim = attempt(uid, isUsed);
      if (claim !== null) return claim;
    }
  }
  const all = ranges.map(({ first, last }) => `${first} to ${last}`).join(" and ");
  throw new IsolateError("Config", `cannot find a uid for the box: all of ${all} are in use`, {
    hint: `set ${uidRangeVariable}=FIRST-LAST to a wider range, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)`,
  });
}

/** So many are tried one by one before the names in the directory of the host are read. */
const triedAtOnce = 8;

/**
 * The uids of the ranges, those that are not written down on the host first: among thousands of boxes, to ask the kernel about each takes 20 ms.
 * The others come last, as a box may have been removed by hand.
 */
function* inOrder(ranges: readonly UidRange[], host: HostUids | string, isTaken: (uid: number) => boolean): Generator<number> {
  const later: number[] = [];
  let recorded: ReadonlySet<number> | null = null;
  let tried = 0;
  for (const { first, last } of ranges) {
    for (let uid = first; uid <= last; uid++) {
      if (isTaken(uid)) continue;
      if (typeof host !== "string" && ++tried > triedAtOnce) recorded ??= recordedUids(host);
      if (recorded?.has(uid) === true) later.push(uid);
      else yield uid;
    }
  }
  yield* later;
}

/** Claims a uid on the host and in the state directory; null: another process has it in one of them. */
function tryClaim(state: StateDirectory, host: HostUids | string, uid: number, temporary: boolean): UidClaim | null {
  const everywhere = typeof host === "string" ? ({ kind: "impossible", why: host } as const) : claimOnHost(host, uid);
  if (everywhere.kind === "busy") return null;
  const onHost = everywhere.kind === "held" ? everywhere.release : null;
  // The records of a state directory may be changed by processes that do not see our claims of the host: those of another mount namespace.
  const here = onHost !== null && temporary ? null : claimHere(state, uid, onHost);
  if (here === null && !temporary) return null;
  if (here === null && onHost === null) return null;
  return {
    uid,
    onlyHere: everywhere.kind === "held" ? null : everywhere.why,
    release() {
      onHost?.();
      here?.();
    },
  };
}

/** @param onHost ends the claim on the host when there can be none here */
function claimHere(state: StateDirectory, uid: number, onHost: (() => void) | null): (() => void) | null {
  let here: (() => void) | null = null;
  try {
    here = claimInState(state, uid);
    return here;
  } finally {
    if (here === null) onHost?.();
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

/** A process that lives. */
export interface LivingProcess {
  readonly pid: number;
  readonly name: string;
}

/**
 * Some process that lives under a real or effective uid; null: there is none. The kernel answers at once for a uid without processes; /proc is
 * asked only about a uid that has some, since the dead among them, which wait for a parent that never collects them, do no harm.
 * @throws SyscallError when there is no /proc
 */
export function livingProcessOf(uid: number): LivingProcess | null {
  if (userHasProcesses(uid) === false) return null;
  for (const entry of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(entry)) continue;
    const status = statusOf(entry);
    const [, real, effective] = /^Uid:\t([0-9]+)\t([0-9]+)/m.exec(status) ?? [];
    if (Number(real ?? -1) !== uid && Number(effective ?? -1) !== uid) continue;
    if (!/^State:\t[ZX]/m.test(status)) return { pid: Number(entry), name: /^Name:\t(.*)$/m.exec(status)?.[1] ?? "" };
  }
  return null;
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return ""; // It ended while we looked.
  }
}
