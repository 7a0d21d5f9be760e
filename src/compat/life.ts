/** The life of a box outside of its runs: `--init` and `--cleanup`. */
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt } from "../kernel/files.ts";
import { existsSync, mkdirSync } from "../kernel/fs.ts";
import { changeOwnerOf } from "../kernel/owner.ts";
import { userHasProcesses } from "../kernel/process.ts";
import type { Waiter } from "../model/waiting.ts";
import { messageOf } from "../model/errors.ts";
import { removeTree } from "../box/remove-tree.ts";
import { makeDirectories } from "./directories.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";
import type { Host } from "./host.ts";
import { holdBox, type BoxRecord, type HeldBox } from "./lock.ts";
import type { Request } from "./options.ts";
import type { Place } from "./place.ts";
import { requireGroups } from "./control-groups.ts";
import { setQuota } from "./quota.ts";

type Say = (level: number, text: string) => void;

/** What a keeper that was killed left is killed by the kernel; that takes a moment. */
const patienceMs = 5000;

/** @throws Failure when processes of the box do not go */
export async function waitForLeftovers({ uid }: Place, record: BoxRecord | null, waiter: Waiter | null): Promise<void> {
  if (record?.running !== true) return;
  for (const deadline = performance.now() + patienceMs; userHasProcesses(uid) === true; waiter === null ? Bun.sleepSync(1) : await waiter.wait([], 1)) {
    if (performance.now() > deadline) throw fatal("Processes of an earlier run are still there");
  }
}

/** @throws Failure in dialect 2, as in version 2 */
export function requireOwn(place: Place, record: BoxRecord): void {
  if (place.dialect === 1 || place.owner.uid === 0 || record.ownerUid === place.owner.uid) return;
  throw fatal(`This box belongs to a different user (uid ${record.ownerUid})`);
}

/** @throws Failure */
export function requireSameMode(place: Place, record: BoxRecord, cg: boolean): void {
  if (place.dialect === 2 && record.cg !== cg) throw fatal("This box was initialized with an incompatible control group mode");
}

async function withBox<T>(place: Place, request: Request, { waiter }: Host, act: (held: HeldBox) => T): Promise<T> {
  const held = await holdBox(place.config.lockRoot, place.id, request.wait, waiter);
  try {
    if (held.record !== null) requireOwn(place, held.record);
    await waitForLeftovers(place, held.record, waiter);
    return act(held);
  } finally {
    held.release();
  }
}

/** @returns what is to be printed @throws Failure */
export async function initBox(place: Place, request: Request, host: Host, say: Say): Promise<string> {
  const { home, work, owner, dialect } = place;
  if (place.config.restrictedInit && owner.uid !== 0) throw fatal("New sandboxes can be created only by root");
  if (request.cg) requireGroups(place);
  return await withBox(place, request, host, (held) => {
    if (existsSync(work) && dialect === 1) throw fatal(`Box already exists, run \`isolate ${request.cg ? "--cg " : ""}--cleanup' first`);
    say(1, dialect === 1 ? "Preparing sandbox directory" : "Preparing sandbox");
    if (dialect === 2) remove(place);
    const record = { ownerUid: owner.uid, cg: request.cg, initialised: false, running: false };
    held.write(record);
    makeDirectories(home, 0o755);
    try {
      mkdirSync(work, 0o700);
    } catch (error) {
      throw fatal(`Cannot create directory ${work}: ${errorWords(errnoOf(error) ?? 0)}`);
    }
    if (request.quota !== null) setQuota(place, request.quota);
    changeOwnerOf(work, owner.uid, owner.gid);
    held.write({ ...record, initialised: true });
    return `${home}\n`;
  });
}

/** Removes whatever is there, by whomever it was made. @throws Failure */
export async function cleanUpBox(place: Place, request: Request, host: Host, say: Say): Promise<void> {
  await withBox(place, request, host, (held) => {
    if (held.record === null && !existsSync(place.home)) return say(1, `Nothing to do -- box ${place.dialect === 1 ? "directory " : ""}did not exist`);
    if (held.record !== null && place.dialect === 2) requireSameMode(place, held.record, request.cg);
    say(1, place.dialect === 1 ? "Deleting sandbox directory" : "Deleting sandbox");
    remove(place);
    held.clear();
  });
}

function remove({ config, home, id }: Place): void {
  let top: number;
  try {
    top = openAt(AT_FDCWD, config.boxRoot, O.PATH | O.DIRECTORY);
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return;
    throw fatal(`Cannot open directory ${config.boxRoot}: ${errorWords(errnoOf(error) ?? 0)}`);
  }
  try {
    removeTree(top, String(id));
  } catch (error) {
    throw fatal(`Cannot remove ${home}: ${messageOf(error)}`);
  } finally {
    closeDescriptor(top);
  }
}
