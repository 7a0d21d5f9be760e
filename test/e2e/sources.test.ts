// execute SOURCE ARGS: arguments of the program, and a source that comes by standard input.
import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { openState } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const patient = { timeout: 60_000 };
const python = claimWith(...sandbox, executable("/usr/bin/python3"));
const c = claimWith(...sandbox, executable("/usr/bin/gcc"));
const shell = claimWith(...sandbox, executable("/bin/bash"));

/** Prints its arguments, and what it reads. */
const echo = "import sys, json\nprint(json.dumps([sys.argv[1:], sys.stdin.read()]))\n";
const odd = ["-x", "a b", "", "{args}", "*", "$HOME", "'", '"', "\\", "new\nline", "é", "=", "-"];

describe("arguments of the program", () => {
  python("come after the source, whatever they are", async () => {
    await using state = openState();
    const source = state.file("echo.py", echo);
    for (const argv of [[source, ...odd], ["--silent", "--result", `${state.scratch}/r`, "--", source, "--json", ...odd], ["--source", source, "--", "--json", ...odd]]) {
      const { stdout, stderr, exitCode } = await state.mini(["execute", ...argv], { input: "in" });
      const said = stdout === "" ? (JSON.parse(readFileSync(`${state.scratch}/r`, "utf8")) as { stdout: string }).stdout : stdout.slice(stdout.indexOf("[["));
      expect([exitCode, stderr, JSON.parse(said)]).toEqual([0, "", [argv.includes("--json") ? ["--json", ...odd] : odd, "in"]]);
    }
  }, patient);

  c("reach a compiled program, which is compiled once for all arguments", async () => {
    await using state = openState();
    const source = state.file("a.c", '#include <stdio.h>\nint main(int n, char **v) { for (int i = 1; i < n; i++) printf("[%s]", v[i]); }\n');
    const first = await state.json(["execute", "--source", source, "--", "-o", "a b"]);
    const second = await state.json(["execute", "--source", source, "--", "z"]);
    expect([first, second].map(({ result }) => [result.status, result.stdout, result.compile?.cached])).toEqual([["Success", "[-o][a b]", false], ["Success", "[z]", true]]);
  }, patient);

  shell("stand where a pack has {args}", async () => {
    await using state = openState();
    const pack = state.file("own.yaml", `version: 1\nid: own\nname: Own\nextensions: [.own]\nrun: {command: [/bin/bash, -c, 'printf "[%s]" "$@"', '{args}', '{source}']}\n`);
    const { result } = await state.json(["execute", "--pack", pack, "--source", state.file("a.own", ""), "--", "name", "-x", "a b"], { input: "" });
    expect([result.status, result.stdout]).toEqual(["Success", "[-x][a b][a.own]"]);
  }, patient);

  for (const [language, program, file, text, said] of [
    ["php", "/usr/bin/php", "a.php", "<?php echo json_encode(array_slice($argv, 1));", '["-v","a b","--version","--eval"]'],
    ["prolog", "/usr/bin/swipl", "a.pl", "main :- current_prolog_flag(argv, A), print(A).", "['-v','a b','--version','--eval']"],
    ["lisp", "/usr/bin/sbcl", "a.lisp", "(prin1 (cdr sb-ext:*posix-argv*))", '("-v" "a b" "--version" "--eval")'],
    ["javascript-bun", "/bin/true", "a.js", "console.log(JSON.stringify(process.argv.slice(2)))", '["-v","a b","--version","--eval"]'],
  ] as const) {
    claimWith(...sandbox, executable(program))(`are not taken for options of the runtime, in ${language}`, async () => {
      await using state = openState();
      const { result } = await state.json(["execute", "--pack", "extra", "--language", language, "--memory", "512", "--", state.file(file, text), "-v", "a b", "--version", "--eval"]);
      expect([result.status, result.stdout.trim()]).toEqual(["Success", said]);
    }, patient);
  }

  python("that are flags of ours are the program's, with a warning; with -- before the source without one", async () => {
    await using state = openState();
    const source = state.file("echo.py", echo);
    const warned = await state.mini(["execute", source, "--json", "--input=x", "--other"], { input: "" });
    expect(warned.stderr).toBe("mini-isolate: warning: --json stands after the source, so the program gets it: flags of execute come before the source (a -- before the source says that you mean it)\n");
    expect(warned.stdout).toContain('[["--json", "--input=x", "--other"], ""]');
    expect((await state.mini(["execute", "--", source, "--json"], { input: "" })).stderr).toBe("");
    expect((await state.mini(["execute", source, "--other"], { input: "" })).stderr).toBe("");
  }, patient);
});

describe("a source from standard input", () => {
  python("needs a language; the program reads --input or nothing", async () => {
    await using state = openState();
    const input = state.file("in", "of a file");
    for (const [argv, said] of [
      [["--source", "-"], '[[], ""]\n'],
      [["--input", input, "-", "-x"], '[["-x"], "of a file"]\n'],
      [["--passthrough", "-"], '[[], ""]\n'],
    ] as const) {
      const { stdout, exitCode } = await state.mini(["execute", "--language", "python", ...argv], { input: echo });
      expect([exitCode, stdout.endsWith(said)]).toEqual([0, true]);
    }
  }, patient);

  python("is refused without a language, and where the program is to read it as well", async () => {
    await using state = openState();
    for (const [argv, message] of [
      [["-"], "cannot tell the language of the source from standard input"],
      [["--language", "python", "--input", "/dev/stdin", "-"], "cannot read both the source and --input /dev/stdin from standard input"],
    ] as const) {
      const { stderr, exitCode } = await state.mini(["execute", ...argv], { input: echo });
      expect([exitCode, stderr]).toEqual([64, expect.stringContaining(message)]);
    }
  }, patient);
});
