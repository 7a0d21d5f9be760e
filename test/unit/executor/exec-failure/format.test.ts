import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { formatOf, ownMachine, type Format } from "../../../../src/executor/exec-failure/format.ts";

const of = (bytes: Uint8Array) => formatOf((position, length) => bytes.subarray(position, position + length));
const ofText = (text: string) => of(Buffer.from(text));

/** An ELF file with one program header, that of its loader. */
function elf(changes: { readonly bits?: 32 | 64; readonly machine?: number; readonly type?: number; readonly little?: boolean; readonly loader?: string | null } = {}): Buffer {
  const { bits = 64, machine = 62, type = 2, little = true, loader = "/lib/ld.so\0" } = changes;
  const [head, row] = bits === 64 ? [64, 56] : [52, 32];
  const bytes = Buffer.alloc(256);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, little ? 1 : 2]);
  view.setUint16(16, type, little);
  view.setUint16(18, machine, little);
  if (bits === 64) view.setBigUint64(32, BigInt(head), little);
  else view.setUint32(28, head, little);
  view.setUint16(bits === 64 ? 54 : 42, row, little);
  view.setUint16(bits === 64 ? 56 : 44, 1, little);
  if (loader === null) return bytes;
  view.setUint32(head, 3, little);
  const [offset, length] = bits === 64 ? [head + 8, head + 32] : [head + 4, head + 16];
  if (bits === 64) {
    view.setBigUint64(offset, 200n, little);
    view.setBigUint64(length, BigInt(loader.length), little);
  } else {
    view.setUint32(offset, 200, little);
    view.setUint32(length, loader.length, little);
  }
  bytes.write(loader, 200);
  return bytes;
}

const long = "x".repeat(300);

describe("a file is told by its first bytes", () => {
  test.each<[string, Uint8Array | string, Partial<Format>]>([
    ["nothing", "", { kind: "empty" }],
    ["a script", "#!/bin/sh -e\necho\n", { kind: "script", interpreter: "/bin/sh" }],
    ["blanks before the interpreter", "#! \t/bin/sh\n", { kind: "script", interpreter: "/bin/sh" }],
    ["a script without a line feed", "#!/bin/sh", { kind: "script", interpreter: "/bin/sh" }],
    ["line ends of Windows", "#!/bin/sh\r\n", { kind: "script", interpreter: "/bin/sh\r" }],
    ["no interpreter", "#!\necho\n", { kind: "script", interpreter: null }],
    ["an interpreter longer than the kernel reads", `#!/${long}\n`, { kind: "script", interpreter: null }],
    ["a byte order mark", "\ufeff#!/bin/sh\n", { kind: "marked script" }],
    ["a text", "print(1)\n", { kind: "text" }],
    ["a text of other letters", "\u00fc\u4e2d\n", { kind: "text" }],
    ["data", Uint8Array.of(1, 2, 3), { kind: "data" }],
    ["a program for Windows", "MZ\x90\0", { kind: "foreign", what: "a program for Windows" }],
    ["a class of Java", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65), { kind: "foreign", what: "a class file of Java, which java runs" }],
    ["a universal program for macOS", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2), { kind: "foreign", what: "a program for macOS" }],
    ["an ELF file that is cut off", elf().subarray(0, 20), { kind: "elf", what: "program", interpreter: null }],
    ["an object file", elf({ type: 1, loader: null }), { kind: "elf", what: "object file", interpreter: null }],
    ["a static program", elf({ loader: null }), { kind: "elf", machine: "x86_64", what: "program", interpreter: null }],
    ["a program of aarch64", elf({ machine: 183 }), { kind: "elf", machine: "aarch64", interpreter: "/lib/ld.so" }],
    ["a program with 32 bits", elf({ bits: 32, machine: 3 }), { kind: "elf", machine: "x86 with 32 bits", native: false, interpreter: "/lib/ld.so" }],
    ["a big-endian program", elf({ machine: 22, little: false }), { kind: "elf", machine: "s390x", native: false, interpreter: "/lib/ld.so" }],
    ["a machine that nobody knows", elf({ machine: 999 }), { kind: "elf", machine: "another machine (number 999 in ELF)" }],
    ["a loader of an impossible length", elf({ loader: "x".repeat(20) }).fill(0xff, 64 + 32, 64 + 40), { kind: "elf", interpreter: null }],
  ])("%s", (_name, bytes, format) => {
    expect(typeof bytes === "string" ? ofText(bytes) : of(bytes)).toMatchObject(format);
  });

  test("our own runtime is a program of this machine with its loader", () => {
    const bytes = readFileSync("/proc/self/exe");
    expect(of(bytes)).toMatchObject({ kind: "elf", machine: ownMachine, native: true, what: "program", interpreter: expect.stringMatching(/^\/.*ld-/) as unknown as string });
  });

  test("whatever it is, no more than its head and its table are read, and nothing is thrown", () => {
    for (let seed = 1; seed < 2000; seed++) {
      const bytes = elf({ bits: seed % 2 === 0 ? 64 : 32, little: seed % 3 !== 0 });
      for (let at = 0; at < 4; at++) bytes[16 + ((seed * 7919 + at * 104_729) % 100)] = (seed * 31 + at * 17) % 256;
      let total = 0;
      formatOf((position, length) => {
        total += length;
        return bytes.subarray(position, position + length);
      });
      expect(total).toBeLessThan(32 * 1024);
    }
  });
});
