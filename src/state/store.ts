/**
 * instances.json, the records of all boxes. Readers need no lock: the file is only ever replaced as a whole, by rename.
 * Writers take `instances.lock` from before they read until after the rename, so no update is lost. An index beside a large file
 * (instances-index.ts) leads to one record without the others.
 */
import { fsyncSync, readSync } from "node:fs";
import { configError, IsolateError } from "../model/errors.ts";
import { O, S } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, type FileStat, openAt, renameAt, statDescriptor, tryLock, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import { formatInstances, type Instances, maxBytes, parseInstances, parseOwnEntry, parseOwnInstances } from "./instances-text.ts";
import type { InstanceRecord } from "./instance-record.ts";
import { bindIndex, indexOf, InstancesIndex, type UidSet } from "./instances-index.ts";
import { lastUse } from "./last-used.ts";
import { ownerOf } from "./identity.ts";
import { ioFault } from "./io-fault.ts";
import { flockHolder } from "./lock-holder.ts";
import { closedToUs, type StateDirectory } from "./state-dir.ts";
import { describeBytes } from "../model/units.ts";

export type { Instances } from "./instances-text.ts";
export type { InstanceRecord } from "./instance-record.ts";

const fileName = "instances.json";
const lockName = "instances.lock";
/** One name for all writers, as there is only one at a time; begins with a dot, as no box id does. */
const newName = ".instances.json.new";
const indexName = ".instances.index";
const newIndexName = ".instances.index.new";
/** From there on the file has an index; a smaller one is read and written as a whole in no time. */
const largeBytes = 64 * 1024;

/**
 * The records of all boxes as they are now; none when the file is missing.
 * @throws IsolateError of kind Config when the file is not what we write (with its position; the file is left as it is), Io
 */
export function readInstances(state: StateDirectory): Instances {
  return readWhole(state).instances;
}

/** The record of one box, without the others where that can be; undefined: there is none. @throws as {@link readInstances} */
export function readInstance(state: StateDirectory, id: string): InstanceRecord | undefined {
  return withFile(state, undefined, (file) => {
    const found = file.index((index) => {
      const entry = index.entry(id, file.fd);
      if (entry === undefined || entry === null) return entry;
      return parseOwnEntry(id, entry);
    });
    return found === undefined ? parseInstances(file.read(), file.path).get(id) : (found ?? undefined);
  });
}

/** The uids that boxes have, without their records where that can be. @throws as {@link readInstances} */
export function storedUids(state: StateDirectory): UidSet {
  return withFile<UidSet>(state, new Set(), (file) => file.index((index) => index.uids() ?? undefined) ?? uidsOf(parseInstances(file.read(), file.path)));
}

/** Whether the file is one that we have written and checked then, every record. @throws as {@link readInstances} */
export function isOwnFile(state: StateDirectory): boolean {
  return withFile(state, false, (file) => file.index(() => true) ?? false);
}

function uidsOf(instances: ReadonlyMap<string, InstanceRecord>): Set<number> {
  return new Set([...instances.values()].map(({ config: { uid } }) => uid).filter((uid) => typeof uid === "number"));
}

/** @returns the text as well, when it is as {@link formatInstances} writes it */
function readWhole(state: StateDirectory): { readonly instances: Instances; readonly text: string | null } {
  return withFile<ReturnType<typeof readWhole>>(state, { instances: new Map(), text: null }, (file) => {
    const bytes = file.read();
    const own = file.index(() => true) === true ? parseOwnInstances(bytes) : null;
    return own ?? { instances: parseInstances(bytes, file.path), text: null };
  });
}

/** instances.json while it is open. */
interface OpenedFile {
  readonly fd: number;
  readonly path: string;
  read(): Buffer;
  /** What `look` finds in the index of this file; undefined without one, and when it cannot be read. */
  index<T>(look: (index: InstancesIndex) => T | undefined): T | undefined;
}

/** @param missing what to return when there is no file */
function withFile<T>(state: StateDirectory, missing: T, use: (file: OpenedFile) => T): T {
  const path = `${state.path}/${fileName}`;
  let fd: number;
  try {
    fd = openAt(state.fd, fileName, O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return missing;
    throw notOpened(state, fileName, error);
  }
  try {
    const stat = statDescriptor(fd);
    return use({ fd, path, read: () => readBounded(fd, stat, path), index: (look) => lookIntoIndex(state, stat, look) });
  } catch (error) {
    throw ioFault(`read ${path}`, error);
  } finally {
    closeDescriptor(fd);
  }
}

function lookIntoIndex<T>(state: StateDirectory, file: FileStat, look: (index: InstancesIndex) => T | undefined): T | undefined {
  if (file.size < largeBytes || (file.mode & S.IFMT) !== S.IFREG) return undefined;
  let fd: number | null = null;
  try {
    fd = openAt(state.fd, indexName, O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
    const index = InstancesIndex.of(fd, file);
    return index === null ? undefined : look(index);
  } catch (error) {
    // The file itself has everything.
    if (errnoOf(error) === null) throw error;
    return undefined;
  } finally {
    if (fd !== null) closeDescriptor(fd);
  }
}

/** Writers have it for moments, even among thousands of boxes. One that is stopped while it has it must not stop all others for ever. */
const lockPatienceMs = 30_000;

function waitForLock(fd: number, path: string, patienceMs: number): void {
  const started = performance.now();
  try {
    for (let pauseMs = 0.5; !tryLock(fd); pauseMs = Math.min(pauseMs * 1.5, 5)) {
      if (performance.now() - started > patienceMs) throw heldTooLong(fd, path, patienceMs);
      Bun.sleepSync(pauseMs);
    }
  } catch (error) {
    throw ioFault(`lock ${path}`, error);
  }
}

function heldTooLong(fd: number, path: string, patienceMs: number): IsolateError {
  const pid = flockHolder(statDescriptor(fd).inode);
  const who = pid === null ? "another process" : `process ${pid}`;
  return new IsolateError("LockBusy", `cannot lock ${path}: ${who} has had it for more than ${patienceMs / 1000} s`, {
    hint: pid === null ? "find out who has it (/proc/locks), and let it go on or end it" : `it may be stopped: let it go on (kill -CONT ${pid}), or end it`,
  });
}

/**
 * Changes the records under the lock, with no update of another process lost. `change` gets all records, and changes
 * the map; when it throws, or changes nothing, nothing is written.
 * @param patienceMs how long to wait for another writer
 * @throws IsolateError as {@link readInstances}, LockBusy when another writer does not come to its end, and what `change` throws
 */
export function updateInstances(state: StateDirectory, change: (instances: Instances) => void, patienceMs = lockPatienceMs): void {
  const lock = openLock(state);
  try {
    waitForLock(lock, `${state.path}/${lockName}`, patienceMs);
    const { instances, text } = readWhole(state);
    const before = text ?? formatInstances(instances);
    const untouched = new Map(instances);
    change(instances);
    if (instances.size === untouched.size && [...instances].every(([id, record]) => untouched.get(id) === record)) return;
    for (const [id, record] of instances) {
      const last_used = lastUse(`${state.path}/${id}`, record.last_used);
      if (last_used !== record.last_used) instances.set(id, { ...record, last_used });
    }
    const after = formatInstances(instances);
    if (after !== before) replaceFile(state, after, instances);
  } finally {
    closeDescriptor(lock);
  }
}

function openLock(state: StateDirectory): number {
  try {
    return openAt(state.fd, lockName, O.RDWR | O.CREAT | O.NOFOLLOW | O.NONBLOCK, 0o600);
  } catch (error) {
    throw notOpened(state, lockName, error);
  }
}

function notOpened(state: StateDirectory, name: string, error: unknown): IsolateError {
  const path = `${state.path}/${name}`;
  const number = errnoOf(error);
  const owner = number === errno.EACCES ? ownerOf(state.fd, name) : null;
  if (owner !== null) return closedToUs(path, owner);
  if (number === errno.ELOOP || number === errno.ENXIO || number === errno.EISDIR) return configError(`cannot use ${path}: it is not a regular file`);
  return ioFault(`open ${path}`, error);
}

function readBounded(fd: number, stat: FileStat, path: string): Buffer {
  if ((stat.mode & S.IFMT) !== S.IFREG) throw configError(`cannot use ${path}: it is not a regular file`);
  if (stat.size > maxBytes) throw configError(`cannot use ${path}: it has ${describeBytes(stat.size, maxBytes).join(", more than ")}`, "remove it if it is not ours");
  // Files of ours never change once they have their name, so the size holds.
  const buffer = Buffer.alloc(stat.size);
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** Puts a new file in the place of the old one; a crash leaves the one or the other, never a part. */
function replaceFile(state: StateDirectory, text: string, instances: Instances): void {
  const bytes = Buffer.from(text);
  let written: FileStat;
  try {
    written = replace(state, newName, fileName, bytes);
  } catch (error) {
    throw ioFault(`write ${state.path}/${fileName}`, error);
  }
  const index = bytes.length < largeBytes ? null : indexOf(bytes, [...uidsOf(instances)]);
  if (index === null) return void tryUnlinkAt(state.fd, indexName, 0);
  bindIndex(index, written);
  try {
    replace(state, newIndexName, indexName, index);
  } catch {
    // Whoever reads finds that the old index is of another file, and does without.
  }
}

/** @returns the file as it was when its last byte had been written @throws SyscallError */
function replace(state: StateDirectory, unfinished: string, name: string, bytes: Uint8Array): FileStat {
  try {
    // Left by a writer that was killed: nobody else can be writing while we hold the lock.
    tryUnlinkAt(state.fd, unfinished, 0);
    const fd = openAt(state.fd, unfinished, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
    try {
      writeFully(fd, bytes);
      fsyncSync(fd);
      const stat = statDescriptor(fd);
      renameAt(state.fd, unfinished, state.fd, name);
      return stat;
    } finally {
      closeDescriptor(fd);
    }
  } catch (error) {
    tryUnlinkAt(state.fd, unfinished, 0);
    throw error;
  }
}
