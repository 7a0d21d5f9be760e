// What the program is: user, rights, descriptors, signals, limits, environment.
import { describe, expect } from "bun:test";
import { openState, type MiniOptions, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const asRoot = claimWith(...sandbox, commandsOfRoot);

/** Runs a program in box 0. @returns its lines as NAME to the rest of the line */
async function valuesOf(state: State, command: readonly string[], flags: readonly string[] = [], options: MiniOptions = {}): Promise<Map<string, string>> {
  const { result, stderr } = await state.json(["run", ...flags, "--", ...command], options);
  if (!result.success) throw new Error(`${command.join(" ")}: ${result.status} ${result.exit_code} ${result.error_message} ${result.stderr} ${stderr}`);
  return new Map(result.stdout.trimEnd().split("\n").map((line) => {
    const [, name = line, value = ""] = /^([^ :=]+)[:= \t]+(.*)$/.exec(line) ?? [];
    return [name, value];
  }));
}

describe("identity", () => {
  asRoot("the program is its own user and group, never root, in all three ids, and the result names it", async () => {
    await using state = openState();
    await boxWith(state, ["print-identity"]);
    const { result } = await state.json(["run", "--", "./print-identity"]);
    const [, uid] = /^uid ([0-9 ]+)$/m.exec(result.stdout) ?? [];
    const [, gid] = /^gid ([0-9 ]+)$/m.exec(result.stdout) ?? [];
    const user = result.enforced.user;
    expect(user).toBeGreaterThanOrEqual(60000);
    expect(uid).toBe(`${user} ${user} ${user}`);
    expect(gid).toBe(`${user} ${user} ${user}`);
  });

  asRoot("two boxes have different users", async () => {
    await using state = openState();
    await boxWith(state, [], { id: "a" });
    await boxWith(state, [], { id: "b" });
    const users = await Promise.all(["a", "b"].map(async (id) => (await state.json(["run", "--box-id", id, "--", "/usr/bin/id", "-u"])).result.stdout));
    expect(new Set(users).size).toBe(2);
  });

  claim("the program has no supplementary group, no capability in any set, and cannot gain rights", async () => {
    await using state = openState();
    await boxWith(state, ["print-identity"]);
    const values = await valuesOf(state, ["./print-identity"]);
    expect(values.get("groups") ?? "").toBe("");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) expect([set, values.get(set)]).toEqual([set, "0000000000000000"]);
    expect(values.get("NoNewPrivs")).toBe("1");
  });

  claim("the program starts in /box with umask 022, also when the caller's is another", async () => {
    await using state = openState();
    await boxWith(state, ["print-identity"]);
    const values = await valuesOf(state, ["./print-identity"], [], { through: ["/bin/sh", "-c", 'umask 077; exec "$@"', "sh"] });
    expect([values.get("umask"), values.get("cwd")]).toEqual(["022", "/box"]);
  });

  claim("the program is not pid 1 and leads a session of its own", async () => {
    await using state = openState();
    await boxWith(state, ["print-identity"]);
    const values = await valuesOf(state, ["./print-identity"]);
    expect(Number(values.get("pid"))).toBeGreaterThan(1);
    expect([values.get("sid"), values.get("pgid")]).toEqual([values.get("pid"), values.get("pid")]);
  });

  claim("a signal that the program sends itself has its default effect", async () => {
    await using state = openState();
    await boxWith(state, []);
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", "kill -TERM $$; exit 7"]);
    expect([result.status, result.signal]).toEqual(["Signaled", 15]);
  });
});

describe("descriptors", () => {
  claim("descriptors 0, 1 and 2 are open and no other", async () => {
    await using state = openState();
    await boxWith(state, ["print-descriptors"]);
    expect([...(await valuesOf(state, ["./print-descriptors"])).keys()]).toEqual(["0", "1", "2"]);
  });

  claim("a descriptor that the caller left open is closed, unless --inherit-fds is given", async () => {
    await using state = openState();
    await boxWith(state, ["print-descriptors"]);
    const caller = { through: ["/bin/bash", "-c", 'exec 7</etc/hostname 200</etc/hostname; exec "$@"', "bash"] };
    expect([...(await valuesOf(state, ["./print-descriptors"], [], caller)).keys()]).toEqual(["0", "1", "2"]);
    expect([...(await valuesOf(state, ["./print-descriptors"], ["--inherit-fds"], caller)).keys()]).toEqual(["0", "1", "2", "7", "200"]);
  });

  claim("standard output and standard error can be opened again by name", async () => {
    await using state = openState();
    await boxWith(state, []);
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr"]);
    expect([result.status, result.stdout, result.stderr]).toEqual(["Success", "out\n", "err\n"]);
  });
});

describe("signals", () => {
  for (const [caller, trap] of [["does nothing special", ":"], ["ignores INT, PIPE, CHLD, XFSZ and TERM", "trap '' INT PIPE CHLD XFSZ TERM"]] as const) {
    claim(`no signal is ignored, blocked or caught when the caller ${caller}`, async () => {
      await using state = openState();
      await boxWith(state, ["print-signals", "write-file", "exit-with"], { init: ["--fsize", "1"] });
      const through = { through: ["/bin/bash", "-c", `${trap}; exec "$@"`, "bash"] };
      const values = await valuesOf(state, ["./print-signals"], [], through);
      expect(Object.fromEntries(values)).toEqual({ SigBlk: "0000000000000000", SigIgn: "0000000000000000", SigCgt: "0000000000000000" });
      expect((await state.json(["run", "--", "./write-file", "2"], through)).result.status).toBe("FileSizeLimit");
      expect((await state.json(["run", "--", "./exit-with", "5"], through)).result.exit_code).toBe(5);
    });
  }
});

describe("resource limits", () => {
  claim("the limits of the box are the program's limits, soft and hard", async () => {
    await using state = openState();
    await boxWith(state, ["print-limits"], { init: ["--fsize", "3", "--stack", "4", "--core", "2"] });
    const values = await valuesOf(state, ["./print-limits"]);
    const mebibyte = 1024 * 1024;
    expect(values.get("fsize")).toBe(`${3 * mebibyte} ${3 * mebibyte}`);
    expect(values.get("stack")).toBe(`${4 * mebibyte} ${4 * mebibyte}`);
    expect(values.get("core")).toBe(`${2 * mebibyte} ${2 * mebibyte}`);
    expect(values.get("nofile")).toBe("1024 1024");
  });

  claim("without flags no core is written and the stack is 8 MB", async () => {
    await using state = openState();
    await boxWith(state, ["print-limits"]);
    const values = await valuesOf(state, ["./print-limits"]);
    expect([values.get("core"), values.get("stack"), values.get("fsize")]).toEqual(["1 1", "8388608 8388608", "67108864 67108864"]);
  });
});

describe("environment", () => {
  claim("the environment is PATH, HOME and LANG, and nothing of the caller's", async () => {
    await using state = openState();
    await boxWith(state, ["print-environment"]);
    const values = await valuesOf(state, ["./print-environment"], [], { env: { SECRET: "s", BUN_OPTIONS: "", LD_LIBRARY_PATH: "/nowhere", NODE_OPTIONS: "x" } });
    expect([...values.keys()].toSorted()).toEqual(["HOME", "LANG", "PATH"]);
    expect(values.get("HOME")).toBe("/box");
  });

  claim("--env NAME=VALUE adds, replaces and may be repeated; --env NAME takes the caller's value", async () => {
    await using state = openState();
    await boxWith(state, ["print-environment"]);
    const flags = ["--env", "A=1", "--env", "B=x=y", "--env", "HOME=/tmp", "--env", "FROM_CALLER", "--env", "EMPTY=", "--env", "NOT_SET"];
    const { result } = await state.json(["run", ...flags, "--", "./print-environment"], { env: { FROM_CALLER: "caller's" } });
    const lines = result.stdout.trimEnd().split("\n");
    expect(lines).toEqual(expect.arrayContaining(["A=1", "B=x=y", "HOME=/tmp", "FROM_CALLER=caller's", "EMPTY="]));
    expect(lines.map((line) => line.split("=")[0]).toSorted()).toEqual(["A", "B", "EMPTY", "FROM_CALLER", "HOME", "LANG", "PATH"]);
  });

  claim("--full-env passes the caller's whole environment", async () => {
    await using state = openState();
    await boxWith(state, ["print-environment"]);
    const values = await valuesOf(state, ["./print-environment"], ["--full-env"], { env: { MINE: "yes" } });
    expect(values.get("MINE")).toBe("yes");
    expect([...values.keys()].filter((name) => name.startsWith("BUN_"))).toEqual([]);
  });
});
