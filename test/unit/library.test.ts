// The library as its users import it: real boxes, each test with a state directory of its own.
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Isolate, plainRun, type ExecutionResult, type IsolateConfigInput } from "../../src/index.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { cgroupDirectories } from "../helpers/host.ts";
import { errorOf, openLibrary } from "../helpers/library-state.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const sources = join(import.meta.dir, "../fixtures/sources");
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What instances.json says about a box. */
function recordOf(stateDir: string, id: string): { config: Record<string, unknown>; created_at: string; last_used: string } {
  return JSON.parse(readFileSync(join(stateDir, "instances.json"), "utf8"))[id];
}

const outcome = ({ status, exit_code, stdout }: ExecutionResult) => [status, exit_code, stdout];

test("the package's name leads to the library, which has these names and no others", async () => {
  // A name that tsc cannot follow: it is resolved at run time, as for somebody who has installed the package.
  const name: string = "mini-isolate";
  const library = (await import(name)) as Record<string, unknown>;
  expect(Object.keys(library).toSorted()).toEqual(["Isolate", "IsolateError", "IsolatePool", "decide", "judge", "plainRun", "readProblem"]);
  expect(library["Isolate"]).toBe(Isolate);
});

describe("new", () => {
  claim("makes a box with a UUID, every default filled in, and a working directory of its own", () => {
    using state = openLibrary();
    const box = Isolate.new({}, state);
    expect(box.config.instance_id).toMatch(uuid);
    expect(box.config).toMatchObject({ memory_limit: 134_217_728, time_limit: 10, cpu_time_limit: 10, wall_time_limit: 20, process_limit: 1, strict: false });
    expect(box.config.workdir).toBe(box.workdir);
    expect(statSync(box.workdir).uid).toBe(box.config.uid!);
    expect(recordOf(state.stateDir, box.id).config).toEqual({ ...box.config });
  });

  claim("of an id that exists is an error, and replaces the box with `force`", async () => {
    using state = openLibrary();
    const old = Isolate.new({ instance_id: "a", memory_limit: 64 * 2 ** 20 }, state);
    writeFileSync(join(old.workdir, "left"), "");
    const error = await errorOf(() => Isolate.new({ instance_id: "a" }, state));
    expect([error.kind, error.message, error.hint]).toEqual(["Config", "box a exists already", expect.stringContaining("--force")]);
    const box = Isolate.new({ instance_id: "a" }, { ...state, force: true });
    expect(box.config.memory_limit).toBe(134_217_728);
    expect(readdirSync(box.workdir)).toEqual([]);
  });

  claim("with `packs` keeps a copy of them, by which sources are executed", async () => {
    using state = openLibrary();
    const pack = join(state.base, "say.yaml");
    const source = join(state.base, "x.say");
    writeFileSync(pack, "version: 1\nid: say\nname: Say\nextensions: [.say]\nrun: { command: [/bin/echo, kept] }\n");
    writeFileSync(source, "");
    const box = Isolate.new({ instance_id: "a" }, { ...state, packs: [pack] });
    expect(box.config.packs).toEqual([{ name: pack, origin: pack, sha256: new Bun.CryptoHasher("sha256").update(readFileSync(pack)).digest("hex") }]);
    rmSync(pack);
    expect(outcome(await box.executeFile(source))).toEqual(["Success", 0, "kept\n"]);
    expect(outcome(await Isolate.load("a", state)!.executeFile(source))).toEqual(["Success", 0, "kept\n"]);
    expect((await Isolate.languages([], box)).languages[0]).toMatchObject({ id: "say", origin: `${pack} (kept)` });
    const error = await errorOf(() => Isolate.new({ ...box.config, instance_id: "b", workdir: null }, state));
    expect([error.kind, error.message]).toEqual(["Config", "configuration: packs: cannot be set"]);
  });

  claim("with `dir` uses that directory and gives it back", () => {
    using state = openLibrary();
    const dir = join(state.base, "work");
    mkdirSync(dir);
    const box = Isolate.new({}, { ...state, dir });
    expect([box.workdir, statSync(dir).uid]).toEqual([dir, box.config.uid!]);
    box.cleanup();
    expect(statSync(dir).uid).toBe(0);
  });
});

describe("load", () => {
  claim("finds a box again as it was made", () => {
    using state = openLibrary();
    const made = Isolate.new({ instance_id: "a", time_limit: 3, environment: [["NAME", "value"]] }, state);
    const loaded = Isolate.load("a", state);
    expect(loaded?.config).toEqual(made.config);
    expect([loaded?.createdAt, loaded?.lastUsed, loaded?.ownerUid]).toEqual([made.createdAt, made.lastUsed, 0]);
  });

  claim("gives null for an id that is unknown, and for a box whose directory is gone", () => {
    using state = openLibrary();
    expect(Isolate.load("nobody", state)).toBeNull();
    Isolate.new({ instance_id: "a" }, state);
    rmSync(join(state.stateDir, "a"), { recursive: true });
    expect(Isolate.load("a", state)).toBeNull();
    expect(Isolate.listAll(state)).toEqual(["a"]);
    // The record is all that is left to remove.
    Isolate.new({ instance_id: "a" }, { ...state, force: true });
  });

  claim("listAll knows the ids of all boxes", () => {
    using state = openLibrary();
    expect(Isolate.listAll(state)).toEqual([]);
    for (const instance_id of ["b", "a"]) Isolate.new({ instance_id }, state);
    expect(Isolate.listAll(state).toSorted()).toEqual(["a", "b"]);
  });
});

describe("execute", () => {
  claim("splits a string into words and takes a list as it is", async () => {
    using state = openLibrary();
    const box = Isolate.new({}, state);
    expect(outcome(await box.execute("/bin/echo 'two words' $HOME"))).toEqual(["Success", 0, "two words $HOME\n"]);
    expect(outcome(await box.execute(["/bin/echo", "two words"]))).toEqual(["Success", 0, "two words\n"]);
  });

  claim("feeds stdin from text or bytes, nothing by default", async () => {
    using state = openLibrary();
    const box = Isolate.new({}, state);
    expect((await box.execute(["/bin/cat"], "täxt")).stdout).toBe("täxt");
    const bytes = await box.execute(["/bin/cat"], Uint8Array.of(0xff, 0, 0x41));
    expect([bytes.stdout, bytes.stdout_base64]).toEqual(["\ufffd\0A", "/wBB"]);
    expect(outcome(await box.execute(["/bin/cat"]))).toEqual(["Success", 0, ""]);
  });

  claim("gives a verdict and never throws one", async () => {
    using state = openLibrary();
    const box = Isolate.new({}, state);
    expect(await box.execute(["/bin/sh", "-c", "echo no >&2; exit 3"])).toMatchObject({
      status: "RuntimeError", success: false, exit_code: 3, signal: null, stderr: "no\n", phase: "run", language: null, compile: null,
    });
    expect(await box.execute(["/bin/sh", "-c", "kill -SEGV $$"])).toMatchObject({ status: "Signaled", exit_code: null, signal: 11 });
    expect(await box.execute(["./nowhere"])).toMatchObject({
      status: "RuntimeError", exit_code: 127, error_message: `cannot execute ./nowhere: there is no /box/nowhere in the box (ENOENT): the working directory of the box is ${box.workdir} on the host`,
    });
  });

  claim("names a forbidden system call", async () => {
    using state = openLibrary();
    const box = Isolate.new({ process_limit: 4 }, state);
    const mount = process.arch === "arm64" ? 40 : 165;
    const result = await box.execute(["/usr/bin/python3", "-c", `import ctypes; ctypes.CDLL(None).syscall(${mount}, 0, 0, 0, 0, 0)`]);
    expect(result).toMatchObject({ status: "SecurityViolation", signal: 31, forbidden_syscall: "mount" });
  });

  claim("changes last_used each time and created_at never", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    const created = box.createdAt;
    const used = [box.lastUsed];
    for (let round = 0; round < 2; round++) {
      await box.execute(["/bin/true"]);
      const { createdAt, lastUsed } = Isolate.load("a", state)!;
      expect([createdAt, lastUsed]).toEqual([created, box.lastUsed]);
      used.push(box.lastUsed);
    }
    expect(used.toSorted()).toEqual(used);
    expect(new Set(used).size).toBe(3);
    expect(box.createdAt).toBe(created);
  });

  claim("works in a box that another process has made", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    writeFileSync(join(box.workdir, "note"), "hello\n");
    expect((await Isolate.load("a", state)!.execute(["/bin/cat", "note"])).stdout).toBe("hello\n");
  });
});

describe("executeWithOverrides", () => {
  const spinning = ["/bin/sh", "-c", "while :; do :; done"];

  claim("bounds CPU time, wall time and memory of one run and leaves the persisted configuration alone", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    const before = recordOf(state.stateDir, "a").config;
    expect((await box.executeWithOverrides(spinning, null, { maxCpu: 0.2, maxTime: 20 })).error_message).toBe("the CPU time limit of 0.2 s was exceeded: raise it with --cpu-time");
    expect((await box.executeWithOverrides(["/bin/sleep", "60"], undefined, { maxTime: 0.2 })).error_message).toBe("the wall time limit of 0.2 s was exceeded: raise it with --wall-time");
    const fill = ["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=32M", "count=1"];
    expect((await box.executeWithOverrides(fill, null, { maxMemory: 8 * 2 ** 20 })).status).toBe("MemoryLimit");
    expect((await box.execute(fill)).status).toBe("Success");
    expect(recordOf(state.stateDir, "a").config).toEqual(before);
    expect(Isolate.load("a", state)!.config).toEqual(box.config);
  });

  claim("lifts a limit with null, for this run only", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a", wall_time_limit: 0.2 }, state);
    expect((await box.executeWithOverrides(["/bin/sleep", "0.3"], null, { maxTime: null })).status).toBe("Success");
    expect((await box.execute(["/bin/sleep", "0.3"])).status).toBe("TimeLimit");
    expect(box.config.wall_time_limit).toBe(0.2);
  });
});

describe("executeFile", () => {
  claim("compiles and runs a source", async () => {
    using state = openLibrary();
    const result = await Isolate.new({}, state).executeFile(join(sources, "sum.c"), "40 2");
    expect([...outcome(result), result.language, result.compile?.status]).toEqual(["Success", 0, "Hello from C: 42\n", "c", "Success"]);
  });

  claim("bounds the program by the overrides, not the compiler", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    const before = recordOf(state.stateDir, "a").config;
    const result = await box.executeFileWithOverrides(join(sources, "endless.c"), null, { maxCpu: 0.1, maxTime: 5 });
    expect([result.status, result.phase, result.compile?.status]).toEqual(["TimeLimit", "run", "Success"]);
    expect(recordOf(state.stateDir, "a").config).toEqual(before);
  });

  claimWith(...sandbox, executable("/usr/bin/python3"))("runs a script, and refuses a file that is not there", async () => {
    using state = openLibrary();
    const box = Isolate.new({}, state);
    expect(outcome(await box.executeFile(join(sources, "sum.py"), "40 2"))).toEqual(["Success", 0, "Hello from Python: 42\n"]);
    const error = await errorOf(() => box.executeFile("/nowhere.py"));
    expect([error.kind, error.message]).toEqual(["Config", "cannot read /nowhere.py: ENOENT (no such file or directory)"]);
  });
});

describe("several runs in one process", () => {
  claim("in different boxes go on side by side, and the event loop stays alive", async () => {
    using state = openLibrary();
    // The shell and its sleep are two processes.
    const boxes = Array.from({ length: 4 }, () => Isolate.new({ process_limit: 2 }, state));
    let ticks = 0;
    const timer = setInterval(() => void ticks++, 10);
    const started = performance.now();
    const results = await Promise.all(boxes.map((box, index) => box.execute(["/bin/sh", "-c", `sleep 0.4; echo ${index}`])));
    const elapsedMs = performance.now() - started;
    clearInterval(timer);
    expect(results.map((result) => result.status)).toEqual(Array(4).fill("Success"));
    expect(results.map((result) => result.stdout)).toEqual(["0\n", "1\n", "2\n", "3\n"]);
    expect(elapsedMs).toBeLessThan(4 * 400);
    // Time zero is the launcher's clock, however late we saw the start.
    for (const { wall_time } of results) expect(wall_time).toBeGreaterThanOrEqual(0.4);
    expect(ticks).toBeGreaterThan(15);
  });

  claim("in the same box are refused while the first goes on, which is not disturbed", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    const first = box.execute(["/bin/sleep", "0.3"]);
    const error = await errorOf(() => Isolate.load("a", state)!.execute(["/bin/true"]));
    expect([error.kind, error.exitCode, error.hint]).toEqual(["LockBusy", 75, "runs in one box take turns: wait for the first before starting the next"]);
    expect(error.message).toBe(`box a is in use by another run of this process (pid ${process.pid})`);
    expect((await errorOf(() => box.cleanup())).kind).toBe("LockBusy");
    expect((await first).status).toBe("Success");
    expect((await box.execute(["/bin/true"])).status).toBe("Success");
  });

  claim("50 of them leave no descriptor and no cgroup behind", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    const descriptors = () => readdirSync("/proc/self/fd").length;
    await box.execute(["/bin/true"], "input");
    const before = descriptors();
    for (let round = 0; round < 50; round++) await box.execute(["/bin/true"], "input");
    expect(descriptors()).toBe(before);
    expect(cgroupDirectories().filter((path) => path.includes(`mini-isolate-a-${process.pid}-`))).toEqual([]);
  });
});

describe("cleanup", () => {
  claim("removes directory and record, and works twice", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    await box.execute(["/bin/sh", "-c", "echo x > file"]);
    box.cleanup();
    box.cleanup();
    expect([Isolate.listAll(state), existsSync(join(state.stateDir, "a"))]).toEqual([[], false]);
    const error = await errorOf(() => box.execute(["/bin/true"]));
    expect([error.kind, error.hint]).toEqual(["Config", "make it with: mini-isolate init --box-id a"]);
  });
});

describe("an IsolateError", () => {
  claim("of kind Config names the field, and nothing is made", async () => {
    using state = openLibrary();
    const wrong: readonly (readonly [IsolateConfigInput, string])[] = [
      [{ memory_limit: -1 }, "configuration: memory_limit: must be from 1048576 to 70368744177664 (bytes)"],
      [{ process_limit: 1.5 }, "configuration: process_limit: must be a whole number (count)"],
      [{ instance_id: "../a" }, "configuration: instance_id: must be 1 to 64 of A-Z a-z 0-9 . _ - and not start with a dot"],
      [{ uid: 0 }, "configuration: uid: must not be 0 (root)"],
    ];
    for (const [config, message] of wrong) {
      const error = await errorOf(() => Isolate.new(config, state));
      expect([error.name, error.kind, error.exitCode, error.message]).toEqual(["IsolateError", "Config", 64, message]);
    }
    expect((await errorOf(() => Isolate.new({ colour: "red" } as IsolateConfigInput, state))).message).toContain("colour");
    expect(existsSync(state.stateDir)).toBe(false);
  });

  claim("of kind Config says what can be done about a state directory that others can write to", async () => {
    using state = openLibrary();
    const open = join(state.base, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    const error = await errorOf(() => Isolate.new({}, { stateDir: open }));
    expect([error.kind, error.hint]).toEqual(["Config", `take that right away: chmod go-w ${open}`]);
  });

  claim("of kind Io says what is in the way", async () => {
    using state = openLibrary();
    const box = Isolate.new({ instance_id: "a" }, state);
    mkdirSync(join(box.workdir, "main.py"));
    const error = await errorOf(() => box.executeFile(join(sources, "sum.py")));
    expect([error.kind, error.exitCode, error.hint]).toEqual(["Io", 5, "remove what has this name in the box, or use a fresh box"]);
    expect(error.message).toStartWith("cannot write main.py in the box: ");
  });

  claim("of kind Process tells of a compiler that is not there", async () => {
    using state = openLibrary();
    const pack = join(state.base, "pack.yaml");
    const source = join(state.base, "x.gone");
    writeFileSync(pack, "version: 1\nid: gone\nname: Gone\nextensions: [.gone]\nrun: { command: [/usr/bin/no-such-program, '{source}'] }\n");
    writeFileSync(source, "");
    const box = Isolate.new({}, state);
    const error = await errorOf(() => box.runSource({ path: source, language: null, packs: [pack] }, { kind: "empty" }, plainRun));
    expect([error.kind, error.exitCode, error.message]).toEqual(["Process", 69, "cannot run x.gone: /usr/bin/no-such-program is not installed on this host"]);
    expect(error.hint).toContain("install the package");
  });
});

claim("a result that is there is given, though the time of the last use cannot be written down", async () => {
  using state = openLibrary();
  const box = Isolate.new({ process_limit: 4 }, state);
  const { lastUsed } = box;
  const warnings: string[] = [];
  const line = "echo up >up; until [ -e go ]; do sleep 0.02; done; echo done";
  const running = box.run(["/bin/sh", "-c", line], { kind: "empty" }, { ...plainRun, warn: (text) => void warnings.push(text) });
  await until("the program runs", () => existsSync(join(box.workdir, "up")));
  const home = join(state.stateDir, box.id);
  rmSync(join(home, "last-used"), { force: true });
  symlinkSync("elsewhere", join(home, "last-used"));
  writeFileSync(join(box.workdir, "go"), "");
  expect(outcome(await running)).toEqual(["Success", 0, "done\n"]);
  expect(warnings).toEqual([`the time of the last use of box ${box.id} was not written down: cannot write down the time in ${home}/last-used: ELOOP (too many symbolic links encountered)`]);
  expect(box.lastUsed).toBe(lastUsed);
});
