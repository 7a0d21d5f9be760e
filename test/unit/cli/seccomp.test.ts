import { describe, expect, test } from "bun:test";
import { parseArguments } from "../../../src/cli/args.ts";
import { describeArgument, describePolicy, profileOf } from "../../../src/cli/commands/seccomp.ts";
import { policyOf } from "../../../src/seccomp/policy.ts";
import { syscallsOf } from "../../../src/seccomp/syscalls.ts";

const main = new URL("../../../src/main.ts", import.meta.url).pathname;

function show(...args: string[]) {
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, main, "seccomp", ...args]);
  return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode };
}

describe("the arguments of seccomp", () => {
  test("are words and flags in any order", () => {
    for (const argv of [["show", "strict", "--json"], ["--json", "show", "strict"], ["show", "--json", "--", "strict"]]) {
      const { flags, operands } = parseArguments("seccomp", argv)!;
      expect([flags.json, [...operands]]).toEqual([true, ["show", "strict"]]);
    }
    expect(() => parseArguments("seccomp", ["show", "--jsno"])).toThrow("unknown flag --jsno for seccomp");
  });

  test("name a profile, or mean the default", () => {
    expect([profileOf(["show"]), profileOf(["show", "strict"])]).toEqual(["default", "strict"]);
    expect(() => profileOf([])).toThrow("nothing to do for seccomp");
    expect(() => profileOf(["print"])).toThrow("unknown word 'print' for seccomp");
    expect(() => profileOf(["show", "none"])).toThrow("unknown profile 'none'");
    expect(() => profileOf(["show", "strict", "x"])).toThrow("unexpected argument 'x' for seccomp");
  });
});

describe("seccomp show", () => {
  test("has every call that a rule names, its verdict and the reason", () => {
    const { stdout, stderr, exitCode } = show("show", "strict", "--arch", "x86_64");
    expect([stderr, exitCode]).toEqual(["", 0]);
    const words = new Set(stdout.split(/\s+/));
    expect([...syscallsOf("x86_64").keys()].filter((name) => !words.has(name))).toEqual([]);
    for (const { reason } of [...policyOf("strict").rules, ...policyOf("strict").arguments]) expect(stdout).toContain(`  ${reason}\n`);
    expect(stdout).toStartWith("Policy strict on x86_64\n\nVERDICT       CALLS, AND WHY\nkill          setns unshare\n");
    expect(stdout).toContain("\nENOSYS        numbers without a call, and all above 471\n");
    expect(stdout).toContain("\nsocket        EAFNOSUPPORT if family is none of AF_UNIX; EPROTONOSUPPORT if protocol is none of default\n              PF_UNIX; else allow\n");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThan(200);
  });

  test("has the sockets of a network only when asked for a box with one", () => {
    const rows = (...words: string[]) => show("show", ...words).stdout.split("\n").filter((line) => line.startsWith("socket  "));
    expect(rows("default")[0]).toContain("none of AF_UNIX;");
    for (const network of ["loopback", "host"]) expect(rows("default", "--network", network)[0]).toContain("none of AF_UNIX AF_INET AF_INET6 AF_NETLINK;");
    expect(rows("strict", "--network", "host")[0]).toContain("none of AF_UNIX;");
  });

  test("leaves out calls that the architecture does not have", () => {
    const calls = describePolicy(policyOf("strict"), "aarch64").rules.flatMap((rule) => rule.calls);
    expect(calls).toContain("openat");
    expect(calls).not.toContain("open");
    expect(new Set(calls)).toEqual(new Set(syscallsOf("aarch64").keys()));
  });

  test("gives the same as one JSON document", () => {
    const document = JSON.parse(show("show", "--json", "--arch", "aarch64").stdout);
    expect(document).toEqual(JSON.parse(JSON.stringify(describePolicy(policyOf("default"), "aarch64"))));
    expect(document).toMatchObject({ policy: "default", architecture: "aarch64", newest_number: 471, otherwise: "allow" });
  });

  test("shows the filter line by line with --disasm", () => {
    const { stdout } = show("show", "--disasm", "--arch", "x86_64");
    expect(stdout).toStartWith("  0  A = architecture\n  1  if A == 0xc000003e go to 3 (x86_64)\n  2  return USER_NOTIF\n");
    const { filter } = JSON.parse(show("show", "--disasm", "--json", "--arch", "x86_64").stdout);
    expect(stdout.trimEnd().split("\n").map((line) => line.trimStart().replace(/^\d+ {2}/, ""))).toEqual(filter.map(({ text }: { text: string }) => text));
    expect(filter[2]).toEqual({ code: 6, jt: 0, jf: 0, k: 0x7fc00000, text: "return USER_NOTIF" });
  });
});

test("a rule by argument is told in one line", () => {
  const of = (call: string) => describeArgument(policyOf("host").arguments.find((rule) => rule.call === call)!);
  expect(of("setsockopt")).toBe("EPERM if level is one of SOL_SOCKET and option is one of SO_ATTACH_FILTER SO_ATTACH_BPF SO_ATTACH_REUSEPORT_CBPF SO_ATTACH_REUSEPORT_EBPF; else allow");
  expect(of("mmap")).toBe("ENOMEM if flags has any bit of MAP_HUGETLB; else allow");
  expect(describeArgument(policyOf("default").arguments.find(({ call }) => call === "personality")!)).toBe("EPERM if persona is none of PER_LINUX ADDR_NO_RANDOMIZE query; else allow");
});
