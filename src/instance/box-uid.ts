/** The uid that a box runs under: found for a new box, and kept from all others while something runs. */
import { uidRange } from "../config/load.ts";
import type { IsolateConfig } from "../config/config.ts";
import { IsolateError } from "../model/errors.ts";
import type { RunOptions } from "../model/request.ts";
import { means } from "../executor/plan/means.ts";
import type { Box } from "../executor/plan/prepare.ts";
import { forgetUid, type HostUids, hostDirectory, openHostUids, recordUid } from "../state/host-uids.ts";
import type { Instances } from "../state/instances-text.ts";
import type { InstanceRecord } from "../state/instance-record.ts";
import { ownerOf } from "../state/identity.ts";
import type { StateDirectory } from "../state/state-dir.ts";
import { storedUids } from "../state/store.ts";
import { claimOnHost, removeDeadClaims, type UidClaim } from "../state/uid-claim.ts";
import { boxUids, claimUid, defaultUids, formerBoxUids, isIn, livingProcessOf, type UidRange } from "../state/uids.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { openHandle } from "../kernel/directory.ts";

/** What `--verbose` says where only the state directory keeps uids apart. */
export function claimsOnlyHere(why: string): string {
  return `uids are claimed in this state directory only, not on the whole host: ${why}`;
}

function ranges(): readonly UidRange[] {
  const named = uidRange();
  return named === undefined ? defaultUids() : [named];
}

/**
 * The uid of a temporary box of root, or of one that is being made, claimed until it is written down or the box is gone: one of
 * its own, or the one that the caller chose, which other callers who chose it may have at the same time.
 * @returns null: the box needs no claim
 * @throws IsolateError: Config when every uid is in use, LockBusy when a box that did not choose it has the chosen one
 */
export function claimFor(config: IsolateConfig, state: StateDirectory, temporary: boolean): UidClaim | null {
  if (!means().ownUid) return null;
  const host = openHostUids();
  try {
    const claim = config.uid === null
      ? claimUid(state, () => storedUids(state), { ranges: ranges(), host, temporary })
      : claimChosen(host, config.uid, config.instance_id);
    return {
      ...claim,
      release() {
        claim.release();
        close(host);
      },
    };
  } catch (error) {
    close(host);
    throw error;
  }
}

function claimChosen(host: HostUids | string, uid: number, id: string): UidClaim {
  const claim = typeof host === "string" ? { kind: "impossible" as const, why: host } : claimOnHost(host, uid, true);
  if (claim.kind === "busy") throw busyElsewhere(id, uid, claim.holder());
  return claim.kind === "held" ? { uid, onlyHere: null, release: claim.release } : { uid, onlyHere: claim.why, release: () => {} };
}

/** As {@link claimFor} for a box that will be written down, but never a uid that some process of the host runs under; null: the caller chose. */
export function claimQuietUid(config: IsolateConfig, state: StateDirectory): UidClaim | null {
  if (config.uid !== null) return null;
  const passedOver: UidClaim[] = [];
  try {
    let claim = claimFor(config, state, false);
    while (claim !== null && livingProcessOf(claim.uid) !== null) {
      // Held while the next one is looked for, or it would be found again.
      passedOver.push(claim);
      claim = claimFor(config, state, false);
    }
    return claim;
  } finally {
    for (const claim of passedOver) claim.release();
  }
}

export function withUid(config: IsolateConfig, claim: UidClaim | null): IsolateConfig {
  return claim === null ? config : { ...config, uid: claim.uid, gid: config.gid ?? claim.uid };
}

/** Lets other state directories know whose the uid is, where there is a place for it. Only with the uid claimed. */
export function recordOnHost(uid: number, home: string): void {
  const host = openHostUids();
  if (typeof host === "string") return;
  recordUid(host, uid, home);
  host.close();
}

/**
 * Whether the caller chose the uid of a box. Records of earlier versions do not say so: there, a uid outside of all ranges was
 * chosen, and so was one that two boxes have; only then the others are read.
 */
export function isUidGiven({ uid_given, config }: InstanceRecord, instances: () => Instances): boolean {
  const uid = config["uid"];
  if (uid_given !== undefined || typeof uid !== "number") return uid_given ?? true;
  if (!isIn(uid, [formerBoxUids, boxUids, ...ranges()])) return true;
  return [...instances().values()].filter((other) => other.config["uid"] === uid).length > 1;
}

/** Whether a uid is one that boxes are given, and that no caller is likely to choose. */
export function isAllotted(uid: number): boolean {
  return isIn(uid, [boxUids, ...ranges()]);
}

/** The claim of one run. */
export interface RunClaim {
  release(): void;
}

/** How long a run without `--wait` waits: for a killed run's processes to end, for another's look at whether the uid is free. */
const patienceMs = 1000;
const longestPauseMs = 50;

/**
 * Claims the uid of a box that stays, on the whole host and for one run. Waits without blocking the thread, so the one that has
 * the uid may be a run of this process.
 * @param given the caller chose the uid: it is shared with others of that kind
 * @returns null: nothing else can run under it
 * @throws IsolateError of kind LockBusy, with `wait` never
 */
export async function claimForRun({ config, home }: Box, given: boolean, { wait, trace, waiter }: RunOptions): Promise<RunClaim | null> {
  const { uid, instance_id: id } = config;
  if (uid === null || !means().ownUid) return null;
  const host = openHostUids();
  if (typeof host === "string") trace?.(claimsOnlyHere(host));
  const attempt = (): RunClaim | InUse => tryForRun(host, id, uid, home, given, trace);
  try {
    const started = performance.now();
    let claim = attempt();
    if (typeof claim === "function" && wait) trace?.(`${claim().message}: waiting`);
    for (let pauseMs = 1; typeof claim === "function"; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      if (!wait && performance.now() - started > patienceMs) throw claim();
      await (waiter?.wait([], pauseMs) ?? Bun.sleep(pauseMs));
      claim = attempt();
    }
    const { release } = claim;
    return {
      release() {
        release();
        close(host);
      },
    };
  } catch (error) {
    close(host);
    throw error;
  }
}

/** Says who has the uid. Not with every attempt: to find that out is expensive, for all of the machine (lock-holder.ts). */
type InUse = () => IsolateError;

function tryForRun(host: HostUids | string, id: string, uid: number, home: string, given: boolean, trace: RunOptions["trace"]): RunClaim | InUse {
  const claim = typeof host === "string" ? null : claimOnHost(host, uid, given);
  if (claim?.kind === "busy") return () => busyElsewhere(id, uid, claim.holder());
  if (claim?.kind === "impossible") trace?.(claimsOnlyHere(claim.why));
  const release = claim?.kind === "held" ? claim.release : () => {};
  // Whoever chose a uid may have chosen that of a user who is logged in.
  const living = given ? null : livingProcessOf(uid);
  if (living !== null) {
    release();
    return () => busy(id, uid, `process ${living.pid} (${living.name})`);
  }
  if (claim?.kind === "held" && typeof host !== "string") recordUid(host, uid, home);
  return { release };
}

function close(host: HostUids | string): void {
  if (typeof host !== "string") host.close();
}

function busyElsewhere(id: string, uid: number, holder: number | null): IsolateError {
  return busy(id, uid, `another box${holder === null ? "" : ` (pid ${holder})`}`);
}

function busy(id: string, uid: number, who: string): IsolateError {
  return new IsolateError("LockBusy", `cannot run in box ${id}: ${who} runs under its uid ${uid}`, {
    hint: "wait with --wait, or make the box again, which gives it another uid: init --force",
  });
}

/** The uid whose claims a box may have left; null: none. @param record null: the box is not written down, but its directory may be there */
export function uidOfBox(state: StateDirectory, id: string, record: InstanceRecord | undefined): number | null {
  if (!means().ownUid) return null;
  const recorded = record?.config["uid"];
  if (typeof recorded === "number") return recorded;
  try {
    const home = openHandle(state.fd, id);
    try {
      // A program cannot give its directory away.
      const owner = ownerOf(home, "box");
      return owner === 0 ? null : owner;
    } finally {
      closeDescriptor(home);
    }
  } catch {
    return null;
  }
}

/** Forgets on the host that a uid is a box's, and removes the claims of holders that died. */
export function freeUid(state: StateDirectory, uid: number, home: string): void {
  const host = openHostUids(hostDirectory, false);
  if (typeof host === "string") return removeDeadClaims(state, null, uid);
  try {
    forgetUid(host, uid, home);
    removeDeadClaims(state, host, uid);
  } finally {
    host.close();
  }
}
