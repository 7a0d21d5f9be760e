// A forbidden system call ends the box and is named, however it is made; whoever listens for it may be slow, stopped or dead.
import { describe, expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";
import { attack, type Attack, type Seen } from "./attack.ts";

const claim = claimWith(...sandbox);
const filter = "install the seccomp filter";

const named = ({ result }: Seen) =>
  expect(result).toMatchObject({ status: "SecurityViolation", forbidden_syscall: "mount", error_message: "forbidden system call: mount", signal: 31, exit_code: null, stdout: "started\n" });

/** The call is made by one of the ways of the program; without the filter it reaches the kernel. */
function forbidden(what: string, words: string, more: Partial<Pick<Attack, "init" | "flags">> = {}): void {
  attack({ claim: `a forbidden call ${what} is the end of the box`, programs: ["forbidden"], command: `./forbidden ${words}`, without: filter, status: "SecurityViolation", expect: named, ...more });
}

describe("whoever makes it", () => {
  forbidden("of the main process", "main");
  forbidden("of a child", "child", { init: "--processes 4" });
  forbidden("of a child whose parent waits in vfork", "vfork", { init: "--processes 4" });
  forbidden("of a daemon", "daemon", { init: "--processes 4", flags: "--max-time 2" });
  forbidden("of a thread", "thread", { init: "--processes 4" });
  forbidden("of a program that ignores, handles and blocks every signal", "deaf");
  forbidden("of two thousand threads at once", "crowd 2000", { init: "--processes 2100 --mem 512" });
  forbidden("of a thousand processes at once", "families 1000", { init: "--processes 1100 --mem 512" });

  attack({
    claim: "a forbidden call that a signal takes back again and again is the end of the box, too", programs: ["forbidden"], command: "./forbidden interrupted", flags: "--max-time 2", without: filter,
    status: "SecurityViolation",
    // Named unless its thread was never there when it was asked.
    expect: ({ result }) => expect(["mount", null]).toContain(result.forbidden_syscall),
  });
});

describe("a filter of the program's own", () => {
  for (const how of ["allow", "listener", "errno", "trap"]) {
    attack({
      claim: `cannot be installed (${how}): it could answer for ours, use up the memory for filters, and flood the audit log`, programs: ["forbidden"], command: `./forbidden stacked ${how}`, without: filter,
      status: "SecurityViolation", expect: ({ result }) => expect([result.forbidden_syscall, result.stdout]).toEqual(["mount", "started\nno filter of its own ENOSYS\n"]),
      breached: ({ result }) => expect(result.stdout).not.toContain("no filter of its own"),
    });
  }
});

describe("the descriptor of the listener", () => {
  const openIn = (result: ExecutionResult) => result.stdout.split("\n").filter((line) => line !== "");
  const list = ["--", "/bin/sh", "-c", "for f in /proc/$$/fd/*; do readlink $f; done; true"] as const;

  for (const flags of [[], ["--inherit-fds"], ["--seccomp", "strict"]]) {
    claim(`is not among the program's${flags.map((flag) => ` ${flag}`).join("")}`, async () => {
      await using state = openState();
      await boxWith(state, [], { init: ["--processes", "8"] });
      const { result } = await state.json(["run", ...flags, ...list]);
      expect([result.status, result.stderr]).toEqual(["Success", ""]);
      expect(openIn(result).length).toBeGreaterThanOrEqual(3);
      expect(openIn(result).filter((target) => /anon_inode|seccomp|socket:/.test(target))).toEqual([]);
    });
  }
});

describe("whoever listens", () => {
  /** A run whose program makes its call half a second after it began. */
  async function begun(state: State) {
    const box = await boxWith(state, ["attacks/forbidden"]);
    const run = state.start(["run", "--passthrough", "--output", join(state.scratch, "result"), "--max-time", "10", "--", "./forbidden", "later", "/box/answer"], { itself: true });
    await run.prints("started");
    const program = processesOf([...state.uids][0]!).find((pid) => nameOf(pid) === "forbidden")!;
    return { run, program, answer: join(box.directory, "answer"), result: join(state.scratch, "result") };
  }

  claim("may be stopped: the program waits in its call, and is ended and named when it goes on", async () => {
    await using state = openState();
    const { run, program, answer, result } = await begun(state);
    run.kill("SIGSTOP");
    await until("the program in its call", () => waitsInCall(program));
    await Bun.sleep(300);
    expect([waitsInCall(program), existsSync(answer)]).toEqual([true, false]);
    run.kill("SIGCONT");
    expect((await run.ended).exitCode).toBe(159);
    expect(JSON.parse(readFileSync(result, "utf8"))).toMatchObject({ status: "SecurityViolation", forbidden_syscall: "mount", signal: 31 });
    expect(existsSync(answer)).toBeFalse();
    await expectNothingLeft(state);
  });

  claim("may be stopped for longer than the time limit: the call is why the box ended", async () => {
    await using state = openState();
    await boxWith(state, ["attacks/forbidden"]);
    const run = state.start(["run", "--passthrough", "--output", join(state.scratch, "result"), "--max-time", "1", "--", "./forbidden", "later", "/box/answer"], { itself: true });
    await run.prints("started");
    run.kill("SIGSTOP");
    await Bun.sleep(1500);
    run.kill("SIGCONT");
    await run.ended;
    expect(JSON.parse(readFileSync(join(state.scratch, "result"), "utf8"))).toMatchObject({ status: "SecurityViolation", forbidden_syscall: "mount" });
  });

  claim("may be killed: the call is not made, and the box dies", async () => {
    await using state = openState();
    const { run, program, answer } = await begun(state);
    run.kill("SIGSTOP");
    await until("the program in its call", () => waitsInCall(program));
    run.kill("SIGKILL");
    await run.ended;
    await until("the end of the box", () => processesOf([...state.uids][0]!).length === 0, 5000);
    // It may have had the moment to see its call refused, and to write that down or to begin with it.
    expect(["", "ENOSYS"]).toContain(existsSync(answer) ? readFileSync(answer, "utf8") : "");
    await state.mini(["cleanup", "--all"]);
    await expectNothingLeft(state);
  });
});

function processesOf(uid: number): number[] {
  return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number).filter((pid) => new RegExp(`^Uid:\\t${uid}\\t`, "m").test(read(`/proc/${pid}/status`)));
}

function nameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trimEnd();
}

/** The number of mount(2) stands first while a thread is in it; `running` when it is in none. */
function waitsInCall(pid: number): boolean {
  return read(`/proc/${pid}/syscall`).startsWith(process.arch === "arm64" ? "40 " : "165 ");
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // It has just ended.
    return "";
  }
}
