// init --pack: a box keeps a copy of the packs that it was made with, whatever becomes of their files.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IsolateConfig } from "../../src/config/config.ts";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/running.ts";

const claim = claimWith(...sandbox);

/** A language whose programs print a word, whatever their source. */
const saying = (word: string, more = "") => `version: 1\nid: say\nname: Say ${word}\nextensions: [.say]\n${more}run: { command: [/bin/echo, ${word}] }\n`;

const make = async (state: State, ...flags: string[]): Promise<Outcome> => await state.mini(["init", "--box-id", "0", ...flags]);
const execute = async (state: State, ...flags: string[]) => {
  const { result } = await state.json(["execute", "--box-id", "0", "--source", state.file("x.say", "anything\n"), ...flags]);
  return [result.error_message, result.status, result.language, result.stdout];
};
const configOf = async (state: State) => (await state.json<{ config: IsolateConfig }>(["info"])).result.config;
const copyOf = (state: State) => join(state.directory, "0/packs.json");
const sha256sum = async (path: string) => (await Bun.$`sha256sum ${path}`.text()).slice(0, 64);

describe("a box made with --pack", () => {
  claim("stays as it was when the file changes, breaks or goes, until it is made anew", async () => {
    await using state = openState();
    const pack = state.file("say.yaml", saying("first"));
    expect(await make(state, "--pack", pack)).toMatchObject({ stderr: "", exitCode: 0 });
    const first = [null, "Success", "say", "first\n"];
    expect(await execute(state)).toEqual(first);
    writeFileSync(pack, saying("second"));
    expect(await execute(state)).toEqual(first);
    writeFileSync(pack, "no pack: [");
    expect(await execute(state)).toEqual(first);
    rmSync(pack);
    expect(await execute(state)).toEqual(first);
    writeFileSync(pack, saying("second"));
    expect(await make(state, "--force", "--pack", pack)).toMatchObject({ stderr: "", exitCode: 0 });
    expect(await execute(state)).toEqual([null, "Success", "say", "second\n"]);
    expect(await make(state, "--force")).toMatchObject({ exitCode: 0 });
    expect((await configOf(state)).packs).toEqual([]);
    expect(existsSync(copyOf(state))).toBe(false);
    expect((await state.mini(["execute", "--source", state.file("x.say", "")])).stderr).toContain("unknown extension '.say'");
  });

  claim("tells by info where each came from, with the hash that sha256sum gives", async () => {
    await using state = openState();
    const one = state.file("one.yaml", `\ufeff# with a byte order mark and ümlauts\n${saying("one")}`);
    mkdirSync(join(state.scratch, "directory"));
    const two = state.file("directory/two.yaml", "version: 1\nid: two\nname: Two\nrun: { command: /bin/true }\n");
    const three = state.file("directory/three.yml", "version: 1\nid: three\nname: Three\nrun: { command: /bin/true }\n");
    // Relative names, as people give them.
    await state.mini(["init", "--pack", "./one.yaml", "--pack", "directory/"], { cwd: state.scratch });
    const packs = [
      { name: "./one.yaml", origin: one, sha256: await sha256sum(one) },
      { name: "directory/", origin: three, sha256: await sha256sum(three) },
      { name: "directory/", origin: two, sha256: await sha256sum(two) },
    ];
    expect(await configOf(state)).toMatchObject({ packs, packs_sha256: await sha256sum(copyOf(state)) });
    const text = (await state.mini(["info"])).stdout;
    expect(text).toEndWith(`\n--- PACKS ---\n${packs.map(({ sha256, origin }) => `${sha256}  ${origin}\n`).join("")}`);
  });

  claim("shows them by languages list, above what is looked up each time", async () => {
    await using state = openState();
    const pack = state.file("say.yaml", saying("kept"));
    await make(state, "--pack", pack);
    const listed = (await state.json<{ id: string; name: string; origin: string }[]>(["languages", "list", "--box-id", "0"])).result;
    expect(listed[0]).toMatchObject({ id: "say", name: "Say kept", origin: `${pack} (kept)` });
    expect(listed.map(({ id }) => id)).toContain("python");
    const without = (await state.json<{ id: string }[]>(["languages", "list"])).result;
    expect(without.map(({ id }) => id)).not.toContain("say");
  });

  claim("shows by languages show which values are those of the built-in language as it was then", async () => {
    await using state = openState();
    const pack = state.file("py.yaml", "version: 1\nid: python\nextends: python\nname: Python of a contest\n");
    await make(state, "--pack", pack);
    rmSync(pack);
    const { stdout, exitCode } = await state.mini(["languages", "show", "python", "--box-id", "0"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^name +${pack} \\(kept\\) +Python of a contest$`, "m"));
    expect(stdout).toMatch(/^extensions +built-in \(kept\) +\.py$/m);
  });

  claim("keeps what they extend as well, so a change of the base changes nothing", async () => {
    await using state = openState();
    const base = state.file("base.yaml", "version: 1\nid: base\nname: Base\nhidden: true\nrun: { command: [/bin/echo, of the base] }\n");
    const pack = state.file("say.yaml", "version: 1\nid: say\nextends: base\nname: Say\nextensions: [.say]\n");
    const env = { MINI_ISOLATE_PACKS: base };
    expect(await state.mini(["init", "--box-id", "0", "--pack", pack], { env })).toMatchObject({ stderr: "", exitCode: 0 });
    rmSync(base);
    expect(await execute(state)).toEqual([null, "Success", "say", "of the base\n"]);
    // Only what was named is kept.
    expect((await configOf(state)).packs.map(({ origin }) => origin)).toEqual([pack]);
    expect((await state.mini(["languages", "list", "--box-id", "0", "--json"])).stdout).not.toContain('"base"');
  });

  claim("takes them before the packs of the run, and of several the last", async () => {
    await using state = openState();
    const [first, second, third] = ["first", "second", "third"].map((word) => state.file(`${word}.yaml`, saying(word)));
    await make(state, "--pack", first!, "--pack", second!);
    expect(await execute(state, "--pack", third!)).toEqual([null, "Success", "say", "second\n"]);
    expect((await state.json(["execute", "--pack", third!, "--source", state.file("y.say", "")], { env: { MINI_ISOLATE_STATE_DIR: join(state.scratch, "other") } })).result.stdout).toBe("third\n");
    rmSync(join(state.scratch, "other"), { recursive: true });
  });

  claim("is removed with its copy, which nobody but its owner can read", async () => {
    await using state = openState();
    await make(state, "--pack", state.file("say.yaml", saying("kept")));
    expect([statSync(copyOf(state)).mode & 0o7777, statSync(join(state.directory, "0")).mode & 0o7777]).toEqual([0o600, 0o700]);
    const seen = await state.json(["run", "--box-id", "0", "--", "/bin/ls", "-a", "/box", "/", ".."]);
    expect(seen.result.status).toBe("Success");
    expect(seen.result.stdout).not.toContain("packs.json");
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    expect(readdirSync(state.directory)).not.toContain("0");
  });

  const gcc = claimWith(...sandbox, executable("/usr/bin/g++"));
  gcc("compiles by what it kept of a built-in language that a pack extends", async () => {
    await using state = openState();
    const pack = state.file("cpp.yaml", "version: 1\nid: cpp\nextends: cpp\nname: C++ of a contest\ncompile:\n  command: /usr/bin/g++ -DANSWER=42 -o {executable} {sources}\n");
    await make(state, "--pack", pack);
    rmSync(pack);
    const source = state.file("x.cpp", "#include <cstdio>\nint main() { std::printf(\"%d\\n\", ANSWER); }\n");
    const { result } = await state.json(["execute", "--box-id", "0", "--source", source], { timeoutMs: 30_000 });
    expect([result.error_message, result.status, result.stdout]).toEqual([null, "Success", "42\n"]);
  }, { timeout: 40_000 });
});

describe("a copy that is not what was written is an error and never passed over", () => {
  const damages: readonly (readonly [what: string, damage: (path: string) => unknown, reason: string])[] = [
    ["missing", (path) => rmSync(path), "is missing"],
    ["cut off", (path) => truncateSync(path, 40), "is not what was written"],
    ["empty", (path) => truncateSync(path, 0), "is not what was written"],
    ["another language", (path) => writeFileSync(path, readFileSync(path, "utf8").replaceAll("kept", "evil")), "is not what was written"],
    ["longer by a blank", (path) => writeFileSync(path, `${readFileSync(path, "utf8")} `), "is not what was written"],
    ["huge", (path) => truncateSync(path, 2 ** 33), "has 8192 MB, more than 8 MB"],
    ["a link to the same content", (path) => (renameSync(path, `${path}.1`), symlinkSync(`${path}.1`, path)), "is not a regular file"],
    ["a link that leads nowhere", (path) => (rmSync(path), symlinkSync("/nowhere", path)), "is not a regular file"],
    ["a FIFO that nobody writes to", async (path) => (rmSync(path), await Bun.$`mkfifo ${path}`), "is not a regular file"],
    ["a directory", (path) => (rmSync(path), mkdirSync(path)), "is not a regular file"],
  ];
  for (const [what, damage, reason] of damages) {
    claim(what, async () => {
      await using state = openState();
      await make(state, "--pack", state.file("say.yaml", saying("kept")));
      await damage(copyOf(state));
      for (const words of [["execute", "--box-id", "0", "--source", state.file("x.say", "")], ["execute", "--source", state.file("x.sh", "echo x\n")], ["languages", "list", "--box-id", "0"]]) {
        const outcome = await state.mini(words);
        expect(outcome.stderr).toStartWith(`mini-isolate: cannot use the language packs that box 0 keeps: ${copyOf(state)} ${reason}`);
        expect(outcome.stderr).toContain("\nhint: make the box again with: mini-isolate init --force --box-id 0 --pack ...\n");
        expect([outcome.exitCode, outcome.stdout]).toEqual([64, ""]);
      }
      // A run without a source has nothing to do with it, and the box can be looked at and removed.
      expect((await state.json(["run", "--box-id", "0", "--", "/bin/true"])).result.status).toBe("Success");
      expect((await state.mini(["info"])).exitCode).toBe(0);
      expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    });
  }
});

describe("init refuses before anything is made", () => {
  const wrong: readonly (readonly [what: string, pack: (state: State) => string, message: RegExp])[] = [
    ["a pack that is wrong", (state) => state.file("bad.yaml", "version: 1\nid: bad\nname: Bad\nrun: { comand: x }\n"), /bad\.yaml:4:8: run\.comand: unknown key, did you mean 'command'\?/],
    ["a pack that is not there", () => "/nowhere/pack.yaml", /cannot read language pack \/nowhere\/pack\.yaml: ENOENT/],
    ["a plugin that is not there", () => "no-such-plugin", /unknown language pack 'no-such-plugin'/],
    ["a directory without packs", (state) => state.scratch, /there is no language pack in /],
    ["a pack that others can write to", (state) => (state.file("open.yaml", saying("x")), Bun.spawnSync(["chmod", "666", join(state.scratch, "open.yaml")]), join(state.scratch, "open.yaml")), /open\.yaml.* can be written by others/],
    [
      "packs that become too large with what they extend",
      (state) => {
        const users = Array.from({ length: 40 }, (_, index) => `  - { id: l${index}, extends: base, name: L }\n`).join("");
        return state.file("large.yaml", `version: 1\nlanguages:\n  - id: base\n    name: Base\n    run: { command: [/bin/echo, ${"x".repeat(300_000)}] }\n${users}`);
      },
      /cannot keep the language packs: with all that they extend they are larger than 8 MB/,
    ],
  ];
  for (const [what, pack, message] of wrong) {
    claim(what, async () => {
      await using state = openState();
      const outcome = await make(state, "--pack", pack(state));
      expect(outcome.stderr).toMatch(message);
      expect([outcome.exitCode, outcome.stdout, existsSync(state.directory)]).toEqual([64, "", false]);
    });
  }

  claim("and leaves the box that --force would replace as it was", async () => {
    await using state = openState();
    await make(state, "--pack", state.file("say.yaml", saying("kept")));
    const before = await configOf(state);
    expect((await make(state, "--force", "--pack", "/nowhere/pack.yaml")).exitCode).toBe(64);
    expect(await configOf(state)).toEqual(before);
    expect(await execute(state)).toEqual([null, "Success", "say", "kept\n"]);
  });
});
