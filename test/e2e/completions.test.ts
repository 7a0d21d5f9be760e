// The completions in the shells that they are for, and the manual page in what shows it.
import { describe, expect, test } from "bun:test";
import { dirname } from "node:path";
import { commands } from "../../src/cli/flags.ts";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { claimWith, executable } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";

/** How a shell is asked for what can follow a line; each candidate is a line. The first argument is the script, then the words. */
const askBash = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mini_isolate; printf "%s\\n" "${COMPREPLY[@]}"';
// The functions of the completion system work in the line editor only.
const askZsh = `script=$1; shift
compdef() { }; compadd() { shift; print -l -- "$@" }; _files() { print -l -- *(N) }; _command_names() { print -l -- echo }
source $script
words=("$@"); CURRENT=$#; _mini_isolate`;
const askFish = 'source $argv[1]; complete -C (string join " " -- $argv[2..-1]) | string split -f1 \\t';

type Shell = "bash" | "zsh" | "fish";

async function candidates(state: State, shell: Shell, ...words: string[]): Promise<string[]> {
  const script = state.file(`completions.${shell}`, (await state.mini(["completions", shell])).stdout);
  const ask = { bash: ["/bin/bash", "--norc", "-c", askBash, "bash"], zsh: ["/usr/bin/zsh", "-f", "-c", askZsh, "zsh"], fish: ["/usr/bin/fish", "--no-config", "-c", askFish] }[shell];
  const env = { PATH: `${dirname(binaryPath)}:${plainPath}`, HOME: state.scratch, MINI_ISOLATE_STATE_DIR: state.directory, LC_ALL: "C.UTF-8" };
  const { stdout, stderr } = await start([...ask, script, "mini-isolate", ...words], { env, cwd: state.scratch }).ended;
  expect(stderr).toBe("");
  const last = words.at(-1)!;
  return stdout.split("\n").filter((word) => word !== "" && word.startsWith(last));
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  const claim = claimWith(executable(shell === "bash" ? "/bin/bash" : `/usr/bin/${shell}`));
  describe(shell, () => {
    claim("completes commands, verbs, flags, values, boxes, languages, packs and files", async () => {
      await using state = openState();
      state.file("prog.py", "print(1)\n");
      await state.mini(["init", "--box-id", "seven"]);
      const offered = (...words: string[]) => candidates(state, shell, ...words);
      expect(await offered("")).toEqual(expect.arrayContaining([...Object.keys(commands), "help"]));
      expect(await offered("lang")).toEqual(["languages"]);
      expect((await offered("languages", "")).toSorted()).toEqual(["check", "import", "list", "new", "packs", "schema", "show", "test"]);
      expect(await offered("run", "--cpu")).toEqual(expect.arrayContaining(["--cpu-time", "--cpus"]));
      expect(await offered("languages", "packs", "--js")).toEqual(["--json"]);
      expect((await offered("run", "--network", "")).toSorted()).toEqual(["host", "loopback", "none"]);
      expect(await offered("run", "--json", "--box-id", "")).toEqual(["seven"]);
      expect(await offered("execute", "--language", "pyth")).toContain("python");
      expect(await offered("execute", "--pack", "ic")).toEqual(["icpc"]);
      expect(await offered("execute", "--json", "pro")).toEqual(["prog.py"]);
      expect(await offered("languages", "show", "rus")).toEqual(["rust"]);
      expect(await offered("help", "exit")).toEqual(["exit-codes"]);
      expect((await offered("completions", "")).toSorted()).toEqual(["bash", "fish", "zsh"]);
    });

    claim("offers no flag of ours behind the program", async () => {
      await using state = openState();
      expect(await candidates(state, shell, "run", "--json", "/bin/echo", "--cpu")).toEqual([]);
    });
  });
}

test.each([[[], "missing shell for completions"], [["tcsh"], "unknown shell 'tcsh' for completions"], [["bash", "x"], "unexpected argument 'x' for completions"]])("completions %j is a usage error", async (words, message) => {
  await using state = openState();
  expect(await state.mini(["completions", ...words])).toMatchObject({ stdout: "", stderr: `mini-isolate: ${message}\nhint: mini-isolate completions bash|zsh|fish\n`, exitCode: 64 });
});

claimWith(executable("/usr/bin/mandoc"), executable("/usr/bin/man"))("the manual page is right for mandoc, and man shows every command", async () => {
  await using state = openState();
  const page = state.file("mini-isolate.1", (await state.mini(["man"])).stdout);
  // A date would make the page another one for each build.
  const { stdout } = await start(["/usr/bin/mandoc", "-Tlint", "-Wwarning", page], { env: { PATH: plainPath } }).ended;
  expect(stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
  const shown = (await start(["/usr/bin/man", "--nj", "-l", page], { env: { PATH: plainPath, MANPAGER: "cat", PAGER: "cat", MANWIDTH: "100", LC_ALL: "C" } }).ended).stdout;
  for (const name of Object.keys(commands)) expect(shown).toMatch(new RegExp(`^${name.toUpperCase()}$`, "m"));
  expect(shown).toContain("--cpu-time S");
});
