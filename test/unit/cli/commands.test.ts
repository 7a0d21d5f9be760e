import { describe, expect, test } from "bun:test";
import { parseArguments } from "../../../src/cli/args.ts";
import type { BoxDescription } from "../../../src/cli/box-description.ts";
import { formatGroups, formatInfo } from "../../../src/cli/commands/info.ts";
import { configOf } from "../../../src/cli/commands/init.ts";
import { formatTable } from "../../../src/cli/commands/list.ts";
import { commandOf } from "../../../src/cli/commands/run.ts";
import { exitCodeOfProgram } from "../../../src/cli/session.ts";
import { parseConfig } from "../../../src/config/config.ts";
import { bytesPerMebibyte } from "../../../src/model/units.ts";
import { compileWith, resultWith } from "./sample-result.ts";

const configFrom = (argv: string[], environment: Record<string, string> = {}) => configOf(parseArguments("init", argv)!.flags, environment);

describe("init", () => {
  test("without flags gives the id and leaves the rest to the defaults", () => {
    expect(configFrom([])).toEqual({ instance_id: "0", mounts: [], environment: [], enable_network: false, network: undefined, strict: false });
  });

  test("puts every flag into its field, in its unit", () => {
    const argv = [
      "--box-id=a", "--mem=64", "--time=1.5", "--wall-time=9", "--processes=4", "--fsize=1", "--stack=unlimited", "--core=2", "--open-files=99",
      "--output-limit=3", "--mount=data=/srv", "--mount=x=", "--env=A=1", "--share-net", "--cpus=0", "--chroot=/usr", "--uid=7", "--gid=8", "--strict",
    ];
    const config = configFrom(argv);
    expect(config).toEqual({
      instance_id: "a", memory_limit: 64 * bytesPerMebibyte, time_limit: 1.5, cpu_time_limit: 1.5, wall_time_limit: 9, process_limit: 4,
      file_size_limit: bytesPerMebibyte, stack_limit: null, core_limit: 2 * bytesPerMebibyte, open_files_limit: 99, output_limit: 3 * bytesPerMebibyte,
      mounts: ["data=/srv", "x="], environment: [["A", "1"]], enable_network: true, network: "host", cpus: "0", chroot_dir: "/usr", uid: 7, gid: 8, strict: true,
    });
    expect(parseConfig(config, "test")).toMatchObject(config);
  });

  test.each([
    [["--time=3"], { time_limit: 3, cpu_time_limit: 3, wall_time_limit: 6 }],
    [["--time=0.25"], { time_limit: 0.25, cpu_time_limit: 0.25, wall_time_limit: 0.5 }],
    [["--time=unlimited"], { time_limit: null, cpu_time_limit: null, wall_time_limit: null }],
    [["--time=unlimited", "--wall-time=5"], { time_limit: null, wall_time_limit: 5 }],
    [["--time=3", "--wall-time=unlimited"], { time_limit: 3, wall_time_limit: null }],
    [["--time=2000000"], { time_limit: 2_000_000, wall_time_limit: 2_592_000 }],
  ])("%j sets the wall time limit to twice the time unless it is given", (argv, fields) => {
    expect(configFrom(argv)).toMatchObject(fields);
  });

  test("--wall-time alone leaves the CPU time", () => {
    expect(configFrom(["--wall-time=5"])).not.toHaveProperty("time_limit");
  });

  test("keeps the caller's value of a variable that is only named, and nothing when there is none", () => {
    expect(configFrom(["--env=HOME", "--env=MISSING", "--env=B="], { HOME: "/root" }).environment).toEqual([["HOME", "/root"], ["B", ""]]);
  });

  test.each([
    ["/etc/passwd", "cannot use --chroot /etc/passwd: it is not a directory"],
    ["/no/such", "cannot use --chroot /no/such: ENOENT (no such file or directory)"],
  ])("refuses %s as the root", (path, message) => {
    expect(() => configFrom([`--chroot=${path}`])).toThrow(message);
  });
});

describe("the command of run", () => {
  test.each([
    [["prog"], ["prog"]],
    [["prog", "a b"], ["prog", "a b"]],
    [["a b", "c"], ["a b", "c"]],
    [["echo Hello World"], ["echo", "Hello", "World"]],
    [["echo 'a b' \"c d\""], ["echo", "a b", "c d"]],
    [[" prog "], ["prog"]],
    [["prog\n"], ["prog"]],
    [["echo $HOME;id"], ["echo", "$HOME;id"]],
    [["'a b'"], ["a b"]],
  ])("%j", (operands, command) => {
    expect([...commandOf(operands)]).toEqual(command);
  });

  test.each([[[]], [[""]], [["  "]], [["\t\n"]], [["'' a"]], [["", "x"]]])("%j is refused as empty", (operands) => {
    expect(() => commandOf(operands)).toThrow(operands.length === 0 ? "no program given" : "the program's name is empty");
  });

  test("a quote that is not closed is refused", () => {
    expect(() => commandOf(["echo 'a"])).toThrow("is not closed");
  });
});

describe("the exit code with --passthrough", () => {
  const compile = compileWith({ status: "RuntimeError", exit_code: 1 });
  test.each([
    ["the program's own", resultWith({ status: "RuntimeError", exit_code: 42 }), 42],
    ["0", resultWith(), 0],
    ["0 of a program whose child was out of memory", resultWith({ status: "MemoryLimit", exit_code: 0 }), 0],
    ["128 + signal", resultWith({ status: "Signaled", exit_code: null, signal: 11 }), 139],
    ["128 + 9 when we killed it", resultWith({ status: "TimeLimit", exit_code: null, signal: 9 }), 137],
    ["5 for a fault of ours", resultWith({ status: "InternalError", exit_code: null }), 5],
    ["5 for a fault of ours whatever the program did", resultWith({ status: "InternalError", exit_code: 0 }), 5],
    ["6 when it did not compile", resultWith({ status: "CompileError", phase: "compile", exit_code: 1, compile }), 6],
    ["127 when it cannot be executed", resultWith({ status: "RuntimeError", exit_code: 127 }), 127],
  ] as const)("is %s", (_title, result, code) => {
    expect(exitCodeOfProgram(result)).toBe(code);
  });
});

const box = (id: string, changes: Partial<BoxDescription["config"]> = {}): BoxDescription => ({
  box_id: id,
  workdir: `/tmp/x/${id}/box`,
  created_at: "2026-01-02T03:04:05.678Z",
  last_used: "2026-01-02T03:04:06.000Z",
  owner_uid: 0,
  config: { ...parseConfig({ instance_id: id }, "test"), ...changes },
});

describe("list", () => {
  test("is a table with a title", () => {
    expect(formatTable([box("0"), box("long-name", { memory_limit: null, time_limit: null, cpu_time_limit: 0.5, process_limit: null })])).toMatchInlineSnapshot(`
      "ID         CREATED            LAST USED          MEMORY     TIME   PROCESSES
      0          2026-01-02 03:04Z  2026-01-02 03:04Z  128 MB     10 s   1
      long-name  2026-01-02 03:04Z  2026-01-02 03:04Z  unlimited  0.5 s  unlimited
      "
    `);
  });

  test("of nothing is the title alone", () => {
    expect(formatTable([])).toBe("ID  CREATED  LAST USED  MEMORY  TIME  PROCESSES\n");
  });

  test("shows memory in MB, also when it is not whole", () => {
    expect(formatTable([box("0", { memory_limit: 1.5 * bytesPerMebibyte })])).toContain("  1.5 MB  ");
  });
});

test("info shows the record and every field of the configuration", () => {
  expect(formatInfo(box("0", { environment: [["A", "x\ny\x1b"]] }))).toMatchInlineSnapshot(`
    "Box: 0
    Working directory: /tmp/x/0/box
    Created: 2026-01-02T03:04:05.678Z
    Last used: 2026-01-02T03:04:06.000Z
    Owner: uid 0

    --- CONFIGURATION ---
    instance_id: "0"
    workdir: null
    chroot_dir: null
    uid: null
    gid: null
    memory_limit: 134217728
    time_limit: 10
    cpu_time_limit: 10
    wall_time_limit: 20
    process_limit: 1
    file_size_limit: 67108864
    stack_limit: 8388608
    core_limit: 0
    open_files_limit: 1024
    output_limit: 8388608
    disk_limit: 1073741824
    disk_quota: null
    enable_network: false
    network: "none"
    environment: [["A","x\\ny\\u001b"]]
    seccomp: "default"
    allow: []
    allowed_syscalls: null
    cpu_shares: 1024
    cpus: null
    mounts: []
    strict: false
    packs_sha256: null
    "
  `);
});

test("info --cgroups shows each group with its values, or that there is none", () => {
  const groups = [{ directory: "/sys/fs/cgroup/pids/x", values: { "pids.max": "1", "pids.current": "0" } }];
  expect(formatGroups(groups)).toBe("\n--- CGROUPS ---\n/sys/fs/cgroup/pids/x\n  pids.max: 1\n  pids.current: 0\n");
  expect(formatGroups([])).toBe("\n--- CGROUPS ---\nnone: nothing runs in the box\n");
});
