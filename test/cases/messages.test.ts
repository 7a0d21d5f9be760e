// What a caller is told: which limit was reached, what raises it, and in which unit.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorDocument } from "../../src/cli/error-document.ts";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const claimPython = claimWith(...sandbox, executable("/usr/bin/python3"));
const told = ({ status, limit, error_message }: Pick<ExecutionResult, "status" | "limit" | "error_message">) => [status, limit, error_message];
const fork = ["--", "/bin/sh", "-c", "true & wait; exit 1"];

/** A limit that is reached, and all that the caller is told. */
interface Reached {
  readonly claim: string;
  /** Public report of somebody who was not told. */
  readonly source?: string;
  readonly args: readonly string[];
  readonly told: readonly [status: string, limit: string, message: string];
}

const threads = "in which each thread counts as a process, was reached and the program failed: raise it with";

const inTemporaryBox: readonly Reached[] = [
  { claim: "CPU time", args: ["--max-cpu", "0.2", "--max-time", "20", "--", "/bin/sh", "-c", "while :; do :; done"], told: ["TimeLimit", "cpu_time", "the CPU time limit of 0.2 s was exceeded: raise it with --cpu-time"] },
  { claim: "wall time", args: ["--max-time", "0.2", "--", "/bin/sleep", "60"], told: ["TimeLimit", "wall_time", "the wall time limit of 0.2 s was exceeded: raise it with --wall-time"] },
  { claim: "wall time that comes with the CPU time", args: ["--max-cpu", "0.1", "--", "/bin/sleep", "60"], told: ["TimeLimit", "wall_time", "the wall time limit of 0.2 s was exceeded: raise it with --wall-time"] },
  {
    claim: "memory", source: "judge0/judge0#298", args: ["--max-memory", "16", "--", "/usr/bin/tail", "/dev/zero"],
    told: ["MemoryLimit", "memory", "the memory limit of 16 MB was reached: raise it with --memory"],
  },
  { claim: "output", source: "ioi/isolate#22", args: ["--output-limit", "1", "--", "/usr/bin/head", "-c", "3000000", "/dev/zero"], told: ["FileSizeLimit", "output", "the output limit of 1 MB was exceeded: raise it with --output-limit"] },
  { claim: "the size of a file", args: ["--fsize", "1", "--", "/usr/bin/dd", "if=/dev/zero", "of=x", "bs=1M", "count=2"], told: ["FileSizeLimit", "file_size", "the file size limit of 1 MB was exceeded (SIGXFSZ): raise it with --file-size"] },
  { claim: "the disk", args: ["--disk-limit", "1", "--", "/usr/bin/dd", "if=/dev/zero", "of=x", "bs=1M", "count=3"], told: ["FileSizeLimit", "disk", "the box holds 3 MB in 1 file, more than its disk limit of 1 MB: raise it with --disk-limit"] },
  { claim: "processes", args: fork, told: ["ProcessLimit", "processes", `the process limit of 1, ${threads} --processes`] },
];

describe("a result names the limit, and its message ends with the flag that raises it", () => {
  for (const { claim: what, source, args, told: expected } of inTemporaryBox) {
    claim(`${what}${source === undefined ? "" : ` (${source})`}`, async () => {
      await using state = openState();
      expect(told((await state.json(["run", ...args])).result)).toEqual([...expected]);
    });
  }

  claim("of init for a box that stays, where a run has no flag for it", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--fsize", "1", "--output-limit", "1", "--disk-limit", "1"] });
    const messages = async (...command: readonly string[]) => (await state.json(["run", "--", ...command])).result.error_message;
    expect(await messages(...fork.slice(1))).toEndWith(": raise it with init --processes");
    expect(await messages("/usr/bin/head", "-c", "3000000", "/dev/zero")).toEndWith(": raise it with init --output-limit");
    expect(await messages("/usr/bin/dd", "if=/dev/zero", "of=x", "bs=1M", "count=2")).toEndWith(": raise it with init --file-size");
  });

  claim("and there is none where no limit was reached", async () => {
    await using state = openState();
    for (const command of ["true", "exit 3", "kill -SEGV $$", "exec unshare -m true"]) {
      expect([command, (await state.json(["run", "--", "/bin/sh", "-c", command])).result.limit]).toEqual([command, null]);
    }
    expect((await state.json(["run", "--", "./nothing"])).result.limit).toBeNull();
  });

  // TIOJ-INFOR-Online-Judge/tioj-judge#6, compiler-explorer/compiler-explorer#1428: who starts a thread does not look for a limit on processes.
  claimPython("threads of a language count as processes, and the message says so (TIOJ-INFOR-Online-Judge/tioj-judge#6)", async () => {
    await using state = openState();
    const source = state.file("a.py", "import threading\nthreading.Thread(target=print).start()\n");
    expect(told((await state.json(["execute", "--source", source])).result)).toEqual(["ProcessLimit", "processes", `the process limit of 1, ${threads} --processes`]);
    expect((await state.json(["execute", "--processes", "2", "--source", source])).result.status).toBe("Success");
  });
});

describe("a limit of a language pack is raised by its key", () => {
  const pack = (state: State, compile: string, run = "") =>
    state.file("pack.yaml", `version: 1\nid: own\nname: Own\nextensions: [.own]\n${compile}\nrun:\n  command: [/bin/sh, '{source}']\n${run}`);

  claim("compile step: the result and the step name the limit", async () => {
    await using state = openState();
    const given = pack(state, "compile:\n  command: [/bin/sh, -c, 'while :; do :; done']\n  limits: {time: 0.2, wall_time: 20}\n  artefacts: ['{source}']");
    const { result, exitCode } = await state.json(["execute", "--pack", given, "--source", state.file("a.own", "")]);
    expect([...told(result), result.compile?.limit, exitCode]).toEqual([
      "CompileError", "cpu_time", "the CPU time limit of 0.2 s was exceeded: raise it in the language pack: compile.limits.time", "cpu_time", 6,
    ]);
  });

  claim("run step, in a box that stays: no flag of a run changes it there", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "9"] });
    const given = pack(state, "", "  limits: {processes: 1}\n");
    const { result } = await state.json(["execute", "--box-id", "0", "--pack", given, "--source", state.file("a.own", fork[3]!)]);
    expect(result.error_message).toEndWith(`was reached and the program failed: raise it in the language pack: run.limits.processes`);
  });

  claim("run step, in a temporary box: the flag counts before the pack, and is what the message names", async () => {
    await using state = openState();
    const given = pack(state, "", "  limits: {processes: 1}\n");
    const source = state.file("a.own", fork[3]!);
    expect(told((await state.json(["execute", "--pack", given, "--source", source])).result)).toEqual(["ProcessLimit", "processes", `the process limit of 1, ${threads} --processes`]);
    expect((await state.json(["execute", "--pack", given, "--processes", "9", "--source", source])).result.status).toBe("RuntimeError");
  });
});

describe("--max-cpu bounds the wall time at twice as much, as init --time does", () => {
  const wallOf = async (state: State, ...flags: readonly string[]) =>
    (await state.json<{ limits: Record<string, number | null> }>(["run", "--explain", ...flags, "--", "/bin/true"])).result.limits["wall_time_limit"];

  claim("in a temporary box and in one that stays", async () => {
    await using state = openState();
    expect(await wallOf(state, "--max-cpu", "3")).toBe(6);
    expect(await wallOf(state, "--max-cpu", "60")).toBe(120);
    await boxWith(state, [], { init: ["--time", "2"] });
    expect([await wallOf(state), await wallOf(state, "--max-cpu", "3")]).toEqual([4, 6]);
  });

  claim("a wall time that was given stays: for the run, or on its own for the box", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--wall-time", "7"] });
    expect([await wallOf(state, "--max-cpu", "3"), await wallOf(state, "--max-cpu", "3", "--max-time", "9")]).toEqual([7, 9]);
    expect(await wallOf(state, "--max-cpu", "unlimited")).toBe(7);
  });

  claim("with a language as well, also where its pack has a time limit", async () => {
    await using state = openState();
    const given = state.file("pack.yaml", "version: 1\nid: own\nname: Own\nextensions: [.own]\nrun:\n  command: [/bin/sh, '{source}']\n  limits: {time: 5}\n");
    const explain = async (...flags: readonly string[]) => {
      const { result } = await state.json<{ run: { limits: Record<string, number> } }>(["execute", "--explain", "--pack", given, "--source", state.file("a.own", ""), ...flags]);
      return [result.run.limits["cpu_time_limit"], result.run.limits["wall_time_limit"]];
    };
    expect(await explain()).toEqual([5, 10]);
    expect(await explain("--max-cpu", "2")).toEqual([2, 4]);
  });
});

describe("--passthrough says in one line why it ended the program", () => {
  const passed = (...args: readonly string[]) => ["run", "--passthrough", ...args];

  claim("after the program's own output", async () => {
    await using state = openState();
    const both = "echo out; echo err >&2; exec sleep 60";
    const outcome = await state.mini(passed("--max-time", "0.3", "--", "/bin/sh", "-c", both));
    expect([outcome.stdout, outcome.stderr, outcome.exitCode]).toEqual(["out\n", "err\nmini-isolate: the wall time limit of 0.3 s was exceeded: raise it with --wall-time\n", 137]);
    expect((await state.mini(passed("--", "/bin/sh", "-c", "exec unshare -m true"))).stderr).toBe("mini-isolate: forbidden system call: unshare\n");
    expect((await state.mini(passed("--max-memory", "16", "--", "/usr/bin/tail", "/dev/zero"))).stderr).toEndWith("mini-isolate: the memory limit of 16 MB was reached: raise it with --memory\n");
  });

  claim("not with --silent, and not of a program that ended by itself", async () => {
    await using state = openState();
    expect((await state.mini(passed("--silent", "--max-time", "0.3", "--", "/bin/sleep", "60"))).stderr).toBe("");
    expect((await state.mini(passed("--", "/bin/sh", "-c", "exit 3"))).stderr).toBe("");
    expect((await state.mini(passed("--", "/bin/sh", "-c", "kill -KILL $$"))).stderr).toBe("");
  });

  claim("and --output has the document with the limit", async () => {
    await using state = openState();
    const path = join(state.scratch, "r.json");
    await state.mini(passed("--max-time", "0.3", "--output", path, "--", "/bin/sleep", "60"));
    expect((JSON.parse(readFileSync(path, "utf8")) as ExecutionResult).limit).toBe("wall_time");
  });
});

describe("with --json an error of ours is one document as well, and the text is on standard error", () => {
  const statuses = async (state: State, ...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await state.mini(args);
    const lines = stdout.split("\n");
    expect([lines.length, lines[1]]).toEqual([2, ""]);
    const { status, success, error_message, error } = JSON.parse(lines[0]!) as ErrorDocument;
    expect([status, success, error_message]).toEqual(["InternalError", false, error.message]);
    expect(stderr).toStartWith(`mini-isolate: ${error.message}\n`);
    expect(error.exit_code).toBe(exitCode);
    return [error.kind, exitCode, error.hint];
  };

  for (const [args, kind, code, hint] of [
    [["run", "--json", "--memroy", "64", "--", "/bin/true"], "Config", 64, "did you mean --memory?"],
    [["run", "--cpu-time", "1e3", "--json", "--", "/bin/true"], "Config", 64, "--cpu-time takes 0.001 to 2592000 s, or unlimited"],
    [["run", "--json", "--box-id", "nobody", "--", "/bin/true"], "Config", 64, "make it with: mini-isolate init --box-id nobody"],
    [["run", "--json", "--input", "/nowhere/x", "--", "/bin/true"], "Config", 64, null],
    [["execute", "--json", "--source", "/nowhere/x.py"], "Config", 64, null],
    [["execute", "--json"], "Config", 64, "mini-isolate execute --source FILE"],
    [["info", "--json"], "Config", 64, "make it with: mini-isolate init --box-id 0"],
    [["list", "--json", "--state-dir", "/bin/true"], "Config", 64, null],
    [["cleanup", "--json"], "Config", 64, null],
    [["languages", "lst", "--json"], "Config", 64, "did you mean list?"],
    [["languages", "show", "--json", "nothing"], "Config", 64, null],
    [["doctor", "--json", "--deep"], "Config", 64, null],
    [["seccomp", "--json", "show", "lax"], "Config", 64, "the profiles are default and strict"],
  ] as const) {
    claim(`usage: ${args.join(" ")}`, async () => {
      await using state = openState();
      expect((await statuses(state, ...args)).slice(0, hint === null ? 2 : 3)).toEqual(hint === null ? [kind, code] : [kind, code, hint]);
    });
  }

  claim("a box in use is 75, a runtime that is not there is 69", async () => {
    await using state = openState();
    await boxWith(state, []);
    const running = state.start(["run", "--passthrough", "--", "/bin/sh", "-c", "echo runs; exec sleep 20"]);
    await running.prints("runs\n");
    expect(await statuses(state, "run", "--json", "--", "/bin/true")).toEqual(["LockBusy", 75, "use another box id, or wait for it with --wait"]);
    running.kill("SIGTERM");
    await running.ended;
    const pack = state.file("pack.yaml", "version: 1\nid: gone\nname: Gone\nextensions: [.gone]\nrun: {command: [/usr/bin/no-such-runtime, '{source}']}\n");
    expect((await statuses(state, "execute", "--json", "--pack", pack, "--source", state.file("a.gone", ""))).slice(0, 2)).toEqual(["Process", 69]);
  });

  claim("where --json itself is the mistake there is none", async () => {
    await using state = openState();
    for (const args of [["run", "--json=no", "--", "/bin/true"], ["run", "--silent", "--json", "--", "/bin/true"], ["languages", "schema", "--json"], ["--json", "run", "/bin/true"]]) {
      const { stdout, exitCode } = await state.mini(args);
      expect([args, stdout, exitCode]).toEqual([args, "", 64]);
    }
  });

  claim("on standard output there is nothing where the document goes to a file only", async () => {
    await using state = openState();
    const path = join(state.scratch, "r.json");
    const outcome = await state.mini(["run", "--silent", "--json", "--output", path, "--box-id", "nobody", "--", "/bin/true"]);
    expect([outcome.stdout, outcome.exitCode]).toEqual(["", 64]);
    expect((JSON.parse(readFileSync(path, "utf8")) as ErrorDocument).error).toMatchObject({ kind: "Config", exit_code: 64 });
  });

  claim("--output and --meta have it too, in place of an old result; a mistake in the arguments changes no file", async () => {
    await using state = openState();
    const [output, meta] = [join(state.scratch, "r.json"), join(state.scratch, "m")];
    const run = async (...args: readonly string[]) => await state.mini(["run", "--output", output, "--meta", meta, ...args, "--", "/bin/true"]);
    for (const [flags, message] of [
      [["--box-id", "nobody"], "box nobody does not exist"],
      [["--input", "/nowhere/x"], "cannot read --input /nowhere/x: ENOENT (no such file or directory)"],
      [["--mount", "x=/nowhere/y"], "cannot mount /nowhere/y on /x: ENOENT (no such file or directory)"],
    ] as const) {
      expect((await run()).exitCode).toBe(0);
      expect((await run(...flags)).exitCode).toBe(64);
      expect((JSON.parse(readFileSync(output, "utf8")) as ErrorDocument).error_message).toBe(message);
      expect(readFileSync(meta, "utf8")).toBe(`status:XX\nmessage:${message}\n`);
    }
    const before = readFileSync(output, "utf8");
    expect((await run("--nonsense")).exitCode).toBe(64);
    expect((await run("--silent", "--verbose")).exitCode).toBe(64);
    expect(readFileSync(output, "utf8")).toBe(before);
  });

  claim("after a result there is no second document", async () => {
    await using state = openState();
    const path = join(state.scratch, "r.json");
    const outcome = await state.mini(["run", "--json", "--output", path, "--", "/bin/true"], { through: ["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh"] });
    expect(outcome.exitCode).toBe(5);
    expect(outcome.stderr).toStartWith("mini-isolate: cannot write to standard output: ENOSPC (no space left on device)\n");
    expect(outcome.stderr).not.toContain("{");
    expect((JSON.parse(readFileSync(path, "utf8")) as ExecutionResult).status).toBe("Success");
  });
});
