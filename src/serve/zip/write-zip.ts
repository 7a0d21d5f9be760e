/** Zip files of what is in memory. */
import { crc32, deflateRawSync } from "node:zlib";
import type { ZipFile } from "./read-zip.ts";

const [stored, deflated] = [0, 8];
/** Unix, version 2.0; names are UTF-8. */
const [madeBy, needed, utf8] = [0x0314, 20, 0x0800];
/** 1980-01-01: the same files make the same zip file. */
const date = 0x0021;

/** At most 65535 files, and less than 4 GiB. */
export function writeZip(files: readonly ZipFile[]): Uint8Array {
  const [bodies, directory]: [Uint8Array[], Uint8Array[]] = [[], []];
  let offset = 0;
  for (const { name, bytes, isExecutable } of files) {
    const packed = deflateRawSync(bytes);
    const isSmaller = packed.length < bytes.length;
    const [body, method, written] = [isSmaller ? packed : bytes, isSmaller ? deflated : stored, Buffer.from(name)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(needed, 0);
    common.writeUInt16LE(utf8, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(written.length, 22);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE((0o100000 | (isExecutable ? 0o755 : 0o644)) * 0x10000, 6);
    entry.writeUInt32LE(offset, 10);
    bodies.push(number(0x04034b50), common, written, body);
    directory.push(number(0x02014b50), Buffer.of(madeBy & 0xff, madeBy >> 8), common, entry, written);
    offset += 30 + written.length + body.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, listed, end]);
}

function number(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
