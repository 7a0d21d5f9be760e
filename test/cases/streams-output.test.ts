// What a program writes to its standard output and standard error reaches the caller, whoever in the box writes it and however it ends.
import { describe, expect } from "bun:test";
import { copyFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, plainPath, type MiniOptions, type State } from "../helpers/binary.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const claim = claimWith(...sandbox);
const node = executable("/usr/bin/node");
const claimNode = claimWith(...sandbox, node);
const bash = (script: string) => ["--processes", "32", "--", "/bin/bash", "-c", script];

const million = 1_000_000;
const roomy = ["--max-memory", "1024", "--processes", "64"];

/** A runtime that is ours: the one that these tests run on. */
function bunOf(state: State): readonly string[] {
  copyFileSync(process.execPath, state.file("bun", "", 0o755));
  return ["--mount", `tools=${state.scratch}`, "--", "/tools/bun"];
}

/** Output that is written at once, and the end of the program right behind it. */
const floods: Readonly<Record<string, string>> = {
  "console.log": `console.log("x".repeat(${3 * million - 1})); process.exit();`,
  "process.stdout.write": `process.stdout.write("x".repeat(${3 * million})); process.exit();`,
  "process.stderr.write": `process.stderr.write("x".repeat(${3 * million})); process.exit();`,
  "many small writes": `for (let i = 0; i < 30000; i++) process.stdout.write("x".repeat(99) + "\\n"); process.exit();`,
};

async function flooded(state: State, args: readonly string[], times: number, options?: MiniOptions): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  for (let run = 0; run < times; run++) {
    const { result } = await state.json(["run", ...args], options);
    seen.push([result.status, Math.max(result.stdout.length, result.stderr.length)]);
  }
  return seen;
}

describe("a runtime that writes without waiting and ends at once loses nothing (nodeca/js-yaml#286)", () => {
  const wanted = (times: number) => Array<unknown>(times).fill(["Success", 3 * million]);

  for (const [how, script] of Object.entries(floods)) {
    claimNode(`Node with ${how}, 25 of 25 times`, async () => {
      await using state = openState();
      expect(await flooded(state, [...roomy, "--", "/usr/bin/node", "-e", script], 25)).toEqual(wanted(25));
    });

    claim(`Bun with ${how}, 10 of 10 times`, async () => {
      await using state = openState();
      expect(await flooded(state, [...roomy, ...bunOf(state), "-e", script], 10)).toEqual(wanted(10));
    });
  }

  claimNode("up to the output limit, and what is above it is an output limit that was reached", async () => {
    await using state = openState();
    const write = (bytes: number) => ["run", ...roomy, "--", "/usr/bin/node", "-e", `process.stdout.write(Buffer.alloc(${bytes}, "x")); process.exit()`];
    const exact = (await state.json(write(8 * 2 ** 20))).result;
    expect([exact.status, exact.stdout.length, exact.stdout_truncated]).toEqual(["Success", 8 * 2 ** 20, false]);
    const more = (await state.json(write(8 * 2 ** 20 + 1))).result;
    expect([more.status, more.limit, more.stdout.length, more.stdout_truncated]).toEqual(["FileSizeLimit", "output", 8 * 2 ** 20, true]);
  });

  claimNode("also with the strict policy", async () => {
    await using state = openState();
    expect(await flooded(state, ["--seccomp", "strict", ...roomy, "--", "/usr/bin/node", "-e", floods["console.log"]!], 2)).toEqual(wanted(2));
  });

  claimNode("also where the host lets nobody listen to calls", async () => {
    await using state = openState();
    expect(await flooded(state, [...roomy, "--", "/usr/bin/node", "-e", floods["console.log"]!], 10, { through: [await program("under-listener")] })).toEqual(wanted(10));
  });

  claimNode("also for an ordinary user", async () => {
    await using state = openState({ uid: 61_222 });
    expect(await flooded(state, [...roomy, "--", "/usr/bin/node", "-e", floods["console.log"]!], 5)).toEqual(wanted(5));
  });

  claim("and what is in the pipe is not counted as memory of the program: 6 MB through a box of 4 MB", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--max-memory", "4", "--", "/usr/bin/head", "-c", "6000000", "/dev/zero"]);
    expect([result.status, result.stdout.length]).toEqual(["Success", 6_000_000]);
  });

  claim("and pipes of the program's own become non-blocking as it asks", async () => {
    await using state = openState();
    const script = `
import fcntl, os
flags = lambda fd: fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK != 0
r, w = os.pipe()
os.set_blocking(w, False)
copy = os.dup(1)
os.set_blocking(copy, False)
print(flags(w), flags(1), flags(copy))
try:
    while True: os.write(w, b"x" * 65536)
except BlockingIOError: print("full")`;
    const { result } = await state.json(["run", "--", "/usr/bin/python3", "-c", script]);
    expect([result.status, result.stdout]).toEqual(["Success", "True False False\nfull\n"]);
  });

  claim("with --passthrough the streams are the caller's, and become non-blocking as the program asks", async () => {
    await using state = openState();
    const script = "import os; os.set_blocking(1, False); os.write(2, b'blocking' if os.get_blocking(1) else b'not blocking')";
    const { stderr } = await state.mini(["run", "--passthrough", "--", "/usr/bin/python3", "-c", script]);
    expect(stderr).toBe("not blocking");
  });
});

describe("output that another process of the box still has in hand when the main process ends", () => {
  const tee = `exec > >(tee log.txt) 2>&1; for i in $(seq 200); do echo line $i; done; echo END`;

  claim("is kept, 40 of 40 times: a shell that writes through tee", async () => {
    await using state = openState();
    for (let run = 0; run < 40; run++) {
      const { result } = await state.json(["run", ...bash(tee)]);
      expect([run, result.status, result.stdout.endsWith("line 200\nEND\n")]).toEqual([run, "Success", true]);
    }
  });

  claim("is kept when it comes within the grace, and not when it comes after the quiet", async () => {
    await using state = openState();
    const { result } = await state.json(["run", ...bash("(sleep 0.03; echo soon; sleep 60; echo late) & echo main")]);
    expect([result.status, result.stdout]).toEqual(["Success", "main\nsoon\n"]);
    expect(result.wall_time).toBeLessThan(1);
  });

  claim("does not keep a run whose daemon goes on writing, and the time is that of the main process", async () => {
    await using state = openState();
    const begun = performance.now();
    const { result } = await state.json(["run", "--max-time", "30", ...bash("(while :; do echo x; sleep 0.02; done) & echo main")]);
    expect([result.status, result.stdout.startsWith("main\n") || result.stdout.startsWith("x\n")]).toEqual(["Success", true]);
    expect(result.wall_time).toBeLessThan(1);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  claim("ends with the wall time limit, which says nothing against a program that ended before", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--max-time", "0.3", ...bash("(while :; do echo x; sleep 0.02; done) & echo main")]);
    expect([result.status, result.limit]).toEqual(["Success", null]);
  });

  claim("counts: a process that uses CPU time while it is waited for uses that of the box", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--max-cpu", "0.05", "--max-time", "30", ...bash("(while :; do echo; for i in {1..200}; do :; done; done) & true")]);
    expect([result.status, result.limit]).toEqual(["TimeLimit", "cpu_time"]);
  });

  claim("counts: more than the output limit is too much", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--output-limit", "1", ...bash("yes & true")]);
    expect([result.status, result.limit, result.stdout_truncated]).toEqual(["FileSizeLimit", "output", true]);
  });

  claim("is not waited for where nobody has the output open", async () => {
    await using state = openState();
    const { result, stderr } = await state.json(["run", "--verbose", ...bash("sleep 60 > /dev/null 2>&1 & while [ /proc/$!/fd/1 -ef /proc/$$/fd/1 ]; do :; done; echo main")]);
    expect([result.status, result.stdout, stderr.includes("another has its output open")]).toEqual(["Success", "main\n", false]);
  });
});

const both = "echo 1; echo 2 >&2; echo 3; echo 4 >&2";
const sh = (script: string) => ["--processes", "8", "--", "/bin/sh", "-c", script];

describe("one stream for both", () => {
  claim("has everything in the order in which it was written (--stderr-to-stdout)", async () => {
    await using state = openState();
    const { result } = await state.json(["run", "--stderr-to-stdout", ...sh(both)]);
    expect([result.stdout, result.stderr]).toEqual(["1\n2\n3\n4\n", ""]);
    const passed = await state.mini(["run", "--passthrough", "--stderr-to-stdout", ...sh(both)]);
    expect([passed.stdout, passed.stderr]).toEqual(["1\n2\n3\n4\n", ""]);
  });

  claim("is a file of the box that both flags name, by whatever words, and that is opened once", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
    for (const [out, err] of [["log", "log"], ["log", "./log"], ["/box/log", "log"]] as const) {
      await state.json(["run", "--stdout-file", out, "--stderr-file", err, "--", "/bin/sh", "-c", both]);
      expect(await Bun.file(join(directory, "log")).text()).toBe("1\n2\n3\n4\n");
    }
    await state.json(["run", "--stdout-file", "log", "--stderr-to-stdout", "--", "/bin/sh", "-c", both]);
    expect(await Bun.file(join(directory, "log")).text()).toBe("1\n2\n3\n4\n");
  });

  claim("is a file of the caller that both flags name", async () => {
    await using state = openState();
    const path = state.file("both", "old content that is longer than the new one");
    const { result } = await state.json(["run", "--stdout", path, "--stderr", join(state.scratch, "../scratch/both"), ...sh(both)]);
    expect([result.status, result.stdout, result.stderr, await Bun.file(path).text()]).toEqual(["Success", "", "", "1\n2\n3\n4\n"]);
  });
});

describe("a file of the caller's for a stream (--stdout, --stderr)", () => {
  claim("has the bytes as they came, and the rest is as without it: verdict, limits, the other stream", async () => {
    await using state = openState();
    const path = join(state.scratch, "out");
    const { result } = await state.json(["run", "--stdout", path, ...sh("printf '\\377\\000x'; echo err >&2; exit 3")]);
    expect([result.status, result.exit_code, result.stdout, result.stderr]).toEqual(["RuntimeError", 3, "", "err\n"]);
    expect([...(await Bun.file(path).bytes())]).toEqual([255, 0, 120]);
    const { result: over } = await state.json(["run", "--stdout", path, "--output-limit", "1", ...sh("head -c 3000000 /dev/zero")]);
    expect([over.status, over.limit, over.stdout_truncated, Bun.file(path).size]).toEqual(["FileSizeLimit", "output", true, 2 ** 20]);
  });

  claim("is only what the program wrote, and not what its compiler said", async () => {
    await using state = openState();
    const [out, source] = [join(state.scratch, "out"), state.file("a.c", '#warning careful\n#include <stdio.h>\nint main(void) { puts("program"); return 0; }\n')];
    const { result } = await state.json(["execute", "--source", source, "--stdout", out], { timeoutMs: 60_000 });
    expect([result.status, result.compile?.stderr.includes("careful"), await Bun.file(out).text()]).toEqual(["Success", true, "program\n"]);
  });

  claim("may be a pipe, whose slow reader changes no verdict", async () => {
    await using state = openState();
    const line = `exec 3>&1; "$@" --stdout /dev/fd/4 4>&1 >&3 -- /usr/bin/head -c 300000 /dev/zero | (sleep 1; wc -c >&2)`;
    const outcome = await state.mini(["run", "--json", "--max-time", "0.9"], { through: ["/bin/bash", "-c", line, "bash"], timeoutMs: 20_000 });
    expect([JSON.parse(outcome.stdout).status, outcome.stderr]).toEqual(["Success", "300000\n"]);
  });

  claim("that is the input, the result, a link, or in no directory is an error before anything runs, and keeps what it has", async () => {
    await using state = openState();
    const [input, meta] = [state.file("input", "precious\n"), state.file("meta", "")];
    symlinkSync(input, join(state.scratch, "link"));
    for (const [flags, message] of [
      [["--input", input, "--stdout", input], `--stdout ${input} and --input name the same file`],
      [["--stderr", meta, "--meta", meta], `--stderr ${meta} and --meta name the same file`],
      [["--stdout", join(state.scratch, "link")], `cannot write --stdout ${state.scratch}/link: it is a symbolic link`],
      [["--stdout", join(state.scratch, "none/out")], `cannot write --stdout ${state.scratch}/none/out: ENOENT (no such file or directory)`],
      [["--stdout", input, "--stdout-file", "x"], "--stdout and --stdout-file exclude each other"],
      [["--stdout", input, "--passthrough"], "--stdout and --passthrough exclude each other"],
      [["--stderr", input, "--stderr-to-stdout"], "--stderr-to-stdout and --stderr exclude each other"],
    ] as const) {
      const { exitCode, stderr } = await state.mini(["run", ...flags, "--", "/bin/true"]);
      expect([exitCode, stderr.split("\n")[0]]).toEqual([64, `mini-isolate: ${message}`]);
    }
    expect(await Bun.file(input).text()).toBe("precious\n");
  });

  claim("takes any amount without our holding it: 200 MB to a file, by its name and by a descriptor, and to /dev/null", async () => {
    await using state = openState();
    const bytes = 200 * 2 ** 20;
    const path = state.file("large", "");
    const env = { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment };
    const peak = (size: number, line: string) => {
      const args = [binaryPath, "run", "--silent", "--output-limit", "1024", ...sh(`head -c ${size} /dev/zero | tr '\\0' x`)];
      const { exitCode, resourceUsage } = Bun.spawnSync(["/bin/sh", "-c", line, "sh", ...args], { env, stdin: "ignore", stdout: "ignore", stderr: "inherit", cwd: "/" });
      expect(exitCode).toBe(0);
      return resourceUsage.maxRSS;
    };
    const to = (flag: string, after = "") => `first="$1 $2"; shift 2; exec $first ${flag} "$@"${after}`;
    const least = peak(1, to("--stdout /dev/null"));
    for (const line of [to(`--stdout ${path}`), to(`--stdout /dev/fd/9`, ` 9>>${path}`), to("--stdout /dev/null")]) {
      expect(peak(bytes, line) - least).toBeLessThan(50 * 2 ** 20);
    }
    const { size } = statSync(path);
    expect([bytes, 2 * bytes]).toContain(size);
    expect((await Bun.file(path).slice(size - 10, size).text())).toBe("xxxxxxxxxx");
  }, { timeout: 60_000 });

  claim("that has no room is a fault of the host, and no verdict", async () => {
    await using state = openState();
    const { result, exitCode } = await state.json(["run", "--stdout", "/dev/full", ...sh("echo lost")]);
    expect([result.status, exitCode, result.error_message]).toEqual(["InternalError", 5, "cannot write the standard output of the program to its file: ENOSPC (no space left on device)"]);
  });
});

describe("with --passthrough, the caller's outputs can be opened by their names", () => {
  const names = "echo a; echo b >/dev/stdout; echo c >>/proc/self/fd/1; echo d >/dev/stderr; echo e";
  const passed = ["run", "--passthrough", ...sh(names)];

  for (const [what, mode] of [["files that only their owner may write to", 0o600], ["files that others may read", 0o644]] as const) {
    claim(`${what}, by a pipe, which loses nothing`, async () => {
      await using state = openState();
      const [out, err] = [state.file("out", "", mode), state.file("err", "", mode)];
      const { exitCode } = await state.mini(passed, { through: ["/bin/sh", "-c", `exec "$@" >${out} 2>${err}`, "sh"] });
      expect([exitCode, await Bun.file(out).text(), await Bun.file(err).text()]).toEqual([0, "a\nb\nc\ne\n", "d\n"]);
    });
  }

  claim("one file for both, in order; what is in it stays where the caller appends", async () => {
    await using state = openState();
    const out = state.file("out", "before\n", 0o600);
    await state.mini(passed, { through: ["/bin/sh", "-c", `exec "$@" >>${out} 2>&1`, "sh"] });
    expect(await Bun.file(out).text()).toBe("before\na\nb\nc\nd\ne\n");
  });

  claim("a file of the caller's keeps its mode and owner, whatever the program does to its output", async () => {
    await using state = openState();
    const out = state.file("out", "", 0o600);
    const script = "import os\nfor act in (lambda: os.fchmod(1, 0o4777), lambda: os.chmod('/dev/stdout', 0o6777), lambda: os.truncate('/dev/stdout', 0)):\n  try: act()\n  except OSError: pass\nprint('x')";
    await state.mini(["run", "--passthrough", "--", "/usr/bin/python3", "-c", script], { through: ["/bin/sh", "-c", `exec "$@" >${out}`, "sh"] });
    const { mode, uid } = statSync(out);
    expect([mode & 0o7777, uid, await Bun.file(out).text()]).toEqual([0o600, 0, "x\n"]);
  });

  claim("and a helper's last output into such a file is kept", async () => {
    await using state = openState();
    const out = state.file("out", "", 0o600);
    const { exitCode } = await state.mini(["run", "--passthrough", ...bash("exec > >(tee log.txt); for i in $(seq 200); do echo line $i; done; echo END")], { through: ["/bin/sh", "-c", `exec "$@" >${out}`, "sh"] });
    expect([exitCode, (await Bun.file(out).text()).endsWith("line 200\nEND\n")]).toEqual([0, true]);
  });

  claim("pipes, and /dev/null", async () => {
    await using state = openState();
    // What the test itself gives us are sockets, which nobody can open by a name.
    const piped = await state.mini(passed, { through: ["/bin/bash", "-c", 'set -o pipefail; { "$@" | cat; } 2>&1 | cat', "bash"] });
    expect([piped.exitCode, piped.stdout.split("\n").toSorted()]).toEqual([0, ["", "a", "b", "c", "d", "e"]]);
    expect((await state.mini(passed, { through: ["/bin/sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh"] })).exitCode).toBe(0);
  });
});
