import { describe, expect, test } from "bun:test";
import { CallWatch, describeForbidden, nameOf } from "../../../../src/executor/watch/forbidden.ts";
import { killingFilter } from "../../../../src/executor/plan/filter.ts";
import { stepResult } from "../../../../src/executor/verdict/result.ts";
import { AUDIT_ARCH } from "../../../../src/kernel/constants.ts";
import { generatedFilters } from "../../../../src/seccomp/generated.ts";
import { seccompProfiles } from "../../../../src/model/seccomp.ts";
import { architectures, syscallsOf } from "../../../../src/seccomp/syscalls.ts";
import { parseProgram } from "../../seccomp/simulator.ts";
import { quietRun } from "../samples.ts";

const [own, ownAudit, otherAudit] = process.arch === "arm64" ? (["aarch64", AUDIT_ARCH.AARCH64, AUDIT_ARCH.X86_64] as const) : (["x86_64", AUDIT_ARCH.X86_64, AUDIT_ARCH.AARCH64] as const);

describe("a forbidden call", () => {
  test("has the name that its number has here", () => {
    for (const [name, number] of syscallsOf(own)) expect(nameOf(number, ownAudit)).toBe(name);
  });

  test("by another table has a number only", () => {
    expect(nameOf(21, AUDIT_ARCH.I386)).toBe("number 21 of the 32-bit ABI");
    expect(nameOf(21, AUDIT_ARCH.ARM)).toBe("number 21 of the 32-bit ABI");
    expect(nameOf(21, otherAudit)).toBe("number 21 of another ABI");
    expect(nameOf(0x4000_0000 + 39, ownAudit)).toBe(own === "x86_64" ? "number 39 of the x32 ABI" : "number 1073741863");
  });

  test("that has no name is a number", () => {
    expect([nameOf(-1, ownAudit), nameOf(999, ownAudit)]).toEqual(["number -1", "number 999"]);
  });

  test("is described with who made it", () => {
    expect(describeForbidden({ name: "mount", by: { thread: 7, process: "main" } })).toBe("forbidden system call: mount, by thread 7 of the main process");
    expect(describeForbidden({ name: "mount", by: { thread: 7, process: "other" } })).toBe("forbidden system call: mount, by thread 7 of another process");
    expect(describeForbidden({ name: null, by: null })).toBe("forbidden system call: unknown");
  });

  test("is not waited for where there is no listener", () => {
    const watch = new CallWatch({ listener: null }, process.pid);
    expect([watch.pollable, watch.take(), watch.seen]).toEqual([[], null, null]);
  });

  test("gives the result SIGSYS and no exit code, whatever the main process did", () => {
    const enforced = { memory: "none", cpu_time: "none", wall_time: "none", processes: "none", network: "none", filesystem: "none", syscalls: "seccomp", user: 1 };
    for (const how of [{ exitCode: 0, signal: null }, { exitCode: null, signal: 9 }]) {
      const observed = { ...quietRun, ...how, forbidden: { name: "mount", by: null } };
      expect(stepResult(observed, { status: "SecurityViolation", message: "m" }, enforced)).toMatchObject({ exit_code: null, signal: 31, forbidden_syscall: "mount" });
    }
    expect(stepResult(quietRun, { status: "Success", message: null }, enforced)).toMatchObject({ exit_code: 0, signal: null, forbidden_syscall: null });
  });
});

describe.each(architectures.flatMap((architecture) => seccompProfiles.map((profile) => ({ architecture, profile }))))("the killing filter of $profile on $architecture", ({ architecture, profile }) => {
  test("differs from the telling one in nothing but what it returns for a forbidden call", () => {
    const filter = generatedFilters[architecture][profile];
    const telling = parseProgram(Uint8Array.fromHex(filter));
    const killing = parseProgram(Uint8Array.fromHex(killingFilter(filter)));
    expect(killing).toEqual(telling.map((instruction) => (instruction.code === 0x06 && instruction.k === 0x7fc0_0000 ? { ...instruction, k: 0x8000_0000 } : instruction)));
    expect(killing.filter(({ code, k }) => code === 0x06 && k === 0x8000_0000).length).toBeGreaterThan(3);
  });
});
