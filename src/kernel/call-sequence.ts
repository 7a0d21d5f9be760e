/**
 * Several calls one after the other as a single call out of JavaScript.
 *
 * Between unshare(CLONE_NEWPID) and the way back our thread cannot start threads (clone(2), EINVAL), and the runtime, which may want one
 * at any moment for a collection or for the compilation of a function, ends the process when it cannot. So in between no
 * JavaScript may run at all. A few bytes of machine code go through a table of calls instead.
 *
 * The code is in a memory file, is mapped from it to be read and executed, and the file is closed: at no time is it mapped to be written,
 * and the kernel keeps the instruction cache right, as for every program. A host that forbids that (SELinux) also forbids the launcher, which
 * is executed from such a file, and the runtime's own JIT (execmem), without which there is no bun:ffi. So there is no other way for such hosts.
 *
 * The assembler sources are test/fixtures/call-sequence/; a test assembles them and compares every byte, others run them.
 */
import { addressOf, call, callAddress } from "./ffi.ts";
import { MAP, PROT } from "./constants.ts";
import { closeDescriptor } from "./files.ts";
import { memoryFile } from "./memory-file.ts";
import { syscallNumbers, type SyscallName } from "./syscall-numbers.ts";

/**
 * A row of the table is nine words: the function, or 0 at the end of the table; six arguments; where the result goes; how
 * many bytes to go on when the result is not 0.
 */
const rowWords = 9;
const rowBytes = rowWords * 8;
const resultWord = 7;
const stepWord = 8;

const x86_64 = [
  // sequence:
  "53", // push %rbx
  "4889fb", // mov %rdi,%rbx
  // row:
  "488b03", // mov (%rbx),%rax
  "4885c0", // test %rax,%rax
  "7433", // je 3f <end>
  "488b7b08", // mov 0x8(%rbx),%rdi
  "488b7310", // mov 0x10(%rbx),%rsi
  "488b5318", // mov 0x18(%rbx),%rdx
  "488b4b20", // mov 0x20(%rbx),%rcx
  "4c8b4328", // mov 0x28(%rbx),%r8
  "4c8b4b30", // mov 0x30(%rbx),%r9
  "ffd0", // call *%rax
  "4863c0", // movslq %eax,%rax
  "48894338", // mov %rax,0x38(%rbx)
  "b948000000", // mov $0x48,%ecx
  "4885c0", // test %rax,%rax
  "480f454b40", // cmovne 0x40(%rbx),%rcx
  "4801cb", // add %rcx,%rbx
  "ebc5", // jmp 4 <row>
  // end:
  "5b", // pop %rbx
  "c3", // ret
  // raw:
  "4889f8", // mov %rdi,%rax
  "4889f7", // mov %rsi,%rdi
  "4889d6", // mov %rdx,%rsi
  "4889ca", // mov %rcx,%rdx
  "4d89c2", // mov %r8,%r10
  "4d89c8", // mov %r9,%r8
  "0f05", // syscall
  "c3", // ret
];

const aarch64 = [
  // sequence:
  "fd7bbea9", // stp x29, x30, [sp, #-32]!
  "fd030091", // mov x29, sp
  "f30b00f9", // str x19, [sp, #16]
  "f30300aa", // mov x19, x0
  // row:
  "700240f9", // ldr x16, [x19]
  "b00100b4", // cbz x16, 48 <end>
  "608640a9", // ldp x0, x1, [x19, #8]
  "628e41a9", // ldp x2, x3, [x19, #24]
  "649642a9", // ldp x4, x5, [x19, #40]
  "00023fd6", // blr x16
  "007c4093", // sxtw x0, w0
  "601e00f9", // str x0, [x19, #56]
  "090980d2", // mov x9, #0x48
  "6a2240f9", // ldr x10, [x19, #64]
  "1f0000f1", // cmp x0, #0x0
  "29018a9a", // csel x9, x9, x10, eq
  "7302098b", // add x19, x19, x9
  "f3ffff17", // b 10 <row>
  // end:
  "f30b40f9", // ldr x19, [sp, #16]
  "fd7bc2a8", // ldp x29, x30, [sp], #32
  "c0035fd6", // ret
  // raw:
  "e80300aa", // mov x8, x0
  "e00301aa", // mov x0, x1
  "e10302aa", // mov x1, x2
  "e20303aa", // mov x2, x3
  "e30304aa", // mov x3, x4
  "e40305aa", // mov x4, x5
  "010000d4", // svc #0x0
  "c0035fd6", // ret
];

export interface SequenceCode {
  readonly instructions: readonly string[];
  /** Where in it the function is that makes a system call (raw). */
  readonly syscallOffset: number;
}

/** The code for an architecture, as in `process.arch`. */
export function sequenceCode(architecture: string): SequenceCode {
  return architecture === "arm64" ? { instructions: aarch64, syscallOffset: 0x54 } : { instructions: x86_64, syscallOffset: 0x41 };
}

/** One call of a sequence. */
export interface SequencedCall {
  /** A system call, of which the result is negative when it fails, or the address of a C function that returns an int. */
  readonly calls: SyscallName | number;
  /** At most six of a function, five of a system call. */
  readonly arguments: readonly number[];
  /** The index of a later call to go on with when the result is not 0 (or the number of calls: the end); without it the next. */
  readonly unlessZero?: number;
}

// Plain loops: the first use of forEach, Array.from or push(...) costs up to 0.1 ms in a process that has just begun.

/** The table for these calls, with no result yet. */
export function sequenceTable(calls: readonly SequencedCall[], syscallAddress: number): BigInt64Array {
  const table = new BigInt64Array(calls.length * rowWords + 1);
  for (let index = 0; index < calls.length; index++) {
    const { calls: target, arguments: given, unlessZero = index + 1 } = calls[index]!;
    const row = typeof target === "number" ? [target, ...given] : [syscallAddress, syscallNumbers[target], ...given];
    if (row.length > resultWord || unlessZero <= index || unlessZero > calls.length) throw new RangeError(`call ${index} of a sequence is not possible`);
    const at = index * rowWords;
    for (let word = 0; word < row.length; word++) table[at + word] = BigInt(row[word]!);
    table[at + resultWord] = notCalled;
    table[at + stepWord] = BigInt((unlessZero - index) * rowBytes);
  }
  return table;
}

/** Not an int, so no result. */
const notCalled = 1n << 32n;

/** The results of a table that has been gone through; null for a call that was passed over. */
export function sequenceResults(table: BigInt64Array): (number | null)[] {
  const results: (number | null)[] = [];
  for (let at = resultWord; at < table.length; at += rowWords) {
    const result = table[at]!;
    results.push(result === notCalled ? null : Number(result));
  }
  return results;
}

/** Where the code is in our memory; null before it was needed. */
let loadedAt: number | null = null;

function load({ instructions }: SequenceCode): number {
  const bytes = Uint8Array.fromHex(instructions.join(""));
  // Mapped and never executed as a file, so it needs no right to be.
  const file = memoryFile("call-sequence", bytes, false);
  try {
    return call("mmap", "call-sequence", 0, bytes.length, PROT.READ | PROT.EXEC, MAP.PRIVATE, file, 0);
  } finally {
    closeDescriptor(file);
  }
}

/**
 * Makes the calls in their order, with no JavaScript between them.
 * Memory whose address is an argument must stay referenced by the caller.
 * @returns the result of each call; null for one that was passed over
 * @throws SyscallError when the code cannot be mapped; nothing was called then
 */
export function callInSequence(calls: readonly SequencedCall[]): (number | null)[] {
  const code = sequenceCode(process.arch);
  loadedAt ??= load(code);
  const table = sequenceTable(calls, loadedAt + code.syscallOffset);
  callAddress(loadedAt, addressOf(table));
  return sequenceResults(table);
}
