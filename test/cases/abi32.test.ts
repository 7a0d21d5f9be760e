// 32-bit programs of x86: killed at their first call, and with --allow abi32 under the same rules as others.
import { describe, expect } from "bun:test";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox, type Requirement } from "../helpers/requires.ts";

const x86: Requirement = { missing: process.arch === "x64" ? null : "an x86 processor" };
const claim = claimWith(...sandbox, x86);

/** Ends with the error number of the call that it is compiled for, 0 when it went well; needs no library. */
const source = `
static int call(int nr, int a, int b, int c, int d) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return result;
}
void _start(void) {
  int result = call(NR, A, B, C, D);
  call(4, 1, (int)(long)"ran\\n", 4, 0);
  call(1, result < 0 && result > -4096 ? -result : 0, 0, 0, 0);
  for (;;);
}`;

const widths = { "a 32-bit program": ["-m32"], "int 0x80 of a 64-bit program": ["-mcmodel=small", "-no-pie"] } as const;

function compile(directory: string, flags: readonly string[], [number, ...args]: readonly number[]): void {
  const values = ["A", "B", "C", "D"].map((name, index) => `-D${name}=${args[index] ?? 0}`);
  const { exitCode, stderr } = Bun.spawnSync(["/usr/bin/gcc", ...flags, "-w", "-O1", "-static", "-nostdlib", "-fno-pic", "-fno-stack-protector", `-DNR=${number}`, ...values, "-x", "c", "-", "-o", join(directory, "call")], { stdin: Buffer.from(source) });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

const { ENOSYS, EPERM, ENOMEM, EINVAL, EAFNOSUPPORT } = { ENOSYS: 38, EPERM: 1, ENOMEM: 12, EINVAL: 22, EAFNOSUPPORT: 97 };

/** By the numbers of arch/x86/entry/syscalls/syscall_32.tbl. */
const calls: readonly (readonly [what: string, call: readonly number[], allowed: number | string, flags?: readonly string[]])[] = [
  ["getpid", [20], 0],
  ["clock_gettime64 of no clock", [403, 1000], EINVAL],
  ["mmap2", [192, 0, 4096, 3, 0x22], 0],
  ["mmap2 with huge pages", [192, 0, 0x20_0000, 3, 0x4_0022], ENOMEM],
  ["the old mmap, whose arguments lie in memory", [90], ENOSYS],
  ["socketcall", [102, 1], ENOSYS],
  ["ipc", [117, 23], ENOSYS],
  ["flock", [143, 1, 2], ENOSYS],
  ["a record lock by fcntl64", [221, 1, 13], ENOSYS],
  ["a socket of the internet", [359, 2, 1], EAFNOSUPPORT],
  ["clone with a namespace", [120, 0x1000_0011], EPERM],
  ["personality", [136, 0x40_0000], EPERM],
  ["vm86", [166], ENOSYS],
  ["mount", [21], "mount"],
  ["umount of old", [22], "umount"],
  ["ptrace", [26], EPERM],
  ["bpf", [357], "bpf"],
  ["io_uring_setup", [425, 1], ENOSYS],
  ["keyctl", [288], "keyctl"],
  ["unshare", [310, 0x1000_0000], "unshare"],
];

for (const [who, flags] of Object.entries(widths)) {
  describe(who, () => {
    claim("is a SecurityViolation that names --allow abi32", async () => {
      await using state = openState();
      const { directory } = await boxWith(state, []);
      compile(directory, flags, [20]);
      const { result, exitCode } = await state.json(["run", "--", "./call"]);
      expect([result.status, exitCode, result.stdout]).toEqual(["SecurityViolation", 4, ""]);
      expect([result.forbidden_syscall, result.error_message]).toEqual(["number 20 of the 32-bit ABI", "forbidden system call: number 20 of the 32-bit ABI, which --allow abi32 permits (not in the profile strict)"]);
    });

    claim("with --allow abi32 has its calls decided by the same rules as those of 64 bits", async () => {
      await using state = openState();
      const { directory } = await boxWith(state, []);
      const seen = [];
      for (const [what, call, expected] of calls) {
        compile(directory, flags, call);
        const { result } = await state.json(["run", "--allow", "abi32", "--", "./call"]);
        const outcome = result.status === "SecurityViolation" ? result.forbidden_syscall : result.exit_code;
        if (outcome !== null && typeof expected === "number") expect([what, result.stdout]).toEqual([what, "ran\n"]);
        seen.push([what, outcome]);
      }
      expect(seen).toEqual(calls.map(([what, , expected]) => [what, expected]));
    }, { timeout: 60_000 });
  });
}

describe("--allow abi32", () => {
  claim("adds up with other permissions, which then hold for 32-bit programs as well", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    compile(directory, widths["a 32-bit program"], [143, 1, 2]);
    const { result } = await state.json(["run", "--allow", "abi32,locks", "--", "./call"]);
    expect([result.status, result.stdout, result.enforced.allowed]).toEqual(["Success", "ran\n", ["locks", "abi32"]]);
  });

  claim("is in a box's configuration and in what seccomp show prints, and never with strict", async () => {
    await using state = openState();
    const made = await state.mini(["init", "--allow", "abi32"]);
    compile(made.stdout.trim(), widths["a 32-bit program"], [20]);
    expect((await state.json(["run", "--", "./call"])).result).toMatchObject({ status: "Success", stdout: "ran\n" });
    const shown = await state.mini(["seccomp", "show", "--allow", "abi32", "--arch", "x86_64"]);
    expect(shown.stdout).toContain("calls of 32-bit programs; but ENOSYS for socketcall, ipc and the old mmap");
    expect((await state.mini(["run", "--allow", "abi32", "--seccomp", "strict", "--", "/bin/true"])).exitCode).toBe(64);
  });

  claim("changes nothing for 64-bit programs", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--allow", "abi32", "--processes", "4", "--", "/bin/sh", "-c", "echo a | cat"]);
    expect([result.status, result.stdout]).toEqual(["Success", "a\n"]);
  });
});
