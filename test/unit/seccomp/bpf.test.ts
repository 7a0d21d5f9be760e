// The filters against the policies: every number, other ABIs, every value of an argument with every kind of high word.
import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policyNames } from "../../../src/model/seccomp.ts";
import { allowListPolicy } from "../../../src/seccomp/allow-list.ts";
import { filterOf, programBytes } from "../../../src/seccomp/bpf.ts";
import { generatedFilters } from "../../../src/seccomp/generated.ts";
import { changesPolicy, permissions } from "../../../src/model/permissions.ts";
import { withPermissions } from "../../../src/seccomp/permissions.ts";
import { callsOf, policyOf } from "../../../src/seccomp/policy.ts";
import type { Policy, ArgumentRule, Action, Condition } from "../../../src/seccomp/rules.ts";
import { wideFilterOf } from "../../../src/seccomp/wide.ts";
import { architectures, syscallsOf, type Architecture } from "../../../src/seccomp/syscalls.ts";
import { generatedFilters as textOfGeneratedFilters, generatedPermissions as textOfGeneratedPermissions } from "../../helpers/generated-filters.ts";
import { parseProgram, simulate } from "./simulator.ts";

/** linux/audit.h */
const audit: Readonly<Record<string, number>> = { x86_64: 0xc000003e, aarch64: 0xc00000b7, i386: 0x40000003, arm: 0x40000028, riscv64: 0xc00000f3 };

const errnos = ["EPERM", "EINVAL", "ENOSYS", "ENOMEM", "ENOTTY", "EOPNOTSUPP", "EAFNOSUPPORT", "EPROTONOSUPPORT"] as const;

function actionOf(value: number): Action {
  if (value === 0x7fff0000) return "allow";
  if (value === 0x7fc00000) return "kill";
  if (value === 0x50000) return "ignore";
  const name = errnos.find((known) => constants.errno[known] === value - 0x50000);
  if (name === undefined) throw new Error(`unexpected return value ${value.toString(16)}`);
  return name;
}

/** What the policy says, worked out from its rules and nothing else. @param lows low words of the arguments, 0 where there is none; `highs` likewise */
function expected(policy: Policy, call: string | undefined, lows: readonly number[] = [], highs: readonly number[] = []): Action {
  if (call === undefined) return "ENOSYS";
  const action = policy.rules.find((rule) => callsOf(rule).includes(call))?.action ?? policy.otherwise;
  const byArgument = policy.arguments.find((rule) => rule.call === call);
  return action !== "allow" || byArgument === undefined ? action : byValues(byArgument, lows, highs);
}

function byValues({ cases, otherwise }: ArgumentRule, lows: readonly number[], highs: readonly number[]): Action {
  const seen = ({ argument, word }: Condition) => (word === "high" ? highs : lows)[argument] ?? 0;
  return cases.find(({ when }) => when.every((condition) => holds(condition, seen(condition))))?.then ?? otherwise;
}

function holds({ test, values, mask = 0xffff_ffff }: Condition, low: number): boolean {
  const seen = (low & mask) >>> 0;
  const numbers = Object.values(values);
  switch (test) {
    case "one of": return numbers.includes(seen);
    case "none of": return !numbers.includes(seen);
    case "any bit of": return numbers.some((bits) => (seen & bits) !== 0);
    case "any bit but": return (seen & ~numbers.reduce((sum, bits) => sum | bits, 0)) !== 0;
  }
}

const highWords = [0n, 1n, 0xdead_beefn, 0xffff_ffffn];

/** Every low word that could matter to some condition on this argument: each value, its neighbours, each single bit, and some others. */
function valuesToTry({ cases }: ArgumentRule, argument: number): number[] {
  const known = cases.flatMap(({ when }) => when.filter((condition) => condition.argument === argument).flatMap(({ values }) => Object.values(values)));
  const bits = Array.from({ length: 32 }, (_, bit) => 2 ** bit);
  return [...new Set([...known, ...known.flatMap((value) => [value + 1, value - 1]), ...bits, 0, 17, 0x003d0f00, 0x01200011, 0x7e020000, 0x7fffffff, 0xffffffff].map((value) => value >>> 0))];
}

/** The arguments that a rule looks at. */
function argumentsOf({ cases }: ArgumentRule): number[] {
  return [...new Set(cases.flatMap(({ when }) => when.map(({ argument }) => argument)))];
}

/** Combinations of low words: all for two arguments; for three, the third is tried against the values that conditions name. */
function combinations(rule: ArgumentRule): number[][] {
  const wanted = argumentsOf(rule);
  let found: number[][] = [[0, 0, 0, 0, 0, 0]];
  for (const argument of wanted) {
    const values = valuesToTry(rule, argument).filter((value) => wanted.length < 3 || value < 0x100 || value > 0x7fff_fff0);
    found = found.flatMap((lows) => values.map((value) => lows.with(argument, value)));
  }
  return found;
}

const calls = ["clone", "socket", "fcntl", "flock", "ptrace", "vfork"];
const lists: readonly Policy[] = [allowListPolicy([]), allowListPolicy(calls), allowListPolicy(calls, "loopback"), withPermissions(allowListPolicy(calls), permissions)];
const permitted = [[policyOf("default"), permissions.filter(changesPolicy)], [policyOf("host"), ["locks"]], [policyOf("loopback"), ["ptrace"]]] as const;
const cases = architectures.flatMap((architecture) =>
  [...[...policyNames.map(policyOf), ...lists].map((policy) => [policy, []] as const), ...permitted].map(([base, allowed], index) => ({
    architecture, policy: withPermissions(base, allowed), name: `${withPermissions(base, allowed).name}${["", "", "", "", "", " with calls", " with calls and loopback"][index] ?? ""} on ${architecture}`, filter: wideFilterOf(base, allowed, architecture),
  })),
);

describe.each(cases)("the filter of $name", ({ architecture, policy, filter }) => {
  const names = new Map([...syscallsOf(architecture)].map(([name, number]) => [number, name]));
  const answer = (number: number, args: readonly bigint[] = [], from: string = architecture) =>
    actionOf(simulate(filter, { architecture: audit[from]!, number, arguments: args }).value);

  test("does with every number what the policy says", () => {
    const wrong: unknown[] = [];
    for (let number = 0; number <= 700; number++) {
      const got = answer(number);
      const want = expected(policy, names.get(number));
      if (got !== want) wrong.push({ number, name: names.get(number), got, want });
    }
    expect(wrong).toEqual([]);
  });

  test("answers numbers that were invented later with ENOSYS", () => {
    for (const number of [472, 500, 701, 1023, 4096, 0x3fffffff]) expect([number, answer(number)]).toEqual([number, "ENOSYS"]);
  });

  test("kills negative numbers and those of x32", () => {
    for (const number of [-1, -2, -3, -0x80000000, 0x40000000]) expect([number, answer(number)]).toEqual([number, "kill"]);
    for (let number = 0; number <= 700; number++) expect([number, answer(number | 0x40000000)]).toEqual([number, "kill"]);
  });

  test("kills every call of another ABI", () => {
    for (const from of Object.keys(audit).filter((name) => name !== architecture)) {
      for (let number = -3; number <= 700; number++) expect([from, number, answer(number, [], from)]).toEqual([from, number, "kill"]);
    }
  });

  test("looks at the words of the arguments that a rule names, and at nothing else", () => {
    const wrong: unknown[] = [];
    let tried = 0;
    for (const rule of policy.arguments) {
      const number = syscallsOf(architecture).get(rule.call);
      // mknod is not on every architecture.
      if (number === undefined) continue;
      const looked = argumentsOf(rule);
      for (const lows of combinations(rule)) {
        for (const high of highWords) {
          const want = expected(policy, rule.call, lows, lows.map((_, index) => (looked.includes(index) ? Number(high) : 0xffff_ffff)));
          const args = lows.map((low, index) => (looked.includes(index) ? (high << 32n) | BigInt(low) : 0xffff_ffff_ffff_fff0n));
          const got = answer(number, args);
          tried++;
          if (got !== want) wrong.push({ call: rule.call, lows, high, got, want });
        }
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(tried).toBeGreaterThan(2000);
  });

  test("decides calls that no argument rule names without looking at arguments", () => {
    const byArgument = new Set(policy.arguments.map(({ call }) => call));
    for (const [name, number] of syscallsOf(architecture)) {
      if (byArgument.has(name)) continue;
      expect([name, answer(number, Array<bigint>(6).fill(0xffff_ffff_ffff_ffffn))]).toEqual([name, answer(number)]);
    }
  });

  test("is one that the kernel takes: size, jumps forward and inside, a return at the end, known instructions", () => {
    expect(filter.length).toBeLessThan(4096);
    filter.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
      expect([0x20, 0x54, 0x05, 0x15, 0x35, 0x45, 0x06]).toContain(code);
      expect(Math.max(jumpTrue, jumpFalse)).toBeLessThanOrEqual(255);
      if (code !== 0x06) expect(index + 1 + (code === 0x05 ? k : Math.max(jumpTrue, jumpFalse))).toBeLessThan(filter.length);
      expect(k).toBeWithin(0, 2 ** 32);
    });
    expect(filter.at(-1)!.code).toBe(0x06);
  });

  test("has no instruction that no call reaches", () => {
    const reached = new Set<number>([0]);
    filter.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
      if (!reached.has(index)) return;
      if (code === 0x05) reached.add(index + 1 + k);
      else if (code === 0x20 || code === 0x54) reached.add(index + 1);
      else if (code !== 0x06) for (const jump of [jumpTrue, jumpFalse]) reached.add(index + 1 + jump);
    });
    expect(reached.size).toBe(filter.length);
  });

  test("comes to an end after few instructions", () => {
    let most = 0;
    for (let number = -3; number <= 700; number++) most = Math.max(most, simulate(filter, { architecture: audit[architecture]!, number }).executed);
    expect(most).toBeLessThan(100);
  });

  test("survives the way to bytes and back", () => {
    expect(parseProgram(programBytes(filter))).toEqual([...filter]);
  });
});

describe("what is in the binary", () => {
  test("is what the generator makes (npm run filters writes it)", () => {
    expect(readFileSync(join(import.meta.dir, "../../../src/seccomp/generated.ts"), "utf8")).toBe(textOfGeneratedFilters());
    expect(readFileSync(join(import.meta.dir, "../../../src/seccomp/generated-permissions.ts"), "utf8")).toBe(textOfGeneratedPermissions());
    for (const architecture of architectures) {
      for (const profile of policyNames) {
        expect(generatedFilters[architecture][profile]).toBe(programBytes(filterOf(policyOf(profile), architecture)).toHex());
      }
    }
  });

  test("is the same on whatever machine it is generated", () => {
    const bpf = join(import.meta.dir, "../../helpers/generated-filters.ts");
    const script = `
      Object.defineProperty(process, "arch", { value: process.arch === "arm64" ? "x64" : "arm64" });
      const { generatedFilters } = await import(${JSON.stringify(bpf)});
      require("node:fs").writeSync(1, generatedFilters());`;
    expect(Bun.spawnSync([process.execPath, "-e", script]).stdout.toString()).toBe(textOfGeneratedFilters());
  });
});

test("the simulator tells a program that ends without a return, an odd load and an unknown instruction", () => {
  const one = (code: number, k = 0) => [{ code, jumpTrue: 0, jumpFalse: 0, k }];
  const call = { architecture: audit["x86_64"]!, number: 0 };
  expect(() => simulate(one(0x20, 0), call)).toThrow("was left");
  expect(() => simulate(one(0x20, 3), call)).toThrow("load of 3");
  expect(() => simulate(one(0x87), call)).toThrow("unknown instruction");
});

// Written out once more, so that a slip in a table does not go unseen.
describe.each(architectures.flatMap((architecture) => policyNames.map((profile) => ({ architecture, profile }))))("$profile on $architecture", ({ architecture, profile }) => {
  const filter = filterOf(policyOf(profile), architecture);
  const ask = (call: string, ...args: bigint[]) => {
    const number = syscallsOf(architecture as Architecture).get(call);
    return number === undefined ? null : actionOf(simulate(filter, { architecture: audit[architecture]!, number, arguments: args }).value);
  };

  test("kills what is an attempt to break out", () => {
    for (const call of ["unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "bpf", "init_module", "kexec_load", "keyctl", "add_key", "open_by_handle_at", "reboot", "open_tree_attr"]) {
      expect([call, ask(call)]).toEqual([call, "kill"]);
    }
  });

  test("refuses what programs try in good faith", () => {
    for (const [call, answer] of Object.entries({ ptrace: "EPERM", clone3: "ENOSYS", io_uring_setup: "ENOSYS", userfaultfd: "EPERM", perf_event_open: "EPERM", splice: "ENOSYS", flock: "ENOSYS", mknodat: "EPERM", io_setup: "ENOSYS", inotify_add_watch: "ENOSYS", seccomp: "ENOSYS" })) {
      expect([call, ask(call)]).toEqual([call, answer as Action]);
    }
  });

  test("decides by arguments", () => {
    const dirty = 0xdead_beef_0000_0000n;
    expect([ask("clone", 17n), ask("clone", 0x3d0f00n), ask("clone", 0x4111n), ask("clone", 0x1000_0011n), ask("clone", dirty | 0x2000_0011n), ask("clone", 0x8011n), ask("clone", 0x2011n)])
      .toEqual(["allow", "allow", "allow", "EPERM", "EPERM", "EPERM", "EPERM"]);
    const inet = (profile === "loopback" || profile === "host") ? "allow" : "EAFNOSUPPORT";
    expect([1n, 2n, 10n, 16n, 40n, 38n, 17n, dirty | 40n, dirty | 1n].map((family) => ask("socket", family, 1n, 0n))).toEqual(["allow", inet, inet, inet, "EAFNOSUPPORT", "EAFNOSUPPORT", "EAFNOSUPPORT", "EAFNOSUPPORT", "allow"]);
    const odd = (profile === "loopback" || profile === "host") ? "EPROTONOSUPPORT" : "EAFNOSUPPORT";
    // SCTP, DCCP and raw sockets, by type and by protocol; netlink of another subsystem.
    expect([[2n, 1n, 132n], [2n, 5n, 0n], [10n, 6n, 0n], [2n, 3n, 6n], [2n, dirty | 0x80005n, 0n], [16n, 3n, 6n], [16n, 3n, dirty | 12n]].map(([family, type, protocol]) => ask("socket", family!, type!, protocol!)))
      .toEqual([odd, odd, odd, odd, odd, odd, odd]);
    expect([ask("socket", 2n, 0x80001n, 6n), ask("socket", 10n, 2n, 17n), ask("socket", 1n, 5n, 0n), ask("socket", 1n, 1n, 1n), ask("socket", 1n, 1n, 6n)]).toEqual([inet, inet, "allow", "allow", "EPROTONOSUPPORT"]);
    expect([ask("socketpair", 1n), ask("socketpair", 30n), ask("socketpair", 1n, 1n, 7n)]).toEqual(["allow", "EAFNOSUPPORT", "EPROTONOSUPPORT"]);
    expect([26n, 50n, 51n, 52n, dirty | 26n, 9n].map((option) => ask("setsockopt", 3n, 1n, option))).toEqual(["EPERM", "EPERM", "EPERM", "EPERM", "EPERM", "allow"]);
    const buffers = profile === "loopback" ? "ignore" : "allow";
    expect([ask("setsockopt", 3n, 1n, 7n), ask("setsockopt", 3n, dirty | 1n, dirty | 8n), ask("setsockopt", 3n, 6n, 7n)]).toEqual([buffers, buffers, "allow"]);
    expect([ask("setsockopt", 3n, 6n, 26n), ask("setsockopt", 3n, dirty | 1n, 50n)]).toEqual(["allow", "EPERM"]);
    expect([0n, 3n, 1n, 2n, 0x10n, dirty].map((mode) => ask("fallocate", 1n, mode))).toEqual(["allow", "allow", "EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP", "allow"]);
    expect([ask("mmap", 0n, 0n, 0n, 0x22n), ask("mmap", 0n, 0n, 0n, 0x4_0022n), ask("memfd_create", 0n, 1n), ask("memfd_create", 0n, dirty | 4n)]).toEqual(["allow", "ENOMEM", "allow", "ENOMEM"]);
    expect([ask("shmget", 0n, 0n, 0o1600n), ask("shmget", 0n, 0n, 0o5600n)]).toEqual(profile === "strict" ? ["ENOSYS", "ENOSYS"] : ["allow", "ENOMEM"]);
    expect([ask("fcntl", 1n, 3n), ask("fcntl", 1n, 6n), ask("fcntl", 1n, dirty | 7n), ask("fcntl", 1n, 8n)]).toEqual(["allow", "ENOSYS", "ENOSYS", profile === "strict" ? "ENOSYS" : "allow"]);
    expect([ask("ioctl", 0n, 0x5401n), ask("ioctl", 0n, 0x5412n), ask("ioctl", 0n, dirty | 0x541cn)]).toEqual(["allow", "EPERM", "EPERM"]);
    // A read-only subvolume, a project quota, flags, a bridge and a VLAN (which load modules), wireless; copies by reference are fine.
    expect([0x5000_940fn, 0x401c_5820n, 0x4008_6602n, 0x8940n, 0x8982n, 0x8b01n, dirty | 0x5000_940fn].map((request) => ask("ioctl", 0n, request))).toEqual(Array(7).fill("ENOTTY"));
    expect([0x4004_9409n, 0x4020_940dn, 0xc018_9436n, 0x541bn, 0x8905n].map((request) => ask("ioctl", 0n, request))).toEqual(Array(5).fill("allow"));
    // A request of a device that nobody knows.
    expect(ask("ioctl", 0n, 0xae00n)).toBe(profile === "strict" ? "ENOTTY" : "allow");
    expect([ask("prctl", 15n), ask("prctl", 22n), ask("prctl", 35n), ask("prctl", dirty | 22n)]).toEqual(["allow", "EINVAL", "EINVAL", "EINVAL"]);
    expect([ask("personality", 0xffffffffn), ask("personality", 0x40000n), ask("personality", 0x400000n)]).toEqual(["allow", "allow", "EPERM"]);
    expect([ask("prlimit64", 0n), ask("prlimit64", 1n)]).toEqual(["allow", "EPERM"]);
    // The core limit may be asked for, and setting it has no effect: the new limit is a pointer.
    expect([[0n, 4n, 0n], [0n, 4n, 0x7fff_0000_1000n], [0n, 4n, 0x7fff_0000_0000n], [0n, dirty | 4n, 1n], [0n, 3n, 0x7fff_0000_1000n]].map(([pid, resource, limit]) => ask("prlimit64", pid!, resource!, limit!)))
      .toEqual(["allow", "ignore", "ignore", "ignore", "allow"]);
    expect([ask("setrlimit", 4n), ask("setrlimit", 3n)]).toEqual(["ignore", "allow"]);
  });
});
