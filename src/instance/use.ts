/** Using a box that stays: its lock, what a killed run left, what the program left, and the time of the last use. */
import { accessSync, constants, lstatSync } from "../kernel/fs.ts";
import { groupExists } from "../cgroup/groups-left.ts";
import { resolveStateDir } from "../config/load.ts";
import type { IsolateConfig } from "../config/config.ts";
import { configError, messageOf, type IsolateError } from "../model/errors.ts";
import { means } from "../executor/plan/means.ts";
import type { Holding } from "../model/observation.ts";
import type { Box, Counsel } from "../executor/plan/prepare.ts";
import { claimForRun, isAllotted, isUidGiven, type RunClaim } from "./box-uid.ts";
import { clearLeftovers } from "./leftovers.ts";
import type { RunOptions } from "../model/request.ts";
import { errnoOf } from "../kernel/errno.ts";
import { boxPaths, mountPoint } from "../box/box.ts";
import { isDirectory, withDirectory, withWorkdir } from "../box/files.ts";
import { isFullDisk } from "../state/io-fault.ts";
import { groupPrefix, writeJournal } from "../state/journal.ts";
import { acquireBoxLock, type BoxLock } from "../state/lock.ts";
import { noteUse } from "../state/last-used.ts";
import { isQuotaMounted } from "../box/quota.ts";
import { withReserve } from "../state/reserve.ts";
import { openStateDirectory, type StateDirectory } from "../state/state-dir.ts";
import { readInstance, readInstances } from "../state/store.ts";
import { mostEntries, sweepBox, type Swept } from "../box/sweep.ts";

/** Calls `use` with the state directory, opened and checked. @param stateDir undefined: as the surroundings say */
export function withState<T>(stateDir: string | undefined, use: (state: StateDirectory) => T): T {
  const state = openStateDirectory(resolveStateDir(stateDir));
  try {
    return use(state);
  } finally {
    state.close();
  }
}

/** A box as the executor sees it, with a name for the control group of its next run. */
export function boxOf(stateDir: string, config: IsolateConfig): Box {
  const id = config.instance_id;
  const home = `${stateDir}/${id}`;
  const uid = config.uid ?? process.geteuid!();
  return {
    config,
    home,
    root: mountPoint(stateDir),
    workdir: config.workdir!,
    uid,
    gid: config.gid ?? config.uid ?? process.getegid!(),
    aloneUnderUid: config.uid !== null && isAllotted(config.uid),
    groupName: `${groupPrefix}${id}-${process.pid}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`,
    settle: (workdir, options) => settle(workdir, uid, options),
    announce: announcer(stateDir, home),
    counsel,
  };
}

/** Loaded where something is missing. */
const counsel: Counsel = {
  findOnHost: (program, mounts) => (require("../source/host-programs.ts") as typeof import("../source/host-programs.ts")).findOnHost(program, mounts),
  languageOf: (fileName) => {
    const { builtInLanguages } = require("../language/builtin.ts") as typeof import("../language/builtin.ts");
    const { hasExtension } = require("../language/source-name.ts") as typeof import("../language/source-name.ts");
    const language = builtInLanguages().find(({ extensions }) => extensions.some((extension) => hasExtension(fileName, extension)));
    return language === undefined ? null : { name: language.name, compiled: language.compile !== null };
  },
};

/** Writes down the groups of each step of a run, and keeps those of an earlier step that could not be removed. */
function announcer(stateDir: string, home: string): Box["announce"] {
  let written: readonly string[] = [];
  return (directories) => {
    written = [...written.filter(groupExists), ...directories];
    try {
      writeJournal(home, written);
    } catch (error) {
      if (!isFullDisk(error)) throw error;
      withState(stateDir, (state) => withReserve(state, () => writeJournal(home, written)));
    }
  };
}

/**
 * Uses a box that nobody else uses meanwhile.
 * @returns what `use` returns, and the time that was written down as its last use; null when it could not be written down, of which
 * `options.warn` is told: a result is never lost for it
 * @throws IsolateError: LockBusy, Config when the box is gone
 */
export async function withLockedBox<T>(
  stateDir: string,
  config: IsolateConfig,
  createdAt: string,
  options: RunOptions,
  use: (box: Box) => Promise<T>,
): Promise<{ readonly result: T; readonly usedAt: string | null }> {
  const box = boxOf(stateDir, config);
  const { lock, uidGiven } = withState(stateDir, (state) => lockExisting(state, box, createdAt, options));
  let claim: RunClaim | null = null;
  try {
    if (lock.orphaned) options.trace?.(`the last run in box ${config.instance_id} was killed: removing what it left`);
    // Also after a run that ended: a group may not have gone then, and this run will write another journal.
    clearLeftovers(box.home, box.workdir);
    claim = await claimForRun(box, uidGiven, options);
    const result = await use(uidGiven ? { ...box, aloneUnderUid: false } : box);
    return { result, usedAt: touch(box, options) };
  } finally {
    claim?.release();
    lock.release();
  }
}

function lockExisting(state: StateDirectory, { config, home, workdir }: Box, createdAt: string, { wait, trace }: RunOptions): { readonly lock: BoxLock; readonly uidGiven: boolean } {
  const id = config.instance_id;
  const lock = withReserve(state, () => acquireBoxLock(state, id, { wait, create: false, ...(trace === null ? {} : { onWait: trace }) }));
  const quotaLost = config.disk_quota !== null && !isQuotaMounted({ home, work: workdir });
  // What we know of the box was read before it was ours: it may have been replaced while we waited.
  const record = readInstance(state, id);
  const replaced = record !== undefined && record.created_at !== createdAt;
  const incomplete = incompleteBox(state, id, workdir);
  if (record !== undefined && incomplete === null && !replaced && !quotaLost) return { lock, uidGiven: isUidGiven(record, () => readInstances(state)) };
  lock.release();
  if (replaced) throw configError(`box ${id} was replaced meanwhile`, "try again");
  if (record === undefined) throw configError(`box ${id} is gone`, `make it again with: mini-isolate init --box-id ${id}`);
  throw incomplete ?? configError(`the tmpfs that bounds box ${id} is not mounted`, makeAgain(id));
}

function makeAgain(id: string): string {
  return `make it again with: mini-isolate init --force --box-id ${id}`;
}

/** What to say of a box that is written down and of which a directory is gone; null when all are there. */
export function incompleteBox(state: StateDirectory, id: string, workdir: string): IsolateError | null {
  const { home } = boxPaths(state, id);
  const missing = !isDirectory(home) ? home : isDirectory(workdir) ? null : workdir;
  if (missing === null) return null;
  const what = lstatSync(missing, { throwIfNoEntry: false }) === undefined ? "is not there" : "is not a directory";
  return configError(`cannot use box ${id}: ${missing} ${what}`, makeAgain(id));
}

/** Nothing is removed without a uid of the box's own: a program's files could not be told from the caller's. */
function settle(workdir: string, uid: number, { trace, warn }: RunOptions): Holding {
  const { removed, left, holding } = sweep(workdir, means().ownUid ? uid : null);
  if (removed > 0) trace?.(`removed ${removed} links and special files that the program left in the box`);
  if (left > 0) {
    warn?.(`${left} of the links and special files that the program left in ${workdir} could not be removed: follow no link in it, and look with lsattr -R for what must not be changed there`);
  }
  if (holding.unseen === "too many" || holding.unseen === "out of reach") {
    const why = holding.unseen === "too many" ? `it has more than ${mostEntries}` : "a directory of it cannot be entered";
    warn?.(`not every file in ${workdir} was looked at, as ${why}: its size is not known, and it may hold links and special files that the program left`);
  }
  return holding;
}

function sweep(workdir: string, uid: number | null): Swept {
  try {
    const use = isOpenToUs(workdir) ? withDirectory : withWorkdir;
    return use(workdir, (directory) => sweepBox(directory, uid));
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    // That is no fault of ours, and no reason to withhold the verdict.
    return { removed: 0, left: 0, holding: { bytes: 0, files: 0, unseen: "out of reach" } };
  }
}

/** A program under our own uid can close its directory to us. */
function isOpenToUs(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function touch({ config, home }: Box, { warn }: RunOptions): string | null {
  try {
    return noteUse(home);
  } catch (error) {
    warn?.(`the time of the last use of box ${config.instance_id} was not written down: ${messageOf(error)}`);
    return null;
  }
}
