// The policies as data: complete, without doubt, and with a reason for everything.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { parseConfig } from "../../../src/config/config.ts";
import { syscallNumbers as ours } from "../../../src/kernel/syscall-numbers.ts";
import { policyNames } from "../../../src/model/seccomp.ts";
import { filterFor } from "../../../src/executor/plan/filter.ts";
import { defaultArguments, hostArguments } from "../../../src/seccomp/arguments.ts";
import { allowListPolicy, neededToStart, neverAllowed } from "../../../src/seccomp/allow-list.ts";
import { filterOf, programBytes } from "../../../src/seccomp/bpf.ts";
import { disassemble } from "../../../src/seccomp/disassemble.ts";
import { generatedFilters } from "../../../src/seccomp/generated.ts";
import { callsOf, decisions, policyOf } from "../../../src/seccomp/policy.ts";
import { architectures, newestNumber, syscallNames, syscallsOf, type Architecture } from "../../../src/seccomp/syscalls.ts";
import { claimWith } from "../../helpers/requires.ts";

const here: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";

/** Names that the header gives to what our table calls otherwise, or that are no calls. */
const otherNames: Readonly<Record<string, string>> = { fstatat: "newfstatat", sync_file_range2: "sync_file_range", umount: "umount2" };
const noCalls = new Set(["syscalls", "arch_specific_syscall"]);

describe("the tables of numbers", () => {
  test.each([...architectures])("of %s have each number and each name once", (architecture) => {
    const numbers = [...syscallsOf(architecture).values()];
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBeGreaterThan(300);
    expect(newestNumber(architecture)).toBe(471);
  });

  const headers: readonly (readonly [Architecture, string])[] = [
    ["x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"],
    ["aarch64", "/usr/include/asm-generic/unistd.h"],
  ];
  for (const [architecture, header] of headers) {
    claimWith({ missing: existsSync(header) ? null : header })(`of ${architecture} are those of the kernel's headers`, () => {
      const lines = readFileSync(header, "utf8").matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm);
      const kernel = [...lines]
        .map(([, name = "", number]): [string, number] => [otherNames[name] ?? name, Number(number)])
        // 403 to 423 are for 32-bit machines that need 64-bit times.
        .filter(([name, number]) => !noCalls.has(name) && (number < 403 || number > 423));
      const newest = Math.max(...kernel.map(([, number]) => number));
      // Came to x86_64 later than calls with larger numbers.
      const late = (name: string) => name === "uprobe" || name === "uretprobe";
      const inOrder = (calls: readonly [string, number][]) => [...new Map(calls)].filter(([name]) => !late(name)).toSorted((a, b) => a[1] - b[1]);
      expect(inOrder([...syscallsOf(architecture)].filter(([, number]) => number <= newest))).toEqual(inOrder(kernel));
    });
  }

  test("agree with the numbers of the calls that we make ourselves", () => {
    expect(Object.entries(ours).filter(([name, number]) => syscallsOf(here).get(name) !== number)).toEqual([]);
  });
});

describe.each([...policyNames])("the policy %s", (profile) => {
  const policy = policyOf(profile);

  test("names only calls that there are, each once", () => {
    const named = policy.rules.flatMap(callsOf);
    expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
    expect(named.filter((name) => !syscallNames().includes(name))).toEqual([]);
    const byArgument = policy.arguments.map(({ call }) => call);
    expect(new Set(byArgument).size).toBe(byArgument.length);
    expect(byArgument.filter((name) => !syscallNames().includes(name))).toEqual([]);
  });

  test("has a reason for every rule", () => {
    for (const { reason } of [...policy.rules, ...policy.arguments]) expect(reason).toMatch(/^[^A-Z ].{10,}[^.]$|^[A-Z_]{5,}.{10,}[^.]$/);
  });

  test("allows the calls that the launcher makes after the filter is installed", () => {
    for (const architecture of architectures) {
      const decided = decisions(policy, architecture);
      for (const call of ["getrusage", "write", "clock_gettime", "execve", "exit_group"]) {
        expect([call, decided.get(syscallsOf(architecture).get(call)!)]).toEqual([call, "allow"]);
      }
    }
  });
});

test("strict decides about every call that there is, none is left over", () => {
  const named = new Set(policyOf("strict").rules.flatMap(callsOf));
  expect(syscallNames().filter((name) => !named.has(name))).toEqual([]);
});

test("strict allows nothing that default does not", () => {
  for (const architecture of architectures) {
    const strict = decisions(policyOf("strict"), architecture);
    const loose = decisions(policyOf("default"), architecture);
    expect([...strict].filter(([number, decision]) => decision === "allow" && loose.get(number) !== "allow")).toEqual([]);
  }
});

describe("a list of allowed calls", () => {
  const problem = (names: unknown) => {
    try {
      parseConfig({ instance_id: "x", allowed_syscalls: names }, "configuration");
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test("has names of any architecture, and may be empty", () => {
    expect([problem([]), problem(["read", "open", "epoll_wait", "flock", "ptrace"]), problem(null)]).toEqual([null, null, null]);
  });

  test("with an unknown name is refused, and the nearest one is named", () => {
    expect(problem(["read", "opne"])).toBe("configuration: allowed_syscalls.1: unknown system call 'opne', did you mean 'open'?");
    expect(problem(["fstat64"])).toBe("configuration: allowed_syscalls.0: unknown system call 'fstat64', did you mean 'fstat'?");
    expect(problem(["qqqqqqqqqqq"])).toBe("configuration: allowed_syscalls.0: unknown system call 'qqqqqqqqqqq'");
    for (const name of ["", "READ", " read", "read write", "constructor", "__proto__", "0", "openat\n"]) expect(problem([name])).toContain("allowed_syscalls.0: unknown system call");
    expect(problem([3])).toContain("allowed_syscalls.0");
    expect(problem("read")).toContain("allowed_syscalls");
  });

  test("cannot have calls that break out, or that no filter can look into", () => {
    for (const name of ["mount", "unshare", "bpf", "keyctl", "clone3", "io_uring_setup"]) expect(problem([name])).toContain(`'${name}' cannot be allowed: `);
    for (const rule of policyOf("default").rules.filter(({ action }) => action === "kill")) for (const call of callsOf(rule)) expect(neverAllowed().has(call)).toBe(true);
  });

  test("is completed by what a start needs, keeps what kills, and refuses the rest", () => {
    const decided = decisions(allowListPolicy(["epoll_wait", "socket"]), "x86_64");
    const of = (call: string) => decided.get(syscallsOf("x86_64").get(call)!);
    const byArgument = new Set(defaultArguments.map(({ call }) => call));
    for (const call of ["epoll_wait", ...neededToStart.flatMap(callsOf)].filter((name) => !byArgument.has(name))) expect([call, of(call)]).toEqual([call, "allow"]);
    expect([of("mount"), of("ptrace"), of("vfork"), of("clone"), of("listen")]).toEqual(["kill", "EPERM", "ENOSYS", "ENOSYS", "ENOSYS"]);
    expect(of("socket")).toBe(defaultArguments.find(({ call }) => call === "socket"));
    const connected = decisions(allowListPolicy(["socket"], "host"), "x86_64");
    expect(connected.get(syscallsOf("x86_64").get("socket")!)).toBe(hostArguments.find(({ call }) => call === "socket"));
  });
});

describe("the filter of a run", () => {
  const config = parseConfig({ instance_id: "b", seccomp: "strict" }, "test");
  const filters = generatedFilters[here];
  const none = { run: null, pack: null, compiles: false, network: "none", allowed: [] } as const;

  test("of a box with a network allows its sockets, but not in strict", () => {
    const usual = parseConfig({ instance_id: "b" }, "test");
    expect(filterFor(usual, { ...none, network: "loopback" })).toBe(filters.loopback);
    expect(filterFor(usual, { ...none, network: "host" })).toBe(filters.host);
    expect(filterFor(config, { ...none, network: "host" })).toBe(filters.strict);
    const listed = parseConfig({ instance_id: "b", allowed_syscalls: ["socket"] }, "test");
    expect(filterFor(listed, { ...none, network: "host" })).toBe(programBytes(filterOf(allowListPolicy(["socket"], "host"), here)).toHex());
  });

  test("is the box's, unless the pack names another, unless the run does", () => {
    expect(filterFor(config, none)).toBe(filters.strict);
    expect(filterFor(config, { ...none, pack: "default" })).toBe(filters.default);
    expect(filterFor(config, { ...none, pack: "default", run: "strict" })).toBe(filters.strict);
    expect(filterFor(parseConfig({ instance_id: "b" }, "test"), none)).toBe(filters.default);
  });

  test("of a compiler is the pack's before the run's", () => {
    expect(filterFor(config, { ...none, pack: "default", run: "strict", compiles: true })).toBe(filters.default);
    expect(filterFor(config, { ...none, pack: null, run: "default", compiles: true })).toBe(filters.default);
    expect(filterFor(config, { ...none, compiles: true })).toBe(filters.strict);
  });

  test("is made from the list when there is one, for the program and not for the compiler", () => {
    const listed = parseConfig({ instance_id: "b", allowed_syscalls: ["getppid"] }, "test");
    const list = programBytes(filterOf(allowListPolicy(["getppid"]), here)).toHex();
    expect(filterFor(listed, none)).toBe(list);
    expect(filterFor(listed, { ...none, pack: "default" })).toBe(list);
    expect(filterFor(listed, { ...none, run: "strict", compiles: true })).toBe(filters.strict);
    expect(() => filterFor(listed, { ...none, run: "strict" })).toThrow("cannot use --seccomp strict with box b: it has allowed_syscalls");
  });
});

test("a filter can be read: every instruction has its words", () => {
  for (const architecture of architectures) {
    for (const profile of policyNames) {
      const filter = filterOf(policyOf(profile), architecture);
      const lines = disassemble(filter, architecture);
      expect(lines).toHaveLength(filter.length);
      expect(lines.slice(0, 6)).toEqual([
        "A = architecture",
        `if A == 0x${architecture === "x86_64" ? "c000003e" : "c00000b7"} go to 3 (${architecture})`,
        "return USER_NOTIF",
        "A = number of the call",
        "if A >= 0x40000000 go to 5, else to 6",
        "return USER_NOTIF",
      ]);
      for (const line of lines) expect(line).toMatch(/^A = |^if A (==|>=|&) \S+ go to \d+(, else to \d+)?( \(\w+\))?$|^go to \d+$|^return (ALLOW|USER_NOTIF|ERRNO E[A-Z]+|ERRNO 0)$/);
    }
  }
  expect(() => disassemble([{ code: 0x87, jumpTrue: 0, jumpFalse: 0, k: 0 }], "x86_64")).toThrow("unknown instruction");
});
