// Compile results are kept: hits over boxes, what is never kept, many processes at once, caches that cannot be used. Over the compiled binary.
import { describe, expect } from "bun:test";
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { binaryPath, openState, plainPath, type MiniOptions, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { until } from "../helpers/until.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const claim = claimWith(...sandbox);
const cpp = claimWith(...sandbox, executable("/usr/bin/g++"));
const patient = { timeout: 60_000 };
/** Other tests may run at the same time: what is theirs goes away within this. */
const patienceMs = 20_000;

const entriesOf = (state: State) => namesIn(join(state.directory, ".cache/entries"));
const unfinishedOf = (state: State) => namesIn(join(state.directory, ".cache/new"));
const namesIn = (path: string) => (existsSync(path) ? readdirSync(path) : []);

const execute = (state: State, source: string, flags: readonly string[] = [], options: MiniOptions = {}) =>
  state.json(["execute", "--source", source, ...flags], { timeoutMs: 50_000, ...options });

/** A C program that prints a text. */
const saying = (text: string) => `#include <stdio.h>\nint main(void) { puts("${text}"); return 0; }\n`;

/** A language whose sources are shell scripts that make the program; `mounts` are rules for both steps. */
function scriptPack(state: State, { artefacts = "['{executable}']", mounts = "[]" } = {}): string {
  const pack = `version: 1\nid: made\nname: Made\nextensions: [.mk]\nmounts: ${mounts}\n`;
  const steps = `compile:\n  command: /bin/sh {source} {executable}\n  artefacts: ${artefacts}\nrun:\n  command: '{executable}'\n`;
  return state.file("made.yaml", pack + steps);
}

describe("a source that was compiled before", () => {
  cpp("is not compiled again, in whichever box, and the result says so", async () => {
    await using state = openState();
    const source = state.file("hello.cpp", '#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n + 1 << "\\n"; }\n');
    for (const id of ["a", "b"]) expect((await state.mini(["init", "--box-id", id])).exitCode).toBe(0);
    const first = await execute(state, source, ["--box-id", "a"], { input: "1" });
    const second = await execute(state, source, ["--box-id", "b"], { input: "2" });
    const third = await execute(state, source, [], { input: "3" });
    expect([first, second, third].map(({ result }) => [result.status, result.stdout, result.compile?.cached])).toEqual([
      ["Success", "2\n", false],
      ["Success", "3\n", true],
      ["Success", "4\n", true],
    ]);
    expect(second.result.enforced.user).not.toBe(first.result.enforced.user);
    expect({ ...second.result.compile, cached: false }).toEqual({ ...first.result.compile! });
    expect(second.result.compile!.cpu_time).toBeGreaterThan(0.01);
    expect(entriesOf(state)).toHaveLength(1);
    await expectNothingLeft(state, patienceMs);
  }, patient);

  claim("is compiled again after a change of a byte, of its name, and with --seccomp, and each is kept", async () => {
    await using state = openState();
    const runs: (readonly [text: string, name: string, flags: readonly string[]])[] = [
      ["one", "a.c", []], ["two", "a.c", []], ["one", "b.c", []], ["one", "a.c", ["--seccomp", "strict"]],
    ];
    for (const cached of [false, true]) {
      for (const [text, name, flags] of runs) {
        const { result } = await execute(state, state.file(name, saying(text)), flags);
        expect([text, name, result.stdout, result.compile?.cached]).toEqual([text, name, `${text}\n`, cached]);
      }
    }
    expect(entriesOf(state)).toHaveLength(4);
  }, patient);

  claim("is compiled with --no-cache, and nothing is kept", async () => {
    await using state = openState();
    const source = state.file("a.c", saying("x"));
    for (let round = 0; round < 2; round++) expect((await execute(state, source, ["--no-cache"])).result.compile?.cached).toBe(false);
    expect(existsSync(join(state.directory, ".cache"))).toBe(false);
    await execute(state, source);
    expect((await execute(state, source, ["--no-cache"])).result.compile?.cached).toBe(false);
    expect((await execute(state, source)).result.compile?.cached).toBe(true);
  }, patient);

  claim("says in the text form that it was kept, and why it was not", async () => {
    await using state = openState();
    const source = state.file("a.c", `#warning careful\n${saying("x")}`);
    const texts = [];
    for (let round = 0; round < 2; round++) texts.push(await state.mini(["execute", "--verbose", "--source", source]));
    expect(texts[0]!.stdout).toContain("--- COMPILE ---\n");
    expect(texts[0]!.stderr).toMatch(/^mini-isolate: compile result kept: [0-9a-f]{64}, [0-9.]+ KB$/m);
    expect(texts[1]!.stdout).toContain("--- COMPILE (from cache) ---\n");
    expect(texts[1]!.stdout).toContain("careful");
    expect(texts[1]!.stderr).toMatch(/^mini-isolate: compile result from the cache: [0-9a-f]{64}, made 20/m);
    expect(texts[1]!.stderr).not.toContain("compiling:");
    expect((await state.mini(["execute", "--source", source])).stdout).not.toContain("cache");
  }, patient);

  claim("that did not compile is not kept", async () => {
    await using state = openState();
    const source = state.file("a.c", "int main(void) { return undeclared_thing; }\n");
    for (let round = 0; round < 2; round++) {
      const { result } = await execute(state, source);
      expect([result.status, result.compile?.cached, "cached" in result]).toEqual(["CompileError", false, false]);
    }
    expect(entriesOf(state)).toEqual([]);
  }, patient);

  claim("replaces what the last program left under its name, and a box that cannot take it is an error as without a cache", async () => {
    await using state = openState();
    const directory = (await state.mini(["init"])).stdout.trim();
    const source = state.file("a.c", saying("right"));
    await execute(state, source);
    writeFileSync(join(directory, "a"), "#!/bin/sh\necho forged\n", { mode: 0o755 });
    const { result } = await execute(state, source);
    expect([result.stdout, result.compile?.cached]).toEqual(["right\n", true]);
    rmSync(join(directory, "a"));
    mkdirSync(join(directory, "a"));
    const outcomes = [await state.mini(["execute", "--source", source]), await state.mini(["execute", "--no-cache", "--source", source])];
    // The document has the times of the compile step in it.
    expect([outcomes[0]!.exitCode, outcomes[0]!.stderr]).toEqual([outcomes[1]!.exitCode, outcomes[1]!.stderr]);
    expect(outcomes[0]).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("cannot write a in the box"), stdout: expect.stringContaining("Status: InternalError") });
  }, patient);

  claim("fits into a box with a quota", async () => {
    await using state = openState();
    const source = state.file("a.c", saying("x"));
    await execute(state, source, ["--no-cache"]);
    expect((await state.mini(["init", "--quota", "8"])).exitCode).toBe(0);
    for (const cached of [false, true]) expect((await execute(state, source)).result).toMatchObject({ stdout: "x\n", compile: { cached } });
  }, patient);
});

describe("what the key sees besides the source", () => {
  claim("a header of a task that changes is compiled in", async () => {
    await using state = openState();
    mkdirSync(join(state.scratch, "grader"));
    const pack = scriptPack(state, { mounts: `[grader=${state.scratch}/grader]` });
    const source = state.file("a.mk", "cat /grader/program >$1; chmod 755 $1\n");
    const run = async () => (await execute(state, source, ["--pack", pack])).result;
    state.file("grader/program", "#!/bin/sh\necho 1\n");
    expect([await run(), await run()].map((result) => [result.stdout, result.compile?.cached])).toEqual([["1\n", false], ["1\n", true]]);
    state.file("grader/program", "#!/bin/sh\necho 2\n");
    expect([await run(), await run()].map((result) => [result.stdout, result.compile?.cached])).toEqual([["2\n", false], ["2\n", true]]);
  }, patient);

  claim("a file beside the source that changes is compiled in", async () => {
    await using state = openState();
    const source = state.file("a.c", '#include <stdio.h>\n#include "grader.h"\nint main(void) { puts(TEXT); return 0; }\n');
    const seen = [];
    for (const text of ["1", "1", "2", "1"]) {
      const { result } = await execute(state, source, ["--add", state.file("grader.h", `#define TEXT "${text}"\n`)]);
      seen.push([result.stdout, result.compile?.cached]);
    }
    expect(seen).toEqual([["1\n", false], ["1\n", true], ["2\n", false], ["1\n", true]]);
  }, patient);

  claim("a directory that the compiler can write to keeps everything from being kept", async () => {
    await using state = openState();
    mkdirSync(join(state.scratch, "shared"), { mode: 0o777 });
    const pack = scriptPack(state, { mounts: `[shared=${state.scratch}/shared:rw]` });
    const source = state.file("a.mk", "printf '#!/bin/sh\\necho x\\n' >$1; chmod 755 $1\n");
    for (let round = 0; round < 2; round++) expect((await execute(state, source, ["--pack", pack])).result).toMatchObject({ stdout: "x\n", compile: { cached: false } });
    expect(entriesOf(state)).toEqual([]);
  }, patient);

  claim("a pack with another flag is another compiler", async () => {
    await using state = openState();
    const source = state.file("a.mk", "printf '#!/bin/sh\\necho x\\n' >$1; chmod 755 $1\n");
    const pack = scriptPack(state);
    await execute(state, source, ["--pack", pack]);
    const other = state.file("other.yaml", readFileSync(pack, "utf8").replace("/bin/sh {source}", "/bin/sh -u {source}"));
    expect((await execute(state, source, ["--pack", other])).result.compile?.cached).toBe(false);
    expect((await execute(state, source, ["--pack", pack])).result.compile?.cached).toBe(true);
  }, patient);

  claim("boxes of other limits share, boxes of other roots, limits of files or groups of the host do not", async () => {
    await using state = openState();
    const source = state.file("a.c", saying("x"));
    for (const flags of [["--box-id", "a"], ["--box-id", "b", "--mem", "32", "--time", "1"], ["--box-id", "c", "--chroot", "/"], ["--box-id", "d", "--open-files", "50"], ["--box-id", "e", "--gid", "100"]]) {
      expect((await state.mini(["init", ...flags])).exitCode).toBe(0);
    }
    const cached = [];
    for (const id of ["a", "b", "c", "d", "e"]) cached.push((await execute(state, source, ["--box-id", id])).result.compile?.cached);
    expect(cached).toEqual([false, true, false, false, false]);
  }, patient);

  claim("another build of mini-isolate does not answer with the results of this one", async () => {
    await using state = openState();
    const source = state.file("a.c", saying("x"));
    const binary = join(state.scratch, "mini-isolate");
    copyFileSync(binaryPath, binary);
    const run = async (path: string) => {
      const { stdout } = await start([path, "execute", "--json", "--source", source], { env: { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment } }).ended;
      return (JSON.parse(stdout) as ExecutionResult).compile?.cached;
    };
    expect([await run(binaryPath), await run(binary), await run(binary), await run(binaryPath)]).toEqual([false, false, true, true]);
  }, patient);
});

describe("a hostile source", () => {
  claim("cannot leave links, special files or setuid programs in the cache or in a box", async () => {
    await using state = openState();
    const secret = state.file("secret", "SECRET", 0o600);
    const script = [
      "printf '#!/bin/sh\\nls -l /box\\n' >$1; chmod 6755 $1",
      `ln -s ${secret} l1; ln -s / l2; ln -s ../../.cache l3; ln $1 second; rm second; ln a.mk hard; mkfifo f; mkdir d; ln -s $1 d/x; chmod 0 d`,
      "exit 0",
    ];
    const source = state.file("a.mk", script.join("\n"));
    const pack = scriptPack(state, { artefacts: "['**']" });
    for (const [id, cached] of [["a", false], ["b", true]] as const) {
      const directory = (await state.mini(["init", "--box-id", id, "--processes", "8"])).stdout.trim();
      const { result } = await execute(state, source, ["--box-id", id, "--pack", pack]);
      expect([result.error_message, result.compile?.cached]).toEqual([null, cached]);
      expect(readdirSync(directory)).toEqual(["a"]);
      expect(lstatSync(join(directory, "a")).mode & 0o7777).toBe(0o755);
    }
    const [entry = ""] = entriesOf(state);
    const kept = join(state.directory, ".cache/entries", entry);
    expect(readFileSync(kept, "latin1")).not.toContain("SECRET");
    expect([lstatSync(kept).mode & 0o7777, lstatSync(kept).nlink, lstatSync(kept).uid]).toEqual([0o600, 1, 0]);
  }, patient);

  claim("sees nothing of the cache, neither as compiler nor as program", async () => {
    await using state = openState();
    await execute(state, state.file("a.c", saying("x")));
    const look = `ls -a / /box; ls ${state.directory}/.cache; cat ${state.directory}/.cache/entries/*`;
    const source = state.file("a.mk", `(${look}) >$1.out 2>&1; printf '#!/bin/sh\\ncat a.out; ${look}\\n' >$1; chmod 755 $1\n`);
    const pack = scriptPack(state, { artefacts: "['a', 'a.out']" });
    const { result } = await execute(state, source, ["--pack", pack, "--processes", "8"]);
    expect(result.stdout).toContain("box");
    expect(result.stdout + result.stderr).not.toMatch(/[0-9a-f]{64}|compile result/);
    expect(result.stderr).toContain("No such file or directory");
  }, patient);
});

describe("many processes at once", () => {
  claim("that compile the same source all succeed, and one entry is left", async () => {
    await using state = openState();
    const source = state.file("a.c", saying("x"));
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => execute(state, source)));
    expect(outcomes.map(({ result, stderr }) => [result.status, result.stdout, stderr])).toEqual(Array.from({ length: 20 }, () => ["Success", "x\n", ""]));
    expect([entriesOf(state).length, unfinishedOf(state)]).toEqual([1, []]);
    expect((await execute(state, source)).result.compile?.cached).toBe(true);
  }, patient);

  claim("in a cache that has room for four of twelve results get the right program every time", async () => {
    await using state = openState();
    const env = { MINI_ISOLATE_CACHE_MB: "4" };
    const sources = Array.from({ length: 12 }, (_, index) => state.file(`${index}.c`, saying(String(index))));
    const hits: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      const outcomes = await Promise.all(sources.flatMap((source) => [execute(state, source, [], { env }), execute(state, source, [], { env })]));
      expect(outcomes.map(({ result }) => result.stdout)).toEqual(sources.flatMap((_, index) => [`${index}\n`, `${index}\n`]));
      hits.push(...outcomes.map(({ result }) => result.compile!.cached));
      const bytes = entriesOf(state).reduce((sum, name) => sum + lstatSync(join(state.directory, ".cache/entries", name)).size, 0);
      expect(bytes).toBeLessThanOrEqual(4 * 2 ** 20);
    }
    expect(entriesOf(state).length).toBeGreaterThan(0);
    expect(hits).toContain(false);
    expect(unfinishedOf(state)).toEqual([]);
  }, { timeout: 120_000 });

  claim("one that is killed while it keeps a result leaves only a temporary name, which the next one sweeps", async () => {
    await using state = openState();
    const source = state.file("a.mk", "printf '#!/bin/sh\\necho x\\nexit\\n' >$1; head -c 200000000 /dev/zero >>$1; chmod 755 $1\n");
    const pack = scriptPack(state);
    // On a busy machine we may come too late: it has kept the result then, and the next try begins without it.
    for (let attempt = 0; attempt < 5 && unfinishedOf(state).length === 0; attempt++) {
      await state.mini(["cleanup", "--cache"]);
      const running = state.start(["execute", "--pack", pack, "--source", source], { timeoutMs: 50_000 });
      await until("it writes, or has written", () => unfinishedOf(state).length + entriesOf(state).length > 0, 20_000);
      running.kill("SIGKILL");
      await running.ended;
    }
    expect([unfinishedOf(state).length, entriesOf(state)]).toEqual([1, []]);
    await execute(state, state.file("a.c", saying("x")));
    expect([unfinishedOf(state), entriesOf(state).length]).toEqual([[], 1]);
    expect((await execute(state, source, ["--pack", pack])).result.compile?.cached).toBe(false);
    expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
    await expectNothingLeft(state, patienceMs);
  }, patient);
});

describe("a cache that cannot be used", () => {
  const explained = (state: State, source: string) => state.mini(["execute", "--verbose", "--source", source], { timeoutMs: 50_000 });

  claim("is no error of the run: full, read-only, a link, open to others", async () => {
    await using state = openState();
    const cache = join(state.directory, ".cache");
    const sources = ["full", "read-only", "link", "open"].map((name) => state.file(`${name}.c`, saying(name)));
    await execute(state, sources[0]!);
    const kept = entriesOf(state)[0]!;
    const mount = (...args: string[]) => expect(Bun.spawnSync(["mount", ...args]).exitCode).toBe(0);
    mount("-t", "tmpfs", "-o", "size=64k,mode=700", "cache", cache);
    try {
      const full = await explained(state, sources[0]!);
      expect([full.exitCode, full.stdout]).toEqual([0, expect.stringContaining("full\n")]);
      expect(full.stderr).toContain("compile cache not used: sendfile: ENOSPC");
      expect([entriesOf(state), unfinishedOf(state)]).toEqual([[], []]);
      mount("-o", "remount,ro", cache);
      const readOnly = await explained(state, sources[1]!);
      expect([readOnly.exitCode, readOnly.stdout]).toEqual([0, expect.stringContaining("read-only\n")]);
      expect(readOnly.stderr).toContain("EROFS");
    } finally {
      Bun.spawnSync(["umount", cache]);
    }
    expect(entriesOf(state)).toEqual([kept]);

    const elsewhere = join(state.scratch, "elsewhere");
    expect(Bun.spawnSync(["mv", cache, elsewhere]).exitCode).toBe(0);
    symlinkSync(elsewhere, cache);
    const link = await explained(state, sources[2]!);
    expect([link.exitCode, link.stdout, link.stderr]).toEqual([0, expect.stringContaining("link\n"), expect.stringContaining("it is not a directory")]);
    expect(readdirSync(join(elsewhere, "entries"))).toEqual([kept]);

    rmSync(cache);
    mkdirSync(cache, { mode: 0o777 });
    Bun.spawnSync(["chmod", "777", cache]);
    const open = await explained(state, sources[3]!);
    expect([open.exitCode, open.stdout, open.stderr]).toEqual([0, expect.stringContaining("open\n"), expect.stringContaining("it is open to others (mode 0777)")]);
    expect(readdirSync(cache)).toEqual([]);
  }, patient);

  claim("because its size is mistyped is a usage error, and 0 is none", async () => {
    await using state = openState();
    const source = state.file("a.c", saying("x"));
    for (const size of ["", "-1", "1e3", "1G", "100000000000"]) {
      const outcome = await state.mini(["execute", "--source", source], { env: { MINI_ISOLATE_CACHE_MB: size } });
      expect([size, outcome.exitCode, outcome.stderr]).toEqual([size, 64, expect.stringContaining(`cannot use MINI_ISOLATE_CACHE_MB '${size}'`)]);
    }
    expect((await execute(state, source, [], { env: { MINI_ISOLATE_CACHE_MB: "0" } })).result.compile?.cached).toBe(false);
    expect(existsSync(join(state.directory, ".cache"))).toBe(false);
  }, patient);
});

describe("the other commands", () => {
  claim("do not take the cache for a box, and a box may be called cache", async () => {
    await using state = openState();
    expect((await state.mini(["init", "--box-id", "cache"])).exitCode).toBe(0);
    const source = state.file("a.c", saying("x"));
    await execute(state, source, ["--box-id", "cache"]);
    expect((await state.json<{ box_id: string }[]>(["list"])).result.map(({ box_id }) => box_id)).toEqual(["cache"]);
    expect((await state.json(["cleanup", "--all"])).result).toEqual({ cleaned: ["cache"], failed: [] } as never);
    expect(entriesOf(state)).toHaveLength(1);
    expect((await execute(state, source)).result.compile?.cached).toBe(true);
  }, patient);

  claim("cleanup --cache empties it, alone or together with boxes", async () => {
    await using state = openState();
    expect((await state.json(["cleanup", "--cache"])).result).toEqual({ cleaned: [], failed: [], cache: { entries: 0, bytes: 0 } } as never);
    const source = state.file("a.c", saying("x"));
    await state.mini(["init"]);
    await execute(state, source);
    const [entry = ""] = entriesOf(state);
    const bytes = lstatSync(join(state.directory, ".cache/entries", entry)).size;
    expect((await state.json(["cleanup", "--cache"])).result).toEqual({ cleaned: [], failed: [], cache: { entries: 1, bytes } } as never);
    expect(entriesOf(state)).toEqual([]);
    expect((await state.json<unknown[]>(["list"])).result).toHaveLength(1);
    expect((await execute(state, source)).result.compile?.cached).toBe(false);
    const quiet = await state.mini(["cleanup", "--all", "--cache"]);
    expect([quiet.exitCode, quiet.stdout, quiet.stderr, entriesOf(state)]).toEqual([0, "", "", []]);
    expect((await state.json<unknown[]>(["list"])).result).toEqual([]);
  }, patient);

  claim("cleanup --cache says so when it cannot, and the boxes go all the same", async () => {
    await using state = openState();
    await state.mini(["init"]);
    symlinkSync(state.scratch, join(state.directory, ".cache"));
    const outcome = await state.mini(["cleanup", "--all", "--cache"]);
    expect([outcome.exitCode, outcome.stderr]).toEqual([5, expect.stringContaining("cannot use the compile cache")]);
    expect((await state.json<unknown[]>(["list"])).result).toEqual([]);
  }, patient);
});
