import { describe, expect, test } from "bun:test";
import type { LaunchSpec } from "../../../../src/executor/plan/spec.ts";
import { AT_FDCWD, CLONE, O, PR, RESOLVE, RLIMIT } from "../../../../src/kernel/constants.ts";
import type { Step } from "../../../../src/model/plan.ts";
import { bare, does, everySpec, expectOrder, inherited, lines, looped, places, sharing, steps, userns } from "./steps.ts";
import { someSpec } from "../samples.ts";

const rlimits = does(/^set RLIMIT_/);
const bounding = does(/ from the bounding set$/);
const redirections = does(/^open std(in|out|err) file /);

describe("the kinds of a launch", () => {
  const network = (step: Step) => step.call === "unshare" && (Number(step.args[0]) & CLONE.NEWNET) !== 0;

  test("with a shared network have no network namespace and leave the interfaces alone", () => {
    expect(steps(sharing).some(network)).toBe(false);
    expect(steps(sharing).some((step) => step.call === "socket" || step.call === "ioctl")).toBe(false);
    const ofProc = ["create /proc/net as a mount", "mount /proc/net on itself", "close /proc/net"];
    expect(lines(sharing).filter((line) => !ofProc.includes(line))).toEqual(lines(someSpec));
  });

  test("without a network and with a loopback have a network namespace of their own", () => {
    for (const spec of [someSpec, looped]) expect(steps(spec).filter(network)).toHaveLength(1);
  });

  test("with a loopback bound its buffers while /proc of the host is there, and bring it up afterwards", () => {
    const more = ["open tcp_rmem", "bound tcp_rmem", "close tcp_rmem", "open tcp_wmem", "bound tcp_wmem", "close tcp_wmem", "create /proc/net as a mount", "mount /proc/net on itself", "close /proc/net", "open a socket", "bring the loopback interface up", "close the socket"];
    expect(lines(looped).filter((line) => !lines(someSpec).includes(line))).toEqual(more);
    expectOrder(looped, network, does("bound tcp_rmem"));
    expectOrder(looped, does("bound tcp_wmem"), does("make all mounts private"));
    expectOrder(looped, does("make all mounts private"), does("bring the loopback interface up"));
    expect(lines({ ...looped, boundsSocketMemory: false }).filter((line) => line.includes("tcp_"))).toEqual([]);
  });

  test("in a user namespace keep the one uid that there is, and lose all capabilities", () => {
    const calls = steps(userns).map((step) => step.call);
    for (const call of ["setgroups", "setresgid", "setresuid"] as const) expect(calls).not.toContain(call);
    for (const call of ["unshare", "pivot_root", "capset", "seccomp"] as const) expect(calls).toContain(call);
    expect(places(userns, bounding)).toHaveLength(2);
  });

  test("without namespaces need nothing that an ordinary user may not do", () => {
    const calls = new Set(steps(bare).map((step) => step.call));
    for (const call of ["unshare", "mount", "pivot_root", "chroot", "sethostname", "setgroups", "setresgid", "setresuid", "mknodat"] as const) expect(calls.has(call)).toBe(false);
    expect(steps(bare).some((step) => step.args[0] === PR.CAPBSET_DROP)).toBe(false);
    for (const call of ["capset", "seccomp", "setsid", "prlimit64"] as const) expect(calls.has(call)).toBe(true);
  });

  test("close every descriptor above 2 on execve, the status channel too when the others are inherited", () => {
    const closing = (spec: LaunchSpec) => lines(spec).filter((line) => line.endsWith("on execve"));
    expect(closing(someSpec)).toEqual(["close descriptors above 2 on execve"]);
    expect(closing(inherited)).toEqual(["close the status channel on execve"]);
  });

  test("replace only the redirected streams", () => {
    const spec: LaunchSpec = { ...someSpec, redirections: [null, "log", null] };
    expect(places(spec, redirections)).toHaveLength(1);
    expect(steps(spec).find(does("put stdout in place"))!.args).toEqual([{ fd: "stdout" }, 1, 0]);
  });
});

describe("the stream files of a launch", () => {
  const opens = (spec: LaunchSpec) => steps(spec).filter(redirections);

  test("are opened without following links of /proc, files for writing made new, and the other end of a named pipe is waited for", () => {
    const spec: LaunchSpec = { ...someSpec, redirections: ["in", "out", "err"] };
    const words = opens(spec).map(({ call, args: [from, path, how, bytes] }) => [call, from, path, [...new BigUint64Array(Uint8Array.fromHex((how as { hex: string }).hex).buffer)], bytes]);
    const always = O.CLOEXEC | O.NOCTTY;
    const writing = BigInt(O.WRONLY | O.CREAT | O.TRUNC | always);
    expect(words).toEqual([
      ["openat2", AT_FDCWD, "in", [BigInt(always), 0n, BigInt(RESOLVE.NO_MAGICLINKS)], 24],
      ["openat2", AT_FDCWD, "out", [writing, 0o666n, BigInt(RESOLVE.NO_MAGICLINKS)], 24],
      ["openat2", AT_FDCWD, "err", [writing, 0o666n, BigInt(RESOLVE.NO_MAGICLINKS)], 24],
    ]);
  });

  test("that are streams of the program themselves are not opened, but put in place", () => {
    const streams = (...names: [string | null, string | null, string | null]) => {
      const spec: LaunchSpec = { ...someSpec, redirections: names };
      expect(opens(spec)).toEqual([]);
      return steps(spec).filter((step) => step.call === "dup3").map(({ does: line, args }) => [line, ...args]);
    };
    expect(streams(null, null, "/dev/stdout")).toEqual([["put stdout in place of stderr", 1, 2, 0]]);
    expect(streams(null, "/dev/fd/2", null)).toEqual([["put stderr in place of stdout", 2, 1, 0]]);
    expect(streams("/dev/stdin", "/proc/self/fd/1", "/dev/stderr")).toEqual([]);
  });
});

describe("the rlimits of a launch", () => {
  const limits = (spec: LaunchSpec) =>
    Object.fromEntries(
      steps(spec).filter(rlimits).map((step) => {
        const words = new DataView(Uint8Array.fromHex((step.args[2] as { hex: string }).hex).buffer);
        return [step.does.slice("set RLIMIT_".length), [words.getBigUint64(0, true), words.getBigUint64(8, true)]];
      }),
    );
  const infinity = 2n ** 64n - 1n;

  test("are hard as well as soft", () => {
    expect(limits(someSpec)).toEqual({
      FSIZE: [65_536n, 65_536n], STACK: [8_388_608n, 8_388_608n], CORE: [1n, 1n], NOFILE: [64n, 64n], MEMLOCK: [0n, 0n], CPU: [2n, 3n],
      NPROC: [1028n, 1028n], DATA: [infinity, infinity], AS: [infinity, infinity], RSS: [infinity, infinity], LOCKS: [infinity, infinity],
      SIGPENDING: [1024n, 1024n], MSGQUEUE: [819_200n, 819_200n], NICE: [0n, 0n], RTPRIO: [0n, 0n], RTTIME: [0n, 0n],
    });
  });

  test("are all that there are: none is left as the caller has it", () => {
    for (const [, spec] of everySpec) expect(steps(spec).filter(rlimits).map(({ args }) => args[1]).toSorted((one, other) => Number(one) - Number(other))).toEqual(Object.values(RLIMIT));
  });

  test("of cores is 1 where none is wanted, at which no handler of the host's runs, and what was asked for otherwise", () => {
    const core = (coreBytes: number | null, reachable = 1) =>
      limits({ ...someSpec, limits: { ...someSpec.limits, coreBytes }, caller: { ...someSpec.caller, limits: { ...someSpec.caller.limits, [RLIMIT.CORE]: reachable } } })["CORE"];
    expect([core(0), core(0, 0), core(2), core(4096), core(null)]).toEqual([[1n, 1n], [0n, 0n], [2n, 2n], [4096n, 4096n], [infinity, infinity]]);
  });

  test("of CPU time never come before the supervisor's own kill", () => {
    const cpu = (cpuTimeMs: number | null) => limits({ ...someSpec, limits: { ...someSpec.limits, cpuTimeMs } })["CPU"]?.[0];
    expect([cpu(1), cpu(1000), cpu(1001), cpu(null)]).toEqual([2n, 2n, 3n, infinity]);
  });

  test("are infinite for what has no limit", () => {
    const none = limits({ ...someSpec, limits: { ...someSpec.limits, fileSizeBytes: null, stackBytes: null, coreBytes: null } });
    expect(none).toMatchObject({ FSIZE: [infinity, infinity], STACK: [infinity, infinity], CORE: [infinity, infinity] });
  });

  test("of open files so low that it would hinder the launcher comes when that has opened everything", () => {
    const files = does("set RLIMIT_NOFILE");
    const low = (openFiles: number): LaunchSpec => ({ ...someSpec, limits: { ...someSpec.limits, openFiles } });
    expectOrder(low(63), does("report it"), files);
    expectOrder(low(64), files, does(/^become uid /));
    for (const openFiles of [3, 63, 64, 1024]) expect([places(low(openFiles), files).length, limits(low(openFiles))["NOFILE"]]).toEqual([1, [BigInt(openFiles), BigInt(openFiles)]]);
  });

  test("stand in for a control group only where there is none", () => {
    expect(limits(bare)).toMatchObject({ NPROC: [9n, 9n], DATA: [1_000_000n, 1_000_000n] });
    expect(limits(someSpec)).toMatchObject({ NPROC: [1028n, 1028n], DATA: [infinity, infinity] });
  });
});
