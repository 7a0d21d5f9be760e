/** Zip files, byte for byte as a test wants them: right ones, and ones that lie. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipPart {
  readonly name: string | Uint8Array;
  /** Left out: `packed` is what lies in the file. */
  readonly text?: string | Uint8Array;
  /** As it is in the file. */
  readonly packed?: Uint8Array;
  /** 0: stored, 8: deflated. */
  readonly method?: number;
  /** With the type, as Unix has it; left out: made elsewhere. */
  readonly mode?: number;
  readonly flags?: number;
  readonly extra?: Uint8Array;
  /** What its header says in place of the truth. */
  readonly claims?: { readonly crc?: number; readonly bytes?: number };
}

export function makeZip(parts: readonly ZipPart[], { comment = "" }: { readonly comment?: string } = {}): Uint8Array {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, text = "", packed, method = 0, mode, flags = 0, extra = new Uint8Array(), claims = {} } of parts) {
    const plain = Buffer.from(text as string);
    const data = packed ?? (method === 8 ? deflateRawSync(plain) : plain);
    const [crc, bytes] = [claims.crc ?? crc32(plain), claims.bytes ?? plain.length];
    const raw = typeof name === "string" ? Buffer.from(name) : name;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    fill(local, 6, { flags, method, crc, packed: data.length, bytes, name: raw.length, extra: extra.length });
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt8(mode === undefined ? 0 : 3, 5);
    fill(entry, 8, { flags, method, crc, packed: data.length, bytes, name: raw.length, extra: extra.length });
    entry.writeUInt32LE(((mode ?? 0) << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, Buffer.from(raw), Buffer.from(extra), Buffer.from(data));
    directory.push(entry, Buffer.from(raw), Buffer.from(extra));
    offset += 30 + raw.length + extra.length + data.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...bodies, listed, end, Buffer.from(comment)]);
}

/** The fields that both headers have, one after the other. */
function fill(header: Buffer, at: number, { flags, method, crc, packed, bytes, name, extra }: Readonly<Record<"flags" | "method" | "crc" | "packed" | "bytes" | "name" | "extra", number>>): void {
  header.writeUInt16LE(flags, at);
  header.writeUInt16LE(method, at + 2);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(packed, at + 12);
  header.writeUInt32LE(bytes, at + 16);
  header.writeUInt16LE(name, at + 20);
  header.writeUInt16LE(extra, at + 22);
}
