/** The text of instances.json: from bytes to records and back. */
import { isUtf8 } from "node:buffer";
import { configError, type IsolateError, messageOf } from "../model/errors.ts";
import { checkBoxId } from "../model/box-id.ts";
import { faultOfRecord, type InstanceRecord } from "./instance-record.ts";
import { keyOf, positionOf, scanJson } from "./json-scan.ts";
import { describeBytes } from "../model/units.ts";

/** All records by box id. A Map, so that an id such as `__proto__` is nothing special. */
export type Instances = Map<string, InstanceRecord>;

/** Largest file that is read or written: room for tens of thousands of boxes. */
export const maxBytes = 64 * 1024 * 1024;

/** The records as text. @throws IsolateError of kind Config for a record that could not be read again */
export function formatInstances(instances: ReadonlyMap<string, InstanceRecord>): string {
  for (const [id, record] of instances) {
    checkBoxId(id);
    const fault = faultOfRecord(record);
    if (fault !== null) throw configError(`cannot store box ${id}: ${fault.field === null ? "" : `${fault.field}: `}${fault.message}`);
  }
  const text = format(Object.fromEntries(instances));
  checkLength(Buffer.byteLength(text));
  return text;
}

/** @throws IsolateError of kind Config for a file that would be too large to be read again */
export function checkLength(bytes: number): void {
  if (bytes > maxBytes) throw configError(`cannot store one more box: the records would take more than ${describeBytes(maxBytes)[0]}`, "remove boxes that are no longer needed");
}

function format(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * The records in the bytes of the file.
 * @param path for messages
 * @throws IsolateError of kind Config, `<path>: line L, column C: ...`
 */
export function parseInstances(bytes: Buffer, path: string): Instances {
  const text = bytes.toString();
  if (!isUtf8(bytes)) throw faultAt(path, text, firstBadCharacter(bytes, text), "not UTF-8");
  const value = parseStrictly(text, path);
  const at = (names: readonly string[]): number => scanJson(text).offsets.get(keyOf(names)) ?? 0;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw faultAt(path, text, 0, "must be an object of boxes by id");
  const instances: Instances = new Map();
  for (const [id, record] of Object.entries(value)) {
    try {
      checkBoxId(id);
    } catch (error) {
      throw faultAt(path, text, at([id]), messageOf(error));
    }
    const fault = faultOfRecord(record);
    if (fault === null) instances.set(id, record);
    else if (fault.field === null) throw faultAt(path, text, at([id]), `box ${id}: ${fault.message}`);
    else throw faultAt(path, text, at([id, fault.field]), `box ${id}: ${fault.field}: ${fault.message}`);
  }
  return instances;
}

/** The records in a file that is known to be one that we have written: nothing is checked again. @returns its text as well; null: it is not one */
export function parseOwnInstances(bytes: Buffer): { readonly instances: Instances; readonly text: string } | null {
  const text = bytes.toString();
  try {
    return { instances: new Map(Object.entries(JSON.parse(text) as Record<string, InstanceRecord>)), text };
  } catch {
    return null;
  }
}

/** The record in `"id": {...}`, cut out of the text of such a file; undefined: it is not one. */
export function parseOwnEntry(id: string, entry: string): InstanceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(`{${entry}}`);
  } catch {
    return undefined;
  }
  const [[name, record] = [], ...more] = Object.entries(value as Record<string, unknown>);
  return name === id && more.length === 0 && faultOfRecord(record) === null ? (record as InstanceRecord) : undefined;
}

/** Levels of what we write: boxes, record, configuration, list, pair. */
const deepestRecord = 8;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

/** Whether indenting it takes little space, however deep it is. Most files are, and no value of them has to be looked at. */
function isSmall(text: string): boolean {
  return text.length < 65_536 && text.split(/[[{]/, 100).length < 100;
}

function holdsInfinity(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsInfinity);
}

function parseStrictly(text: string, path: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
    // Whatever comes out again unchanged is as we wrote it: no name can be there twice, and no scan is needed.
    // (Indenting something deep would take its square in space, so that is left to the scan, which has a bound.)
    if ((isSmall(text) || !isDeeperThan(value, deepestRecord)) && format(value) === text) return value;
  } catch {
    // The scan below says what is wrong, and where.
  }
  const { fault } = scanJson(text);
  if (fault !== null) throw faultAt(path, text, fault.offset, fault.message);
  // JSON.parse makes Infinity of 1e999, and that would be written back as null: no limit.
  if (holdsInfinity(value)) throw faultAt(path, text, 0, "a number in it is too large");
  return value;
}

function firstBadCharacter(bytes: Buffer, text: string): number {
  const again = Buffer.from(text);
  let index = 0;
  while (bytes[index] === again[index]) index++;
  // The first bytes of the bad character may be those of its replacement by chance, so the cut can go through it.
  return again.subarray(0, index).toString().replace(/\ufffd$/, "").length;
}

function faultAt(path: string, text: string, offset: number, message: string): IsolateError {
  return configError(`${path}: ${positionOf(text, offset)}: ${message}`, "mend the file or remove it; it was left as it is");
}
