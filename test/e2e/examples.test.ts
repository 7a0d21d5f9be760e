// docs/examples/: every file is run, as docs/examples.md shows it.
import { describe, expect } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { start, type Outcome } from "../helpers/running.ts";
import { until } from "../helpers/until.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const examples = join(import.meta.dir, "../../docs/examples");
const sources = join(import.meta.dir, "../fixtures/sources");
const gxx = executable("/usr/bin/g++");
const python = executable("/usr/bin/python3");
const patient = { timeout: 60_000 };

/** Runs a script with the binary where examples look for it. */
function play(state: State, command: readonly string[]): Promise<Outcome> {
  const env = { PATH: plainPath, LANG: "C.UTF-8", HOME: state.scratch, MINI_ISOLATE: binaryPath, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment };
  return start(command, { env, timeoutMs: 50_000 }).ended;
}

describe("start.ts, which npm start runs,", () => {
  const command = [process.execPath, join(examples, "start.ts")];
  const claim = claimWith(...sandbox, gxx, python);

  claim("shows a C++ and a Python program, as text and as JSON", async () => {
    await using state = openState();
    const { stdout, stderr, exitCode } = await play(state, command);
    expect([stderr, exitCode]).toEqual(["", 0]);
    for (const language of ["C++", "Python"]) expect(stdout).toContain(`--- STDOUT ---\nHello from ${language}: 42\n`);
    expect(stdout).not.toContain("note:");
    const document = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as ExecutionResult;
    expect([document.status, document.stdout]).toEqual(["Success", "Hello from Python: 42\n"]);
    await expectNothingLeft(state);
  }, patient);

  // Bound over with something that cannot be executed, for this command alone.
  const without = (...paths: readonly string[]) => [
    "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
    `for path in ${paths.join(" ")}; do mount --bind /dev/null "$path" || exit 99; done; exec ${command.join(" ")}`,
  ];
  const hiding = claimWith(...sandbox, gxx, python, executable("/usr/bin/unshare"));

  hiding("says what is missing and runs the rest", async () => {
    await using state = openState();
    const { stdout, exitCode } = await play(state, without("/usr/bin/g++"));
    expect(stdout).toContain("C++ was not run: /usr/bin/g++ is not installed (on Debian: apt-get install g++)\n");
    expect(stdout).toContain("--- STDOUT ---\nHello from Python: 42\n");
    expect(exitCode).toBe(0);
  }, patient);

  hiding("fails when nothing can be run", async () => {
    await using state = openState();
    const { stdout, exitCode } = await play(state, without("/usr/bin/g++", "/usr/bin/python3"));
    expect(stdout).toContain("Python was not run: /usr/bin/python3 is not installed (on Debian: apt-get install python3)\n");
    expect(stdout).toEndWith("nothing could be run: install one of these first\n");
    expect(exitCode).toBe(1);
  }, patient);
});

describe("the client in Python", () => {
  const claim = claimWith(...sandbox, gxx, python);

  claim("has results for verdicts, errors for the rest, and hands large data on by file", async () => {
    await using state = openState();
    const program = join(state.scratch, "client.py");
    const large = join(state.scratch, "large");
    writeFileSync(large, "0123456789abcdef".repeat(1 << 17));
    writeFileSync(program, `
import sys
sys.path.insert(0, ${JSON.stringify(examples)})
sys.dont_write_bytecode = True
from mini_isolate import IsolateError, MiniIsolate

def refused(call):
    try:
        call()
    except IsolateError as error:
        print(error.kind, error.exit_code, error.hint is not None)

with MiniIsolate(memory="64M", processes=3) as box:
    print(box.run(["/bin/cat"], b"text")["stdout"], repr(box.run(["/bin/cat"])["stdout"]))
    print(box.run(["/bin/sleep", "9"], wall_time="200ms")["status"], box.run(["/bin/false"])["exit_code"])
    copied = box.run(["/bin/cat"], ${JSON.stringify(large)}, ${JSON.stringify(`${large}.out`)}, output_limit=None)
    print(copied["status"], repr(copied["stdout"]), open(${JSON.stringify(large)}).read() == open(${JSON.stringify(`${large}.out`)}).read())
    print(box.execute(${JSON.stringify(join(examples, "sum.cpp"))}, b"40 2", no_cache=True)["compile"]["cached"])
    (box.workdir / "left").write_text("x")
    print(box.run(["/bin/ls"])["stdout"].strip())
    refused(lambda: MiniIsolate(box_id=box.box_id))
    refused(lambda: box.run(["/bin/true"], cpu_time=-1))
    refused(lambda: box.execute("/nowhere.c"))
refused(lambda: box.run(["/bin/true"]))
print(box.workdir.exists())
`);
    const { stdout, stderr, exitCode } = await play(state, ["/usr/bin/python3", program]);
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout.trim()).toBe([
      "text ''", "TimeLimit 1", "Success '' True", "False", "left\nsum", "Config 64 True", "Config 64 True", "Config 64 False", "Config 64 True", "False",
    ].join("\n"));
    expect(readFileSync(join(examples, "mini_isolate.py"), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
    await expectNothingLeft(state);
  }, patient);
});

describe("the judge in", () => {
  const tests = join(examples, "tests");
  const judges = [
    { name: "Python", command: ["/usr/bin/python3", join(examples, "judge.py")], needs: python },
    { name: "Node", command: ["/usr/bin/node", join(examples, "judge.mjs")], needs: executable("/usr/bin/node") },
  ];
  for (const { name, command, needs } of judges) {
    const claim = claimWith(...sandbox, gxx, needs);
    claim(`${name} tells right from wrong, too slow and not compiled`, async () => {
      await using state = openState();
      const judge = async (source: string, directory = tests) => {
        const { stdout, stderr, exitCode } = await play(state, [...command, source, directory]);
        expect([stderr, exitCode]).toEqual(["", 0]);
        return stdout;
      };
      expect(await judge(join(examples, "sum.cpp"))).toMatch(/^1: AC \(.*\)\n2: AC \(.*\)\n$/);
      expect(await judge(join(sources, "broken.cpp"))).toBe("CE\n");
      for (const name of ["1.in", "1.out"]) state.file(name, "");
      expect(await judge(join(sources, "endless.cpp"), state.scratch)).toMatch(/^1: TLE \(/);
      expect(await judge(state.file("wrong.cpp", '#include <cstdio>\nint main() { puts("0"); }\n'))).toMatch(/^1: WA /);
      await expectNothingLeft(state);
    }, patient);

    claim(`${name} fails when it cannot judge`, async () => {
      await using state = openState();
      const { stdout, stderr, exitCode } = await play(state, [...command, "/nowhere.cpp", tests]);
      expect(stdout).toBe("");
      expect(stderr).toContain("cannot read submission /nowhere.cpp");
      expect(exitCode).not.toBe(0);
    });
  }
});

claimWith(...sandbox, gxx)("library.ts makes a box, uses it and removes it", async () => {
  await using state = openState();
  const { stdout, stderr, exitCode } = await play(state, [process.execPath, join(examples, "library.ts")]);
  expect([stderr, exitCode]).toEqual(["", 0]);
  expect(stdout).toBe("Success Hello, World!\n\nSuccess Hello from C++: 42\n Success\nTimeLimit the wall time limit of 0.5 s was exceeded: raise it with --wall-time\n");
  expect((await state.mini(["list", "--json"])).stdout).toBe("[]\n");
}, patient);

claimWith(...sandbox)("library-streams.ts talks to a program, streams through another, and ends a third", async () => {
  await using state = openState();
  const { stdout, stderr, exitCode } = await play(state, [process.execPath, join(examples, "library-streams.ts")]);
  expect([stderr, exitCode, stdout]).toEqual(["", 0, "one!\ntwo!\nSuccess\nSuccess 1000 true\nTimeoutError\n"]);
}, patient);

describe("the pack", () => {
  const execute = (state: State, pack: string, source: string) =>
    state.json(["execute", "--pack", join(examples, "packs", pack), "--source", source, "--input", join(examples, "tests/1.in")], { timeoutMs: 30_000 });

  claimWith(...sandbox, executable("/usr/bin/perl"))("perl.yaml adds a language", async () => {
    await using state = openState();
    const { result } = await execute(state, "perl.yaml", join(examples, "sum.pl"));
    expect([result.error_message, result.language, result.stdout]).toEqual([null, "perl", "Hello from Perl: 42\n"]);
  });

  claimWith(...sandbox, gxx)("contest-cpp.yaml takes the place of the built-in C++", async () => {
    await using state = openState();
    const source = state.file("judge.cpp", '#include <cstdio>\nint main() {\n#ifdef ONLINE_JUDGE\n  std::printf("%ld\\n", __cplusplus);\n#endif\n}\n');
    const { result } = await execute(state, "contest-cpp.yaml", source);
    expect([result.error_message, result.language, result.stdout]).toEqual([null, "cpp", "201703\n"]);
  }, patient);
});

claimWith(...sandbox, executable("/usr/bin/unshare"))("the entrypoint of the Dockerfile runs a server as pid 1's child and hands SIGTERM on", async () => {
  await using state = openState();
  const directory = join(state.scratch, "server");
  mkdirSync(directory);
  // The shell and its sleep; the signal is handled between two of them.
  writeFileSync(join(directory, "server"), "#!/bin/sh\ntrap 'echo stopping; exit 3' TERM\necho ready\nwhile :; do sleep 0.05; done\n");
  chmodSync(join(directory, "server"), 0o755);
  const [, entrypoint = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(examples, "Dockerfile"), "utf8")) ?? [];
  const [name, ...args] = (JSON.parse(entrypoint) as string[]).map((word) => (word === "opt/server" ? `opt/server=${directory}` : word));
  expect(name).toBe("mini-isolate");
  const container = state.start(args, { through: ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc"] });
  await container.prints("ready");
  // unshare holds signals back; pid 1 of its namespace is its only child.
  const init = await until("pid 1 of the container", () => readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, "utf8").trim());
  process.kill(Number(init), "SIGTERM");
  const { stdout, stderr, exitCode } = await container.ended;
  expect([stdout, stderr, exitCode]).toEqual(["ready\nstopping\n", "", 3]);
  await expectNothingLeft(state);
});
