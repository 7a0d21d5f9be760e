/**
 * Where in instances.json each record is, in a file beside it: a run among thousands of boxes needs one record, and whether one uid is taken,
 * and must not pay for all the others. The index only saves time. It speaks of one very file (inode, size, time of its last
 * change), and whoever finds anything else in its place, or any doubt, reads instances.json itself.
 *
 * Little-endian: the header, a table of slots (hash of the id, offset and length of the entry in bytes; length 0: free), found by
 * linear probing, then a bit for each uid from the smallest that a box has.
 */
import { readSync } from "../kernel/fs.ts";
import type { FileStat } from "../kernel/files.ts";

const magic = 0x7849_626d;
const formatVersion = 1;
const headerBytes = 64;
const slotBytes = 12;
/** Slots that are read at once: more than one probe is rare, as half of the slots are free. */
const probedSlots = 8;
/** Uids that lie farther apart are not indexed. */
const mostUidBytes = 1 << 20;

const quote = 0x22;

/** Whether a uid is taken. */
export interface UidSet {
  has(uid: number): boolean;
}

/** The index of entries, without the header's word on which file it is in; null: they cannot have one. @param uids that the boxes have */
export function indexOf(entries: readonly Entry[], uids: readonly number[]): Buffer | null {
  const slots = 2 ** Math.ceil(Math.log2(entries.length * 2 + 1));
  const first = uids.reduce((least, uid) => Math.min(least, uid), 2 ** 32);
  const last = uids.reduce((most, uid) => Math.max(most, uid), 0);
  const uidBytes = uids.length === 0 ? 0 : Math.ceil((last - first + 1) / 8);
  if (uidBytes > mostUidBytes || !uids.every((uid) => Number.isInteger(uid) && uid >= 0 && uid < 2 ** 32)) return null;
  const index = Buffer.alloc(headerBytes + slots * slotBytes + uidBytes);
  index.writeUInt32LE(magic, 0);
  index.writeUInt32LE(formatVersion, 4);
  index.writeUInt32LE(slots, 8);
  index.writeUInt32LE(uidBytes, 12);
  index.writeUInt32LE(uids.length === 0 ? 0 : first, 16);
  for (const { hash, offset, length } of entries) {
    let slot = hash & (slots - 1);
    while (index.readUInt32LE(headerBytes + slot * slotBytes + 8) !== 0) slot = (slot + 1) & (slots - 1);
    index.writeUInt32LE(hash, headerBytes + slot * slotBytes);
    index.writeUInt32LE(offset, headerBytes + slot * slotBytes + 4);
    index.writeUInt32LE(length, headerBytes + slot * slotBytes + 8);
  }
  const bits = index.subarray(headerBytes + slots * slotBytes);
  for (const uid of uids) bits[(uid - first) >> 3]! |= 1 << ((uid - first) & 7);
  return index;
}

/** Says in an index which file it is the index of. */
export function bindIndex(index: Buffer, file: FileStat): void {
  identity(file).forEach((word, at) => index.writeBigUInt64LE(BigInt.asUintN(64, word), 24 + at * 8));
}

const identity = ({ device, inode, size, modifiedNs }: FileStat) => [device, inode, BigInt(size), modifiedNs];

/** An opened index that speaks of the file that is there. */
export class InstancesIndex {
  readonly #fd: number;
  readonly #slots: number;
  readonly #uidBytes: number;
  readonly #firstUid: number;

  private constructor(fd: number, header: Buffer) {
    this.#fd = fd;
    this.#slots = header.readUInt32LE(8);
    this.#uidBytes = header.readUInt32LE(12);
    this.#firstUid = header.readUInt32LE(16);
  }

  /** @param fd of the index; stays the caller's @returns null when it is not the index of that file */
  static of(fd: number, file: FileStat): InstancesIndex | null {
    const header = Buffer.alloc(headerBytes);
    if (readSync(fd, header, 0, headerBytes, 0) !== headerBytes) return null;
    if (header.readUInt32LE(0) !== magic || header.readUInt32LE(4) !== formatVersion) return null;
    const same = identity(file).every((word, at) => header.readBigUInt64LE(24 + at * 8) === BigInt.asUintN(64, word));
    return same ? new InstancesIndex(fd, header) : null;
  }

  /**
   * The text `"id": {...}` of a box.
   * @param instances descriptor of instances.json
   * @returns null: there is no such box; undefined: doubt
   */
  entry(id: string, instances: number): string | null | undefined {
    const hash = hashOf(id);
    const wanted = Buffer.from(`"${id}": {`);
    const probed = Buffer.alloc(probedSlots * slotBytes);
    let slot = hash & (this.#slots - 1);
    for (let passed = 0; passed < this.#slots; ) {
      const count = Math.min(probedSlots, this.#slots - slot);
      if (readSync(this.#fd, probed, 0, count * slotBytes, headerBytes + slot * slotBytes) !== count * slotBytes) return undefined;
      for (let at = 0; at < count * slotBytes; at += slotBytes) {
        const length = probed.readUInt32LE(at + 8);
        if (length === 0) return null;
        if (probed.readUInt32LE(at) !== hash) continue;
        const text = Buffer.alloc(length);
        if (readSync(instances, text, 0, length, probed.readUInt32LE(at + 4)) !== length) return undefined;
        if (text.subarray(0, wanted.length).equals(wanted)) return text.toString();
        // Another box whose id has the same hash, or not what the index says.
        if (text[0] !== quote || hashOf(text.toString("latin1", 1, text.indexOf('"', 1))) !== hash) return undefined;
      }
      slot = (slot + count) & (this.#slots - 1);
      passed += count;
    }
    return undefined;
  }

  /** All entries, in the order of the text; null: doubt. */
  entries(): Entry[] | null {
    const slots = Buffer.alloc(this.#slots * slotBytes);
    if (readSync(this.#fd, slots, 0, slots.length, headerBytes) !== slots.length) return null;
    const entries: Entry[] = [];
    for (let at = 0; at < slots.length; at += slotBytes) {
      const length = slots.readUInt32LE(at + 8);
      if (length !== 0) entries.push({ hash: slots.readUInt32LE(at), offset: slots.readUInt32LE(at + 4), length });
    }
    return entries.sort((a, b) => a.offset - b.offset);
  }

  /** As {@link uids}, one by one. */
  uidList(): number[] | null {
    const bits = this.#uidBits();
    const list: number[] = [];
    bits?.forEach((byte, at) => {
      for (let bit = 0; byte >> bit !== 0; bit++) if ((byte & (1 << bit)) !== 0) list.push(this.#firstUid + at * 8 + bit);
    });
    return bits === null ? null : list;
  }

  /** The uids that boxes have; null: doubt. */
  uids(): UidSet | null {
    const bits = this.#uidBits();
    const first = this.#firstUid;
    return bits === null ? null : { has: (uid) => uid >= first && uid - first < bits.length * 8 && (bits[(uid - first) >> 3]! & (1 << ((uid - first) & 7))) !== 0 };
  }

  #uidBits(): Uint8Array | null {
    const bits = new Uint8Array(this.#uidBytes);
    return readSync(this.#fd, bits, 0, bits.length, headerBytes + this.#slots * slotBytes) === bits.length ? bits : null;
  }
}

/** Where the text `"id": {...}` of a box is, in bytes. */
export interface Entry {
  /** Of the id. */
  readonly hash: number;
  readonly offset: number;
  readonly length: number;
}

/** The id of an entry. */
export function idOf(text: Buffer, { offset }: Entry): string {
  return text.toString("latin1", offset + 1, text.indexOf(quote, offset + 1));
}

/** The entries of a text as we write it: only what is at the first level begins with two blanks and a quote, and no string has a line break in it. */
export function entriesOf(text: Buffer): Entry[] {
  const entries: Entry[] = [];
  const begin = '\n  "';
  for (let at = text.indexOf(begin); at >= 0; ) {
    const offset = at + 3;
    const next = text.indexOf(begin, offset);
    // Before the next entry there is a comma, after the last one a line with the closing bracket.
    const end = next < 0 ? text.lastIndexOf("\n}") : next - 1;
    entries.push({ hash: hashOf(text.toString("latin1", offset + 1, text.indexOf(quote, offset + 1))), offset, length: end - offset });
    at = next;
  }
  return entries;
}

/** FNV-1a, 32 bits. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
