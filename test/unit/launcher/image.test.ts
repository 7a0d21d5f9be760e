import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AT_FDCWD, CLOSE_RANGE_CLOEXEC, O } from "../../../src/kernel/constants.ts";
import { errno } from "../../../src/kernel/errno.ts";
import { rusageBytes } from "../../../src/kernel/process.ts";
import { launcherImage } from "../../../src/launcher/image.ts";
import type { LaunchPlan } from "../../../src/model/plan.ts";
import { generatedFilters } from "../../../src/seccomp/generated.ts";
import { claimWith, executable } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";
import { machines, perform, print, shell, step, writeImage } from "./perform.ts";

const nothing: LaunchPlan = { steps: [], program: { candidates: ["/bin/true"], argv: ["true"], environment: [] } };

const inspected = claimWith(executable("/usr/bin/readelf"));

describe("the image", () => {
  inspected("is an executable of its architecture, and no page of it is writable and executable", async () => {
    for (const { architecture, machine, align } of [
      { architecture: "x64", machine: "Advanced Micro Devices X86-64", align: 4096 },
      { architecture: "arm64", machine: "AArch64", align: 65_536 },
    ]) {
      using directory = temporaryDirectory();
      const file = join(directory.path, "image");
      await writeImage(architecture, nothing, file);
      const { stdout, stderr, exitCode } = Bun.spawnSync(["/usr/bin/readelf", "-hlW", file]);
      const text = stdout.toString();
      expect({ exitCode, warnings: stderr.toString() }).toEqual({ exitCode: 0, warnings: "" });
      expect(text).toContain("ELF64");
      expect(text).toContain("EXEC (Executable file)");
      expect(text).toContain(machine);
      const entry = Number(/Entry point address:\s+(0x[0-9a-f]+)/.exec(text)![1]);
      const segments = [...text.matchAll(/^ {2}(LOAD|GNU_STACK) +(0x\S+) (0x\S+) 0x\S+ (0x\S+) (0x\S+) ([R ][W ][E ]) (0x\S+)$/gm)].map(
        ([, type, offset, address, fileSize, memorySize, flags, alignment]) => ({
          type, flags, offset: Number(offset), address: Number(address), fileSize: Number(fileSize), memorySize: Number(memorySize), alignment: Number(alignment),
        }),
      );
      expect(segments.map(({ type, flags }) => `${type} ${flags}`)).toEqual(["LOAD R E", "LOAD RW ", "GNU_STACK RW "]);
      for (const { type, offset, address, fileSize, memorySize, alignment } of segments.filter(({ type }) => type === "LOAD")) {
        expect({ type, fileSize, alignment, congruent: (address - offset) % align }).toEqual({ type, fileSize: memorySize, alignment: align, congruent: 0 });
        expect(offset + fileSize).toBeLessThanOrEqual(readFileSync(file).length);
      }
      const [code] = segments;
      expect(entry).toBeWithin(code!.address, code!.address + code!.fileSize);
    }
  });

  test("is small, and the same for the same plan", () => {
    expect(launcherImage(nothing, {}).length).toBeLessThan(65_536 + 1024);
    expect(Buffer.from(launcherImage(nothing, { status: 3 })).equals(launcherImage(nothing, { status: 3 }))).toBe(true);
  });
});

describe.each([...machines])("a plan, performed by $name", (machine) => {
  const claim = claimWith(...machine.needs);
  const run = (plan: LaunchPlan) => perform(plan, machine);

  claim("is its calls in their order, and then the program", async () => {
    const seen = await run({ steps: [print("one "), print("two ")], program: shell("echo three") });
    expect(seen).toMatchObject({ stdout: "one two three\n", exitCode: 0, failure: null });
  });

  claim("gives the program its arguments and its environment, and no other", async () => {
    const program = { candidates: ["/bin/sh"], argv: ["me", "-c", 'echo "$0:$1:$A:$#"; env', "zero", "first arg", ""], environment: ["A=1 2", "B="] };
    const { stdout } = await run({ steps: [], program });
    expect(stdout).toStartWith("zero:first arg:1 2:2\n");
    expect(stdout.split("\n").slice(1).filter((line) => /^[A-Z]+=/.test(line) && !/^(PWD|_|SHLVL|OLDPWD)=/.test(line)).toSorted()).toEqual(["A=1 2", "B="]);
  });

  claim("uses what an earlier step opened, under its name", async () => {
    using directory = temporaryDirectory();
    const files = ["a", "b"].map((name) => join(directory.path, name));
    const open = (index: number) => step("openat", [AT_FDCWD, files[index]!, O.WRONLY | O.CREAT | O.CLOEXEC, 0o600], { opens: `file${index}` });
    const write = (index: number, hex: string) => step("write", [{ fd: `file${index}` }, { hex }, hex.length / 2]);
    const seen = await run({ steps: [open(0), open(1), write(0, "6100"), write(1, "62"), step("close", [{ fd: "file1" }]), write(1, "63")], program: shell("") });
    expect(seen.failure).toEqual({ step: 5, errno: errno.EBADF });
    expect(files.map((file) => readFileSync(file, "latin1"))).toEqual(["a\0", "b"]);
  });

  claim("hands memory that one step filled to another", async () => {
    const room = { room: "here", bytes: 4096 };
    const { stdout } = await run({ steps: [step("chdir", ["/usr"]), step("getcwd", [room, 4096]), step("write", [1, room, 4])], program: shell("") });
    expect(stdout).toBe("/usr");
  });

  claim("reports to the descriptor that was handed over", async () => {
    const steps = [step("write", [{ fd: "status" }, "ready", 5]), step("close_range", [3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC])];
    const seen = await run({ steps, program: shell("exec 2>/dev/null; echo hello >&3") });
    expect(Buffer.from(seen.status).toString()).toBe("ready");
    expect(seen).toMatchObject({ failure: null, stdout: "" });
    expect(seen.exitCode).not.toBe(0);
  });

  claim("passes a descriptor that it opened on, with what is in a room", async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "file");
    const room = { room: "cwd", bytes: 6 };
    const steps = [
      step("openat", [AT_FDCWD, file, O.WRONLY | O.CREAT | O.CLOEXEC, 0o600], { opens: "file" }),
      step("getcwd", [room, 6]),
      step("sendmsg", [{ fd: "status" }, { message: { ...room, passes: "file" } }, 0]),
      step("write", [{ fd: "file" }, "x", 1]),
      step("write", [{ fd: "status" }, "more", 4]),
    ];
    const seen = await run({ steps: [step("chdir", ["/proc"]), ...steps], program: shell("") });
    expect([seen.failure, seen.passed, Buffer.from(seen.status).toString()]).toEqual([null, file, "/proc\0more"]);
    expect(readFileSync(file, "latin1")).toBe("x");
  });

  claim("stops at the first step that fails, and reports its number and the error", async () => {
    const steps = [print("before"), step("openat", [AT_FDCWD, "/no/such/file", O.RDONLY, 0]), print("after")];
    expect(await run({ steps, program: shell("echo program") })).toEqual({
      exitCode: 127, signal: null, stdout: "before", status: new Uint8Array(0), passed: null, failure: { step: 1, errno: errno.ENOENT },
    });
  });

  claim("fails with EPERM where bytes are not what was expected, and goes on where they are", async () => {
    const room = { room: "cwd", bytes: 4096 };
    const cwd = (bytes: string, at = 0) => step("getcwd", [room, 4096], { expects: { room: "cwd", bytes, at } });
    const steps = [step("chdir", ["/usr/bin"]), cwd("2f"), cwd("2f75"), cwd("2f7573722f62696e"), cwd("62696e00", 5), cwd("", 3)];
    expect(await run({ steps, program: shell("") })).toMatchObject({ exitCode: 0, failure: null });
    for (const [bytes, at] of [["28", 0], ["2f76", 0], ["2f7573722f62696f", 0], ["2f7573722f626900", 0], ["62696e01", 5], ["00", 3]] as const) {
      expect([bytes, (await run({ steps: [...steps, cwd(bytes, at)], program: shell("") })).failure]).toEqual([bytes, { step: steps.length, errno: errno.EPERM }]);
    }
  });

  claim("fills a room from the middle", async () => {
    const ids = (at: number) => ({ room: "ids", bytes: 16, at });
    const own = Buffer.from(new Uint32Array([process.getuid!()]).buffer).toString("hex");
    const read = (bytes: string, at: number) => step("getresuid", [ids(0), ids(4), ids(8)], { expects: { room: "ids", bytes, at } });
    expect((await run({ steps: [read(own + own, 0), read(own + own, 4), read("00000000", 12)], program: shell("") })).failure).toBeNull();
    expect((await run({ steps: [read("ffffffff", 8)], program: shell("") })).failure).toEqual({ step: 0, errno: errno.EPERM });
  });

  claim("can expect a result, too", async () => {
    // umask(2) gives the old mask.
    const umask = (bytes: string) => step("umask", [0o77], { opens: "old", expects: { room: null, bytes } });
    const seen = await run({ steps: [step("umask", [0o22]), umask("1200000000000000"), umask("12")], program: shell("") });
    expect(seen.failure).toEqual({ step: 2, errno: errno.EPERM });
  });

  claim("takes negative numbers and numbers of 32 bits as they are", async () => {
    const steps = [step("fcntl", [-1, 1, 0])];
    expect((await run({ steps, program: shell("") })).failure).toEqual({ step: 0, errno: errno.EBADF });
    expect((await run({ steps: [step("close_range", [0xffff_fffe, 0xffff_ffff, 0])], program: shell("") })).failure).toBeNull();
  });

  claim("may be long, with strings of any length", async () => {
    const text = "x".repeat(50_000);
    const steps = Array.from({ length: 300 }, () => step("umask", [0o22]));
    const seen = await run({ steps: [...steps, print(text)], program: shell('echo "${#A}"', [`A=${"y".repeat(100_000)}`]) });
    expect(seen.stdout).toBe(`${text}100000\n`);
  });
});

describe.each([...machines])("the program, looked for by $name", (machine) => {
  const claim = claimWith(...machine.needs);

  /** Tries the candidates; files in a directory of the test are given by name. */
  async function look(...candidates: readonly string[]) {
    using directory = temporaryDirectory();
    const { path } = directory;
    writeFileSync(join(path, "text"), "not a program", { mode: 0o644 });
    writeFileSync(join(path, "garbage"), "\0garbage", { mode: 0o755 });
    mkdirSync(join(path, "directory"));
    const program = { candidates: candidates.map((name) => (name.startsWith("/") ? name : join(path, name))), argv: ["sh", "-c", "exit 42"], environment: [] };
    const { exitCode, failure } = await perform({ steps: [], program }, machine);
    return failure ?? exitCode;
  }

  claim("is the first candidate that can be executed", async () => {
    expect(await look("/bin/sh", "/bin/true")).toBe(42);
  });

  claim("is looked for further where a candidate is missing, below a file, or must not be executed", async () => {
    expect(await look("missing", "text/below", "text", "directory", "/bin/sh")).toBe(42);
  });

  claim("that is nowhere is ENOENT, of step -1", async () => {
    expect(await look("missing", "missing as well")).toEqual({ step: -1, errno: errno.ENOENT });
    expect(await look()).toEqual({ step: -1, errno: errno.ENOENT });
  });

  claim("that was found once and must not be executed is EACCES, wherever it was found", async () => {
    expect(await look("text", "missing")).toEqual({ step: -1, errno: errno.EACCES });
    expect(await look("missing", "text")).toEqual({ step: -1, errno: errno.EACCES });
  });

  claim("that is no program ends the search with ENOEXEC", async () => {
    expect(await look("missing", "garbage", "/bin/sh")).toEqual({ step: -1, errno: errno.ENOEXEC });
  });
});

describe("a launcher", () => {
  test("does not start the program when nobody is there to hear of it", async () => {
    using directory = temporaryDirectory();
    const proof = join(directory.path, "proof");
    const usage = { room: "usage", bytes: rusageBytes };
    const steps = [
      step("close_range", [3, 0xffff_ffff, 0]),
      // 3 and 4. Nobody reads at the other end any more: as if the supervisor were gone.
      step("pipe2", [{ room: "ends", bytes: 8 }, 0]),
      step("close", [3]),
      step("getrusage", [0, usage]),
      step("write", [4, usage, rusageBytes]),
    ];
    const seen = await perform({ steps, program: shell(`touch ${proof}`) });
    expect(seen.signal).toBe("SIGPIPE");
    expect(existsSync(proof)).toBe(false);
  });

  test("installs a filter that was given as a program", async () => {
    const filter = { program: generatedFilters[process.arch === "arm64" ? "aarch64" : "x86_64"].default };
    const steps = [step("prctl", [38, 1, 0, 0, 0]), step("seccomp", [1, 0, filter])];
    const { stdout } = await perform({ steps, program: shell("cat /proc/self/status") });
    expect(stdout).toMatch(/^NoNewPrivs:\t1$/m);
    expect(stdout).toMatch(/^Seccomp:\t2$/m);
    expect(stdout).toMatch(/^Seccomp_filters:\t1$/m);
  });
});
