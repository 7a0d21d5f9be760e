// The verbs of `languages` over the compiled binary, with packs of the host in a mount namespace of the test's own.
import { describe, expect, test } from "bun:test";
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pluginNames } from "../../src/language/plugins.ts";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, root, sandbox } from "../helpers/requires.ts";

const top = join(import.meta.dir, "../..");
const claim = claimWith(root, executable("/usr/bin/unshare"));
const inBox = claimWith(...sandbox, executable("/usr/bin/unshare"), executable("/usr/bin/perl"));

/** Files of /etc/mini-isolate/languages.d, seen only by what is started `through` this. */
function hostPacks(state: State, files: Readonly<Record<string, string>>): readonly string[] {
  const etc = join(state.scratch, "etc");
  mkdirSync(etc);
  for (const name of ["passwd", "group", "alternatives", "ld.so.cache", "localtime"]) if (existsSync(`/etc/${name}`)) cpSync(`/etc/${name}`, join(etc, name), { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(etc, "mini-isolate/languages.d"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, "mini-isolate/languages.d", name), text, { mode: 0o644 });
  return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'mount --bind "$0" /etc && exec "$@"', etc];
}

const perl = "{version: 1, id: perl, name: Perl 5, extensions: [.pl], toolchain: {command: [/usr/bin/perl, -e, 'print $^V'], pattern: 'v([0-9.]+)'}, run: {command: '/usr/bin/perl {source}'}, test: [{source: 'print 1'}]}\n";
const broken = "version: 1\nid: perl\nnme: Perl\nrun: {command: 5}\n";

describe("languages list", () => {
  inBox("shows what packs of the host add, tells what is wrong with others, and both hold for a run", async () => {
    await using state = openState();
    const through = hostPacks(state, { "10-perl.yaml": perl, "20-broken.yaml": broken });
    const { stdout, stderr, exitCode } = await state.mini(["languages", "list"], { through });
    expect(stderr).toBe("mini-isolate: warning: /etc/mini-isolate/languages.d/20-broken.yaml:3:1: nme: unknown key, did you mean 'name'?\n");
    expect(exitCode).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^ID +NAME +EXTENSIONS +VERSION +ORIGIN$/);
    expect(lines[1]).toMatch(/^perl +Perl 5 +\.pl +5\.[0-9.]+ +\/etc\/mini-isolate\/languages\.d\/10-perl\.yaml$/);
    expect(lines[2]).toMatch(/^python +Python 3 +\.py +.* +built-in$/);
    const run = await state.json(["execute", "--source", state.file("x.pl", "print 6 * 7")], { through });
    expect([run.result.status, run.result.stdout, run.result.language]).toEqual(["Success", "42", "perl"]);
    expect(run.stderr).toBe(stderr);
  });

  inBox("--json has the version, --markdown one row a language", async () => {
    await using state = openState();
    const pack = state.file("perl.yaml", perl);
    const { result } = await state.json<{ id: string; toolchain: { state: string; version: string } }[]>(["languages", "list", "--pack", pack]);
    expect(result[0]).toMatchObject({ id: "perl", origin: pack, toolchain: { state: "found", version: expect.stringMatching(/^5\./) } });
    const { stdout } = await state.mini(["languages", "list", "--markdown", "--pack", pack]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2 + result.length);
    expect(stdout).toContain("| `.pl` |  | `/usr/bin/perl {source}` |");
  });

  test("is of use without any box: a state directory that cannot be used costs the versions only", async () => {
    await using state = openState();
    const { stdout, stderr, exitCode } = await state.mini(["languages", "list", "--state-dir", state.file("file", ""), "--pack", state.file("perl.yaml", perl)]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("warning: cannot ask for versions: ");
    expect(stdout).toMatch(/\nperl +Perl 5 +\.pl +not known +/);
  });
});

describe("languages show", () => {
  claim("says which pack of the host each value comes from", async () => {
    await using state = openState();
    const through = hostPacks(state, { "cpp.yaml": "{version: 1, id: cpp, extends: cpp, name: Ours, compile: {command: '/usr/bin/g++ -O1 -o {executable} {source}'}}\n" });
    const { stdout, stderr, exitCode } = await state.mini(["languages", "show", "cpp"], { through });
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout).toStartWith("Ours (cpp), /etc/mini-isolate/languages.d/cpp.yaml\n\nKEY ");
    expect(stdout).toMatch(/^extensions +built-in +\.cpp /m);
    expect(stdout).toMatch(/^compile\.command +\/etc\/mini-isolate\/languages\.d\/cpp\.yaml +\/usr\/bin\/g\+\+ -O1 -o \{executable\} \{source\}$/m);
    expect(stdout).toMatch(/^compile\.limits\.time +default +30 s$/m);
    expect(stdout).toEndWith("  compile  /usr/bin/g++ -O1 -o ./hello hello.cpp\n  run      ./hello\n  limits   CPU time 10 s, wall time 20 s, memory 128 MB, processes 1\n");
  });

  claim("shows the lines of a named box with its limits", async () => {
    await using state = openState();
    await state.mini(["init", "--box-id", "b", "--mem", "512", "--time", "3"]);
    const { stdout } = await state.mini(["languages", "show", "js", "--box-id", "b"]);
    expect(stdout).toEndWith("hello.js in box b:\n  run      node --max-old-space-size=512 hello.js\n  limits   CPU time 3 s, wall time 6 s, memory 512 MB, processes 32\n");
    expect((await state.mini(["languages", "show", "js", "--box-id", "none"])).stderr).toStartWith("mini-isolate: box none does not exist\n");
  });

  test.each([
    [["show"], "missing name for languages show"],
    [["show", "c", "cpp"], "unexpected argument 'cpp' for languages show"],
    [["show", "pyhton"], "unknown language 'pyhton' (known: python javascript typescript shell c cpp rust go java python-buffered javascript-bun)\nhint: did you mean 'python'?"],
    [["show", "c", "--markdown"], "--markdown cannot be used with languages show"],
    [["list", "--json", "--markdown"], "--json and --markdown exclude each other"],
    [["list", "x"], "unexpected argument 'x' for languages list"],
    [["packs", "x"], "unexpected argument 'x' for languages packs"],
    [["show", "fortran"], "unknown language 'fortran' (known: python javascript typescript shell c cpp rust go java python-buffered javascript-bun)\nhint: --pack extra knows 'fortran'; MINI_ISOLATE_PACKS=extra enables it for every run"],
    [["lst"], "unknown word 'lst' for languages\nhint: did you mean list?"],
    [["new"], "missing ID for languages new"],
    [["new", "C++"], "cannot use 'C++' as the id of a language: it must be 1 to 64 of a-z 0-9 + # . _ - and begin with a letter or digit"],
    [["new", "../x"], "cannot use '../x' as the id of a language"],
    [["schema", "x"], "unexpected argument 'x' for languages schema"],
    [["schema", "--json"], "--json cannot be used with languages schema"],
    [["check", "--box-id", "0"], "--box-id cannot be used with languages check"],
  ])("languages %j is a usage error", async (words, message) => {
    await using state = openState();
    const { stdout, stderr, exitCode } = await state.mini(["languages", ...words]);
    expect(stdout).toBe("");
    expect(stderr).toStartWith(`mini-isolate: ${message}`);
    expect(exitCode).toBe(64);
  });
});

describe("names and files alike", () => {
  claim("show, check and test take languages, files and packs of the binary", async () => {
    await using state = openState();
    const pack = state.file("two.yaml", "version: 1\nlanguages:\n  - {id: one, extends: python, extensions: [.one], aliases: [uno]}\n  - {id: two, extends: shell, extensions: [.two], aliases: [due]}\n");
    const shown = await state.mini(["languages", "show", pack]);
    expect([...shown.stdout.matchAll(/^.* \((.*)\), .*two\.yaml$/gm)].map(([, id]) => id!).toSorted()).toEqual(["one", "two"]);
    expect((await state.json<{ id: string }[]>(["languages", "show", pack])).result.map(({ id }) => id).toSorted()).toEqual(["one", "two"]);
    expect((await state.json<{ id: string }>(["languages", "show", "python"])).result.id).toBe("python");
    expect((await state.mini(["languages", "show", "ioi"])).stdout).toContain(", plugin ioi\n");
    expect(await state.mini(["languages", "check", "ioi", "python"])).toMatchObject({ stdout: expect.stringMatching(/^built-in: ok \(1 language: python\)\nplugin ioi: ok /), exitCode: 0 });
    // A language stands for the pack that it comes from.
    expect((await state.mini(["languages", "check", "uno"], { env: { MINI_ISOLATE_PACKS: pack } })).stdout).toBe(`${pack}: ok (2 languages: one two)\n`);
    const nobody = await state.mini(["languages", "check", "nobody"]);
    expect([nobody.stderr.split("\n", 1)[0], nobody.exitCode]).toEqual([expect.stringContaining("unknown language 'nobody'"), 64]);
  });

  inBox("test runs the tests of a file that is named", async () => {
    await using state = openState();
    const pack = state.file("perl.yaml", perl);
    const { stdout, exitCode } = await state.mini(["languages", "test", pack]);
    expect([stdout.includes("perl"), stdout.includes("1 passed"), exitCode]).toEqual([true, true, 0]);
  });
});

test("languages packs lists the packs in the binary, and says which hold", async () => {
  await using state = openState();
  const { stdout, exitCode } = await state.mini(["languages", "packs"], { env: { MINI_ISOLATE_PACKS: "ioi" } });
  expect(exitCode).toBe(0);
  expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  for (const name of pluginNames) expect(stdout).toMatch(new RegExp(`^${name} `, "m"));
  const { result } = await state.json<{ name: string; active: boolean; languages: string[]; extensions: string[]; summary: string }[]>(["languages", "packs"], { env: { MINI_ISOLATE_PACKS: "ioi" } });
  expect(result.filter(({ active }) => active).map(({ name }) => name)).toEqual(["ioi"]);
  expect(result.every(({ summary, languages }) => summary !== "" && languages.length > 0)).toBe(true);
  expect(result.find(({ name }) => name === "extra")!.extensions).toContain(".f90");
});

describe("languages check", () => {
  test("tells every mistake of every file with its place, and ends with 64", async () => {
    await using state = openState();
    state.file("good.yaml", perl);
    state.file("bad.yaml", broken);
    const { stdout, stderr, exitCode } = await state.mini(["languages", "check", "good.yaml", "bad.yaml"], { cwd: state.scratch });
    expect(stdout).toBe("good.yaml: ok (1 language: perl)\n");
    expect(stderr).toBe("bad.yaml:3:1: nme: unknown key, did you mean 'name'?\nbad.yaml:4:16: run.command: must be text or a list, not a number\n");
    expect(exitCode).toBe(64);
  });

  test("without a mistake ends with 0, whatever it warns about; a directory is checked as a whole", async () => {
    await using state = openState();
    mkdirSync(join(state.scratch, "packs"));
    state.file("packs/a.yaml", "version: 1\nlanguages:\n  - {id: a, name: A, extensions: [.py], run: {command: '/usr/bin/a {source}'}}\n  - {id: b, extends: a, extensions: [.b]}\n");
    state.file("packs/b.yaml", "{version: 1, id: c, extends: b, extensions: [.c2]}\n");
    const { stdout, stderr, exitCode } = await state.mini(["languages", "check", "packs"], { cwd: state.scratch });
    expect(stdout).toBe("packs/a.yaml: ok (2 languages: a b)\npacks/b.yaml: ok (1 language: c)\n");
    expect(stderr).toContain("packs/a.yaml: note: a: takes the place of 'python' (built-in) for .py\n");
    expect(exitCode).toBe(0);
  });

  test("knows what --pack brings", async () => {
    await using state = openState();
    const base = state.file("base.yaml", perl);
    const pack = state.file("pack.yaml", "{version: 1, id: mine, extends: perl, extensions: [.mine]}\n");
    expect((await state.mini(["languages", "check", pack])).exitCode).toBe(64);
    const { stdout, exitCode } = await state.mini(["languages", "check", pack, "--pack", base]);
    expect([stdout, exitCode]).toEqual([`${pack}: ok (1 language: mine)\n`, 0]);
  });

  claim("without a file checks what is in force: host, environment, --pack", async () => {
    await using state = openState();
    const through = hostPacks(state, { "a.yaml": perl, "b.yaml": broken });
    const env = { MINI_ISOLATE_PACKS: state.file("env.yaml", perl.replaceAll("perl,", "perl2,").replaceAll(".pl]", ".p2]")) };
    const given = state.file("given.yaml", "{version: 1, id: mine, extends: perl2}\n");
    const { stdout, stderr, exitCode } = await state.mini(["languages", "check", "--pack", given], { through, env });
    expect(stdout).toBe(`/etc/mini-isolate/languages.d/a.yaml: ok (1 language: perl)\n${env.MINI_ISOLATE_PACKS}: ok (1 language: perl2)\n${given}: ok (1 language: mine)\n`);
    expect(stderr.split("\n").slice(0, 2)).toEqual([
      "/etc/mini-isolate/languages.d/b.yaml:3:1: nme: unknown key, did you mean 'name'?",
      "/etc/mini-isolate/languages.d/b.yaml:4:16: run.command: must be text or a list, not a number",
    ]);
    expect(exitCode).toBe(64);
  });

  claim("of a file tells what is wrong with the host's packs as a warning only", async () => {
    await using state = openState();
    const through = hostPacks(state, { "b.yaml": broken });
    const { stderr, exitCode } = await state.mini(["languages", "check", state.file("a.yaml", perl)], { through });
    expect(stderr).toStartWith("mini-isolate: warning: /etc/mini-isolate/languages.d/b.yaml:3:1: nme: unknown key");
    expect(exitCode).toBe(0);
  });

  test("--json is one document with every place", async () => {
    await using state = openState();
    const [good, bad] = [state.file("good.yaml", perl), state.file("bad.yaml", broken)];
    const { result, exitCode, stderr } = await state.json<unknown>(["languages", "check", good, bad, "nowhere.yaml"]);
    expect(result).toEqual({
      packs: [
        { name: good, ok: true, languages: ["perl"], problems: [], warnings: [] },
        {
          name: bad, ok: false, languages: [], warnings: [],
          problems: [
            { line: 3, column: 1, path: "nme", message: "unknown key, did you mean 'name'?" },
            { line: 4, column: 16, path: "run.command", message: "must be text or a list, not a number" },
          ],
        },
        { name: "nowhere.yaml", ok: false, languages: [], warnings: [], problems: [{ line: null, column: null, path: "", message: "cannot read language pack nowhere.yaml: ENOENT (no such file or directory)" }] },
      ],
    });
    expect([exitCode, stderr]).toEqual([64, ""]);
  });
});

describe("a pack as people write it", () => {
  inBox("runs with its steps as text, as others have it", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: p\nname: P\nextensions: [.p]\ntoolchain: /usr/bin/perl --version\nrun: /usr/bin/perl {source}\n");
    const { result } = await state.json(["execute", "--pack", pack, "--source", state.file("x.p", "print 6 * 7")]);
    expect([result.error_message, result.stdout]).toEqual([null, "42"]);
    const compiled = state.file("compiled.yaml", "version: 1\nid: p\nname: P\nextensions: [.p]\ncompile: /usr/bin/install -m 755 {source} {executable}\nrun: '{executable}'\n");
    const run = await state.json(["execute", "--pack", compiled, "--source", state.file("y.p", "#!/bin/sh\necho 'it runs'\n")]);
    expect([run.result.error_message, run.result.stdout]).toEqual([null, "it runs\n"]);
  });

  test("has braces without quotes: one message with the place and what to write, and every other mistake in the same round", async () => {
    await using state = openState();
    state.file("braces.yaml", "version: 1\nid: p\nnme: P\ncompile:\n  command: [gcc, {source}, -o, {executable}]\nrun: perl {file}\n");
    const { stderr, exitCode } = await state.mini(["languages", "check", "braces.yaml"], { cwd: state.scratch });
    expect(stderr.replace(/ \(known here: .*\)/, "")).toBe(
      "braces.yaml:3:1: nme: unknown key, did you mean 'name'?\n" +
        "braces.yaml:5:18: compile.command.1: YAML takes {source} for a mapping here: quote it: '{source}', '{executable}'\n" +
        "braces.yaml:6:6: run: unknown placeholder {file}, write {source}\n",
    );
    expect(exitCode).toBe(64);
  });

  test("needs a shell: the warning has the command that works, and warnings of one kind are one line", async () => {
    await using state = openState();
    const languages = ["a", "b", "d"].map((id) => `  - {id: ${id}, name: X, extensions: [.${id}x], toolchain: x, run: '/usr/bin/perl {source} ${id === "b" ? "| sort" : ""}'}\n`);
    state.file("p.yaml", `version: 1\nlanguages:\n${languages.join("")}`);
    const { stdout, stderr, exitCode } = await state.mini(["languages", "check", "p.yaml"], { cwd: state.scratch });
    expect([stdout, exitCode]).toEqual(["p.yaml: ok (3 languages: a b d)\n", 0]);
    expect(stderr).toBe(
      "p.yaml: warning: 3 languages have no test: languages test has nothing to try: a, b, d\n" +
        "p.yaml: warning: b: run.command has |, which only a shell understands, and no shell runs: write /bin/sh -c '/usr/bin/perl {source} | sort', and in run.needs.processes how many processes that are\n",
    );
  });

  inBox("works with the form that the warning has", async () => {
    await using state = openState();
    const pack = state.file("p.yaml", "version: 1\nid: p\nname: P\nextensions: [.p]\nrun:\n  command: /bin/sh -c '/usr/bin/perl {source} | sort'\n  needs: {processes: 3}\n");
    const { result } = await state.json(["execute", "--pack", pack, "--source", state.file("x.p", 'print "b\\na\\n"')]);
    expect([result.error_message, result.stdout]).toEqual([null, "a\nb\n"]);
  });

  claim("lies in the home of whoever typed sudo: the refusal names the one command that helps, and it does", async () => {
    await using state = openState();
    const pack = state.file("perl.yaml", perl);
    chownSync(pack, 12345, 12345);
    const command = `sudo install -D -m 644 ${pack} /etc/mini-isolate/languages.d/perl.yaml`;
    for (const words of [["execute", "--pack", pack, "--source", state.file("x.pl", "")], ["init", "--pack", pack], ["languages", "list", "--pack", pack]]) {
      const { stderr, exitCode } = await state.mini(words, { env: { SUDO_UID: "12345" } });
      expect([exitCode, stderr]).toEqual([64, `mini-isolate: cannot use language pack ${pack}: it belongs to uid 12345\nhint: root takes packs only from where nobody else can write: ${command}, then the same without --pack\n`]);
    }
    expect((await state.mini(["languages", "check", pack], { env: { SUDO_UID: "12345" } })).stderr).toContain(command);
    expect((await state.mini(["languages", "list", "--pack", pack])).stderr).toEndWith(`write: chown root ${pack}; chmod go-w ${pack}\n`);
    const through = hostPacks(state, {});
    const installed = [...through.slice(0, 4), `mount --bind "$0" /etc && ${command.replace("sudo ", "")} && exec "$@"`, ...through.slice(5)];
    expect((await state.mini(["languages", "list"], { through: installed })).stdout).toContain("/etc/mini-isolate/languages.d/perl.yaml");
  });
});

describe("languages new", () => {
  test("writes a pack that passes languages check, once", async () => {
    await using state = openState();
    const first = await state.mini(["languages", "new", "lua", "--output", "lua.yaml"], { cwd: state.scratch });
    expect(first).toMatchObject({ stdout: "", stderr: "", exitCode: 0 });
    expect(statSync(join(state.scratch, "lua.yaml")).mode & 0o777).toBe(0o644);
    const text = readFileSync(join(state.scratch, "lua.yaml"), "utf8");
    expect(await state.mini(["languages", "check", "lua.yaml"], { cwd: state.scratch })).toMatchObject({ stdout: "lua.yaml: ok (1 language: lua)\n", stderr: "", exitCode: 0 });
    const again = await state.mini(["languages", "new", "go", "--output", "lua.yaml"], { cwd: state.scratch });
    expect(again).toMatchObject({ stdout: "", stderr: "mini-isolate: cannot write --output lua.yaml: it exists already\nhint: remove it, or choose another name\n", exitCode: 64 });
    expect(readFileSync(join(state.scratch, "lua.yaml"), "utf8")).toBe(text);
    expect(readdirSync(state.scratch)).toEqual(["lua.yaml"]);
  });

  inBox("--interpreted has no compile step, and a source runs with it as it is", async () => {
    await using state = openState();
    const made = await state.mini(["languages", "new", "perl", "--interpreted", "--output", "perl.yaml"], { cwd: state.scratch });
    expect(made).toMatchObject({ stdout: "", stderr: "", exitCode: 0 });
    const pack = join(state.scratch, "perl.yaml");
    expect(readFileSync(pack, "utf8")).not.toMatch(/^ *compile/m);
    expect(await state.mini(["languages", "check", "perl.yaml"], { cwd: state.scratch })).toMatchObject({ stdout: "perl.yaml: ok (1 language: perl)\n", stderr: "", exitCode: 0 });
    const { result } = await state.json(["execute", "--pack", pack, "--source", state.file("x.perl", "print 6 * 7")]);
    expect([result.error_message, result.stdout]).toEqual([null, "42"]);
    expect((await state.mini(["languages", "list", "--interpreted"])).stderr).toStartWith("mini-isolate: --interpreted cannot be used with languages list\n");
  });

  test("of a language that there is extends it, also by an alias and from a pack", async () => {
    await using state = openState();
    expect((await state.mini(["languages", "new", "cpp"])).stdout).toContain("\nid: cpp\n");
    expect((await state.mini(["languages", "new", "cpp"])).stdout).toContain("\nextends: cpp\n");
    expect((await state.mini(["languages", "new", "py"])).stdout).toContain("\nextends: python\n");
    expect((await state.mini(["languages", "new", "perl"])).stdout).not.toContain("\nextends: ");
    expect((await state.mini(["languages", "new", "perl", "--pack", state.file("perl.yaml", perl)])).stdout).toContain("\nextends: perl\n");
  });
});

test("languages schema prints the file in docs/", async () => {
  await using state = openState();
  expect(await state.mini(["languages", "schema"])).toMatchObject({ stdout: readFileSync(join(top, "docs/language-pack.schema.json"), "utf8"), stderr: "", exitCode: 0 });
});

describe("a source that cannot be one is refused in one line", () => {
  test.each([
    { name: "a name of 5,000 bytes", args: (state: State) => ["--source", join(state.scratch, `${"x".repeat(5000)}.py`)], message: /^mini-isolate: cannot read --source .*: ENAMETOOLONG \(name too long\)\n$/ },
    { name: "a line feed in its name", args: (state: State) => ["--source", state.file("a\nb.py", "")], message: /^mini-isolate: cannot use "a\\nb\.py" as the name of a source file: it contains a control character\n$/ },
    { name: "a main class that is no identifier", args: (state: State) => ["--source", state.file("A.java", "class A {}"), "--entry-point", "-Xrun;x"], message: /^mini-isolate: main class "-Xrun;x" is not an identifier\n$/ },
    { name: "a main class found in the source that is no identifier", args: (state: State) => ["--pack", state.file("p.yaml", "{version: 1, id: p, name: P, extensions: [.p], entry_point: {pattern: 'class (.*)$'}, run: {command: '/bin/echo {mainclass}'}}"), "--source", state.file("A.p", "class -rf /")], message: /^mini-isolate: main class "-rf \/" is not an identifier\n$/ },
  ])("$name", async ({ args, message }) => {
    await using state = openState();
    const { stdout, stderr, exitCode } = await state.mini(["execute", ...args(state)]);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(64);
  });
});

claim("a pack that a shell hands over by a pipe is waited for", async () => {
  await using state = openState();
  const command = `exec "$0" languages check --json <(sleep 0.3; cat ${state.file("perl.yaml", perl)}; sleep 0.2)`;
  const { stdout, exitCode } = await state.mini([], { through: ["/bin/bash", "-c", command] });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ packs: [{ ok: true, languages: ["perl"] }] });
});
