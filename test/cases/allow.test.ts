// What graders of model-written and of students' programs need, and what a box has only when it is allowed: locks, FIFOs, tracing.
import { describe, expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, type Requirement, sandbox } from "../helpers/requires.ts";

const has = (...names: readonly string[]): Requirement[] => names.map((name) => executable(`/usr/bin/${name}`));
const claim = claimWith(...sandbox, ...has("python3"));
const traced = claimWith(...sandbox, ...has("strace", "gdb", "valgrind"));

/** Compiles a C program into a box. */
function compile(directory: string, name: string, source: string, ...flags: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["/usr/bin/gcc", "-g", "-w", ...flags, "-x", "c", "-", "-o", join(directory, name)], { stdin: Buffer.from(source) });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

async function boxAllowing(state: State, ...flags: readonly string[]): Promise<string> {
  const made = await state.mini(["init", "--processes", "40", "--time", "30", "--mem", "1024", ...flags]);
  expect([made.exitCode, made.stderr]).toEqual([0, ""]);
  return made.stdout.trim();
}

const sqlite = `import sqlite3; c = sqlite3.connect("x.db"); c.execute("create table t (a)"); c.execute("insert into t values (7)"); c.commit(); print(c.execute("select a from t").fetchone()[0])`;
const leak = "#include <stdlib.h>\nint main(void) { char *volatile p = malloc(100); p = 0; return 0; }\n";

describe("locks", () => {
  // flatpak/xdg-desktop-portal 1117: without record locks SQLite fails on a file.
  claim("SQLite writes to a file where locks are allowed, and fails at once where they are not", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--allow", "locks", "--", "/usr/bin/python3", "-c", sqlite]);
    expect([result.status, result.stdout, result.enforced.allowed]).toEqual(["Success", "7\n", ["locks"]]);
    const off = (await state.json(["run", "--", "/usr/bin/python3", "-c", sqlite])).result;
    // With ENOLCK or EACCES it would wait for a lock that never comes, and call it "database is locked".
    expect([off.status, off.stderr.includes("disk I/O error"), off.wall_time < 3, off.enforced.allowed]).toEqual(["RuntimeError", true, true, undefined]);
  });

  claim("flock and record locks of Python and of util-linux work, and hold between processes of the box", async () => {
    await using state = openState();
    await boxAllowing(state, "--allow", "locks");
    const lines = ["import fcntl, os", "f = open('l', 'w')", "fcntl.flock(f, fcntl.LOCK_EX)", "fcntl.lockf(f, fcntl.LOCK_EX)", "g = open('l', 'w')"];
    const second = "try:\n  fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB); print('free')\nexcept BlockingIOError: print('held')";
    expect((await state.json(["run", "--", "/usr/bin/python3", "-c", [...lines, second].join("\n")])).result.stdout).toBe("held\n");
    const shell = "exec 9> m; flock 9; flock -n m echo free || echo held";
    expect((await state.json(["run", "--", "/bin/sh", "-c", shell])).result.stdout).toBe("held\n");
  });

  claimWith(...sandbox, ...has("java", "javac"))("a FileLock of Java is had", async () => {
    await using state = openState();
    const source = state.file("L.java", `import java.io.*; class L { public static void main(String[] a) throws Exception { System.out.println(new RandomAccessFile("l", "rw").getChannel().tryLock().isValid()); } }`);
    const { result } = await state.json(["execute", "--allow", "locks", "--source", source]);
    expect([result.status, result.stdout]).toEqual(["Success", "true\n"]);
  });
});

describe("FIFOs", () => {
  claim("mkfifo works for two processes where it is allowed, and is refused where it is not", async () => {
    await using state = openState();
    const directory = await boxAllowing(state);
    const script = ["/bin/sh", "-c", "mkfifo p && { echo through > p & cat p; }"];
    const { result } = await state.json(["run", "--allow", "fifos", "--", ...script]);
    expect([result.status, result.stdout, result.enforced.allowed, readdirSync(directory)]).toEqual(["Success", "through\n", ["fifos"], []]);
    const off = (await state.json(["run", "--", ...script])).result;
    expect([off.status, off.stderr.includes("Operation not permitted")]).toEqual(["RuntimeError", true]);
  });
});

describe("tracing", () => {
  // google/sanitizers 764: the leak check ends a program with an error where it may not trace it.
  claim("a leak is found by AddressSanitizer, and its place is named", async () => {
    await using state = openState();
    compile(await boxAllowing(state), "leak", leak, "-fsanitize=address");
    const { result } = await state.json(["run", "--allow", "ptrace", "--", "./leak"]);
    expect([result.status, result.exit_code]).toEqual(["RuntimeError", 1]);
    expect(result.stderr).toContain("detected memory leaks");
    const off = (await state.json(["run", "--", "./leak"])).result;
    expect(off.stderr).toContain("LeakSanitizer has encountered a fatal error");
  });

  claim("a program with AddressSanitizer and without its leak check needs nothing", async () => {
    await using state = openState();
    compile(await boxAllowing(state), "fine", "int main(void) { return 0; }\n", "-fsanitize=address");
    const { result } = await state.json(["run", "--env", "ASAN_OPTIONS=detect_leaks=0", "--", "./fine"]);
    expect([result.status, result.stderr]).toEqual(["Success", ""]);
  });

  // gitpod-io/gitpod 544
  traced("gdb stops in a function and shows its arguments", async () => {
    await using state = openState();
    compile(await boxAllowing(state, "--allow", "ptrace"), "p", "int f(int n) { return n + 1; }\nint main(void) { return f(41); }\n", "-O0");
    const { result } = await state.json(["run", "--", "/usr/bin/gdb", "-batch", "-ex", "break f", "-ex", "run", "-ex", "print n", "-ex", "continue", "./p"]);
    expect([result.status, result.stdout]).toEqual(["Success", expect.stringContaining("$1 = 41")]);
    expect(result.stdout).toContain("exited with code 052");
  });

  // openai/codex 16011
  traced("strace shows the calls of a program and of its children", async () => {
    await using state = openState();
    await boxAllowing(state, "--allow", "ptrace");
    const { result } = await state.json(["run", "--", "/usr/bin/strace", "-f", "-e", "trace=exit_group", "/bin/sh", "-c", "/bin/true; exit 3"]);
    expect([result.exit_code, result.stderr]).toEqual([3, expect.stringContaining("exit_group(3)")]);
  });

  // compiler-explorer/compiler-explorer 1839
  traced("valgrind finds a leak, with its FIFOs where these are allowed", async () => {
    await using state = openState();
    compile(await boxAllowing(state), "leak", leak);
    const command = ["/usr/bin/valgrind", "--leak-check=full", "--error-exitcode=9", "./leak"];
    const { result } = await state.json(["run", "--allow", "fifos", "--", ...command]);
    expect([result.exit_code, result.stderr]).toEqual([9, expect.stringContaining("definitely lost: 100 bytes in 1 blocks")]);
    const without = (await state.json(["run", "--", ...command.toSpliced(1, 0, "--vgdb=no")])).result;
    expect([without.exit_code, without.stderr]).toEqual([9, expect.stringContaining("definitely lost: 100 bytes in 1 blocks")]);
  });

  claim("a violation that tracing would not be says so", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--", "/usr/bin/python3", "-c", "import ctypes; ctypes.CDLL(None).process_vm_writev(1, 0, 0, 0, 0, 0)"]);
    expect([result.status, result.forbidden_syscall, result.error_message]).toEqual(
      ["SecurityViolation", "process_vm_writev", "forbidden system call: process_vm_writev, which --allow ptrace permits (not in the profile strict)"]);
    const allowed = (await state.json(["run", "--allow", "ptrace", "--", "/usr/bin/python3", "-c", "import ctypes; print(ctypes.CDLL(None).process_vm_writev(1, 0, 0, 0, 0, 0))"])).result;
    expect([allowed.status, allowed.stdout]).toEqual(["Success", "0\n"]);
  });
});

describe("who allows", () => {
  claim("the box, the run and the language pack add up, for the compiler as well", async () => {
    await using state = openState();
    await boxAllowing(state, "--allow", "fifos");
    expect(JSON.parse((await state.mini(["info", "--json"])).stdout).config.allow).toEqual(["fifos"]);
    const pack = ["version: 1", "id: x", "name: X", "extensions: [.x]", "allow: [locks]", "compile:", "  command: [/usr/bin/flock, '{source}', cp, '{source}', prog]", "  artefacts: [prog]", "run:", "  command: [/usr/bin/flock, prog, echo, done]", ""].join("\n");
    const args = ["execute", "--pack", state.file("x.yaml", pack), "--source", state.file("a.x", "x")];
    const { result } = await state.json(args);
    expect([result.status, result.stdout, result.enforced.allowed, result.compile?.enforced.allowed]).toEqual(["Success", "done\n", ["locks", "fifos"], ["locks", "fifos"]]);
    expect((await state.json([...args, "--allow", "ptrace"])).result.enforced.allowed).toEqual(["locks", "fifos", "ptrace"]);
  });

  claim("never with the profile strict, whoever asks for either", async () => {
    await using state = openState();
    const refused = async (...args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await state.mini(args);
      expect([exitCode, stdout]).toEqual([64, ""]);
      return stderr;
    };
    expect(await refused("run", "--seccomp", "strict", "--allow", "locks,ptrace", "--", "true")).toContain("cannot allow locks, ptrace: the seccomp profile strict never does, and the run has it");
    expect(await refused("init", "--seccomp", "strict", "--allow", "locks")).toContain("cannot allow locks: the seccomp profile strict never does");
    expect(await refused("seccomp", "show", "strict", "--allow", "fifos")).toContain("cannot allow fifos");
    await boxAllowing(state, "--seccomp", "strict");
    const pack = ["version: 1", "id: x", "name: X", "extensions: [.x]", "allow: [locks]", "run:", "  command: [cat, '{source}']", ""].join("\n");
    const args = ["execute", "--pack", state.file("x.yaml", pack), "--source", state.file("a.x", "x")];
    expect(await refused(...args)).toContain("cannot allow locks: the seccomp profile strict never does, and box 0 has it");
    const { result } = await state.json([...args, "--seccomp", "default"]);
    expect([result.status, result.stdout]).toEqual(["Success", "x"]);
  });

  claim("a name that is none is refused, in the flag, the configuration and a pack", async () => {
    await using state = openState();
    for (const [text, says] of [["lock", "unknown name 'lock', the names are locks fifos tty ptrace"], ["locks,", "a name is missing"], ["locks, fifos", "unknown name ' fifos'"]] as const) {
      const { exitCode, stderr } = await state.mini(["run", "--allow", text, "--", "true"]);
      expect([exitCode, stderr]).toEqual([64, expect.stringContaining(says)]);
    }
  });

  claim("a list of allowed calls is added to as the profile default is", async () => {
    await using state = openState();
    const made = await state.mini(["seccomp", "show", "--allow", "locks,fifos", "--json"]);
    const { policy, rules, arguments: byArgument } = JSON.parse(made.stdout);
    expect(policy).toBe("default allowing locks, fifos");
    expect(rules.filter(({ calls }: { calls: string[] }) => calls.includes("flock"))).toEqual([{ action: "allow", reason: "locks were allowed", calls: ["flock"] }]);
    expect(byArgument.filter(({ call }: { call: string }) => call === "mknodat")).toHaveLength(1);
  });
});
