/**
 * instances.json, the records of all boxes. Readers need no lock: the file is only ever replaced as a whole, by rename.
 * Writers take `instances.lock` from before they read until after the rename, so no update is lost. An index beside a large file
 * (instances-index.ts) leads to one record without the others.
 */
import { fsyncSync, readSync } from "../kernel/fs.ts";
import { configError } from "../model/errors.ts";
import { O, S } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, type FileStat, openAt, renameAt, statDescriptor, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import { formatInstances, type Instances, maxBytes, parseInstances, parseOwnEntry, parseOwnInstances } from "./instances-text.ts";
import type { InstanceRecord } from "./instance-record.ts";
import type { IndexedText } from "./instances-edit.ts";
import { bindIndex, entriesOf, type Entry, indexOf, InstancesIndex, type UidSet } from "./instances-index.ts";
import { lastUse } from "./last-used.ts";
import { notOpened, withRecordsLocked } from "./instances-lock.ts";
import { ioFault } from "./io-fault.ts";
import type { StateDirectory } from "./state-dir.ts";
import { describeBytes } from "../model/units.ts";

export type { Instances } from "./instances-text.ts";
export type { InstanceRecord } from "./instance-record.ts";

const fileName = "instances.json";
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

/**
 * Changes the records under the lock, with no update of another process lost. `change` gets all records, and changes
 * the map; when it throws, or changes nothing, nothing is written.
 * @param patienceMs how long to wait for another writer
 * @throws IsolateError as {@link readInstances}, LockBusy when another writer does not come to its end, and what `change` throws
 */
export function updateInstances(state: StateDirectory, change: (instances: Instances) => void, patienceMs?: number): void {
  withRecordsLocked(state, () => changeAll(state, change), patienceMs);
}

/** As {@link updateInstances}, for one record, without the others where that can be. @param record null: the box goes */
export function updateInstance(state: StateDirectory, id: string, record: InstanceRecord | null): void {
  withRecordsLocked(state, () => {
    if (changeOne(state, id, record)) return;
    changeAll(state, (instances) => void (record === null ? instances.delete(id) : instances.set(id, record)));
  });
}

function changeAll(state: StateDirectory, change: (instances: Instances) => void): void {
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
  if (after !== before) replaceFile(state, Buffer.from(after), null, [...uidsOf(instances)]);
}

/** @returns whether it could be done with the text alone */
function changeOne(state: StateDirectory, id: string, record: InstanceRecord | null): boolean {
  const before = withFile<IndexedText | null>(state, null, (file) => file.index((index) => {
    const [entries, uids] = [index.entries(), index.uidList()];
    return entries === null || uids === null ? undefined : { text: file.read(), entries, uids };
  }) ?? null);
  if (before === null) return false;
  const { updateTimes, withRecord } = require("./instances-edit.ts") as typeof import("./instances-edit.ts");
  const after = withRecord(before, id, record);
  if (after === before) return true;
  if (after === null || !updateTimes(after, (other, recorded) => lastUse(`${state.path}/${other}`, recorded))) return false;
  replaceFile(state, after.text, after.entries, after.uids);
  return true;
}

function readBounded(fd: number, stat: FileStat, path: string): Buffer {
  if ((stat.mode & S.IFMT) !== S.IFREG) throw configError(`cannot use ${path}: it is not a regular file`);
  if (stat.size > maxBytes) throw configError(`cannot use ${path}: it has ${describeBytes(stat.size, maxBytes).join(", more than ")}`, "remove it if it is not ours");
  // Files of ours never change once they have their name, so the size holds.
  const buffer = Buffer.allocUnsafe(stat.size);
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** Puts a new file in the place of the old one; a crash leaves the one or the other, never a part. */
function replaceFile(state: StateDirectory, bytes: Buffer, entries: readonly Entry[] | null, uids: readonly number[]): void {
  let written: FileStat;
  try {
    written = replace(state, newName, fileName, bytes);
  } catch (error) {
    throw ioFault(`write ${state.path}/${fileName}`, error);
  }
  const index = bytes.length < largeBytes ? null : indexOf(entries ?? entriesOf(bytes), uids);
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
