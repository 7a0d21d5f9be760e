// The filter for 32-bit programs, run by an interpreter: it says the same of a call as the filter for 64-bit programs.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { AUDIT_ARCH, SECCOMP_RET } from "../../../src/kernel/constants.ts";
import { constants } from "node:os";
import { permissions, type Permission } from "../../../src/model/permissions.ts";
import { allowListPolicy } from "../../../src/seccomp/allow-list.ts";
import { callsOf32Bit } from "../../../src/seccomp/abi32.ts";
import { mostInstructions } from "../../../src/seccomp/bpf.ts";
import { policyOf } from "../../../src/seccomp/policy.ts";
import { syscallsOf } from "../../../src/seccomp/syscalls.ts";
import { wideFilterOf } from "../../../src/seccomp/wide.ts";
import { simulate } from "./simulator.ts";

const native = syscallsOf("x86_64");
const narrow = callsOf32Bit();
const errnoOf = (name: keyof typeof constants.errno) => SECCOMP_RET.ERRNO | constants.errno[name];

/** Values that some rule looks at, and others. */
const values = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 10n, 13n, 14n, 15n, 16n, 17n, 25n, 37n, 38n, 40n, 0x800n, 0x1000n, 0x2000n, 0x4_0000n, 0x2000_0000n, 0x1000_0000n, 1024n, 1026n, 0x5412n, 0x540en, 0x8946n, 0x6601n, 0x4004_9409n, 0xffff_ffffn, 0x5961_6d61n];

const sets: readonly (readonly Permission[])[] = [["abi32"], ["locks", "abi32"], permissions];

describe.each(["default", "loopback", "host"] as const)("%s: a call of a 32-bit program", (name) => {
  for (const allowed of sets) {
    const filter = wideFilterOf(policyOf(name), allowed, "x86_64");
    const said = (architecture: number, number: number, args: readonly bigint[] = []) => simulate(filter, { architecture, number, arguments: args }).value;

    test(`with ${allowed.join(", ")} is decided as the call of the same name, whatever its arguments`, () => {
      expect(filter.length).toBeLessThanOrEqual(mostInstructions);
      const other = new Set(["socketcall", "ipc", "mmap", "set_thread_area", "get_thread_area", "fcntl"]);
      let compared = 0;
      for (const [call, number] of narrow) {
        const same = native.get(call);
        if (same === undefined || other.has(call)) continue;
        for (const first of values) {
          for (const args of [[first, 0n, 0n, 0n], [0n, first, 0n, 0n], [0n, 0n, first, 0n], [0n, 0n, 0n, first], [first, first, first, first], [2n, first, 1n, 0n], [1n, 1n, first, 0n]]) {
            compared++;
            if (said(AUDIT_ARCH.I386, number, args) !== said(AUDIT_ARCH.X86_64, same, args)) throw new Error(`${call}(${args.join()}) is decided otherwise`);
          }
        }
      }
      expect(compared).toBeGreaterThan(50_000);
    });
  }

  const filter = wideFilterOf(policyOf(name), ["abi32"], "x86_64");
  const said = (call: string, ...args: bigint[]) => simulate(filter, { architecture: AUDIT_ARCH.I386, number: narrow.get(call)!, arguments: args }).value;

  test("that has another name is decided as what it is", () => {
    expect(said("mmap2", 0n, 4096n, 3n, 0x22n)).toBe(SECCOMP_RET.ALLOW);
    expect(said("mmap2", 0n, 4096n, 3n, 0x4_0022n)).toBe(errnoOf("ENOMEM"));
    expect(said("umount")).toBe(SECCOMP_RET.USER_NOTIF);
    expect([said("fcntl64", 3n, 3n), said("fcntl64", 3n, 6n), said("fcntl64", 3n, 13n), said("fcntl64", 3n, 14n), said("fcntl", 3n, 13n)]).toEqual([SECCOMP_RET.ALLOW, ...Array(4).fill(errnoOf("ENOSYS"))]);
    for (const call of ["clock_gettime64", "futex_time64", "stat64", "getuid32", "_llseek", "waitpid", "sigreturn", "set_thread_area"]) expect([call, said(call)]).toEqual([call, SECCOMP_RET.ALLOW]);
  });

  test("whose arguments lie in memory, that nobody needs, or that is not known is ENOSYS", () => {
    for (const call of ["socketcall", "ipc", "mmap", "vm86", "vm86old", "break", "profil", "idle"]) expect([call, said(call)]).toEqual([call, errnoOf("ENOSYS")]);
    for (const number of [222, 223, 251, 285, 415, 9999, 0x4000_0001, -1]) {
      expect([number, simulate(filter, { architecture: AUDIT_ARCH.I386, number }).value]).toEqual([number, errnoOf("ENOSYS")]);
    }
  });

  test("kills without the permission, and calls of x32 and of ARM kill with it", () => {
    const without = wideFilterOf(policyOf(name), [], "x86_64");
    for (const number of narrow.values()) expect(simulate(without, { architecture: AUDIT_ARCH.I386, number }).value).toBe(SECCOMP_RET.USER_NOTIF);
    expect(simulate(filter, { architecture: AUDIT_ARCH.X86_64, number: 0x4000_0000 }).value).toBe(SECCOMP_RET.USER_NOTIF);
    expect(simulate(filter, { architecture: AUDIT_ARCH.ARM, number: 1 }).value).toBe(SECCOMP_RET.USER_NOTIF);
  });

  test("leaves those of 64-bit programs as they are", () => {
    const without = wideFilterOf(policyOf(name), [], "x86_64");
    for (const number of native.values()) {
      for (const value of values) {
        const call = { architecture: AUDIT_ARCH.X86_64, number, arguments: [value, value, value, value] };
        expect(simulate(filter, call).value).toBe(simulate(without, call).value);
      }
    }
  });
});

test("a list of calls holds for both", () => {
  const filter = wideFilterOf(allowListPolicy(["uname"]), ["abi32"], "x86_64");
  const said = (call: string) => simulate(filter, { architecture: AUDIT_ARCH.I386, number: narrow.get(call)! }).value;
  expect([said("uname"), said("olduname"), said("write")]).toEqual([SECCOMP_RET.ALLOW, SECCOMP_RET.ALLOW, SECCOMP_RET.ALLOW]);
  expect(said("sysinfo")).not.toBe(SECCOMP_RET.ALLOW);
});

const header = "/usr/include/x86_64-linux-gnu/asm/unistd_32.h";
test.skipIf(!existsSync(header))("the numbers are those of the kernel's header", () => {
  const known = [...readFileSync(header, "utf8").matchAll(/^#define __NR_(\w+) (\d+)$/gm)].map(([, name, number]) => [name!, Number(number)] as const);
  expect(known.length).toBeGreaterThan(400);
  for (const [name, number] of known) expect([name, narrow.get(name)]).toEqual([name, number]);
});
