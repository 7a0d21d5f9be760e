// The seccomp filter in a box: what kills, what is refused and how, and that the filter cannot be got around.
import { describe, expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syscallsOf, type Architecture } from "../../src/seccomp/syscalls.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, type Requirement, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const x86: Requirement = { missing: process.arch === "x64" ? null : "an x86_64 processor" };
const numbers = syscallsOf((process.arch === "arm64" ? "aarch64" : "x86_64") satisfies Architecture);

/** Set in the numbers of calls by the x32 ABI. */
const x32 = 0x4000_0000;

/** A number for the fixture: a name, or a number as it is. */
const numberOf = (call: string) => String(numbers.get(call) ?? call);

interface Attempt {
  readonly status: string;
  readonly exitCode: number;
  /** Without the first line, which says that the program began. */
  readonly said: string;
}

async function attempt(state: State, call: string, args: readonly string[] = [], { flags = [], how = [] }: { flags?: readonly string[]; how?: readonly string[] } = {}): Promise<Attempt> {
  const { result, exitCode, stderr } = await state.json(["run", ...flags, "--", "./try-syscall", ...how, numberOf(call), ...args]);
  if (!result.stdout.startsWith("started\n")) throw new Error(`${call}: ${result.status} ${result.error_message} ${stderr}`);
  expect(result.enforced.syscalls).toBe("seccomp");
  if (result.status === "SecurityViolation") {
    const name = how[0] === "int80" ? `number ${call} of the 32-bit ABI` : Number(call) >= x32 ? `number ${Number(call) - x32} of the x32 ABI` : nameOf(call);
    expect(result).toMatchObject({ forbidden_syscall: name, error_message: `forbidden system call: ${name}${permitted(name)}`, exit_code: null, signal: 31 });
  } else {
    expect(result.forbidden_syscall).toBeNull();
  }
  return { status: result.status, exitCode, said: result.stdout.slice("started\n".length).trimEnd() };
}

/** What the message says of a call that a box can be allowed. */
const permitted = (name: string) => {
  const permission = name === "process_vm_writev" ? "ptrace" : name.endsWith("32-bit ABI") ? "abi32" : null;
  return permission === null ? "" : `, which --allow ${permission} permits (not in the profile strict)`;
};

const killed: Attempt = { status: "SecurityViolation", exitCode: 4, said: "" };
const answered = (said: string): Attempt => ({ status: "Success", exitCode: 0, said });

/** As calls are named in a result. */
const nameOf = (call: string) => (numbers.has(call) ? call : `number ${call}`);

const dirty = (value: number) => `0xdeadbeef${value.toString(16).padStart(8, "0")}`;

for (const profile of ["default", "strict"] as const) {
  const flags = ["--seccomp", profile];
  describe(`under ${profile}`, () => {
    claim("calls that break out end the program as a security violation", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      for (const call of ["unshare", "setns", "mount", "umount2", "chroot", "bpf", "keyctl", "add_key", "open_by_handle_at", "process_vm_writev", "fsopen", "open_tree", "reboot", "init_module"]) {
        expect([call, await attempt(state, call, [], { flags })]).toEqual([call, killed]);
      }
      await expectNothingLeft(state);
    });

    claim("calls that runtimes try get an error and the program goes on", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      const answers = {
        ptrace: "EPERM", process_vm_readv: "EPERM", perf_event_open: "EPERM", userfaultfd: "EPERM", syslog: "EPERM", mknodat: "EPERM", sync: "EPERM",
        clone3: "ENOSYS", io_uring_setup: "ENOSYS", splice: "ENOSYS", flock: "ENOSYS", memfd_secret: "ENOSYS",
      };
      for (const [call, errno] of Object.entries(answers)) expect([call, await attempt(state, call, [], { flags })]).toEqual([call, answered(errno)]);
    });

    claim("a number that was never given to a call, or is newer than we are, is ENOSYS", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      for (const number of ["400", "472", "999", "0x3fffffff"]) expect([number, await attempt(state, number, [], { flags })]).toEqual([number, answered("ENOSYS")]);
    });

    claim("sockets are of the usual families only, whatever is in the upper half of the argument", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      // AF_VSOCK, AF_ALG, AF_PACKET, AF_XDP
      for (const family of [40, 38, 17, 44]) {
        for (const value of [String(family), dirty(family)]) expect([value, await attempt(state, "socket", [value, "1"], { flags })]).toEqual([value, answered("EAFNOSUPPORT")]);
      }
      for (const value of ["1", dirty(1)]) expect([value, await attempt(state, "socket", [value, "1"], { flags })]).toEqual([value, answered("OK")]);
      const inet = answered(profile === "strict" ? "EAFNOSUPPORT" : "OK");
      for (const value of ["2", dirty(2), "10", "16"]) {
        expect([value, await attempt(state, "socket", [value, "2"], { flags })]).toEqual([value, answered("EAFNOSUPPORT")]);
        expect([value, await attempt(state, "socket", [value, "2"], { flags: [...flags, "--network", "loopback"] })]).toEqual([value, inet]);
      }
    });

    claim("nothing can be typed into a terminal, whatever is in the upper half of the argument", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      for (const request of [0x5412, 0x541c, 0x540e]) {
        for (const value of [String(request), dirty(request)]) expect([value, await attempt(state, "ioctl", ["0", value, "0"], { flags })]).toEqual([value, answered("EPERM")]);
      }
      // TCGETS reaches the kernel, which knows that this is no terminal.
      expect(await attempt(state, "ioctl", ["0", "0x5401", "0"], { flags })).toEqual(answered("ENOTTY"));
    });

    claim("no filter, lock, lease, limit of others or personality is had by arguments", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      expect(await attempt(state, "prctl", ["22", "1"], { flags })).toEqual(answered("EINVAL"));
      expect(await attempt(state, "fcntl", ["0", "6", "0"], { flags })).toEqual(answered("ENOSYS"));
      expect(await attempt(state, "fcntl", ["0", dirty(1024), "0"], { flags })).toEqual(answered("ENOSYS"));
      expect(await attempt(state, "prlimit64", ["1", "7", "0", "0"], { flags })).toEqual(answered("EPERM"));
      expect(await attempt(state, "personality", ["0x0400000"], { flags })).toEqual(answered("EPERM"));
      expect(await attempt(state, "personality", ["0xffffffff"], { flags })).toEqual(answered("OK"));
      // CLONE_NEWUSER and CLONE_NEWNET with SIGCHLD.
      for (const bits of ["0x10000011", dirty(0x4000_0011)]) expect(await attempt(state, "clone", [bits], { flags })).toEqual(answered("EPERM"));
    });

    claimWith(...sandbox, x86)("calls by the ways of other ABIs, and numbers below zero, kill", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"]);
      // getpid of i386, getpid of x32, and -1.
      expect(await attempt(state, "20", [], { flags, how: ["int80"] })).toEqual(killed);
      expect(await attempt(state, String(0x4000_0000 + 39), [], { flags })).toEqual(killed);
      expect(await attempt(state, "-1", [], { flags })).toEqual(killed);
    });

    claim("a thread and a child take the whole program with them", async () => {
      await using state = openState();
      await boxWith(state, ["try-syscall"], { init: ["--processes", "4"] });
      expect(await attempt(state, "unshare", ["0"], { flags, how: ["thread"] })).toEqual(killed);
      expect(await attempt(state, "unshare", ["0"], { flags, how: ["child"] })).toEqual(killed);
    });
  });
}

describe("the profile", () => {
  claim("is the box's, and another for one run where the run says so", async () => {
    await using state = openState();
    await boxWith(state, ["try-syscall"], { init: ["--seccomp", "strict"] });
    expect(await attempt(state, "msgget", ["0", "0"])).toEqual(answered("ENOSYS"));
    expect(await attempt(state, "msgget", ["0", "0"], { flags: ["--seccomp", "default"] })).toEqual(answered("OK"));
    expect(await attempt(state, "msgget", ["0", "0"])).toEqual(answered("ENOSYS"));
    const { stdout } = await state.mini(["info", "--json"]);
    expect(JSON.parse(stdout).config.seccomp).toBe("strict");
  });

  claim("is named by a language pack, for the compiler and for the program", async () => {
    await using state = openState();
    const nicer = `/usr/bin/python3 -c 'import os; os.nice(1)'`;
    const pack = (compile: string, run: string) =>
      `version: 1\nid: x\nname: X\nextensions: [.x]\ncompile:\n  command: ${JSON.stringify(nicer)}\n  artefacts: ['{source}']\n${compile}run:\n  command: ${JSON.stringify(nicer)}\n${run}`;
    const source = state.file("a.x", "x");
    const verdict = async (compile: string, run: string) => {
      const { result, stderr } = await state.json(["execute", "--source", source, "--pack", state.file("pack.yaml", pack(compile, run))]);
      if (stderr !== "") throw new Error(stderr);
      return result.status;
    };
    expect(await verdict("", "")).toBe("Success");
    expect(await verdict("  seccomp: strict\n", "")).toBe("CompileError");
    expect(await verdict("", "  seccomp: strict\n")).toBe("RuntimeError");
    expect(await verdict("", "  seccomp: default\n")).toBe("Success");
  });
});

describe("allowed_syscalls", () => {
  /** Puts a list into the record of box 0, as the library would have. */
  function allow(state: State, names: readonly string[]): void {
    const path = join(state.directory, "instances.json");
    const records = JSON.parse(readFileSync(path, "utf8"));
    records["0"].config.allowed_syscalls = names;
    writeFileSync(path, JSON.stringify(records, null, 2));
  }

  claim("lets a static and a dynamic program start and end, and nothing more", async () => {
    await using state = openState();
    await boxWith(state, ["try-syscall", "write-stdout"]);
    allow(state, []);
    expect((await state.json(["run", "--", "./write-stdout", "10"])).result).toMatchObject({ status: "Success" });
    expect((await state.json(["run", "--", "/bin/echo", "hello"])).result).toMatchObject({ status: "Success", stdout: "hello\n" });
    expect((await state.json(["run", "--", "/bin/cat", "/etc/hosts"], { input: "" })).result.status).toBe("Success");
    expect(await attempt(state, "getppid")).toEqual(answered("ENOSYS"));
    expect(await attempt(state, "ptrace")).toEqual(answered("EPERM"));
    expect(await attempt(state, "mount")).toEqual(killed);
  });

  claim("allows what it names", async () => {
    await using state = openState();
    await boxWith(state, ["try-syscall"]);
    allow(state, ["getppid", "socket", "clone"]);
    expect(await attempt(state, "getppid")).toEqual(answered("OK"));
    expect(await attempt(state, "socket", ["1", "2"])).toEqual(answered("OK"));
    expect(await attempt(state, "socket", ["2", "2"])).toEqual(answered("EAFNOSUPPORT"));
    expect(await attempt(state, "socket", ["2", "2"], { flags: ["--network", "loopback"] })).toEqual(answered("OK"));
    expect(await attempt(state, "socket", ["38", "5"])).toEqual(answered("EAFNOSUPPORT"));
    expect(await attempt(state, "clone", ["0x10000011"])).toEqual(answered("EPERM"));
  });

  claim("with a name that there is not is a mistake in the configuration, told before anything runs", async () => {
    await using state = openState();
    await boxWith(state, ["try-syscall"]);
    allow(state, ["raed"]);
    const { exitCode, stderr } = await state.mini(["run", "--", "./try-syscall", "39"]);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining("unknown system call 'raed', did you mean 'read'?")]);
    allow(state, ["mount"]);
    expect((await state.mini(["run", "--", "./try-syscall", "39"])).stderr).toContain("'mount' cannot be allowed: ");
    allow(state, []);
    expect((await state.mini(["run", "--seccomp", "strict", "--", "./try-syscall", "39"])).stderr).toContain("cannot use --seccomp strict with box 0: it has allowed_syscalls");
  });
});

describe("with the profile strict", () => {
  claim("/proc shows processes and nothing of the machine", async () => {
    await using state = openState();
    await boxWith(state, []);
    const found = async (path: string, ...flags: string[]) => (await state.json(["run", ...flags, "--", "/usr/bin/test", "-e", path])).result.status === "Success";
    expect([await found("/proc/cpuinfo"), await found("/proc/self/status")]).toEqual([true, true]);
    expect([await found("/proc/cpuinfo", "--seccomp", "strict"), await found("/proc/self/status", "--seccomp", "strict")]).toEqual([false, true]);
  });
});

claim("a program may have as few descriptors as it needs for its streams", async () => {
  await using state = openState();
  await boxWith(state, ["print-limits"], { init: ["--open-files", "3"] });
  expect((await state.json(["run", "--", "./print-limits"])).result).toMatchObject({ status: "Success", stdout: expect.stringContaining("\nnofile 3 3\n") });
});

describe("a forbidden system call of a compiler", () => {
  claim("is a CompileError that names it", async () => {
    await using state = openState();
    const inChild = `import ctypes, os; pid = os.fork(); os.waitpid(pid, 0) if pid else ctypes.CDLL(None).syscall(${numberOf("mount")}, 0, 0, 0, 0, 0)`;
    const pack = `version: 1\nid: x\nname: X\nextensions: [.x]\ncompile:\n  command: ${JSON.stringify(`/usr/bin/python3 -c '${inChild}'`)}\n  artefacts: ['{source}']\nrun:\n  command: /bin/true\n`;
    const source = state.file("a.x", "x");
    const { result, exitCode } = await state.json(["execute", "--source", source, "--pack", state.file("pack.yaml", pack)]);
    const named = { forbidden_syscall: "mount", error_message: "forbidden system call: mount", exit_code: null, signal: 31 };
    expect([result.status, exitCode]).toEqual(["CompileError", 6]);
    expect(result).toMatchObject({ ...named, compile: { ...named, status: "SecurityViolation" } });
  });
});

describe("below a process that has a listener of its own", () => {
  const claim = claimWith(...sandbox, commandsOfRoot);

  /** Its filter allows everything; a second listener is then refused to everybody below it (EBUSY). */
  const below = async () => ({ through: [await program("under-listener")] });

  claim("runs go on, and a forbidden call kills without being named", async () => {
    await using state = openState();
    await boxWith(state, ["try-syscall", "raise-sigsys"], { init: ["--processes", "4"] });
    const through = await below();
    expect((await state.json(["run", "--", "/bin/echo", "hello"], through)).result).toMatchObject({ status: "Success", stdout: "hello\n", forbidden_syscall: null });
    const direct = await state.json(["run", "--", "./try-syscall", numberOf("mount")], through);
    expect(direct.result).toMatchObject({ status: "SecurityViolation", forbidden_syscall: null, signal: 31, exit_code: null, stdout: "started\n" });
    const child = await state.json(["run", "--", "./try-syscall", "child", numberOf("mount")], through);
    expect(child.result).toMatchObject({ status: "Success", forbidden_syscall: null, stdout: "started\nSYS\n" });
    await expectNothingLeft(state);
  });

  claim("input is not lost between the launch that fails and the one that does not", async () => {
    await using state = openState();
    await boxWith(state, []);
    expect((await state.json(["run", "--", "/bin/cat"], { ...(await below()), input: "all of it" })).result).toMatchObject({ status: "Success", stdout: "all of it" });
    expect((await state.json(["run", "--input", state.file("in", "all of it"), "--", "/bin/cat"], await below())).result.stdout).toBe("all of it");
  });

  claim("a run says so when asked to be verbose, once", async () => {
    await using state = openState();
    const { stderr } = await state.mini(["run", "--verbose", "--", "/bin/true"], await below());
    expect(stderr.match(/no listener/g)).toHaveLength(1);
  });
});
