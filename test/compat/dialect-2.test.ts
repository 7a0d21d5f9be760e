// What version 2 of ioi/isolate answers differently (compat = 2). Read from its documentation and its behaviour, not recorded.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { call, init, type Isolate, ours, placeOf } from "./drive.ts";

const claim = claimWith(...sandbox);

let isolate: Isolate;

beforeAll(() => {
  isolate = ours({ dialect: 2 });
});

afterAll(async () => {
  for (const id of [20, 21, 22]) for (const cg of [[], ["--cg"]]) await call(isolate, ["-b", String(id), ...cg, "--cleanup"]).ended;
  isolate.remove();
});

const answer = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await call(isolate, args).ended;
  return `${exitCode} ${stdout.replaceAll(isolate.boxRoot, "BOXROOT")}${stderr}`.replace(/\d+\.\d{3} sec/g, "N sec");
};

describe("dialect 2", () => {
  claim("init makes an existing box anew, and says the same", async () => {
    await init(isolate, 20);
    writeFileSync(join(placeOf(isolate, 20).work, "old"), "x");
    expect(await answer("-b20", "--init")).toBe("0 BOXROOT/20\n");
    expect(existsSync(join(placeOf(isolate, 20).work, "old"))).toBe(false);
  });

  claim("faults of arguments leave standard output empty", async () => {
    expect(await answer("--foo")).toBe("2 isolate: unrecognized option '--foo'\nTry 'isolate' --help' for more information.\n");
    expect(await answer("--init", "--run")).toStartWith("2 Only one command is allowed.\nTry ");
    expect(await answer("--mem=2147483648", "--init")).toStartWith("2 Numeric parameter out of range: 2147483648\n");
  });

  for (const [rule, reason] of [
    ["a/../b=/tmp", "Invalid path"], ["foo:zz", "Unknown option 'zz'"], ["foo:fs:tmp", "Flags 'fs' and 'tmp' are mutually exclusive"], ["foo:fs", "Missing filesystem name"],
    ["foo=ext4:fs", "This filesystem is not supported"], ["foo=/x:tmp", "Temporary directory mounts do not have a right-hand side"], ["foo=bar", "Right-hand side must start with '/' or './'"],
  ] as const) {
    claim(`--dir=${rule}: ${reason}`, async () => expect(await answer("-d", rule, "--init")).toStartWith(`2 Invalid directory rule '${rule}': ${reason}\n`));
  }

  claim("a box that was never made, made in another way, or is not complete", async () => {
    expect(await answer("-b21", "--run", "--", "/bin/true")).toBe("2 Box not found, did you run `isolate --init'?\n");
    expect(await answer("-b21", "--cleanup", "-v")).toBe("0 Nothing to do -- box did not exist\n");
    await init(isolate, 21, "--cg");
    expect(await answer("-b21", "--run", "--", "/bin/true")).toBe("2 This box was initialized with an incompatible control group mode\n");
    expect(await answer("-b21", "--cleanup")).toBe("2 This box was initialized with an incompatible control group mode\n");
    expect(await answer("-b21", "--cg", "--cg-timing", "--run", "--", "/bin/true")).toBe("0 OK (N sec real, N sec wall)\n");
    expect(await answer("-b21", "--cg", "--cleanup")).toBe("0 ");
  });

  claim("1024 open files, no new privileges, and the filter", async () => {
    await init(isolate, 22);
    expect(await answer("-b22", "--run", "--", "tool", "limits")).toContain("NOFILE 1024 1024\n");
    expect(await answer("-b22", "--run", "--", "/bin/grep", "-E", "NoNewPrivs|Seccomp:", "/proc/self/status")).toStartWith("0 NoNewPrivs:\t1\nSeccomp:\t2\n");
    expect(await answer("-b22", "--syscalls=0", "--run", "--", "/bin/grep", "-E", "NoNewPrivs|Seccomp:", "/proc/self/status")).toStartWith("0 NoNewPrivs:\t1\nSeccomp:\t0\n");
    // flock(2)
    expect(await answer("-b22", "--run", "--", "tool", "syscall", "73", "0", "1")).toStartWith("0 Operation not permitted\n");
    expect(await answer("-b22", "--syscalls=27", "--run", "--", "tool", "syscall", "73", "0", "1")).toStartWith("0 ");
  });

  claim("the record of a box has the form of version 2", async () => {
    const record = readFileSync(join(isolate.boxRoot, "../locks/22"));
    expect([record.length, record.readUInt32LE(0), record.readUInt32LE(4), record[8], record[9]]).toEqual([12, 0x4873_6f6c, 0, 0, 1]);
    expect(await answer("-b22", "--cleanup")).toBe("0 ");
    expect(readFileSync(join(isolate.boxRoot, "../locks/22")).length).toBe(0);
  });

  claim("other commands", async () => {
    expect(await answer("--version")).toStartWith("0 The process isolator 2.6\n");
    expect(await answer("--print-cg-root")).toBe("0 /sys/fs/cgroup\n");
    expect(await answer("--check-config")).toBe("0 ");
    expect(await answer("--check-config", "-vv")).toMatch(/^0 (Config: .*\n){3}$/);
    expect(await answer("--init", "-b500")).toBe("2 Sandbox ID out of range (allowed: 0-499)\n");
  });
});
