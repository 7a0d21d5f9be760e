// What checkers of jobs say of outputs: built-in ones, and programs of the caller's in boxes of their own.
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunLoop } from "../../src/executor/watch/run-loop.ts";
import { Isolate } from "../../src/instance/isolate.ts";
import { inline, inlineBytes, mostInlineBytes, type Content, type Contents } from "../../src/serve/content.ts";
import type { JobChecker, JobTest } from "../../src/serve/job.ts";
import { OutputChecker } from "../../src/serve/work/check-output.ts";
import type { Surroundings } from "../../src/serve/work/surroundings.ts";
import { openLibrary, type LibraryState } from "../helpers/library-state.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

/** Contents in files of the test. */
function contentsIn(directory: string): Contents {
  const path = (content: Content) => ("sha256" in content ? join(directory, content.sha256) : null);
  return {
    async put(bytes) {
      if (bytes.length <= mostInlineBytes) return inline(bytes);
      const content = { sha256: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"), bytes: bytes.length };
      writeFileSync(path(content)!, bytes, { mode: 0o600 });
      return content;
    },
    get: async (content) => inlineBytes(content) ?? new Uint8Array(await Bun.file(path(content)!).arrayBuffer()),
    path: async (content) => path(content),
  };
}

async function surroundings(state: LibraryState): Promise<Surroundings> {
  const { languages } = await Isolate.languages([]);
  return {
    loop: new RunLoop(), contents: contentsIn(state.base), stateDir: state.stateDir, languages, cpus: null, usual: { run: {}, compile: {} },
    box: () => { throw new Error("checkers have boxes of their own"); },
    signals: () => ({ take: () => [], close: () => {} }),
    isCancelled: false, tell: () => {}, isWatched: false, talk: null, warn: () => {},
  };
}

const test = (expected: string | null, stdin = "") => ({ name: "1", stdin: { text: stdin }, args: [], expected: expected === null ? null : { text: expected }, limits: {} }) satisfies JobTest;
const source = [{ name: "main.py", content: { text: "print(1)\n" } }];

async function said(checker: JobChecker | null, output: string, one: JobTest): Promise<readonly unknown[]> {
  using state = openLibrary();
  const around = await surroundings(state);
  return await around.loop.work(async () => {
    await using checking = new OutputChecker({ checker, files: source }, around);
    const problem = await checking.prepare();
    if (problem !== null) return [problem];
    const { kind, message, points, fraction } = await checking.check(await around.contents.put(Buffer.from(output)), one);
    return [kind, message, ...(points === null && fraction === null ? [] : [points, fraction])];
  });
}

const program = (text: string, protocol: Extract<JobChecker, { kind: "program" }>["protocol"], more: Partial<Extract<JobChecker, { kind: "program" }>> = {}): JobChecker =>
  ({ kind: "program", protocol, language: "python", files: [{ name: "checker", content: { text } }], args: [], ...more });

claim("without a checker, lines are compared without blanks at their ends", async () => {
  expect(await said(null, "a  \nb\n\n", test("a\nb"))).toEqual(["accepted", null]);
  expect(await said(null, "a\nc\n", test("a\nb\n"))).toEqual(["wrong", expect.stringContaining("line 2")]);
});

claim("a built-in checker is asked by its name, with its flags, also about long outputs", async () => {
  const builtIn = (name: Extract<JobChecker, { kind: "built-in" }>["name"], ...args: string[]): JobChecker => ({ kind: "built-in", name, args });
  expect(await said(builtIn("exact"), "a \n", test("a\n"))).toEqual(["wrong", expect.any(String)]);
  expect(await said(builtIn("default", "float_tolerance", "1e-3"), "1.0001\n", test("1\n"))).toEqual(["accepted", null]);
  expect(await said(builtIn("yesno"), "YES\n", test("yes\n"))).toEqual(["accepted", null]);
  const long = "0123456789\n".repeat(mostInlineBytes);
  expect(await said(builtIn("wcmp"), long, test(long))).toEqual(["accepted", null]);
  expect(await said(builtIn("wcmp"), `${long}1`, test(long))).toEqual(["wrong", expect.any(String)]);
});

claim("a program is asked by its protocol, and sees input, output and answer", async () => {
  const testlib = "import sys\ni, o, a = (open(p).read() for p in sys.argv[1:4])\nprint(i + o + a, file=sys.stderr)\nsys.exit(0 if o == i + a else 1)\n";
  expect(await said(program(testlib, "testlib"), "in out", test(" out", "in"))).toEqual(["accepted", expect.stringContaining("in out")]);
  expect(await said(program(testlib, "testlib"), "else", test(" out", "in"))).toEqual(["wrong", expect.any(String)]);
  const kattis = "import sys\nopen(sys.argv[3] + 'judgemessage.txt', 'w').write('seen')\nsys.exit(42 if sys.stdin.read() == open(sys.argv[2]).read() else 43)\n";
  expect(await said(program(kattis, "kattis"), "x", test("x"))).toEqual(["accepted", "seen"]);
  expect(await said(program(kattis, "kattis"), "y", test("x"))).toEqual(["wrong", "seen"]);
  const cms = "import sys\nprint(0.5)\nprint('half', file=sys.stderr)\n";
  expect(await said(program(cms, "cms"), "y", test("x"))).toEqual(["wrong", "half", null, 0.5]);
});

claim("a program is asked about a test without an expected output, too, and has its other files and arguments", async () => {
  const even = "import sys, rules\nsys.exit(42 if rules.fits(sys.stdin.read(), sys.argv[4]) else 43)\n";
  const files = [{ name: "even.py", content: { text: even } }, { name: "rules.py", content: { text: "fits = lambda text, rest: int(text) % 2 == int(rest)\n" } }];
  expect(await said(program("", "kattis", { files, args: ["0"] }), "4", test(null))).toEqual(["accepted", null]);
  expect(await said(program("", "kattis", { files, args: ["1"] }), "4", test(null))).toEqual(["wrong", null]);
});

claim("a checker that fails is a fault of the checker, and says nothing about the program", async () => {
  expect(await said(program("import sys\nsys.exit(7)\n", "kattis"), "x", test("x"))).toEqual(["failed", expect.stringMatching(/^the checker failed: .*exit code 7/)]);
  expect(await said(program("while True: pass\n", "kattis", { limits: { cpu_time_limit: 0.2 } }), "x", test("x"))).toEqual(["failed", expect.stringMatching(/^the checker failed: .*0\.2 s/)]);
});

claim("a checker that does not compile, or has a name that leads away, is known before anything runs", async () => {
  const broken: JobChecker = { kind: "program", protocol: "kattis", language: "c", files: [{ name: "check.c", content: { text: "int main(void) { return undeclared_word; }\n" } }], args: [] };
  expect(await said(broken, "x", test("x"))).toEqual([expect.stringMatching(/^the checker cannot be used: [\s\S]*undeclared_word/)]);
  const away = program("", "kattis", { files: [{ name: "a.py", content: { text: "" } }, { name: "../../away.py", content: { text: "" } }] });
  expect(await said(away, "x", test("x"))).toEqual([expect.stringContaining('cannot use "../../away.py" as the name of a file of the checker')]);
});
