// Compilers and runtimes as a box would find them: what is not there, what only the host sees, and what their version commands do.
import { describe, expect } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { runTests } from "./report.ts";

const claim = claimWith(...sandbox);

/** A runtime of its own: tells its version, or runs a file as a shell does. The scratch directory is outside of every box. */
function installRuntime(state: State, place: string, version = "4.2.1"): string {
  const path = join(state.scratch, place);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo runtime ${version}; else exec /bin/sh "$@"; fi\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A pack for that runtime, with a test that it runs. */
function runtimePack(state: State, program: string, mounts: readonly string[] = []): string {
  return state.file("pack.yaml", `version: 1\nid: own\nname: Own\nextensions: [.own]\nmounts: [${mounts.join(", ")}]\ntoolchain: { command: ${program} --version }\nrun: { command: '${program} {source}' }\ntest: [{ source: echo hello, output: hello }]\n`);
}

describe("a toolchain outside of the box", () => {
  claim("is told with the mount that makes it visible, and works with it", async () => {
    await using state = openState();
    const path = installRuntime(state, "runtime-4/bin/run-own");
    const without = await runTests(state, ["--pack", runtimePack(state, path), "own"]);
    const mount = join(state.scratch, "runtime-4").slice(1);
    expect(without.exitCode).toBe(69);
    expect(without.report.languages[0]!.toolchain).toMatchObject({ state: "outside", program: path, host_path: path, mount });
    expect(without.report.languages[0]!.skipped).toBe(`${path} is not visible in a box`);
    const executed = await state.mini(["execute", "--pack", runtimePack(state, path), "--source", state.file("x.own", "")]);
    expect([executed.exitCode, executed.stdout, executed.stderr]).toEqual([69, "", `mini-isolate: cannot run x.own: ${path} is not visible in a box\nhint: the host has it: add '${mount}' to the mounts of the language pack\n`]);

    const mounted = await runTests(state, ["--pack", runtimePack(state, path, [mount]), "own"]);
    expect([mounted.exitCode, mounted.report.languages[0]!.toolchain.state, mounted.report.languages[0]!.toolchain.version, mounted.report.passed]).toEqual([0, "found", "4.2.1", 1]);
    expect((await state.json(["execute", "--pack", runtimePack(state, path, [mount]), "--source", state.file("x.own", "echo $0")])).result.stdout).toBe("x.own\n");
    await expectNothingLeft(state);
  });

  claim("is found by its name alone in the caller's PATH, a link to its directory and a shim included, and works as it is told", async () => {
    await using state = openState();
    installRuntime(state, "home/.pyenv/versions/4.2.1/bin/run-own");
    installRuntime(state, "home/.pyenv/shims/run-own", "of the shim");
    const env = { HOME: join(state.scratch, "home"), PATH: `${join(state.scratch, "home/.pyenv/shims")}:/usr/bin:/bin` };
    const { report } = await runTests(state, ["--pack", runtimePack(state, "run-own"), "own"], { env });
    const hostPath = join(state.scratch, "home/.pyenv/versions/4.2.1/bin/run-own");
    const mount = join(state.scratch, "home/.pyenv/versions/4.2.1").slice(1);
    expect(report.languages[0]!.toolchain).toMatchObject({ state: "outside", program: "run-own", host_path: hostPath, mount });
    const followed = await runTests(state, ["--pack", runtimePack(state, hostPath, [mount]), "own"]);
    expect([followed.exitCode, followed.report.languages[0]!.toolchain.version]).toEqual([0, "4.2.1"]);
    const executed = await state.mini(["execute", "--pack", runtimePack(state, "run-own"), "--source", state.file("x.own", "")], { env });
    expect([executed.exitCode, executed.stderr.split("\n")[1]]).toEqual([69, `hint: the host has ${hostPath}: add '${mount}' to the mounts of a language pack and name this path in its commands`]);
  });

  claim("may be reached through a link, which is what is mounted", async () => {
    await using state = openState();
    installRuntime(state, "runtime-4/bin/run-own");
    symlinkSync("runtime-4", join(state.scratch, "runtime"));
    const path = join(state.scratch, "runtime/bin/run-own");
    const { report } = await runTests(state, ["--pack", runtimePack(state, path), "own"]);
    const { mount, host_path: hostPath } = report.languages[0]!.toolchain;
    expect([hostPath, mount]).toEqual([path, join(state.scratch, "runtime").slice(1)]);
    const followed = await runTests(state, ["--pack", runtimePack(state, path, [mount!]), "own"]);
    expect([followed.exitCode, followed.report.languages[0]!.toolchain.version]).toEqual([0, "4.2.1"]);
  });

  claim("is also one that is only linked to from /usr of a box's view", async () => {
    await using state = openState();
    const path = installRuntime(state, "runtime-4/bin/run-own");
    mkdirSync(join(state.scratch, "usr-of-box"));
    symlinkSync(path, join(state.scratch, "usr-of-box/run-own"));
    const pack = runtimePack(state, "/opt/linked/run-own", [`opt/linked=${state.scratch}/usr-of-box`]);
    // The link is there and leads nowhere: execve would say ENOENT of a file that one can list.
    const executed = await state.mini(["execute", "--pack", pack, "--source", state.file("x.own", "")]);
    expect(executed.exitCode).toBe(69);
    const both = runtimePack(state, "/opt/linked/run-own", [`opt/linked=${state.scratch}/usr-of-box`, join(state.scratch, "runtime-4").slice(1)]);
    expect((await runTests(state, ["--pack", both, "own"])).report.passed).toBe(1);
  });
});

describe("a program that is not there", () => {
  claim("is exit code 69 of execute, whether the pack names it by its path or by its name, for compiling and for running", async () => {
    await using state = openState();
    const source = state.file("x.own", "");
    for (const [step, steps] of [["compile", "compile: { command: PROGRAM }\nrun: { command: '{executable}' }"], ["run", "run: { command: PROGRAM }"]] as const) {
      for (const program of ["/usr/bin/no-such-program", "no-such-program"]) {
        const pack = state.file("pack.yaml", `version: 1\nid: own\nname: Own\nextensions: [.own]\n${steps.replace("PROGRAM", program)}\n`);
        const { exitCode, stdout, stderr } = await state.mini(["execute", "--pack", pack, "--source", source]);
        expect([exitCode, stdout, stderr]).toEqual([69, "", `mini-isolate: cannot ${step} x.own: ${program} is not installed on this host\nhint: install the package that brings ${program}, or use another language pack\n`]);
      }
    }
  });

  claim("is not a name that --env PATH hides: what the box would search is searched", async () => {
    await using state = openState();
    const source = state.file("x.sh", "echo found");
    const pack = state.file("pack.yaml", "version: 1\nid: own\nname: Own\nextensions: [.sh]\nrun: { command: 'bash {source}' }\n");
    expect((await state.mini(["execute", "--pack", pack, "--source", source])).exitCode).toBe(0);
    const { exitCode, stderr } = await state.mini(["execute", "--pack", pack, "--source", source, "--env", "PATH=/usr/share"]);
    expect([exitCode, stderr]).toEqual([69, "mini-isolate: cannot run x.sh: bash is not installed on this host\nhint: the host has /usr/bin/bash: name this path in a language pack of your own\n"]);
  });
});

describe("a version command", () => {
  claim("that misbehaves is told in one line and holds nothing up: a gigabyte, no end, an exit code, a crash, fork upon fork", async () => {
    await using state = openState();
    const commands = {
      gigabyte: "/usr/bin/head -c 1000000000 /dev/zero",
      hangs: "/usr/bin/sleep 1000",
      fails: "/bin/sh -c 'echo version 1.2.3; echo no licence >&2; exit 1'",
      crashes: "/bin/sh -c 'echo version 1.2.3; kill -SEGV $$'",
      forks: "/bin/sh -c 'f() { f | f & }; f; sleep 1000'",
      hungry: "/bin/sh -c 'x=x; while :; do x=$x$x; done'",
      absent: "/usr/bin/no-such-program",
      "no-program": "/etc/alternatives/README",
    };
    const languages = Object.entries(commands).map(([id, command]) => `  - { id: ${id}, name: X, toolchain: { command: "${command}" }, run: { command: /bin/true } }`);
    const pack = state.file("pack.yaml", `version: 1\nlanguages:\n${languages.join("\n")}\n`);
    const begun = performance.now();
    const { report } = await runTests(state, ["--pack", pack, ...Object.keys(commands)]);
    expect(performance.now() - begun).toBeLessThan(45_000);
    const reasons = Object.fromEntries(report.languages.map(({ id, toolchain }) => [id, toolchain.reason ?? toolchain.state]));
    expect(reasons).toEqual({
      gigabyte: expect.stringContaining("the output limit of 64 KB was exceeded"),
      hangs: expect.stringContaining("the wall time limit of 20 s was exceeded"),
      fails: "/bin/sh -c echo version 1.2.3; echo no licence >&2; exit 1: the program ended with exit code 1: no licence",
      crashes: expect.stringContaining("the program was ended by signal 11 (SIGSEGV)"),
      forks: expect.any(String),
      hungry: expect.stringContaining("the memory limit of 1024 MB was reached"),
      absent: "missing",
      "no-program": expect.stringContaining("EACCES"),
    });
    for (const reason of Object.values(reasons)) expect(reason).toMatch(/^[^\p{Cc}]{1,250}$/u);
    await expectNothingLeft(state);
  }, { timeout: 90_000 });

  claim("is read on both streams by its pattern; what is no version is none", async () => {
    await using state = openState();
    const say = (command: string, rest = "") => `toolchain: { command: "/bin/sh -c '${command}'"${rest} }`;
    const languages: readonly (readonly [id: string, text: string])[] = [
      ["stdout", say("echo tool version 1.2.3 of 2024.5")],
      ["stderr", say("echo tool v1.2.3 >&2")],
      ["both", say("echo nothing; echo 1.2.3 >&2")],
      ["pattern", say("echo 0.1 warning; echo tool 8u292", ", pattern: 'tool ([0-9u]+)'")],
      ["go", say("echo go version go1.19.8 linux/amd64")],
      ["garbage", say("head -c 5000 /dev/urandom | tr -d 0-9")],
      ["control", "toolchain: { command: [/usr/bin/printf, '\\033[2J1'], pattern: '([^]*)' }"],
      ["long", say("seq -s . 1 100")],
      ["silent", say("true")],
      ["too-old", say("echo 1.9.7", ", minimum: '1.10'")],
      ["just-so", say("echo 1.10", ", minimum: '1.10.0'")],
      ["newer", say("echo 2.0", ", minimum: '1.10.5'")],
      ["environment", "environment: { TOOL_VERSION: 7.7 }, toolchain: { command: \"/bin/sh -c 'echo $TOOL_VERSION'\" }"],
    ];
    const pack = state.file("pack.yaml", `version: 1\nlanguages:\n${languages.map(([id, text]) => `  - { id: ${id}, name: X, run: { command: /bin/true }, ${text} }\n`).join("")}`);
    const { report, stderr } = await runTests(state, ["--pack", pack, ...languages.map(([id]) => id)]);
    expect(stderr).not.toContain("pack.yaml");
    expect(report.languages.map(({ id, toolchain }) => [id, toolchain.version, toolchain.too_old])).toEqual([
      ["stdout", "1.2.3", false], ["stderr", "1.2.3", false], ["both", "1.2.3", false], ["pattern", "8u292", false], ["go", "1.19.8", false],
      ["garbage", null, false], ["control", null, false], ["long", null, false], ["silent", null, false],
      ["too-old", "1.9.7", true], ["just-so", "1.10", false], ["newer", "2.0", false], ["environment", "7.7", false],
    ]);
  }, { timeout: 60_000 });

  claimWith(...sandbox, executable("/usr/bin/unshare"))("has its answer also when we are pid 1 and others are asked meanwhile", async () => {
    await using state = openState();
    const languages = Array.from({ length: 12 }, (_, index) => `  - { id: l${index}, name: X, toolchain: { command: "/bin/sh -c 'sleep 0.0${index}; echo 1.${index}'" }, run: { command: /bin/true } }\n`);
    const pack = state.file("pack.yaml", `version: 1\nlanguages:\n${languages.join("")}`);
    const { report } = await runTests(state, ["--pack", pack, ...languages.map((_, index) => `l${index}`)], { through: ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] });
    expect(report.languages.map(({ toolchain }) => toolchain.version ?? toolchain.reason)).toEqual(languages.map((_, index) => `1.${index}`));
  });
});
