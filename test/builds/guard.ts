/**
 * The guard: instructions that a finished binary executes before anything else of it, before its C library and its runtime.
 *
 * On some hosts the runtime ends before our first line, with exit code 1, which says that a program ran and failed, or with a crash report:
 * where the working directory was removed or /proc is missing, with too little memory, stack, descriptors or processes. The guard looks for
 * these and ends with 69 and a sentence. A soft limit that is in the way it raises, as far as the hard one allows. Whether there is
 * room for the runtime's threads it finds out with four processes, each the child of another, that end at once. With BUN_BE_BUN=1 the binary
 * is Bun, and the guard looks at nothing.
 *
 * It also sets the variable that makes the engine compile later, where the binary has setenv(3) from a shared C library: a command is over
 * before compiled code pays. Commands that stay do without.
 *
 * It is put into the binary when that is built: its code comes last in the file, the program header of the notes, which nobody reads at
 * run time, becomes one that maps it, and the entry point leads there. From there it goes on to the entry that was, with stack and
 * registers as they were. A kernel that cannot even map the binary, or start the loader, ends it with a signal or 127 as before.
 *
 * `bun test/builds/guard.ts FILE` puts it into a file.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { guardCode } from "./guard-code.ts";

/** Processors that there is a guard for. */
export type Guarded = "x86_64" | "aarch64";

const machines: Readonly<Record<number, Guarded>> = { 62: "x86_64", 183: "aarch64" };

/** Offsets in the header of a 64-bit ELF file, and in a program header (elf(5)). */
const elf = { machine: 18, entry: 24, headers: 32, headerBytes: 54, headerCount: 56 } as const;
const header = { type: 0, flags: 4, offset: 8, address: 16, physical: 24, fileBytes: 32, memoryBytes: 40, align: 48 } as const;
const type = { load: 1, dynamic: 2, note: 4 } as const;
const readAndExecute = 5;

/** The largest page of any of these processors. */
const pageBytes = 0x10000;
/** The kernel and the loader want what is mapped to lie as in the file, by this. */
const alignBytes = 0x1000;

/**
 * The same binary with a guard; one that has it already stays as it is.
 * @throws Error for what is no ELF file of a processor that there is a guard for, or has no header to spare
 */
export function withGuard(binary: Buffer): Buffer {
  const processor = binary.toString("latin1", 0, 5) === "\x7fELF\x02" ? machines[binary.readUInt16LE(elf.machine)] : undefined;
  if (processor === undefined) throw new Error("cannot guard what is no ELF file for x86_64 or aarch64");
  const code = Buffer.from(guardCode[processor], "hex");
  const entry = Number(binary.readBigUInt64LE(elf.entry));
  const [at, size, count] = [Number(binary.readBigUInt64LE(elf.headers)), binary.readUInt16LE(elf.headerBytes), binary.readUInt16LE(elf.headerCount)];
  const headers = Array.from({ length: count }, (_, index) => at + index * size);
  const word = (offset: number) => Number(binary.readBigUInt64LE(offset));
  const loads = headers.filter((offset) => binary.readUInt32LE(offset + header.type) === type.load);
  // All but the two words that come last and differ from file to file.
  const isGuard = (offset: number) => binary.subarray(word(offset + header.offset)).subarray(0, code.length - 16).equals(code.subarray(0, code.length - 16));
  if (loads.some((offset) => word(offset + header.fileBytes) === code.length && isGuard(offset))) return binary;
  const spare = headers.findLast((offset) => binary.readUInt32LE(offset + header.type) === type.note);
  // The kernel maps them in the order of their addresses.
  if (spare === undefined || spare < loads.at(-1)!) throw new Error("cannot guard a binary without a header of notes behind all others");
  const padding = Buffer.alloc(-binary.length & 15);
  const offset = binary.length + padding.length;
  const end = Math.max(...loads.map((load) => word(load + header.address) + word(load + header.memoryBytes)));
  const address = Math.ceil(end / pageBytes) * pageBytes + (offset % pageBytes);
  code.writeBigInt64LE(BigInt(entry - address), code.length - 8);
  const slot = slotOf(binary, headers, "setenv");
  code.writeBigInt64LE(slot === null ? 0n : BigInt(slot - address), code.length - 16);
  const guarded = Buffer.concat([binary, padding, code]);
  guarded.writeUInt32LE(type.load, spare + header.type);
  guarded.writeUInt32LE(readAndExecute, spare + header.flags);
  const words = { offset, address, physical: address, fileBytes: code.length, memoryBytes: code.length, align: alignBytes };
  for (const [name, value] of Object.entries(words)) guarded.writeBigUInt64LE(BigInt(value), spare + header[name as keyof typeof words]);
  guarded.writeBigUInt64LE(BigInt(address), elf.entry);
  return guarded;
}

/** Tags of the dynamic section (elf(5)). */
const tag = { strings: 5n, symbols: 6n, jumpBytes: 2n, jumps: 23n } as const;

/** The address that a call of a function of a shared library goes through, or null where the program has no such call. */
function slotOf(binary: Buffer, headers: readonly number[], name: string): number | null {
  const word = (offset: number) => Number(binary.readBigUInt64LE(offset));
  const dynamic = headers.find((offset) => binary.readUInt32LE(offset + header.type) === type.dynamic);
  if (dynamic === undefined) return null;
  const begin = word(dynamic + header.offset);
  const entries = new Map(Array.from({ length: word(dynamic + header.fileBytes) / 16 }, (_, index) => [binary.readBigUInt64LE(begin + index * 16), word(begin + index * 16 + 8)]));
  const [strings, symbols, jumps] = [tag.strings, tag.symbols, tag.jumps].map((wanted) => offsetOf(binary, headers, entries.get(wanted)));
  if (strings == null || symbols == null || jumps == null) return null;
  for (let at = jumps; at < jumps + (entries.get(tag.jumpBytes) ?? 0); at += 24) {
    const symbol = symbols + binary.readUInt32LE(at + 12) * 24;
    const text = strings + binary.readUInt32LE(symbol);
    if (binary.toString("latin1", text, text + name.length + 1) === `${name}\0`) return word(at);
  }
  return null;
}

/** Where in the file stands what is mapped at an address. */
function offsetOf(binary: Buffer, headers: readonly number[], address: number | undefined): number | null {
  const word = (offset: number) => Number(binary.readBigUInt64LE(offset));
  if (address === undefined) return null;
  const load = headers.find((at) => binary.readUInt32LE(at + header.type) === type.load && address >= word(at + header.address) && address < word(at + header.address) + word(at + header.fileBytes));
  return load === undefined ? null : address - word(load + header.address) + word(load + header.offset);
}

/** Puts the guard into a file, in place. */
export function guardFile(path: string): void {
  writeFileSync(path, withGuard(readFileSync(path)));
}

if (import.meta.main) for (const path of Bun.argv.slice(2)) guardFile(path);
