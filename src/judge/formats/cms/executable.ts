/** Compiled programs in a package: for which machine they are. */
import { closeSync, openSync, readSync } from "../../../kernel/fs.ts";

/** Bytes of an ELF header up to the processor. */
const headerBytes = 20;
const classAt = 4;
const orderAt = 5;
const processorAt = 18;
/** Numbers of processors in ELF files (elf.h), by the names that process.arch has. */
const processors: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const class64 = 2;
const littleEndian = 1;

/** Whether a file is an executable that this machine cannot run in a box: another processor, or one of 32 bits. Scripts and sources are not. */
export function isForMachineElsewhere(path: string): boolean {
  const header = new Uint8Array(headerBytes);
  const fd = openSync(path, "r");
  try {
    if (readSync(fd, header) < headerBytes) return false;
  } finally {
    closeSync(fd);
  }
  if (header[0] !== 0x7f || header[1] !== 0x45 || header[2] !== 0x4c || header[3] !== 0x46) return false;
  const processor = header[processorAt]! + header[processorAt + 1]! * 256;
  return header[classAt] !== class64 || header[orderAt] !== littleEndian || processor !== processors[process.arch];
}
