/**
 * Changes one record in the text of instances.json, without reading the others: among thousands of boxes, all else would be parsed, checked
 * and written anew for each box that is made or removed. Only for a text that we have written (the index says so). The result is, byte
 * for byte, what formatInstances would have made.
 */
import { type Entry, hashOf, idOf } from "./instances-index.ts";
import { checkLength, formatInstances } from "./instances-text.ts";
import type { InstanceRecord } from "./instance-record.ts";

/** What an index knows of a text. */
export interface IndexedText {
  readonly text: Buffer;
  /** In the order of the text. */
  readonly entries: readonly Entry[];
  /** Those that boxes have, each once. */
  readonly uids: readonly number[];
}

const separator = Buffer.from(",\n  ");

/** The text of one entry: `"id": {...}`, indented as in the file. @throws IsolateError of kind Config for a record that could not be read again */
function entryText(id: string, record: InstanceRecord): Buffer {
  // Without the line of the opening bracket and that of the closing one.
  return Buffer.from(formatInstances(new Map([[id, record]])).slice("{\n  ".length, -"\n}\n".length));
}

/** As JavaScript orders the keys of an object: numbers first, by their size. Infinity: any other id. */
function rank(id: string): number {
  const number = Number(id);
  return String(number) === id && Number.isInteger(number) && number >= 0 && number < 2 ** 32 - 1 ? number : Infinity;
}

/**
 * @param record null: the box goes
 * @returns what it was given when nothing is to be changed; null: it cannot be made from this text, and the records have to be read
 * @throws IsolateError of kind Config as formatInstances
 */
export function withRecord(before: IndexedText, id: string, record: InstanceRecord | null): IndexedText | null {
  const { text, entries } = before;
  const hash = hashOf(id);
  const at = entries.findIndex((entry) => entry.hash === hash && idOf(text, entry) === id);
  const found = entries[at];
  if (found === undefined && record === null) return before;
  // An empty file has another form.
  if (entries.length < 2) return null;
  const written = record === null ? null : entryText(id, record);
  const edit = found === undefined ? inserted(before, id, written!) : written === null ? removed(entries, at) : { from: found.offset, to: end(found), parts: [written], entryAt: found.offset };
  const parts = [text.subarray(0, edit.from), ...edit.parts, text.subarray(edit.to)];
  const after = Buffer.concat(parts);
  checkLength(after.length);
  const moved = after.length - text.length;
  const kept: Entry[] = [];
  for (const entry of entries) if (entry !== found) kept.push(entry.offset < edit.from ? entry : { ...entry, offset: entry.offset + moved });
  if (written !== null) kept.push({ hash, offset: edit.entryAt, length: written.length });
  kept.sort((a, b) => a.offset - b.offset);
  return { text: after, entries: kept, uids: uidsAfter(before, after, found, record) };
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly parts: readonly Uint8Array[];
  /** Where the new entry is then. */
  readonly entryAt: number;
}

/** With the comma and the blanks that lead to a neighbour. */
function removed(entries: readonly Entry[], at: number): Edit {
  const next = entries[at + 1];
  const [from, to] = next === undefined ? [end(entries[at - 1]!), end(entries[at]!)] : [entries[at]!.offset, next.offset];
  return { from, to, parts: [], entryAt: 0 };
}

function inserted({ text, entries }: IndexedText, id: string, written: Uint8Array): Edit {
  const own = rank(id);
  const next = own === Infinity ? undefined : entries.find((entry) => rank(idOf(text, entry)) > own);
  const place = next?.offset ?? end(entries.at(-1)!);
  if (next !== undefined) return { from: place, to: place, parts: [written, separator], entryAt: place };
  return { from: place, to: place, parts: [separator, written], entryAt: place + separator.length };
}

const end = ({ offset, length }: Entry): number => offset + length;

/** Others may have the uid of the entry that goes. */
function uidsAfter({ text, uids }: IndexedText, after: Buffer, found: Entry | undefined, record: InstanceRecord | null): number[] {
  const left = new Set(uids);
  if (found !== undefined) {
    const { uid } = (Object.values(JSON.parse(`{${text.toString("utf8", found.offset, end(found))}}`))[0] as InstanceRecord).config;
    // Of the fields that are indented so far, only that of the configuration has this name.
    const field = `\n      "uid": ${String(uid)}`;
    if (typeof uid === "number" && !after.includes(`${field},`) && !after.includes(`${field}\n`)) left.delete(uid);
  }
  const uid = record?.config["uid"];
  if (typeof uid === "number") left.add(uid);
  return [...left];
}

const timeField = '\n    "last_used": "';
/** What comes after the time in a record takes less. */
const tailBytes = 400;
/** Among more boxes than this, a change looks at so many of them, from anywhere on. */
const mostLooks = 1000;

/**
 * Writes newer times of a last use over those in the text.
 * @param newest the later of the time of a box and what was noted since
 * @returns false: one of them has another form, so the records have to be read
 */
export function updateTimes({ text, entries }: IndexedText, newest: (id: string, recorded: string) => string): boolean {
  const first = entries.length <= mostLooks ? 0 : Math.floor(Math.random() * entries.length);
  for (let look = 0; look < Math.min(entries.length, mostLooks); look++) {
    const entry = entries[(first + look) % entries.length]!;
    const at = text.indexOf(timeField, Math.max(entry.offset, end(entry) - tailBytes)) + timeField.length;
    const close = text.indexOf('"', at);
    if (at < entry.offset + timeField.length || close < 0 || close > end(entry)) return false;
    const recorded = text.toString("latin1", at, close);
    const time = newest(idOf(text, entry), recorded);
    if (time === recorded) continue;
    if (time.length !== recorded.length) return false;
    text.write(time, at, "latin1");
  }
  return true;
}
