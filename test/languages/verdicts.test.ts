// `languages test` says of a pack what is so: what fails, with what in place of what, what could not be tried, and by which exit code.
import { describe, expect } from "bun:test";
import { readdirSync } from "node:fs";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";
import { runTests } from "./report.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));
const patient = { timeout: 60_000 };

/** A pack of shell scripts with these tests. */
function shellPack(state: State, tests: string, rest = ""): string {
  return state.file("pack.yaml", `version: 1\nid: script\nname: Script\nextensions: [.script]\n${rest}run: { command: '/bin/sh {source}' }\ntest:\n${tests.trimEnd()}\n`);
}

describe("a test fails", () => {
  claim("for another output, with both in words, and the others are run all the same", async () => {
    await using state = openState();
    const pack = shellPack(state, "  - { name: right, source: echo one, output: one }\n  - { name: wrong, source: echo two, output: three }\n  - { name: later, source: echo four, output: four }\n");
    const { report, exitCode } = await runTests(state, ["--pack", pack, "script"]);
    expect([exitCode, report.passed, report.failed]).toEqual([1, 2, 1]);
    expect(report.languages[0]!.tests.map(({ name, passed, got, verdict, message }) => [name, passed, got, verdict, message])).toEqual([
      ["right", true, "Success", "Success", null],
      ["wrong", false, "Success", "WrongOutput", 'printed "two" instead of "three"'],
      ["later", true, "Success", "Success", null],
    ]);
    const text = await state.mini(["languages", "test", "--pack", pack, "script"]);
    expect(text.exitCode).toBe(1);
    expect(text.stdout).toMatch(/^script {4}wrong +Success +WrongOutput FAILED {2}0\.\d{3} s {3}\d+ KB$/m);
    expect(text.stdout).toEndWith('\n\nscript: wrong: printed "two" instead of "three"\n\n2 passed, 1 failed, 0 skipped\n');
    await expectNothingLeft(state);
  }, patient);

  claim("for another status, a success in place of a failure as well", async () => {
    await using state = openState();
    const pack = shellPack(state, "  - { source: exit 3 }\n  - { source: exit 0, status: RuntimeError }\n  - { source: 'kill -SEGV $$', status: RuntimeError }\n");
    const { report, exitCode } = await runTests(state, ["--pack", pack, "script"]);
    expect(exitCode).toBe(1);
    expect(report.languages[0]!.tests.map(({ name, message }) => [name, message])).toEqual([
      ["test 1", "RuntimeError instead of Success: the program ended with exit code 3"],
      ["test 2", "Success instead of RuntimeError"],
      ["test 3", "Signaled instead of RuntimeError: the program was ended by signal 11 (SIGSEGV)"],
    ]);
  }, patient);

  claim("when the compiler is broken, with what it said", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: broken\nname: Broken\ncompile: { command: \"/bin/sh -c 'echo no licence >&2; exit 9'\" }\nrun: { command: '{executable}' }\ntest: [{ name: hello, source: x }]\n");
    const { stdout, exitCode } = await state.mini(["languages", "test", "--pack", pack, "broken"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("broken: hello: CompileError instead of Success: the compiler ended with exit code 9\n    no licence\n");
  });

  claim("when its run is refused before it begins", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: large\nname: Large\nrun: { command: '/bin/sh {source}', needs: { memory: 1GiB } }\ntest: [{ source: x }]\n");
    const { report, exitCode } = await runTests(state, ["--pack", pack, "large"]);
    expect([exitCode, report.languages[0]!.tests[0]!.got, report.languages[0]!.tests[0]!.message]).toEqual([1, null, "cannot run large with a memory limit of 512 MB: it needs at least 1024 MB"]);
    expect((await state.mini(["languages", "test", "--pack", pack, "large"])).stdout).toContain("FAILED: cannot run large");
  });
});

describe("a test", () => {
  claim("does not depend on blanks at the ends of lines and of the whole, and on all others", async () => {
    await using state = openState();
    const pack = shellPack(state, [
      String.raw`  - { source: "printf 'a  \\nb\\t\\r\\n\\n\\n'", output: "a\nb" }`,
      String.raw`  - { source: "printf 'a\\nb'", output: "a \nb\n\n" }`,
      String.raw`  - { source: "printf ' a'", output: "a" }`,
      String.raw`  - { source: "printf 'a\\n\\nb'", output: "a\nb" }`,
      "  - { source: echo anything }",
    ].join("\n"));
    const { report } = await runTests(state, ["--pack", pack, "script"]);
    expect(report.languages[0]!.tests.map(({ passed }) => passed)).toEqual([true, true, false, false, true]);
  }, patient);

  claim("has 512 MB, one process and an empty input, or what it or its pack says", async () => {
    await using state = openState();
    const fill = "python3 -c 'len(bytearray(b\\\"x\\\") * 200000000)'";
    const pack = shellPack(state, [
      `  - { name: memory, source: "exec ${fill}" }`,
      `  - { name: less memory, source: "exec ${fill}", memory: 100MiB, status: MemoryLimit }`,
      "  - { name: time, source: 'while :; do :; done', time: 200ms, status: TimeLimit }",
      "  - { name: processes, source: '/bin/true; /bin/true', status: ProcessLimit }",
      "  - { name: no input, source: '! read line' }",
      "  - { name: input, source: read line; echo $line, input: given, output: given }",
      "  - { name: own name, source: echo $0, file_name: own-name.txt, output: own-name.script }",
      "  - { name: usual name, source: echo $0, output: test.script }",
    ].join("\n"));
    const { report, exitCode } = await runTests(state, ["--pack", pack, "script"]);
    expect(report.languages[0]!.tests.filter(({ passed }) => passed !== true)).toEqual([]);
    expect([exitCode, report.passed]).toEqual([0, 8]);
  }, patient);

  claim("is inherited with the rest of a language, and a language has what its pack says of it last", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nlanguages:\n  - { id: dash, extends: shell, name: Dash, run: { command: '/bin/dash {source}' }, toolchain: null }\n  - { id: c, extends: c, test: [] }\n");
    const { report, exitCode } = await runTests(state, ["--pack", pack, "dash", "c", "dash"]);
    expect(report.languages.map(({ id, tests, toolchain }) => [id, tests.length > 0, toolchain.state, toolchain.version])).toEqual([
      ["dash", true, "found", null],
      ["c", false, "found", expect.any(String)],
    ]);
    expect([exitCode, report.failed]).toEqual([0, 0]);
    expect((await state.mini(["languages", "test", "--pack", pack, "c"])).stdout).toBe("LANGUAGE  TEST      EXPECTED  GOT  CPU TIME  MEMORY\nc         no tests\n\n0 passed, 0 failed, 0 skipped, 1 language without tests\n");
  }, patient);

  claim("many languages without any are one line", async () => {
    await using state = openState();
    const ids = ["aa", "bb", "dd", "ee"];
    const pack = state.file("pack.yaml", `version: 1\nlanguages:\n${ids.map((id) => `  - { id: ${id}, name: X, run: '/bin/sh {source}' }\n`).join("")}`);
    expect((await state.mini(["languages", "test", "--pack", pack, ...ids])).stdout).toBe("\n4 languages have no test: aa bb dd ee\n\n0 passed, 0 failed, 0 skipped, 4 languages without tests\n");
  }, patient);
});

describe("a language that cannot be tested", () => {
  const gone = "version: 1\nlanguages:\n  - { id: gone, name: Gone, run: { command: no-such-runtime }, test: [{ source: x }] }\n  - { id: script, name: Script, run: { command: '/bin/sh {source}' }, test: [{ source: exit 1 }, { source: exit 0 }] }\n";

  claim("is exit code 69 when it was named, and is never counted as passed", async () => {
    await using state = openState();
    const { stdout, exitCode } = await state.mini(["languages", "test", "--pack", state.file("pack.yaml", gone), "gone"]);
    expect(exitCode).toBe(69);
    expect(stdout).toBe(
      "LANGUAGE  TEST    EXPECTED  GOT                                                     CPU TIME  MEMORY\n" +
        "gone      1 test            skipped: no-such-runtime is not installed on this host\n\n" +
        "gone: no-such-runtime is not installed on this host: install the package that brings no-such-runtime, or use another language pack\n\n" +
        "0 passed, 0 failed, 1 skipped\n",
    );
  });

  claim("does not hide a failure", async () => {
    await using state = openState();
    const { report, exitCode } = await runTests(state, ["--pack", state.file("pack.yaml", gone), "gone", "script"]);
    expect([exitCode, report.passed, report.failed, report.skipped]).toEqual([1, 1, 1, 1]);
  });

  claim("is one with a toolchain older than its pack asks for", async () => {
    await using state = openState();
    const pack = shellPack(state, "  - { source: exit 0 }\n", "toolchain: { command: \"/bin/sh -c 'echo 3.9.18'\", minimum: '3.10' }\n");
    const { stdout, exitCode } = await state.mini(["languages", "test", "--pack", pack, "script"]);
    expect(exitCode).toBe(69);
    expect(stdout).toContain("skipped: version 3.9.18 (too old)");
    expect(stdout).toContain("script: version 3.9.18 is older than 3.10, which the pack asks for\n");
  });

  claim("is unknown by that name: exit code 64, and nothing is run", async () => {
    await using state = openState();
    const { stdout, stderr, exitCode } = await state.mini(["languages", "test", "c", "pythn"]);
    expect([stdout, exitCode]).toEqual(["", 64]);
    expect(stderr).toStartWith("mini-isolate: unknown language 'pythn'");
  });
});

describe("while it goes on", () => {
  claim("each language is told on standard error", async () => {
    await using state = openState();
    const { stderr } = await state.mini(["languages", "test", "--pack", shellPack(state, "  - { source: exit 0 }\n"), "script"]);
    expect(stderr).toBe("looking for compilers and runtimes\ntesting script (1 of 1)\n");
  });

  claimWith(...sandbox, executable("/usr/bin/script"))("a terminal has one line that is rewritten, and then nothing of it", async () => {
    await using state = openState();
    const pack = shellPack(state, "  - { name: one, source: exit 0 }\n  - { name: two, source: exit 0 }\n");
    const { stdout } = await state.mini([], { through: ["/bin/sh", "-c", `/usr/bin/script -qec '${binaryPath} languages test --pack ${pack} script' /dev/null </dev/null`, "sh"], cwd: state.scratch });
    expect(stdout).toContain("\r\x1b[Ktesting script (1 of 1): one\r\x1b[Ktesting script (1 of 1): two\r\x1b[KLANGUAGE");
  });

  claim("a signal ends it: the run that it came into is ended, nothing more is begun, nothing is left", async () => {
    await using state = openState();
    const pack = shellPack(state, "  - { source: 'while :; do :; done', time: 60s, status: TimeLimit }\n  - { source: exit 0 }\n");
    const running = state.start(["languages", "test", "--pack", pack, "script"]);
    await until("the first test runs", () => hasSource(state), 10_000);
    running.kill("SIGINT");
    const { stdout, stderr, exitCode } = await running.ended;
    expect([stdout, exitCode]).toEqual(["", 130]);
    expect(stderr).toEndWith("mini-isolate: stopped because mini-isolate received SIGINT\n");
    expect(readdirSync(state.directory).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    await expectNothingLeft(state);
  });
});

/** The first test's source is in its box. */
function hasSource(state: State): boolean {
  try {
    return [...new Bun.Glob("tmp-*/box/test.script").scanSync({ cwd: state.directory })].length > 0;
  } catch {
    return false;
  }
}
