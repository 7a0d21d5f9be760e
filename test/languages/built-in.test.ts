// What the built-in packs say of their languages, tried on this host by the compiled binary.
import { describe, expect, test } from "bun:test";
import { builtInLanguages } from "../../src/language/builtin.ts";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { type Report, runTests } from "./report.ts";

const compilers = ["/usr/bin/g++", "/usr/bin/python3", "/usr/bin/node", "/usr/bin/rustc", "/usr/bin/go", "/usr/bin/javac", "/usr/bin/java", "/bin/bash"];
const claim = claimWith(...sandbox, ...compilers.map(executable));

describe("the built-in languages", () => {
  claim("pass the tests of their packs; one whose compiler is missing beside them is skipped, which is no failure unless it was asked for", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", [
      "version: 1",
      "languages:",
      "  - { id: gone, name: Gone, compile: { command: /usr/bin/no-such-compiler }, run: { command: '{executable}' }, test: [{ source: a }, { source: b }] }",
      "  - { id: secret, name: Secret, hidden: true, run: { command: /bin/false }, test: [{ source: a }] }",
    ].join("\n"));
    const { report, exitCode } = await runTests(state, ["--pack", pack]);
    const failed = report.languages.flatMap(({ id, tests }) => tests.filter(({ passed }) => passed === false).map(({ name, message }) => `${id}: ${name}: ${message}`));
    expect([failed, exitCode]).toEqual([[], 0]);
    expect(report.languages.map(({ id }) => id)).toEqual(["gone", ...builtInLanguages().map(({ id }) => id)]);
    const [gone, ...builtIn] = report.languages as [Report["languages"][number], ...Report["languages"]];
    expect([gone.skipped, gone.tests.map(({ passed, got }) => [passed, got])]).toEqual(["/usr/bin/no-such-compiler is not installed on this host", [[null, null], [null, null]]]);
    expect([report.failed, report.skipped]).toEqual([0, 2]);
    for (const { id, toolchain, skipped, tests } of builtIn) {
      expect([id, skipped, toolchain.state, toolchain.version]).toEqual([id, null, "found", expect.stringMatching(/^[0-9]+(\.[0-9]+)+/)]);
      expect(tests.map(({ passed, got }) => [passed, got])).toEqual(tests.map(({ expected }) => [true, expected]));
    }
    expect(builtIn.reduce((sum, { tests }) => sum + tests.length, 0)).toBe(report.passed);
    await expectNothingLeft(state);
  }, { timeout: 120_000 });

  test("have tests of every kind, and a version command", () => {
    for (const { id, toolchain, compile, tests } of builtInLanguages()) {
      expect([id, toolchain === null]).toEqual([id, false]);
      const statuses = new Set<string>(tests.map(({ status }) => status));
      const wanted = ["Success", "RuntimeError", "TimeLimit", ...(compile === null ? [] : ["CompileError"]), ...(id === "java" ? [] : ["MemoryLimit"])];
      expect([id, wanted.filter((status) => !statuses.has(status))]).toEqual([id, []]);
      expect([id, tests.some(({ input, output }) => input !== "" && output === "42")]).toEqual([id, true]);
      expect([id, tests.find(({ status }) => status === "TimeLimit")!.cpuTimeSeconds]).toEqual([id, 0.5]);
      expect(new Set(tests.map(({ name }) => name)).size).toBe(tests.length);
    }
  });

  claim("have the versions that their compilers have outside", async () => {
    await using state = openState();
    const { report } = await runTests(state, ["c", "python"]);
    const outside = ["/usr/bin/gcc -dumpfullversion", "/usr/bin/python3 -c 'import platform; print(platform.python_version())'"];
    const versions = outside.map((command) => Bun.spawnSync(["/bin/sh", "-c", command]).stdout.toString().trim());
    expect(report.languages.map(({ toolchain }) => toolchain.version ?? "")).toEqual(versions);
  }, { timeout: 60_000 });
});
