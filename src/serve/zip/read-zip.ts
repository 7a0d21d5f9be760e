/**
 * A zip file from a stranger, as files in memory. Nothing is believed that can be counted: what comes out is bounded, whatever the headers say.
 * Names that lead elsewhere, links, devices, encrypted and damaged entries are refused.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { nameInZip } from "./name-in-zip.ts";
import { ZipFault } from "./zip-fault.ts";

export interface ZipFile {
  /** Relative, parts separated by `/`, without `.` and `..`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly isExecutable: boolean;
}

/** The most that a zip file may have. */
export interface ZipBounds {
  /** Entries, directories among them. */
  readonly entries: number;
  /** Of everything that is unpacked together. */
  readonly bytes: number;
}

const endBytes = 22;
const mostComment = 0xffff;
const [endMark, entryMark, localMark] = [0x06054b50, 0x02014b50, 0x04034b50];
const [stored, deflated] = [0, 8];
/** Types of files in the mode that Unix tools write: S_IFMT, and those of it that are taken. */
const [typeMask, regular, directory, link] = [0o170000, 0o100000, 0o040000, 0o120000];
const fromUnix = [3, 19];

/** One entry of the central directory. */
interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly isExecutable: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

/** In the order of the directory; of several entries of one name the first counts. @throws ZipFault */
export function readZip(bytes: Uint8Array, bounds: ZipBounds): ZipFile[] {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map<string, ZipFile>();
  const directories = new Set<string>();
  let room = bounds.bytes;
  for (const entry of entriesOf(zip, bounds)) {
    const above = entry.name.split("/").slice(0, -1).map((_, at, parts) => parts.slice(0, at + 1).join("/"));
    for (const name of entry.isDirectory ? [...above, entry.name] : above) directories.add(name);
    if (entry.isDirectory || files.has(entry.name)) continue;
    const unpacked = unpack(zip, entry, room, bounds.bytes);
    room -= unpacked.length;
    files.set(entry.name, { name: entry.name, bytes: unpacked, isExecutable: entry.isExecutable });
  }
  const both = [...files.keys()].find((name) => directories.has(name));
  if (both !== undefined) throw new ZipFault(`it has ${shown(both)} both as a file and as a directory`);
  return [...files.values()];
}

function* entriesOf(zip: Buffer, bounds: ZipBounds): Generator<Entry> {
  const end = endOf(zip);
  const [disk, firstDisk, here, count, length, start] = [zip.readUInt16LE(end + 4), zip.readUInt16LE(end + 6), zip.readUInt16LE(end + 8), zip.readUInt16LE(end + 10), zip.readUInt32LE(end + 12), zip.readUInt32LE(end + 16)];
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff) throw new ZipFault("it is in the form for large files (Zip64), which is not taken");
  if (disk !== 0 || firstDisk !== 0 || here !== count) throw new ZipFault("it is a part of a zip file that is in several parts");
  if (count > bounds.entries) throw new ZipFault(`it has ${count} entries, more than ${bounds.entries}`);
  if (start + length > end) throw damaged();
  let at = start;
  for (let number = 0; number < count; number++) {
    if (at + 46 > end || zip.readUInt32LE(at) !== entryMark) throw damaged();
    const [nameBytes, extraBytes, commentBytes] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const next = at + 46 + nameBytes + extraBytes + commentBytes;
    if (next > end) throw damaged();
    yield entryAt(zip, at, zip.subarray(at + 46, at + 46 + nameBytes));
    at = next;
  }
}

/** Where the record at the end begins: a comment of any text may follow it. */
function endOf(zip: Buffer): number {
  for (let at = zip.length - endBytes; at >= 0 && at >= zip.length - endBytes - mostComment; at--) {
    if (zip.readUInt32LE(at) === endMark && zip.readUInt16LE(at + 20) === zip.length - at - endBytes) return at;
  }
  throw new ZipFault(zip.length === 0 ? "it is empty" : "it is no zip file, or its end is missing");
}

function entryAt(zip: Buffer, at: number, rawName: Buffer): Entry {
  const [madeBy, flags, method, attributes] = [zip.readUInt8(at + 5), zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 38)];
  const { name, isDirectory } = nameInZip(rawName);
  const mode = fromUnix.includes(madeBy) ? attributes >>> 16 : 0;
  const type = mode & typeMask;
  if (type === link) throw new ZipFault(`${shown(name)} is a link`);
  if (type !== 0 && type !== regular && type !== directory) throw new ZipFault(`${shown(name)} is neither a file nor a directory`);
  if ((flags & 1) !== 0) throw new ZipFault(`${shown(name)} is encrypted`);
  const [packedBytes, bytes] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)];
  const isFolder = isDirectory || type === directory;
  if (!isFolder && method !== stored && method !== deflated) throw new ZipFault(`${shown(name)} is compressed by method ${method}; only deflate is taken`);
  return { name, isDirectory: isFolder, isExecutable: (mode & 0o111) !== 0, method, crc: zip.readUInt32LE(at + 16), packedBytes, bytes, offset: zip.readUInt32LE(at + 42) };
}

/** @param room bytes that may still come out @param most of all together, for the message */
function unpack(zip: Buffer, { name, method, crc, packedBytes, bytes, offset }: Entry, room: number, most: number): Uint8Array {
  if (offset + 30 > zip.length || zip.readUInt32LE(offset) !== localMark) throw damaged();
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  if (start + packedBytes > zip.length) throw damaged();
  const packed = zip.subarray(start, start + packedBytes);
  if (bytes > room || (method === stored && packedBytes > room)) throw tooLarge(most);
  const unpacked = method === stored ? packed : inflate(packed, name, room, most);
  if (unpacked.length !== bytes || crc32(unpacked) !== crc) throw new ZipFault(`${shown(name)} is damaged`);
  return unpacked;
}

function inflate(packed: Uint8Array, name: string, room: number, most: number): Uint8Array {
  try {
    // It takes no bound of 0.
    return inflateRawSync(packed, { maxOutputLength: room + 1 });
  } catch (error) {
    throw (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" ? tooLarge(most) : new ZipFault(`${shown(name)} is damaged`);
  }
}

const shown = (name: string) => JSON.stringify(name.slice(0, 100));
const damaged = () => new ZipFault("it is damaged");
const tooLarge = (most: number) => new ZipFault(`it has more than ${most} bytes when it is unpacked`);
