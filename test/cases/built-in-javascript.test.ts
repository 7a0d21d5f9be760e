// JavaScript and TypeScript with nothing installed: the binary is the runtime.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory, ordinaryUid } from "../helpers/test-directory.ts";

const claim = claimWith(...sandbox);
const userClaim = claimWith(...sandbox, executable("/usr/bin/setpriv"));

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly run: { readonly command: readonly string[] };
  readonly toolchain: { readonly state: string; readonly version: string; readonly built_in: boolean; readonly reason: string | null };
}

// The checkout may lie where other users cannot reach it.
let directory = "";
let binary = "";
beforeAll(() => {
  directory = makeTestDirectory("runtime");
  binary = join(directory, "mini-isolate");
  copyFileSync(binaryPath, binary);
  chmodSync(directory, 0o755);
  chmodSync(binary, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sum = 'import { readFileSync } from "node:fs";\nconst [a, b] = readFileSync(0, "utf8").split(" ").map(Number) as [number, number];\nconsole.log(a + b);\n';

/** A mount over every directory in which a box finds Node.js. */
function withoutNode(state: State): readonly string[] {
  const empty = join(state.scratch, "empty");
  mkdirSync(empty, { recursive: true, mode: 0o755 });
  return ["--mount", `usr/bin=${empty}`, "--mount", `usr/local=${empty}`];
}

describe("TypeScript", () => {
  claim("runs in a box that has nothing of the host but its C library, with the strict policy as well", async () => {
    await using state = openState();
    for (const policy of ["default", "strict"]) {
      const { result } = await state.json(["execute", "--source", state.file("sum.ts", sum), "--seccomp", policy, "--input", state.file("in", "20 22"), ...withoutNode(state)]);
      expect([policy, result.status, result.stdout, result.stderr, result.language, result.compile?.status]).toEqual([policy, "Success", "42\n", "", "typescript", "Success"]);
    }
    await expectNothingLeft(state);
  });

  claim("may be called anything: no name of a source means something to Bun", async () => {
    await using state = openState();
    const names = ["sum_test.ts", "_x.ts", "1.d.ts", "it's.ts", "a b.ts", 'q"q.ts', "-x.ts", "x.test.ts", "$(id).ts", "ä.ts", "%41.ts", "#a.ts", "?q.ts", "a?b=c.ts", "back\\slash.ts", "node:fs.ts", "@foo.ts", "~.ts", "a*b.ts", "{a}.ts", "1.TS", "bunfig.toml.ts"];
    for (const name of names) {
      const { result } = await state.json(["execute", "--source", state.file(name, 'console.log("ok" as string);')]);
      expect([name, result.error_message, result.stdout]).toEqual([name, null, "ok\n"]);
    }
  }, { timeout: 60_000 });

  claim("imports files that are added, and a mistake in one of them is a CompileError", async () => {
    await using state = openState();
    const source = state.file("main.ts", 'import { twice, type Number2 } from "./twice.ts";\nconst n: Number2 = 21;\nconsole.log(twice(n));');
    const args = ["execute", "--source", source, "--add", state.file("twice.ts", "export type Number2 = number;\nexport function twice(n: Number2): number { return 2 * n; }")];
    expect((await state.json(args)).result.stdout).toBe("42\n");
    state.file("twice.ts", "export function twice(n: ) {}");
    const { result } = await state.json(args);
    expect([result.status, result.compile?.status]).toEqual(["CompileError", "RuntimeError"]);
    expect(result.compile?.stderr).toContain("twice.ts:1:");
  });

  claim("neither takes settings from what an earlier program left in the box, nor looks for packages", async () => {
    await using state = openState();
    await state.mini(["init", "--box-id", "0"]);
    const plant = 'import { writeFileSync } from "node:fs";\nwriteFileSync("bunfig.toml", "preload = [\'./evil.ts\']");\nwriteFileSync("evil.ts", "console.log(1)");\nwriteFileSync(".env", "X=evil");';
    expect((await state.json(["execute", "--box-id", "0", "--source", state.file("plant.ts", plant)])).result.status).toBe("Success");
    const { result } = await state.json(["execute", "--box-id", "0", "--source", state.file("look.ts", 'console.log(String(process.env["X"]));')]);
    expect([result.status, result.stdout]).toEqual(["Success", "undefined\n"]);
    const missing = await state.json(["execute", "--box-id", "0", "--source", state.file("lodash.ts", 'import _ from "lodash"; console.log(_);')]);
    expect([missing.result.status, missing.result.wall_time < 5]).toEqual(["RuntimeError", true]);
    await state.mini(["cleanup", "--box-id", "0"]);
  });

  userClaim("runs for an ordinary user", async () => {
    await using state = openState({ uid: ordinaryUid, binary });
    const { result } = await state.json(["execute", "--source", state.file("sum.ts", sum), "--input", state.file("in", "20 22")]);
    expect([result.error_message, result.status, result.stdout]).toEqual([null, "Success", "42\n"]);
  });
});

describe("JavaScript where Node.js is missing", () => {
  claim("runs under the runtime in the binary; where it is there, under Node.js", async () => {
    await using state = openState();
    const source = state.file("which.js", 'console.log(typeof Bun, require("path").basename(process.execPath));');
    const without = await state.json(["execute", "--source", source, ...withoutNode(state)]);
    expect([without.result.status, without.result.stdout, without.result.language]).toEqual(["Success", "object bun\n", "javascript"]);
    const named = await state.json(["execute", "--language", "javascript-bun", "--source", source]);
    expect([named.result.stdout, named.result.language]).toEqual(["object bun\n", "javascript-bun"]);
  });

  claimWith(...sandbox, executable("/usr/bin/node"))("is Node.js where that is there", async () => {
    await using state = openState();
    const { result } = await state.json(["execute", "--source", state.file("which.js", "console.log(typeof Bun);")]);
    expect([result.stdout, result.language]).toEqual(["undefined\n", "javascript"]);
  });

  claim("a pack of anybody's may name a fallback and the runtime", async () => {
    await using state = openState();
    const pack = state.file("own.yaml", [
      "version: 1", "languages:",
      "  - { id: own, name: Own, extensions: [.own], fallback: own-bun, toolchain: { command: /usr/bin/no-such-runtime }, run: { command: '/usr/bin/no-such-runtime {source}' } }",
      "  - { id: own-bun, name: Own (Bun), toolchain: { command: '{bun} --version' }, run: { command: '/bin/sh -c \"exec {bun} {source}\"', needs: { processes: 64 } }, test: [{ source: console.log(1), file_name: x.js, output: '1' }] }", "",
    ].join("\n"));
    const { result } = await state.json(["execute", "--pack", pack, "--source", state.file("a.own", 'console.log(process.env["BUN_BE_BUN"]);')]);
    expect([result.status, result.stdout, result.stderr, result.language]).toEqual(["Success", "1\n", "", "own"]);
    const { result: listed } = await state.json<Listed[]>(["languages", "list", "--pack", pack]);
    const { name, run, toolchain } = listed.find(({ id }) => id === "own")!;
    expect([name, run.command[0], toolchain]).toMatchObject(["Own (Bun)", "/bin/sh", { state: "found", version: Bun.version, built_in: true }]);
    expect((await state.mini(["languages", "check", pack])).stdout).not.toContain("fallback");
  });
});

describe("languages list", () => {
  claim("says that the runtime is built in, with its version", async () => {
    await using state = openState();
    const { stdout } = await state.mini(["languages", "list"], { env: { COLUMNS: "200" } });
    expect(stdout).toMatch(new RegExp(`^typescript +TypeScript \\(Bun\\) +\\.ts \\.mts \\.cts +bun ${Bun.version.replaceAll(".", "\\.")} \\(built in\\) +built-in$`, "m"));
    const { result } = await state.json<Listed[]>(["languages", "list"]);
    expect(result.filter(({ toolchain }) => toolchain.built_in).map(({ id, toolchain }) => [id, toolchain.version])).toEqual(expect.arrayContaining([["javascript-bun", Bun.version], ["typescript", Bun.version]]));
  });
});

describe("the file of mini-isolate", () => {
  claim("that others may not execute is told with what to do, and is no verdict", async () => {
    await using state = openState({ binary });
    chmodSync(binary, 0o700);
    try {
      const { exitCode, stderr } = await state.mini(["execute", "--source", state.file("sum.ts", sum)]);
      expect([exitCode, stderr]).toEqual([69, `mini-isolate: cannot run sum.ts: other users may not read and execute ${binary}, the file of mini-isolate\nhint: chmod o+rx ${binary}\n`]);
      const { result } = await state.json<Listed[]>(["languages", "list"]);
      expect(result.find(({ id }) => id === "typescript")!.toolchain).toMatchObject({ state: "failed", reason: expect.stringContaining("chmod o+rx") });
    } finally {
      chmodSync(binary, 0o755);
    }
  });

  claim("may be replaced while a judge runs: the new one is mounted", async () => {
    await using state = openState({ binary });
    const pack = state.file("slow.yaml", "version: 1\nid: slow\nname: Slow\nextensions: [.slow]\ncompile: { command: /bin/sleep 1, artefacts: ['*'] }\nrun: { command: '{bun} {source}', needs: { processes: 64 } }\n");
    const running = state.json(["execute", "--no-cache", "--pack", pack, "--source", state.file("a.slow", "console.log(1)")]);
    const next = `${binary}.new`;
    copyFileSync(binaryPath, next);
    chmodSync(next, 0o755);
    renameSync(next, binary);
    expect((await running).result.stdout).toBe("1\n");
  });
});

describe("a box within a box", () => {
  const shell = "id -u; cat /etc/shadow; touch /usr/x && echo BREACH; mount -t tmpfs x /tmp && echo BREACH; echo done";
  const tries = [["--version"], ["run", "--state-dir", "/box/s", "--", "/bin/sh", "-c", shell], ["list", "--state-dir", "/tmp/mini-isolate"], ["cleanup", "--all"], ["doctor"]];
  for (const args of tries) {
    claim(`gains nothing: the runtime without its variable is mini-isolate with the rights of the program (${args[0]})`, async () => {
      await using state = openState();
      const source = state.file("nested.ts", [
        `const nested = Bun.spawnSync([process.execPath, ...${JSON.stringify(args)}], { env: { PATH: process.env["PATH"] } });`,
        "console.log(nested.exitCode, nested.stdout.toString() + nested.stderr.toString());",
      ].join("\n"));
      const { result } = await state.json(["execute", "--source", source]);
      // A call that only mini-isolate makes is one that no program may make.
      expect([result.status === "Success" || result.status === "SecurityViolation", result.stdout.includes("BREACH"), result.stdout.includes("root:")]).toEqual([true, false, false]);
      if (args[0] === "--version") expect(result.stdout).toMatch(/^0 mini-isolate /);
      await expectNothingLeft(state);
    }, { timeout: 60_000 });
  }
});
