/** What a file is that execve refused, from a few of its bytes: as the kernel reads them (fs/binfmt_script.c, fs/binfmt_elf.c), never run. */

/** Bytes of a file; fewer at its end. */
export type Read = (position: number, bytes: number) => Uint8Array;

export type Format =
  | { readonly kind: "empty" }
  /** `interpreter` is null where the line names none, or is longer than the kernel reads. */
  | { readonly kind: "script"; readonly interpreter: string | null }
  /** Something before the `#!` that editors do not show. */
  | { readonly kind: "marked script" }
  | { readonly kind: "elf"; readonly machine: string; readonly native: boolean; readonly what: "program" | "object file" | "core dump"; readonly interpreter: string | null }
  /** For something else than this kernel; completes "is". */
  | { readonly kind: "foreign"; readonly what: string }
  | { readonly kind: "text" }
  | { readonly kind: "data" };

/** The kernel looks at so many bytes (BINPRM_BUF_SIZE). */
const headBytes = 256;
const mostProgramHeaders = 256;
const longestInterpreter = 4096;

const foreign: readonly (readonly [magic: string, what: string])[] = [
  ["4d5a", "a program for Windows"],
  ["cffaedfe", "a program for macOS"],
  ["cefaedfe", "a program for macOS"],
  ["213c617263683e0a", "a library of object files, not a program"],
  ["0061736d", "a WebAssembly module, which needs a runtime"],
  ["504b0304", "an archive (zip, jar), not a program"],
  ["1f8b", "a compressed file (gzip), not a program"],
];

export function formatOf(read: Read): Format {
  const head = read(0, headBytes);
  if (head.length === 0) return { kind: "empty" };
  const hex = Buffer.from(head).toString("hex");
  if (hex.startsWith("7f454c46")) return elf(head, read);
  if (hex.startsWith("2321")) return { kind: "script", interpreter: interpreterOf(head) };
  if (hex.startsWith("efbbbf2321")) return { kind: "marked script" };
  // A universal binary of macOS has the same first bytes, and then a small number of parts.
  if (hex.startsWith("cafebabe")) return { kind: "foreign", what: head[4] === 0 && head[5] === 0 && head[6] === 0 && (head[7] ?? 0) < 30 ? "a program for macOS" : "a class file of Java, which java runs" };
  const known = foreign.find(([magic]) => hex.startsWith(magic));
  if (known !== undefined) return { kind: "foreign", what: known[1] };
  return { kind: isText(head) ? "text" : "data" };
}

function isText(head: Uint8Array): boolean {
  return !head.some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b));
}

/** A carriage return belongs to the name: it is what the kernel looks for. */
function interpreterOf(head: Uint8Array): string | null {
  const line = Buffer.from(head).toString("utf8", 2);
  const [, name, end] = /^[ \t]*([^ \t\n\0]*)(.?)/s.exec(line)!;
  // Without an end within what the kernel reads it does not know the whole name.
  return name === "" || (end === "" && head.length === headBytes) ? null : name!;
}

const machines: Readonly<Record<number, string>> = { 3: "x86 with 32 bits", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm with 32 bits", 62: "x86_64", 183: "aarch64", 243: "riscv", 258: "loongarch" };

/** The machine that we are on. */
export const ownMachine = process.arch === "arm64" ? "aarch64" : "x86_64";

function elf(head: Uint8Array, read: Read): Format {
  const view = viewOf(head);
  const [bits64, little] = [head[4] === 2, head[5] !== 2];
  if (head.length < 64) return { kind: "elf", machine: "", native: true, what: "program", interpreter: null };
  const number = view.getUint16(18, little);
  const name = machines[number] ?? `another machine (number ${number} in ELF)`;
  const machine = number === 62 && !bits64 ? "x32" : name;
  const type = view.getUint16(16, little);
  const what = type === 1 ? "object file" : type === 4 ? "core dump" : "program";
  return { kind: "elf", machine, native: machine === ownMachine && little && bits64, what, interpreter: loaderOf(view, bits64, little, read) };
}

/** The PT_INTERP of elf(5). */
function loaderOf(head: DataView, bits64: boolean, little: boolean, read: Read): string | null {
  const table = bits64 ? Number(head.getBigUint64(32, little)) : head.getUint32(28, little);
  const size = head.getUint16(bits64 ? 54 : 42, little);
  const count = Math.min(head.getUint16(bits64 ? 56 : 44, little), mostProgramHeaders);
  if (size !== (bits64 ? 56 : 32) || !Number.isSafeInteger(table)) return null;
  const bytes = read(table, size * count);
  const rows = viewOf(bytes);
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (rows.getUint32(at, little) !== 3) continue;
    const position = bits64 ? Number(rows.getBigUint64(at + 8, little)) : rows.getUint32(at + 4, little);
    const length = bits64 ? Number(rows.getBigUint64(at + 32, little)) : rows.getUint32(at + 16, little);
    if (!Number.isSafeInteger(position) || length < 2 || length > longestInterpreter) return null;
    return Buffer.from(read(position, length)).toString().replace(/\0.*$/s, "");
  }
  return null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
