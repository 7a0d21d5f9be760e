// What run prints and writes, in each of its forms.
import { describe, expect } from "bun:test";
import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { cgroupMechanism, claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);

const onTerminal = claimWith(...sandbox, executable("/usr/bin/script"));

describe("on a terminal", () => {
  onTerminal("the word of the status has a colour, unless NO_COLOR or TERM says otherwise", async () => {
    await using state = openState();
    const status = async (env: Record<string, string>) => {
      const through = ["/bin/sh", "-c", 'exec /usr/bin/script -qec "$*" /dev/null', "sh"];
      return (await state.mini(["run", "--", "/bin/true"], { env, through })).stdout.split("\r\n")[0];
    };
    expect(await status({ TERM: "xterm" })).toBe("Status: \x1b[32mSuccess\x1b[0m");
    expect(await status({ TERM: "xterm", NO_COLOR: "1" })).toBe("Status: Success");
    expect(await status({ TERM: "dumb" })).toBe("Status: Success");
  });
});

describe("text", () => {
  claim("the form is the documented one", async () => {
    await using state = openState();
    const outcome = await state.mini(["run", "--", "/bin/echo", "Hello, World!"]);
    expect(outcome.stdout).toMatch(
      /^Status: Success\nExit code: 0\nTime: [0-9]+\.[0-9]{3}s \(wall\), [0-9]+\.[0-9]{3}s \(CPU\)\nMemory peak: [0-9]+ KB\n\n--- STDOUT ---\nHello, World!\n$/,
    );
    expect([outcome.stderr, outcome.exitCode]).toEqual(["", 0]);
  });

  claim("a stream has a section only when there is something to show", async () => {
    await using state = openState();
    const quiet = await state.mini(["run", "--", "/bin/true"]);
    expect(quiet.stdout).not.toContain("---");
    const wrong = await state.mini(["run", "--", "/bin/sh", "-c", "echo wrong >&2; exit 3"]);
    expect(wrong.stdout).toMatch(/^Status: RuntimeError\nExit code: 3\n/);
    expect(wrong.stdout).toContain("--- STDERR ---\nwrong\n");
    expect(wrong.stdout).not.toContain("--- STDOUT ---");
    expect(wrong.exitCode).toBe(1);
  });

  claim("--verbose always shows both streams, and the steps taken on standard error", async () => {
    await using state = openState();
    const outcome = await state.mini(["run", "--verbose", "--", "/bin/true"]);
    expect(outcome.stdout).toContain("--- STDOUT ---");
    expect(outcome.stdout).toContain("--- STDERR ---");
    expect(outcome.stderr).not.toBe("");
  });

  claim("--silent prints nothing, and the exit code tells", async () => {
    await using state = openState();
    const outcome = await state.mini(["run", "--silent", "--", "/bin/sh", "-c", "echo x; echo y >&2; exit 3"]);
    expect([outcome.stdout, outcome.stderr, outcome.exitCode]).toEqual(["", "", 1]);
    const ours = await state.mini(["run", "--silent", "--box-id", "nobody", "--", "/bin/true"]);
    expect([ours.stdout, ours.exitCode]).toEqual(["", 64]);
    expect(ours.stderr).toContain("nobody");
  });
});

describe("JSON", () => {
  claim("one document with every documented field, and nothing else on stdout", async () => {
    await using state = openState();
    const { result, stderr } = await state.json(["run", "--", "/bin/echo", "x"]);
    expect(Object.keys(result)).toEqual([
      "status", "success", "limit", "exit_code", "signal", "forbidden_syscall", "stdout", "stderr", "stdout_truncated", "stderr_truncated", "cpu_time", "wall_time", "memory_peak",
      "memory_peak_source", "cgroup_memory_peak", "resource_usage", "disk_usage", "error_message", "phase", "language", "compile", "enforced",
    ]);
    expect(Object.keys(result.resource_usage)).toEqual(["cpu_time", "wall_time", "memory_peak", "context_switches", "page_faults"]);
    expect(result).toMatchObject({
      status: "Success", success: true, limit: null, exit_code: 0, signal: null, forbidden_syscall: null, stdout: "x\n", stderr: "", stdout_truncated: false, stderr_truncated: false,
      error_message: null, phase: "run", language: null, compile: null,
    });
    expect(stderr).toBe("");
  });

  claim("what is said to be enforced is what a root on cgroup v1 enforces", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--", "/bin/true"]);
    expect(result.enforced).toMatchObject({ memory: cgroupMechanism, cpu_time: cgroupMechanism, processes: cgroupMechanism, network: "namespace", filesystem: "pivot_root" });
    expect(result.enforced.user).toBeGreaterThanOrEqual(60000);
  });

  claim("output that is not UTF-8 is text with replacement characters, and the bytes in base64", async () => {
    await using state = openState();
    await boxWith(state, ["invalid-utf8"]);
    const { result } = await state.json(["run", "--", "./invalid-utf8"]);
    expect(result.stdout).toBe("a\ufffd\ufffd\0\ufffd(b\n");
    expect(Buffer.from(result.stdout_base64 ?? "", "base64")).toEqual(Buffer.from([0x61, 0xff, 0xfe, 0, 0xc3, 0x28, 0x62, 0x0a]));
    expect(result).not.toHaveProperty("stderr_base64");
    expect((await state.json(["run", "--", "/bin/echo", "gr\u00fc\u00dfe"])).result).not.toHaveProperty("stdout_base64");
  });

  claim("--output writes the document to a file, all of it or nothing, and text still goes to stdout", async () => {
    await using state = openState();
    const path = join(state.scratch, "result.json");
    const outcome = await state.mini(["run", "--output", path, "--", "/bin/echo", "x"]);
    expect(outcome.stdout).toStartWith("Status: Success\n");
    expect((JSON.parse(readFileSync(path, "utf8")) as ExecutionResult).stdout).toBe("x\n");
    const link = join(state.scratch, "link");
    symlinkSync(path, link);
    const before = readFileSync(path, "utf8");
    expect((await state.mini(["run", "--output", link, "--", "/bin/echo", "y"])).exitCode).toBe(64);
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});

describe("meta file", () => {
  const meta = async (state: State, args: readonly string[]) => {
    const path = join(state.scratch, "meta");
    await state.mini(["run", "--silent", "--meta", path, ...args]);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.filter((line) => !/^[a-z-]+:.*$/.test(line))).toEqual([]);
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
  };

  claim("success has times, memory and exit code, and no status", async () => {
    await using state = openState();
    const values = await meta(state, ["--", "/bin/true"]);
    expect([...values.keys()]).toEqual(expect.arrayContaining(["time", "time-wall", "max-rss", "cg-mem", "exitcode"]));
    expect([values.get("exitcode"), values.has("status"), values.has("exitsig"), values.has("killed")]).toEqual(["0", false, false, false]);
    expect(values.get("time")).toMatch(/^[0-9]+\.[0-9]{3}$/);
  });

  claim("a non-zero exit is RE with its code, a signal is SG with its number, a time limit is TO and killed", async () => {
    await using state = openState();
    await boxWith(state, ["sleep-for", "spin", "abort-self"]);
    const failed = await meta(state, ["--", "/bin/sh", "-c", "exit 3"]);
    expect([failed.get("status"), failed.get("exitcode"), failed.has("message")]).toEqual(["RE", "3", true]);
    const signaled = await meta(state, ["--", "./abort-self"]);
    expect([signaled.get("status"), signaled.get("exitsig"), signaled.has("exitcode")]).toEqual(["SG", "6", false]);
    const slept = await meta(state, ["--max-time", "0.2", "--", "./sleep-for", "60"]);
    expect([slept.get("status"), slept.get("killed")]).toEqual(["TO", "1"]);
    expect(slept.get("message")).toContain("wall");
    const spun = await meta(state, ["--max-cpu", "0.2", "--max-time", "20", "--", "./spin"]);
    expect([spun.get("status"), spun.get("killed")]).toEqual(["TO", "1"]);
    expect(Number(spun.get("time"))).toBeGreaterThanOrEqual(0.2);
    expect(spun.get("message")).not.toContain("wall");
  });
});

describe("the command", () => {
  claim("one argument with blanks is split as a shell splits words, and nothing is expanded", async () => {
    await using state = openState();
    for (const [command, expected] of [
      ["echo Hello World", "Hello World\n"],
      ["  echo   a  ", "a\n"],
      [`printf '%s|' 'a  b' "c d" e\\ f ''`, "a  b|c d|e f||"],
      ["echo $HOME * `id` ; true", "$HOME * `id` ; true\n"],
    ] as const) {
      expect([command, (await state.json(["run", "--", command])).result.stdout]).toEqual([command, expected]);
    }
    expect((await state.mini(["run", "--", "echo 'open"])).exitCode).toBe(64);
  });

  claim("without -- the program begins at the first argument that is no flag", async () => {
    await using state = openState();
    expect((await state.json(["run", "/bin/echo", "--json", "-x"])).result.stdout).toBe("--json -x\n");
  });

  claim("--explain prints the plan and the limits as JSON and starts nothing", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    const outcome = await state.mini(["run", "--explain", "--", "/usr/bin/touch", "/box/made"]);
    expect(outcome.exitCode).toBe(0);
    const document = JSON.parse(outcome.stdout) as { plan: { steps: { call: string }[] }; limits: object };
    expect(document.plan.steps.map((step) => step.call)).toEqual(expect.arrayContaining(["unshare", "mount", "pivot_root", "setresuid", "seccomp"]));
    expect(Object.values(document.limits)).toContain(128 * 1024 * 1024);
    expect(outcome.stdout).toContain("/usr/bin/touch");
    expect(existsSync(join(directory, "made"))).toBe(false);
    await expectNothingLeft(state);
  });

  claim("--help of every command is on stdout with exit code 0, and names its flags", async () => {
    await using state = openState();
    const top = await state.mini(["--help"]);
    expect(top.exitCode).toBe(0);
    for (const command of ["init", "run", "execute", "list", "info", "cleanup"]) {
      expect(top.stdout).toContain(command);
      const help = await state.mini([command, "--help"]);
      expect([command, help.exitCode, help.stderr]).toEqual([command, 0, ""]);
    }
    expect((await state.mini(["run", "--help"])).stdout).toContain("--cpu-time");
  });

  claim("--version prints version and commit", async () => {
    await using state = openState();
    const outcome = await state.mini(["--version"]);
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, ""]);
    expect(outcome.stdout).toMatch(/[0-9]+\.[0-9]+\.[0-9]+.*[0-9a-f]{7,40}/);
  });

  claim("stdout that cannot be written to is an error, not a success", async () => {
    await using state = openState();
    const outcome = await state.mini(["run", "--", "/bin/echo", "x"], { through: ["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh"] });
    expect(outcome.exitCode).toBe(5);
    expect(outcome.stderr).toContain("ENOSPC");
  });

  claim("8 MB of output come whole through a pipe", async () => {
    await using state = openState();
    await boxWith(state, ["write-stdout"]);
    const outcome = await state.mini(["run", "--json", "--", "./write-stdout", String(8 * 1024 * 1024)]);
    expect((JSON.parse(outcome.stdout) as ExecutionResult).stdout.length).toBe(8 * 1024 * 1024);
    expect(statSync(state.directory).isDirectory()).toBe(true);
  });
});
