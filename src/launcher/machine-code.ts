/**
 * The launcher's instructions: performs a table of system calls, then becomes the program, or pid 1.
 *
 * It is machine code and not TypeScript because of what it has to be: one thread (so that identities and namespaces
 * change for the whole process), no heap, no signal handlers, no memory to speak of that could be charged to the program, and
 * started in a fraction of a millisecond. It decides nothing; what happens is in the table (image.ts), which is data of a launch plan.
 *
 * In words, with the block of words at `dataAddress` as in image.ts:
 *   next: for each row: six arguments, the first read through a pointer if the row says so; the call; a negative result
 *     ends the launch; the result is kept where the row says; up to 8 bytes are compared if the row says so.
 *   done: no candidates: become init. Otherwise execve each candidate; ENOENT, ENOTDIR and EACCES go on to the next.
 *   fail: write row number and error number to the status descriptor; exit with 127.
 *   init: reap every child that has ended, sleep until SIGCHLD, again.
 *
 * The assembler sources are test/fixtures/launcher/; a test assembles them and compares every byte.
 */

/** Where the table is mapped; a constant in the code. A multiple of the largest page size in use (64 KiB). */
export const dataAddress = 0x20000;

const x86_64 = [
  "bb00000200", // mov $0x20000,%ebx
  "4c8b6308", // mov 0x8(%rbx),%r12
  "4531ed", // xor %r13d,%r13d
  // next:
  "4c3b2b", // cmp (%rbx),%r13
  "746e", // je 7f <done>
  "498b0424", // mov (%r12),%rax
  "498b7c2408", // mov 0x8(%r12),%rdi
  "498b742410", // mov 0x10(%r12),%rsi
  "498b542418", // mov 0x18(%r12),%rdx
  "4d8b542420", // mov 0x20(%r12),%r10
  "4d8b442428", // mov 0x28(%r12),%r8
  "4d8b4c2430", // mov 0x30(%r12),%r9
  "49837c243800", // cmpq $0x0,0x38(%r12)
  "7403", // je 3e <next+0x32>
  "488b3f", // mov (%rdi),%rdi
  "0f05", // syscall
  "4885c0", // test %rax,%rax
  "0f8883000000", // js cc <fail>
  "498b4c2440", // mov 0x40(%r12),%rcx
  "4885c9", // test %rcx,%rcx
  "7403", // je 56 <next+0x4a>
  "488901", // mov %rax,(%rcx)
  "498b4c2448", // mov 0x48(%r12),%rcx
  "4885c9", // test %rcx,%rcx
  "7416", // je 76 <next+0x6a>
  "488b01", // mov (%rcx),%rax
  "4923442450", // and 0x50(%r12),%rax
  "493b442458", // cmp 0x58(%r12),%rax
  "48c7c0ffffffff", // mov $0xffffffffffffffff,%rax
  "7556", // jne cc <fail>
  "4983c460", // add $0x60,%r12
  "49ffc5", // inc %r13
  "eb8d", // jmp c <next>
  // done:
  "4c8b6310", // mov 0x10(%rbx),%r12
  "4d85e4", // test %r12,%r12
  "746f", // je f7 <init>
  "49c7c6feffffff", // mov $0xfffffffffffffffe,%r14
  "49c7c5ffffffff", // mov $0xffffffffffffffff,%r13
  // candidate:
  "498b3c24", // mov (%r12),%rdi
  "4885ff", // test %rdi,%rdi
  "742a", // je c9 <none>
  "488b7318", // mov 0x18(%rbx),%rsi
  "488b5320", // mov 0x20(%rbx),%rdx
  "b83b000000", // mov $0x3b,%eax
  "0f05", // syscall
  "4983c408", // add $0x8,%r12
  "4883f8fe", // cmp $0xfffffffffffffffe,%rax
  "74de", // je 96 <candidate>
  "4883f8ec", // cmp $0xffffffffffffffec,%rax
  "74d8", // je 96 <candidate>
  "4883f8f3", // cmp $0xfffffffffffffff3,%rax
  "7508", // jne cc <fail>
  "4989c6", // mov %rax,%r14
  "ebcd", // jmp 96 <candidate>
  // none:
  "4c89f0", // mov %r14,%rax
  // fail:
  "48f7d8", // neg %rax
  "4c896b30", // mov %r13,0x30(%rbx)
  "48894338", // mov %rax,0x38(%rbx)
  "488b7b28", // mov 0x28(%rbx),%rdi
  "488d7330", // lea 0x30(%rbx),%rsi
  "ba10000000", // mov $0x10,%edx
  "b801000000", // mov $0x1,%eax
  "0f05", // syscall
  "bf7f000000", // mov $0x7f,%edi
  "b8e7000000", // mov $0xe7,%eax
  "0f05", // syscall
  // init:
  "48c7c7ffffffff", // mov $0xffffffffffffffff,%rdi
  "31f6", // xor %esi,%esi
  "ba01000000", // mov $0x1,%edx
  "4531d2", // xor %r10d,%r10d
  "b83d000000", // mov $0x3d,%eax
  "0f05", // syscall
  "4885c0", // test %rax,%rax
  "7fe3", // jg f7 <init>
  "488d7b40", // lea 0x40(%rbx),%rdi
  "31f6", // xor %esi,%esi
  "31d2", // xor %edx,%edx
  "41ba08000000", // mov $0x8,%r10d
  "b880000000", // mov $0x80,%eax
  "0f05", // syscall
  "ebcc", // jmp f7 <init>
];

const aarch64 = [
  "5300a0d2", // mov x19, #0x20000
  "740640f9", // ldr x20, [x19, #8]
  "150080d2", // mov x21, #0x0
  // next:
  "690240f9", // ldr x9, [x19]
  "bf0209eb", // cmp x21, x9
  "00030054", // b.eq 74 <done>
  "880240f9", // ldr x8, [x20]
  "808640a9", // ldp x0, x1, [x20, #8]
  "828e41a9", // ldp x2, x3, [x20, #24]
  "849642a9", // ldp x4, x5, [x20, #40]
  "891e40f9", // ldr x9, [x20, #56]
  "490000b4", // cbz x9, 34 <next+0x28>
  "000040f9", // ldr x0, [x0]
  "010000d4", // svc #0x0
  "2004f8b7", // tbnz x0, #63, bc <fail>
  "892240f9", // ldr x9, [x20, #64]
  "490000b4", // cbz x9, 48 <next+0x3c>
  "200100f9", // str x0, [x9]
  "892640f9", // ldr x9, [x20, #72]
  "e90000b4", // cbz x9, 68 <next+0x5c>
  "290140f9", // ldr x9, [x9]
  "8a2e45a9", // ldp x10, x11, [x20, #80]
  "29010a8a", // and x9, x9, x10
  "00008092", // mov x0, #0xffffffffffffffff
  "3f010beb", // cmp x9, x11
  "c1020054", // b.ne bc <fail>
  "94820191", // add x20, x20, #0x60
  "b5060091", // add x21, x21, #0x1
  "e7ffff17", // b c <next>
  // done:
  "740a40f9", // ldr x20, [x19, #16]
  "740300b4", // cbz x20, e4 <init>
  "36008092", // mov x22, #0xfffffffffffffffe
  "15008092", // mov x21, #0xffffffffffffffff
  // candidate:
  "808640f8", // ldr x0, [x20], #8
  "800100b4", // cbz x0, b8 <none>
  "618a41a9", // ldp x1, x2, [x19, #24]
  "a81b80d2", // mov x8, #0xdd
  "010000d4", // svc #0x0
  "1f0800b1", // cmn x0, #0x2
  "40ffff54", // b.eq 84 <candidate>
  "1f5000b1", // cmn x0, #0x14
  "00ffff54", // b.eq 84 <candidate>
  "1f3400b1", // cmn x0, #0xd
  "81000054", // b.ne bc <fail>
  "f60300aa", // mov x22, x0
  "f4ffff17", // b 84 <candidate>
  // none:
  "e00316aa", // mov x0, x22
  // fail:
  "e00300cb", // neg x0, x0
  "750203a9", // stp x21, x0, [x19, #48]
  "601640f9", // ldr x0, [x19, #40]
  "61c20091", // add x1, x19, #0x30
  "020280d2", // mov x2, #0x10
  "080880d2", // mov x8, #0x40
  "010000d4", // svc #0x0
  "e00f80d2", // mov x0, #0x7f
  "c80b80d2", // mov x8, #0x5e
  "010000d4", // svc #0x0
  // init:
  "00008092", // mov x0, #0xffffffffffffffff
  "010080d2", // mov x1, #0x0
  "220080d2", // mov x2, #0x1
  "030080d2", // mov x3, #0x0
  "882080d2", // mov x8, #0x104
  "010000d4", // svc #0x0
  "1f0000f1", // cmp x0, #0x0
  "2cffff54", // b.gt e4 <init>
  "60020191", // add x0, x19, #0x40
  "010080d2", // mov x1, #0x0
  "020080d2", // mov x2, #0x0
  "030180d2", // mov x3, #0x8
  "281180d2", // mov x8, #0x89
  "010000d4", // svc #0x0
  "f2ffff17", // b e4 <init>
];

/** The code for an architecture, as in `process.arch`. */
export function machineCode(architecture: string): Uint8Array {
  return Uint8Array.fromHex((architecture === "arm64" ? aarch64 : x86_64).join(""));
}
