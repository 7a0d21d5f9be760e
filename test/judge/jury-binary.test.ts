// Programs of the jury in the compiled binary: what a judge error looks like, what a killed judge leaves, and hosts without namespaces.
import { expect } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/gcc"));
const withoutNamespaces = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/setpriv"));

/** A problem of Hydro with two tests, whose answers are twice the inputs, and a checker. */
function problem(state: State, checker: string, type = "testlib"): string {
  const root = join(state.scratch, "twice");
  const file = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), 0o600);
  };
  file("config.yaml", `checker_type: ${type}\nchecker: check.c\n`);
  for (const number of [1, 2]) {
    file(`t${number}.in`, `${number}\n`);
    file(`t${number}.out`, `${2 * number}\n`);
  }
  file("check.c", checker);
  return root;
}

const right = [
  "#include <stdio.h>",
  "static int in(const char *path) { int n = -1; FILE *file = fopen(path, \"r\"); if (!file || fscanf(file, \"%d\", &n) != 1) return -1; return n; }",
  "int main(int count, char **words) {",
  "  int output = in(words[2]), answer = in(words[3]);",
  "  if (count < 4 || answer < 0 || 2 * in(words[1]) != answer) { fprintf(stderr, \"FAIL the answer\\n\"); return 3; }",
  "  if (output != answer) { fprintf(stderr, \"wrong answer found %d\\n\", output); return 1; }",
  "  return 0;",
  "}",
].join("\n");

interface Document {
  readonly submissions: readonly { readonly verdict: string; readonly tests: readonly { readonly verdict: string; readonly message: string | null }[] }[];
  readonly judge_errors: readonly { readonly message: string }[];
}

const verdictsIn = (stdout: string) => (JSON.parse(stdout) as Document).submissions.map(({ verdict }) => verdict);

claim("a right checker accepts and refuses, though nobody else may read the files of the problem", async () => {
  await using state = openState();
  const root = problem(state, right);
  const submissions = [state.file("right.py", "print(2 * int(input()))\n"), state.file("wrong.py", "print(2)\n")];
  const { exitCode, stdout, stderr } = await state.mini(["judge", root, ...submissions, "--json"]);
  expect([stderr, exitCode, verdictsIn(stdout)]).toEqual(["", 1, ["AC", "WA"]]);
  expect((JSON.parse(stdout) as Document).submissions[1]!.tests.map(({ message }) => message)).toEqual([null, "wrong answer found 2"]);
  await expectNothingLeft(state);
});

claim("a checker that does not compile is exit code 5 with the words of its compiler, and no test is run", async () => {
  await using state = openState();
  const { exitCode, stdout, stderr } = await state.mini(["judge", problem(state, "int main(void) { return no_such_word; }\n"), state.file("right.py", "print(2 * int(input()))\n")]);
  expect([exitCode, stdout, stderr]).toEqual([5, "", expect.stringMatching(/cannot compile .*check\.c: [\s\S]*no_such_word/)]);
  await expectNothingLeft(state);
});

claim("a checker that crashes is a judge error on every test that it was asked about, and exit code 5", async () => {
  await using state = openState();
  const root = problem(state, "#include <stdlib.h>\nint main(void) { abort(); }\n");
  const { exitCode, stdout } = await state.mini(["judge", root, state.file("half.py", "n = int(input())\nif n == 2: raise SystemExit(3)\nprint(n)\n"), "--json"]);
  const { submissions, judge_errors: errors } = JSON.parse(stdout) as Document;
  expect([exitCode, submissions[0]!.verdict, submissions[0]!.tests.map(({ verdict }) => verdict)]).toEqual([5, "JE", ["JE", "RTE"]]);
  expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/^the checker failed: it was ended by SIGABRT \(.*check\.c\)$/)]);
});

claim("what a judge that was killed has left of the jury is removed with the other boxes", async () => {
  await using state = openState();
  const root = problem(state, '#include <unistd.h>\nint main(void) { execl("/usr/bin/sleep", "sleep", "317", (char *)0); return 9; }\n');
  const run = state.start(["judge", root, state.file("right.py", "print(2 * int(input()))\n")]);
  const sleepers = () => Bun.spawnSync(["pgrep", "-fx", "sleep 317"]).stdout.toString().trim();
  await until("the checker", () => sleepers() !== "", 20_000);
  run.kill("SIGKILL");
  await run.ended;
  await until("the end of the checker", () => sleepers() === "", 5000);
  await until("the boxes can be removed", async () => (await state.mini(["cleanup", "--all"])).exitCode === 0);
  await expectNothingLeft(state);
});

withoutNamespaces("without namespaces a checker has copies of its files", async () => {
  await using state = openState();
  const root = problem(state, right);
  const submission = state.file("right.py", "print(2 * int(input()))\n");
  // The compiler of the box works below it by its path.
  chmodSync(dirname(state.directory), 0o755);
  const { exitCode, stdout } = await state.mini(["judge", root, submission, "--json"], { through: ["/usr/bin/setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"] });
  expect([exitCode, verdictsIn(stdout)]).toEqual([0, ["AC"]]);
});
