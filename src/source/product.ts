/** What a compiler that ended well has left where a program is expected, by the first bytes of the file. */
import { closeSync, readSync } from "node:fs";
import { openArtefact } from "../box/files.ts";
import type { Product } from "../language/products.ts";
import { jarHas } from "./jar.ts";

/** The header of a 64-bit ELF file. */
const headBytes = 64;

/** What a file begins with that is loaded by a runtime, by its extension. */
const beginnings: Readonly<Record<string, readonly [magic: string, what: string]>> = {
  class: ["\xca\xfe\xba\xbe", "a class file"],
  jar: ["PK\x03\x04", "a jar file"],
  exe: ["MZ", "a program"],
};

/** Kinds of files that compilers make, by their first bytes (latin1). */
const known: readonly (readonly [magic: string, what: string])[] = [
  ["!<arch>\n", "an archive"],
  ["!<thin>\n", "an archive"],
  ["gpch", "a precompiled header"],
  ["BC\xc0\xde", "LLVM bitcode"],
  ["\xca\xfe\xba\xbe", "a class file"],
  ["PK\x03\x04", "a zip file"],
  ["MZ", "a program for Windows"],
];

/**
 * Looks at the products of a compile step; by descriptor, and no more than their first bytes and the directory of a jar.
 * @param directory descriptor of the one that it was compiled in, in which no process works any more
 * @returns a sentence about the first that cannot be run, or null
 * @throws SyscallError
 */
export function productFault(directory: number, products: readonly Product[]): string | null {
  for (const { path, kind, holds } of products) {
    const shown = quoted(path);
    const file = openArtefact(directory, path);
    if (file === null) {
      return `the compiler ended without an error and left no ${shown}${kind === "class" ? classAdvice : ""}`;
    }
    try {
      const head = Buffer.alloc(headBytes);
      const length = readSync(file.fd, head, 0, headBytes, 0);
      const fault = kind === "program" ? programFault(head.subarray(0, length), file.mode) : contentFault(path, head.subarray(0, length));
      if (fault !== null) return `the compiler ended without an error, but ${shown} ${fault}`;
      if (holds !== undefined && jarHas(file.fd, file.size, holds) === false) return `the compiler ended without an error and left no ${quoted(holds)} in ${shown}${classAdvice}`;
    } finally {
      closeSync(file.fd);
    }
  }
  return null;
}

const classAdvice = ": no class with a main method was found, or the compiler gave it another name; name it with --entry-point";

function quoted(path: string): string {
  return /^[\w.+/$-]+$/.test(path) ? path : JSON.stringify(path);
}

/** Why execve(2) would not start it, or null. */
function programFault(head: Buffer, mode: number): string | null {
  const what = isScript(head) ? null : head.toString("latin1").startsWith("\x7fELF") ? elfFault(head) : kindOf(head);
  if (what !== null) return `is ${what}, not a program: is there a main program in the source?`;
  return (mode & 0o111) === 0 ? `has no permission to be executed (mode ${mode.toString(8).padStart(4, "0")})` : null;
}

function isScript(head: Buffer): boolean {
  return head.toString("latin1").startsWith("#!");
}

/** elf(5): null for what can be a program. Another processor's may be one, by binfmt_misc. */
function elfFault(head: Buffer): string | null {
  const is64 = head[4] === 2;
  if (head.length < (is64 ? 64 : 52)) return "the beginning of an ELF file";
  const little = head[5] === 1;
  const type = little ? head.readUInt16LE(16) : head.readUInt16BE(16);
  const entry = head.subarray(24, is64 ? 32 : 28);
  if (type === 1) return "an object file that is not linked";
  if (type === 4) return "a memory dump";
  // A program that can lie anywhere has the same type and an entry.
  return type === 3 && entry.every((byte) => byte === 0) ? "a shared library" : null;
}

function kindOf(head: Buffer): string {
  if (head.length === 0) return "an empty file";
  const text = head.toString("latin1");
  const found = known.find(([magic]) => text.startsWith(magic));
  if (found !== undefined) return found[1];
  return head.includes(0) ? "a file of an unknown kind" : "a text without a #! line";
}

function contentFault(path: string, head: Buffer): string | null {
  const expected = beginnings[/\.([a-z]+)$/.exec(path)?.[1] ?? ""];
  if (expected === undefined || head.toString("latin1").startsWith(expected[0])) return null;
  return `is ${kindOf(head)}, not ${expected[1]}`;
}
