// Bad input: each has its own message, exit code 64, nothing on stdout and no side effect.
import { describe, expect } from "bun:test";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, root } from "../helpers/requires.ts";

const claim = claimWith(root);

/** Every path below a directory with what it is and holds. */
function snapshot(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  return Object.fromEntries(readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted().map((name) => {
    const stat = lstatSync(join(directory, name));
    return [name, `${stat.mode.toString(8)} ${stat.uid} ${stat.isFile() ? readFileSync(join(directory, name)).toString("base64") : ""}`];
  }));
}

/** Checks one refusal: exit code, silence on stdout, the words of the message, and that nothing on disk changed. */
async function expectRefused(state: State, args: readonly string[], message: RegExp, env: Record<string, string> = {}): Promise<void> {
  const before = snapshot(state.directory);
  const outcome = await state.mini(args, { env });
  expect({ args, exitCode: outcome.exitCode, stdout: outcome.stdout }).toEqual({ args, exitCode: 64, stdout: "" });
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).not.toMatch(/\bat .*:[0-9]+:[0-9]+/);
  expect(snapshot(state.directory)).toEqual(before);
}

const table: readonly (readonly [claim: string, args: string, message: RegExp])[] = [
  ["an unknown command", "rnu -- true", /unknown command.*rnu[\s\S]*run/i],
  ["no command at all", "", /./],
  ["an unknown flag of init, with the nearest known one", "init --memm 64", /unknown flag --memm[\s\S]*--memory\b/],
  ["an unknown flag of run, with the nearest known one", "run --max-cpus 1 -- /bin/true", /unknown flag --max-cpus[\s\S]*--cpu-time\b/],
  ["an unknown short flag", "run -x -- /bin/true", /unknown flag -x/],
  ["a flag of another command", "cleanup --mem 64 --all", /unknown flag --mem/],
  ["a flag given twice", "init --mem 64 --mem 65", /--mem.*twice/],
  ["a switch with a value", "run --json=no -- /bin/true", /--json/],
  ["a missing value at the end", "init --mem", /value for --mem/],
  ["a missing value before another flag", "init --mem --time 3", /value for --mem/],
  ["an empty value", "init --mem=", /--mem/],
  ["a stray argument of init", "init 5", /'5'/],
  ["a stray argument of cleanup", "cleanup 5", /'5'/],
  ["an empty command", "run --", /command|program/],
  ["a run without a command", "run", /command|program/],
  ["cleanup without a box", "cleanup", /--box-id|--all/],
  ["cleanup of one box and of all", "cleanup --box-id 0 --all", /--all/],
  ["execute without a source", "execute", /--source/],
  ["execute of a source that does not exist", "execute --source /no/such/file.py", /\/no\/such\/file\.py.*ENOENT/],
  ["execute of a directory", "execute --source /usr", /\/usr/],
  ["execute with an unknown language", "execute --source /etc/hostname --language cobol", /cobol/],
  ["execute with an unknown pack", "execute --source /etc/hostname --pack no-such-pack", /no-such-pack/],
  ["an input that does not exist", "run --input /no/such/input -- /bin/true", /\/no\/such\/input.*ENOENT/],
  ["an input that is a directory", "run --input /usr -- /bin/true", /\/usr.*directory/],
  ["an output file in a missing directory", "run --output /no/such/dir/out -- /bin/true", /\/no\/such\/dir\/out.*ENOENT/],
  ["a meta file that is a directory", "run --meta /usr -- /bin/true", /\/usr.*directory/],
  ["a work directory that is a file", "init --dir /etc/hostname", /\/etc\/hostname/],
  ["a relative work directory that climbs", "init --box-id ../x", /box-id|box id/],
  ["an unknown box in run", "run --box-id nobody -- /bin/true", /nobody/],
  ["an unknown box in info", "info --box-id nobody", /nobody/],
  ["a mount rule without a path", "run --mount =/usr -- /bin/true", /mount rule/],
  ["a mount rule with an unknown option", "run --mount x=/usr:wr -- /bin/true", /wr/],
  ["a mount rule that climbs", "run --mount ../x=/usr -- /bin/true", /mount rule/],
  ["a mount rule over the root", "run --mount /=/usr -- /bin/true", /mount rule/],
  ["a mount rule for /proc", "run --mount proc=/proc -- /bin/true", /proc/],
  ["a variable without a name", "run --env =x -- /bin/true", /name/],
  ["a list of processors with text", "run --cpus 0,x -- /bin/true", /cpus/],
  ["processors that run backwards", "run --cpus 3-1 -- /bin/true", /3-1/],
  ["a uid of zero", "init --uid 0", /uid/],
];

describe("refused with exit code 64, a message and no side effect:", () => {
  for (const [what, args, message] of table) {
    claim(what, async () => {
      await using state = openState();
      await expectRefused(state, args.split(" ").filter((word) => word !== ""), message);
    });
  }
});

describe("numbers", () => {
  const wrong = ["0", "-1", "1x", "1e3", "", " 7", "7 ", "+7", "0x10", "NaN", "Infinity", "none", "1,5", "1.", ".5", "99999999999999999999", "-0", "0.0", "Unlimited", "７"];
  for (const flag of ["--mem", "--time", "--wall-time", "--processes", "--fsize", "--stack"]) {
    claim(`init ${flag} takes no number that is not exactly one`, async () => {
      await using state = openState();
      for (const value of wrong) await expectRefused(state, ["init", flag, value], new RegExp(flag));
      expect(existsSync(join(state.directory, "instances.json"))).toBe(false);
    });
  }
  for (const flag of ["--max-cpu", "--max-memory", "--max-time"]) {
    claim(`run ${flag} takes no number that is not exactly one`, async () => {
      await using state = openState();
      for (const value of wrong) await expectRefused(state, ["run", flag, value, "--", "/bin/true"], new RegExp(flag));
    });
  }
  claim("whole numbers are wanted for megabytes and processes", async () => {
    await using state = openState();
    for (const flag of ["--mem", "--processes", "--fsize"]) await expectRefused(state, ["init", flag, "1.5"], new RegExp(flag));
  });
  claim("a box id is 1 to 64 of A-Z a-z 0-9 . _ - and does not start with a dot", async () => {
    await using state = openState();
    for (const id of ["", ".", "..", ".a", "a/b", "a b", "a\nb", "ä", "x".repeat(65), "../0", "instances.json", "locks"]) {
      await expectRefused(state, ["init", "--box-id", id], /box/);
    }
    for (const id of ["x".repeat(64), "A-z_0.9", "_"]) expect([id, (await state.mini(["init", "--box-id", id])).exitCode]).toEqual([id, 0]);
  });
});

describe("the program's arguments are not ours", () => {
  claim("what follows -- goes to the program, also --help and --json", async () => {
    await using state = openState();
    const outcome = await state.mini(["run", "--silent", "--output", join(state.scratch, "out"), "--", "/bin/echo", "--help", "--json", "--", "--mem"]);
    expect(outcome.exitCode).toBe(0);
    expect((JSON.parse(readFileSync(join(state.scratch, "out"), "utf8")) as { stdout: string }).stdout).toBe("--help --json -- --mem\n");
  });
});

describe("state on disk that cannot be trusted", () => {
  for (const [what, spoil] of [
    ["others may write to it", (path: string) => chmodSync(path, 0o777)],
    ["its group may write to it", (path: string) => chmodSync(path, 0o770)],
    ["it belongs to somebody else", (path: string) => chownSync(path, 12345, 12345)],
  ] as const) {
    claim(`a state directory is refused when ${what}`, async () => {
      await using state = openState();
      mkdirSync(state.directory, { mode: 0o700 });
      spoil(state.directory);
      for (const args of [["init"], ["run", "--", "/bin/true"], ["list"], ["cleanup", "--all"]]) await expectRefused(state, args, new RegExp(state.directory));
      chownSync(state.directory, 0, 0);
      chmodSync(state.directory, 0o700);
    });
  }

  claim("a state directory that is a link or a file is refused", async () => {
    await using state = openState();
    const real = join(state.scratch, "real");
    mkdirSync(real, { mode: 0o700 });
    const link = join(state.scratch, "link");
    symlinkSync(real, link);
    await expectRefused(state, ["init", "--state-dir", link], /link/);
    const file = state.file("file", "");
    await expectRefused(state, ["init", "--state-dir", file], /not a directory/);
    await expectRefused(state, ["init", "--state-dir", join(state.scratch, "a/b/c")], /a\/b\/c/);
    await expectRefused(state, ["init"], /MINI_ISOLATE_STATE_DIR/, { MINI_ISOLATE_STATE_DIR: "" });
    expect(readdirSync(real)).toEqual([]);
  });

  for (const [what, text, where] of [
    ["half a document", '{\n  "0": {\n    "config": {', /3|line/],
    ["no document", "garbage", /1|line|position/],
    ["a document of another form", "[1, 2]", /./],
    ["an empty file", "", /./],
    ["a record of another form", '{\n  "0": { "config": 5, "created_at": "x", "last_used": "y" }\n}', /0/],
    ["a record with a limit of no number", '{\n  "0": { "config": { "instance_id": "0", "memory_limit": "lots" }, "created_at": "2024-01-01T00:00:00.000Z", "last_used": "2024-01-01T00:00:00.000Z" }\n}', /memory_limit/],
  ] as const) {
    claim(`instances.json with ${what} is refused with path and place, and left as it is`, async () => {
      await using state = openState();
      await boxWith(state, []);
      const path = join(state.directory, "instances.json");
      writeFileSync(path, text);
      for (const args of [["run", "--box-id", "0", "--", "/bin/true"], ["init", "--box-id", "1"], ["list"], ["info"]]) {
        const outcome = await state.mini(args);
        expect([args[0], outcome.exitCode, outcome.stdout]).toEqual([args[0], 64, ""]);
        expect(outcome.stderr).toContain(path);
        expect(outcome.stderr).toMatch(where);
        expect(readFileSync(path, "utf8")).toBe(text);
      }
      expect(existsSync(join(state.directory, "1"))).toBe(false);
    });
  }
});

describe("sources", () => {
  claim("an unknown extension is refused when the file is not executable", async () => {
    await using state = openState();
    await expectRefused(state, ["execute", "--source", state.file("program.xyz", "hello\n")], /program\.xyz|\.xyz/);
  });

  claim("a YAML error names file, line and column", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: x\nname: [unclosed\n");
    await expectRefused(state, ["execute", "--source", state.file("a.py", ""), "--pack", pack], /pack\.yaml:[0-9]+:[0-9]+/);
  });

  claim("a source name with a control character is refused", async () => {
    await using state = openState();
    await expectRefused(state, ["execute", "--source", state.file("a\nb.py", "print(1)\n")], /name/);
  });
});
