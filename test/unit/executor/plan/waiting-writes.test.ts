import { describe, expect, test } from "bun:test";
import { waitingWrites } from "../../../../src/executor/plan/waiting-writes.ts";
import { AUDIT_ARCH } from "../../../../src/kernel/constants.ts";
import { generatedFilters } from "../../../../src/seccomp/generated.ts";
import { policyNames } from "../../../../src/model/seccomp.ts";
import { syscallsOf, type Architecture } from "../../../../src/seccomp/syscalls.ts";
import { parseProgram, simulate } from "../../seccomp/simulator.ts";

const own: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
const audit = { x86_64: AUDIT_ARCH.X86_64, aarch64: AUDIT_ARCH.AARCH64 }[own];
const [ask, notSupported] = [0x7fc0_0000, 0x5_0000 | 95];

describe.each(policyNames.map((name) => ({ name })))("the filter of $name that asks about writes that do not wait", ({ name }) => {
  const plain = parseProgram(Uint8Array.fromHex(generatedFilters[own][name]));
  const asking = parseProgram(Uint8Array.fromHex(waitingWrites(generatedFilters[own][name], true)));
  const numbers = syscallsOf(own);
  const values = (call: string, args: readonly bigint[], architecture: number = audit) =>
    [asking, plain].map((filter) => simulate(filter, { architecture, number: numbers.get(call)!, arguments: args }).value);

  test("asks when a descriptor is to become non-blocking, whatever else is set", () => {
    for (const args of [[1n, 4n, 0x800n], [7n, 4n, 0xc01n], [1n, 0xff_0000_0004n, 0x800n]]) expect(values("fcntl", args)[0]).toBe(ask);
    for (const args of [[1n, 0x5421n, 0n], [9n, 0xff_0000_5421n, 1n]]) expect(values("ioctl", args)[0]).toBe(ask);
  });

  test("where nobody can be asked, answers for 1 and 2 only", () => {
    const guessing = parseProgram(Uint8Array.fromHex(waitingWrites(generatedFilters[own][name], false)));
    const answer = (call: string, ...args: bigint[]) => simulate(guessing, { architecture: audit, number: numbers.get(call)!, arguments: args }).value;
    for (const [call, ...args] of [["fcntl", 4n, 0x800n], ["ioctl", 0x5421n]] as const) {
      expect([0n, 1n, 2n, 3n].map((fd) => answer(call, fd, ...args))).toEqual([0x7fff_0000, 0x5_0000, 0x5_0000, 0x7fff_0000]);
    }
  });

  test("refuses writes that do not wait, as many files do", () => {
    expect(values("pwritev2", [1n, 0n, 1n, 0n, 0n, 8n])[0]).toBe(notSupported);
    expect(values("pwritev2", [1n, 0n, 1n, 0n, 0n, 0x18n])[0]).toBe(notSupported);
  });

  test("says of everything else what the policy says", () => {
    const others: [string, bigint[]][] = [
      ["fcntl", [1n, 4n, 0x400n]], ["fcntl", [1n, 3n, 0x800n]], ["fcntl", [1n, 1030n, 0x800n]], ["fcntl", [1n, 6n, 0x800n]],
      ["ioctl", [1n, 0x5401n]], ["ioctl", [0n, 0x5412n]], ["ioctl", [0n, 0x541bn]], ["pwritev2", [1n, 0n, 1n, 0n, 0n, 0x10n]], ["preadv2", [1n, 0n, 1n, 0n, 0n, 8n]],
    ];
    for (const [call, args] of others) {
      const [got, wanted] = values(call, args);
      expect([call, args, got]).toEqual([call, args, wanted]);
    }
    for (const [call, number] of numbers) {
      if (["fcntl", "ioctl", "pwritev2"].includes(call)) continue;
      const of = (filter: typeof plain) => simulate(filter, { architecture: audit, number, arguments: [4n, 4n, 0x5421n, 8n, 8n, 8n] }).value;
      expect([call, of(asking)]).toEqual([call, of(plain)]);
    }
  });

  test("kills calls of another ABI, whatever their numbers mean here", () => {
    for (const call of ["fcntl", "ioctl", "pwritev2", "write"]) {
      const [got, wanted] = values(call, [1n, 0x5421n, 0x800n], AUDIT_ARCH.I386);
      expect([call, got]).toEqual([call, wanted]);
    }
  });
});
