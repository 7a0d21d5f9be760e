/** The file that the launcher is executed from (elf(5)). */
import { dataAddress, machineCode } from "./machine-code.ts";

/** Largest page size of the supported architectures: segments are aligned to it. */
const pageBytes = process.arch === "arm64" ? 65_536 : 4096;
const codeAddress = 0x10000;
const elfHeaderBytes = 64;
const programHeaderBytes = 56;
const codeOffset = elfHeaderBytes + 3 * programHeaderBytes;

/** @param memoryBytes how much there is behind {@link dataAddress}: zeroes, after the data @param code that of the launcher, or another's */
export function elf(data: Uint8Array, memoryBytes = data.length, code = machineCode(process.arch)): Uint8Array {
  const dataOffset = pageBytes;
  const file = new Uint8Array(dataOffset + data.length);
  const view = new DataView(file.buffer);
  // e_ident: magic, 64 bits, little endian, version 1
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, process.arch === "arm64" ? 183 : 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(codeAddress + codeOffset), true);
  view.setBigUint64(32, BigInt(elfHeaderBytes), true);
  view.setUint16(52, elfHeaderBytes, true);
  view.setUint16(54, programHeaderBytes, true);
  view.setUint16(56, 3, true);
  const header = (index: number, type: number, flags: number, offset: number, address: number, bytes: number, inMemory = bytes) => {
    const at = elfHeaderBytes + index * programHeaderBytes;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 24, BigInt(address), true);
    view.setBigUint64(at + 32, BigInt(bytes), true);
    view.setBigUint64(at + 40, BigInt(inMemory), true);
    view.setBigUint64(at + 48, BigInt(type === 1 ? pageBytes : 16), true);
  };
  // PT_LOAD read+execute, PT_LOAD read+write, PT_GNU_STACK read+write: nothing is writable and executable.
  header(0, 1, 5, 0, codeAddress, codeOffset + code.length);
  header(1, 1, 6, dataOffset, dataAddress, data.length, memoryBytes);
  header(2, 0x6474_e551, 6, 0, 0, 0);
  file.set(code, codeOffset);
  file.set(data, dataOffset);
  return file;
}
