// What callers give is checked before anything is made, as flags are: what it is, why it cannot be used, and what is meant instead.
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { Isolate, IsolatePool, type IsolateConfigInput, type RunOptions } from "../../src/index.ts";
import { errorOf, openLibrary } from "../helpers/library-state.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);

/** As somebody gives it who has no types. */
const untyped = <T>(value: unknown) => value as T;

describe("the options of a run", () => {
  const nan = Number.NaN;
  const wrong: readonly (readonly [options: unknown, message: string, hint?: string])[] = [
    [{ overrides: { maxCpu: -1 } }, "cannot use -1 as maxCpu: it must not be negative", "maxCpu takes 0.001 to 2592000 seconds, or null for no limit"],
    [{ overrides: { maxCpu: 0 } }, "cannot use 0 as maxCpu: it must be greater than 0"],
    [{ overrides: { maxTime: nan } }, "cannot use NaN as maxTime: it must be a number"],
    [{ overrides: { maxTime: Infinity } }, "cannot use Infinity as maxTime: it is out of range"],
    [{ overrides: { maxMemory: "64M" } }, 'cannot use "64M" as maxMemory: it must be a number', "maxMemory takes 1048576 to 70368744177664 bytes, or null for no limit"],
    [{ overrides: { maxMemory: 1 } }, "cannot use 1 as maxMemory: it is out of range"],
    [{ overrides: { maxMemory: 2_000_000.5 } }, "cannot use 2000000.5 as maxMemory: it must be a whole number"],
    [{ overrides: { maxCPU: 1 } }, "unknown field 'maxCPU' of the overrides of a run", "did you mean 'maxCpu'?"],
    [{ overrides: { max_memory: 1 } }, "unknown field 'max_memory' of the overrides of a run", "did you mean 'maxMemory'?"],
    [{ overrides: null }, "cannot use null as the overrides of a run: it must be an object"],
    [{ enviroment: [] }, "unknown field 'enviroment' of the options of a run", "did you mean 'environment'?"],
    [{ environment: [["A=B", "x"]] }, 'cannot use "A=B" as environment[0][0]: a name of a variable has no ='],
    [{ environment: { A: "x" } }, "cannot use an object as environment: it must be a list"],
    [{ environment: [["A", "x\0"]] }, 'cannot use "x\\u0000" as environment[0][1]: it contains a NUL byte'],
    [{ fullEnvironment: { A: 1 } }, "cannot use 1 as fullEnvironment.A: it must be text"],
    [{ mounts: ["proc/x"] }, "cannot use mount rule 'proc/x': nothing can be mounted below /proc"],
    [{ chdir: "" }, 'cannot use "" as chdir: it is empty'],
    [{ stdoutFile: 1 }, "cannot use 1 as stdoutFile: it must be text"],
    [{ stdoutTo: -1 }, "cannot use -1 as stdoutTo: it must not be negative"],
    [{ inheritDescriptors: [2] }, "cannot use 2 as inheritDescriptors[0]: it is out of range"],
    [{ network: "loopbak" }, 'cannot use "loopbak" as network: it must be one of none loopback host', "did you mean 'loopback'?"],
    [{ seccomp: "off" }, 'cannot use "off" as seccomp: it must be one of default strict'],
    [{ allow: ["lock"] }, 'cannot use "lock" as allow[0]: it must be one of locks fifos tty ptrace abi32', "did you mean 'locks'?"],
    [{ cpus: "3-1" }, 'cannot use "3-1" as cpus: 3-1 runs backwards'],
    [{ cpus: 1 }, "cannot use 1 as cpus: it must be text"],
    [{ repeat: 0 }, "cannot use 0 as repeat: it must be greater than 0"],
    [{ repeat: 1.5 }, "cannot use 1.5 as repeat: it must be a whole number"],
    [{ wait: "yes" }, 'cannot use "yes" as wait: it must be true or false'],
    [{ limitsGiven: ["memory"] }, 'cannot use "memory" as limitsGiven[0]: it must be one of'],
    [{ signal: {} }, "cannot use an object as signal: it must be an AbortSignal"],
    [{ stdout: "file" }, 'cannot use "file" as stdout: it must be a function or a WritableStream'],
    [{ warn: true }, "cannot use true as warn: it must be a function"],
    [{ stdout: () => {}, stdoutTo: 1 }, "cannot use stdout together with stdoutTo"],
    [{ stderr: () => {}, stderrToStdout: true }, "cannot use stderr together with stderrToStdout"],
    [{ signal: new AbortController().signal, blocking: true }, "cannot use signal together with blocking"],
    [5, "cannot use 5 as the options of a run: it must be an object"],
  ];

  claim("that cannot be used are errors of the caller, for every function that takes them, and nothing runs", async () => {
    using state = openLibrary();
    using box = Isolate.temporary({}, state);
    using pool = new IsolatePool({ boxes: 1, ...state });
    for (const [options, message, hint] of wrong) {
      const given = untyped<RunOptions>(options);
      for (const run of [() => box.execute(["/bin/true"], null, given), () => box.executeFile("x.c", null, given), () => box.explain(["/bin/true"], given), () => pool.execute(["/bin/true"], null, given)]) {
        const error = await errorOf(run);
        expect([error.kind, error.exitCode, error.message.slice(0, message.length), error.aboutHost]).toEqual(["Config", 64, message, false]);
        if (hint !== undefined) expect(error.hint).toBe(hint);
      }
    }
    expect((await box.execute(["/bin/true"], null, untyped({ overrides: { maxCpu: undefined }, chdir: undefined, seccomp: null }))).status).toBe("Success");
    const overrides = await errorOf(() => pool.execute(["/bin/true"], null, { maxCpu: -1 }));
    expect(overrides.message).toBe("cannot use -1 as maxCpu: it must not be negative");
    expect((await errorOf(() => box.executeWithOverrides(["/bin/true"], null, { maxCpu: -1 }))).message).toBe(overrides.message);
  });
});

claim("a command, a standard input and a source are checked", async () => {
  using state = openLibrary();
  using box = Isolate.temporary({}, state);
  const wrong: readonly (readonly [run: () => unknown, message: string])[] = [
    [() => box.execute([]), "cannot run an empty command"],
    [() => box.execute(""), "cannot run an empty command"],
    [() => box.execute(untyped(["/bin/echo", 1])), "cannot use 1 as the command[1]: it must be text"],
    [() => box.execute(["/bin/echo", "a\0b"]), 'cannot use "a\\u0000b" as the command[1]: it contains a NUL byte'],
    [() => box.execute(untyped(null)), "cannot use null as the command: it must be a list"],
    [() => box.execute(["/bin/true"], untyped(5)), "cannot use 5 as standard input: it is of type number"],
    [() => box.execute(["/bin/true"], untyped({})), "cannot use an object as standard input: nothing can be read from it"],
    [() => box.execute(["/bin/true"], untyped({ kind: "file" })), 'cannot use "file" as the kind of standard input: it must be one of empty bytes descriptor'],
    [() => box.execute(["/bin/true"], { kind: "descriptor", fd: -1 }), "cannot use -1 as the descriptor of standard input: it must be the number of a descriptor of this process"],
    [() => box.execute(["/bin/true"], "x", { stdinFile: "y" }), "cannot use stdinFile together with another standard input"],
    [() => box.execute(["/bin/true"], ["x"], { repeat: 2 }), "cannot repeat a run that reads a stream: it can be read once only"],
    [() => box.runSource(untyped({ path: "x.c", lang: "c" })), "unknown field 'lang' of a source"],
    [() => box.runSource(untyped({ path: "x.c", bytes: "text" })), 'cannot use "text" as bytes: it must be a Uint8Array'],
    [() => box.executeFile(untyped(5)), "cannot use 5 as path: it must be text"],
    [() => Isolate.languages(untyped("extra")), 'cannot use "extra" as packs: it must be a list'],
  ];
  for (const [run, message] of wrong) {
    const error = await errorOf(run);
    expect([error.kind, error.exitCode, error.message]).toEqual(["Config", 64, message]);
  }
});

test("a configuration and options of a box and of a pool that cannot be used make nothing", async () => {
  using state = openLibrary();
  const config = (fields: unknown) => untyped<IsolateConfigInput>(fields);
  const wrong: readonly (readonly [make: () => unknown, message: string, hint?: string])[] = [
    [() => Isolate.new(config({ memory_limt: 1 }), state), "unknown field 'memory_limt' of the configuration", "did you mean 'memory_limit'?"],
    [() => Isolate.temporary(config({ memoryLimit: 1 }), state), "unknown field 'memoryLimit' of the configuration", "did you mean 'memory_limit'?"],
    [() => Isolate.new(config({ memory_limit: "64" }), state), "configuration: memory_limit: must be a number"],
    [() => Isolate.new(config({ time_limit: -1 }), state), "configuration: time_limit: must be from 0.001 to 2592000 (seconds)"],
    [() => Isolate.new(config({ process_limit: 1.5 }), state), "configuration: process_limit: must be a whole number (count)"],
    [() => Isolate.new(config({ strict: "yes" }), state), "configuration: strict: must be true or false"],
    [() => Isolate.new(config({ workdir: "relative" }), state), "configuration: workdir: must be an absolute path"],
    [() => Isolate.new(config({ environment: "A=b" }), state), "configuration: environment: must be a list of [name, value]"],
    [() => Isolate.new(config({ mounts: ["="] }), state), "cannot use mount rule '=': the path inside must be plain and not the root"],
    [() => Isolate.new(config({ cpus: "3-1" }), state), 'cannot use "3-1" as cpus: 3-1 runs backwards'],
    [() => Isolate.new({}, untyped({ ...state, forse: true })), "unknown field 'forse' of the options of a new box", "did you mean 'force'?"],
    [() => Isolate.new({}, untyped({ ...state, force: 1 })), "cannot use 1 as force: it must be true or false"],
    [() => Isolate.new({}, untyped({ stateDir: 5 })), "cannot use 5 as stateDir: it must be text"],
    [() => Isolate.load("a", untyped({ state_dir: "x" })), "unknown field 'state_dir' of the options", "did you mean 'stateDir'?"],
    [() => new IsolatePool({ ...state, boxes: 0 }), "cannot use 0 as boxes: it must be greater than 0"],
    [() => new IsolatePool({ ...state, boxes: 1.5 }), "cannot use 1.5 as boxes: it must be a whole number"],
    [() => new IsolatePool(untyped(state)), "cannot make a pool without a number of boxes"],
    [() => new IsolatePool(untyped({ ...state, boxes: 1, keepfiles: true })), "unknown field 'keepfiles' of the options of a pool", "did you mean 'keepFiles'?"],
    [() => new IsolatePool({ ...state, boxes: 1, launchers: -1 }), "cannot use -1 as launchers: it must not be negative"],
    [() => new IsolatePool({ ...state, boxes: 1, config: config({ memory: 1 }) }), "unknown field 'memory' of the configuration"],
  ];
  for (const [make, message, hint] of wrong) {
    const error = await errorOf(make);
    expect([error.kind, error.exitCode, error.message]).toEqual(["Config", 64, message]);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  }
  expect(existsSync(state.stateDir)).toBeFalse();
});
