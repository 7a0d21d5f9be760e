// Hostile files that we read, and hostile conditions that we start in.
import { describe, expect } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attack, type Scene } from "./attack.ts";

const because = "the supervisor's own parsing and start";

/** Longest that a refusal may take. */
const quicklyMs = 2000;

/** A case that makes its own runs. */
function input(claim: string, play: (scene: Scene) => unknown): void {
  attack({ claim, init: "--processes 8", without: null, because, play });
}

/** Refused with a message of ours: no crash, no stack, nothing on standard output. */
async function refused({ state }: Scene, args: readonly string[], codes: readonly number[] = [64]): Promise<void> {
  const begun = performance.now();
  const { exitCode, stdout, stderr } = await state.mini(args);
  expect(performance.now() - begun).toBeLessThan(quicklyMs);
  expect([args, stdout, codes.includes(exitCode), exitCode, stderr.split("\n")[0]]).toEqual([args, "", true, expect.anything(), expect.stringMatching(/^mini-isolate: /)]);
  expect(stderr).not.toMatch(/\bat .*:[0-9]+:[0-9]+|panic|\bundefined\b/);
}

describe("instances.json", () => {
  const depth = 100_000;
  const texts: readonly (readonly [what: string, text: (good: string) => string])[] = [
    ["a key __proto__", (good) => good.replace(/^\{/, '{"__proto__": {"strict": false, "uid": 0},')],
    ["a configuration with __proto__", (good) => good.replace('"config": {', '"config": { "__proto__": {"uid": 0},')],
    ["a key twice", (good) => good.replace('"config": {', '"config": { "uid": 0,')],
    ["100,000 levels", () => "[".repeat(depth) + "]".repeat(depth)],
    ["half of itself", (good) => good.slice(0, good.length / 2)],
    ["bytes that are not UTF-8", (good) => good.replace("{", "{\u00ff\ufffd\u0000")],
    ["a working directory that is the host's", (good) => good.replace(/"workdir": "[^"]*"/, '"workdir": 7')],
    ["a uid of 0", (good) => good.replace(/"uid": [0-9]+/, '"uid": 0')],
    ["a negative limit", (good) => good.replace(/"memory_limit": [0-9]+/, '"memory_limit": -1')],
  ];
  for (const [what, change] of texts) {
    input(`with ${what} is refused, left as it is, and nothing runs`, async (scene) => {
      const path = join(scene.state.directory, "instances.json");
      const good = readFileSync(path, "utf8");
      const bad = change(good);
      expect(bad).not.toBe(good);
      writeFileSync(path, bad);
      await refused(scene, ["run", "--box-id", scene.box.id, "--", "/bin/true"], [5, 64]);
      expect(readFileSync(path, "utf8")).toBe(bad);
      writeFileSync(path, good);
    });
  }
  for (const [what, replace] of [
    ["a link", (path: string, scene: Scene) => symlinkSync(scene.canaries.secret, path)],
    ["a FIFO", (path: string) => void Bun.spawnSync(["/usr/bin/mkfifo", path])],
    ["a directory", (path: string) => void mkdirSync(path)],
  ] as const) {
    input(`that is ${what} is refused at once and not followed`, async (scene) => {
      const path = join(scene.state.directory, "instances.json");
      renameSync(path, `${path}.kept`);
      replace(path, scene);
      await refused(scene, ["list"], [5, 64]);
      await refused(scene, ["init", "--box-id", "new"], [5, 64]);
      rmSync(path, { recursive: true });
      renameSync(`${path}.kept`, path);
    });
  }
});

describe("the state directory", () => {
  for (const mode of [0o777, 0o770, 0o722]) {
    input(`with mode ${mode.toString(8)} is refused`, async (scene) => {
      chmodSync(scene.state.directory, mode);
      await refused(scene, ["run", "--", "/bin/true"]);
      await refused(scene, ["init", "--box-id", "new"]);
      chmodSync(scene.state.directory, 0o700);
    });
  }
  input("whose locks are links or FIFOs is refused at once", async (scene) => {
    const lock = join(scene.state.directory, "locks", "trap");
    symlinkSync(scene.canaries.secret, lock);
    await refused(scene, ["init", "--box-id", "trap"], [5, 64, 75]);
    rmSync(lock);
    Bun.spawnSync(["/usr/bin/mkfifo", lock]);
    await refused(scene, ["init", "--box-id", "trap"], [5, 64, 75]);
    rmSync(lock);
    scene.canaries.expectUntouched();
  });
  input("in which a lock belongs to somebody else is left to them", async (scene) => {
    const lock = join(scene.state.directory, "locks", "theirs");
    writeFileSync(lock, "garbage");
    chownSync(lock, 65_533, 65_533);
    await refused(scene, ["init", "--box-id", "theirs"], [5, 64, 75]);
    expect(readFileSync(lock, "utf8")).toBe("garbage");
    rmSync(lock);
  });
});

describe("a language pack", () => {
  const head = "version: 1\nid: x\nname: X\nextensions: [.x]\n";
  const packs: readonly (readonly [what: string, text: string])[] = [
    ["that multiplies aliases", `${head}a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi".split("").map((name, at) => `${name}: &${name} [${`*${"abcdefgh"[at]},`.repeat(9)}]`).join("\n")}\nrun: { command: [*i] }\n`],
    ["with a key twice", `${head}run: { command: /bin/true }\nrun: { command: /bin/false }\n`],
    ["with __proto__", `${head}__proto__: { strict: false }\nrun: { command: /bin/true }\n`],
    ["of 20,000 levels", `${head}run: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`],
    ["with an unknown key", `${head}run: { command: /bin/true, as_root: true }\n`],
    ["with a tag that makes objects", `${head}run: !!js/function "() => 1"\n`],
    ["of binary bytes", "\u0000\u0001\u0002\u00ff"],
    ["with an artefact that climbs", `${head}compile: { command: /bin/true, artefacts: ["../../etc/*"] }\nrun: { command: /bin/true }\n`],
    ["with a source name that climbs", `${head}source_name: "../../x"\nrun: { command: /bin/true }\n`],
  ];
  for (const [what, text] of packs) {
    input(`${what} is refused with its place, at once`, async (scene) => {
      await refused(scene, ["execute", "--box-id", scene.box.id, "--pack", scene.state.file("p.yaml", text), "--source", scene.state.file("a.x", "")]);
    });
  }
  input("that is a FIFO, a device or endless is refused at once", async (scene) => {
    const fifo = join(scene.state.scratch, "fifo.yaml");
    Bun.spawnSync(["/usr/bin/mkfifo", fifo]);
    for (const pack of [fifo, "/dev/zero", "/dev/full", "/proc/kmsg", scene.state.scratch]) {
      await refused(scene, ["execute", "--box-id", scene.box.id, "--pack", pack, "--source", scene.state.file("a.x", "")]);
    }
  });
});

describe("a source", () => {
  input("that is a FIFO, a device, a directory or too large is refused at once", async (scene) => {
    const fifo = join(scene.state.scratch, "fifo.sh");
    Bun.spawnSync(["/usr/bin/mkfifo", fifo]);
    const large = join(scene.state.scratch, "large.sh");
    Bun.spawnSync(["/usr/bin/truncate", "-s", "1G", large]);
    for (const source of [fifo, "/dev/zero", "/usr", large]) await refused(scene, ["execute", "--box-id", scene.box.id, "--source", source, "--language", "shell"]);
  });
  for (const [what, name] of [["a line break", "a\nb.sh"], ["a terminal escape", "\x1b[2J.sh"], ["a leading dash", "-rf.sh"]] as const) {
    input(`with ${what} in its name is refused or staged under that very name`, async (scene) => {
      const outcome = await scene.state.mini(["execute", "--json", "--box-id", scene.box.id, "--source", scene.state.file(name, "echo fine\n")]);
      if (outcome.exitCode === 0) expect(JSON.parse(outcome.stdout).stdout).toBe("fine\n");
      else expect(outcome.exitCode).toBe(64);
      expect(outcome.stderr).not.toContain("\x1b");
    });
  }
});

describe("input for the program", () => {
  input("that is a FIFO without a writer does not make us wait past the wall clock", async ({ state, box, run }) => {
    const fifo = join(state.scratch, "fifo");
    Bun.spawnSync(["/usr/bin/mkfifo", fifo]);
    const begun = performance.now();
    const outcome = await run(["/bin/cat"], ["--input", fifo, "--max-time", "0.5"]).catch((error: Error) => error);
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(outcome instanceof Error ? outcome.message : outcome.result.status).toMatch(/TimeLimit|Success|exit 64/);
    expect(box.id).toBe("0");
  });
  input("of 1,000 arguments and 120 KB in one, and an environment of 500 KB, arrives whole", async ({ state, box }) => {
    const many = Array.from({ length: 1000 }, (_, at) => `argument-${at}`);
    const long = "x".repeat(120_000);
    const environment = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`VARIABLE_${at}`, "y".repeat(1000)]));
    const { result } = await state.json(["run", "--box-id", box.id, "--full-env", "--", "/bin/sh", "-c", 'echo $# ${#1} $(env | grep -c ^VARIABLE_)', "sh", long, ...many], { env: environment });
    expect([result.status, result.stdout]).toEqual(["Success", "1001 120000 500\n"]);
  });
});

describe("started", () => {
  const bash = (line: string) => ["/bin/bash", "-c", `${line}; exec "$@"`, "bash"];
  const python = (line: string) => ["/usr/bin/python3", "-c", `import os,signal,sys,resource\n${line}\nos.execv(sys.argv[1],sys.argv[1:])`];
  const conditions: readonly (readonly [how: string, through: readonly string[], env?: Readonly<Record<string, string>>])[] = [
    ["with SIGCHLD ignored", bash("trap '' CHLD")],
    ["with all signals blocked", python("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))")],
    ["with all signals ignored", bash("trap '' $(seq 1 8) $(seq 10 18) $(seq 20 31)")],
    ["without standard input", bash("exec 0<&-")],
    ["without standard error", bash("exec 2>&-")],
    ["without standard input and standard error", bash("exec 0<&- 2>&-")],
    ["with 100 descriptors of others open", bash("for n in $(seq 10 110); do eval \"exec $n</dev/null\"; done")],
    ["with 32 descriptors allowed until it asks for more", python("resource.setrlimit(resource.RLIMIT_NOFILE, (32, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))")],
    ["with one process allowed until it asks for more", python("resource.setrlimit(resource.RLIMIT_NPROC, (1, resource.getrlimit(resource.RLIMIT_NPROC)[1]))")],
    ["with no file size allowed until it asks for more", python("resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))")],
    ["with no memory to lock and no core", python("resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0)); resource.setrlimit(resource.RLIMIT_CORE, (0, 0))")],
    ["with a small stack until it asks for more", python("resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))")],
    ["with umask 0777", bash("umask 0777")],
    ["with umask 0", bash("umask 0")],
    ["in the lowest priority", ["/usr/bin/nice", "-n", "19"]],
    ["with LD_PRELOAD and LD_LIBRARY_PATH", [], { LD_PRELOAD: "/tmp/no-such.so", LD_LIBRARY_PATH: "/box", LD_AUDIT: "/box/x.so" }],
    ["with NODE_OPTIONS", [], { NODE_OPTIONS: "--require /box/x.js --max-old-space-size=1", NODE_PATH: "/box", NODE_EXTRA_CA_CERTS: "/box/x" }],
    ["with settings of Bun's in the environment", [], { BUN_INSTALL: "/box", BUN_CONFIG_REGISTRY: "x", BUN_RUNTIME_TRANSPILER_CACHE_PATH: "/box", BUN_DEBUG: "1", BUN_JSC_forceRAMSize: "100000000" }],
    ["with a PATH and HOME of the attacker's", [], { PATH: "/box:/tmp", HOME: "/box", TMPDIR: "/box", SHELL: "/box/x" }],
    ["with a strange locale and time zone", [], { LANG: "tr_TR.UTF-8", LC_ALL: "xx_YY", TZ: "/box/zone" }],
  ];
  for (const [how, through, env = {}] of conditions) {
    input(`${how}: the verdicts are the same, nothing hangs, nothing is left`, async ({ state, box }) => {
      const run = async (command: readonly string[], flags: readonly string[] = []) => {
        const { result, exitCode } = await state.json(["run", "--box-id", box.id, ...flags, "--", ...command], { through, env, timeoutMs: 8000 });
        return [result.status, result.exit_code, result.signal, exitCode, result.stdout];
      };
      expect(await run(["/bin/sh", "-c", "echo out; exit 3"])).toEqual(["RuntimeError", 3, null, 1, "out\n"]);
      expect(await run(["/bin/sh", "-c", "while :; do :; done"], ["--max-cpu", "0.2", "--max-time", "5"])).toEqual(["TimeLimit", null, 9, 2, ""]);
    });
  }
  for (const descriptors of ["1>&-", "0<&- 1>&- 2>&-"]) {
    input(`with ${descriptors}: it does not hang, harms no file and leaves nothing`, async ({ state, box, run }) => {
      const outcome = await state.mini(["run", "--json", "--box-id", box.id, "--", "/bin/echo", "x"], { through: bash(`exec ${descriptors}`), timeoutMs: 8000 });
      expect([outcome.stdout, outcome.exitCode < 128]).toEqual(["", true]);
      expect(JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8"))).toHaveProperty(box.id);
      expect((await run(["/bin/true"])).result.status).toBe("Success");
    });
  }
  for (const [kind, amount] of [["NOFILE", 32], ["FSIZE", 0], ["STACK", 1 << 20], ["NPROC", 1]] as const) {
    input(`with RLIMIT_${kind} ${amount} for good: the verdict is right, or an error of ours says why nothing was started`, async ({ state, box }) => {
      const through = python(`resource.setrlimit(resource.RLIMIT_${kind}, (${amount}, ${amount}))`);
      const outcome = await state.mini(["run", "--json", "--box-id", box.id, "--", "/bin/sh", "-c", "echo out; exit 3"], { through, timeoutMs: 8000 });
      // Without CAP_SYS_RESOURCE nobody can have the limit back.
      if (outcome.exitCode === 1) expect(JSON.parse(outcome.stdout)).toMatchObject({ status: "RuntimeError", exit_code: 3, stdout: "out\n" });
      else expect([outcome.exitCode, outcome.stdout.includes("out\\n"), outcome.stdout + outcome.stderr]).toEqual([5, false, expect.stringMatching(/RLIMIT_|EFBIG|EMFILE/)]);
    });
  }
  input("in a working directory that is gone: it ends at once and nothing was started", async ({ state, box }) => {
    // Bun itself refuses to start there, before any code of ours.
    const gone = join(state.scratch, "gone");
    const outcome = await state.mini(["run", "--json", "--box-id", box.id, "--", "/bin/echo", "out"], { through: bash(`mkdir ${gone}; cd ${gone}; rmdir ${gone}`), timeoutMs: 8000 });
    if (outcome.exitCode === 0) expect(JSON.parse(outcome.stdout).stdout).toBe("out\n");
    else expect([outcome.stdout, outcome.stderr]).toEqual(["", expect.stringContaining("directory")]);
  });
  input("in the box's directory, where bunfig.toml, .env and package.json of the program lie, none is read", async ({ state, box, canaries }) => {
    writeFileSync(join(box.directory, "bunfig.toml"), 'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n');
    writeFileSync(join(box.directory, "evil.js"), `require("fs").writeFileSync(${JSON.stringify(canaries.writable)}, "read");\n`);
    writeFileSync(join(box.directory, ".env"), `MINI_ISOLATE_STATE_DIR=${canaries.open}\nBUN_OPTIONS=--preload=./evil.js\n`);
    writeFileSync(join(box.directory, "package.json"), '{"type": "commonjs", "main": "evil.js"}');
    const { result } = await state.json(["run", "--box-id", box.id, "--", "/bin/echo", "fine"], { cwd: box.directory });
    expect([result.status, result.stdout]).toEqual(["Success", "fine\n"]);
    canaries.expectUntouched();
  });
});
