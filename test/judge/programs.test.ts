// Programs of the jury: how they are found, compiled once, and what they can do in their boxes.
import { expect } from "bun:test";
import { existsSync, mkdirSync, openSync, symlinkSync, closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noLimits } from "../../src/judge/problem.ts";
import { GivenFiles } from "../../src/judge/programs/given-files.ts";
import type { JuryRun } from "../../src/judge/programs/jury-run.ts";
import { openJury, programAt, type OpenJury } from "../helpers/jury.ts";
import { errorOf } from "../helpers/library-state.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const withCompilers = claimWith(...sandbox, executable("/usr/bin/g++"), executable("/usr/bin/python3"));

const plain: JuryRun = { args: () => [], stdin: { kind: "empty" } };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** What a program prints. */
async function said(open: OpenJury, program: Parameters<OpenJury["jury"]["prepare"]>[0], run: Partial<JuryRun> = {}): Promise<string> {
  const { stdout, stderr, problem } = await open.jury.run(await open.jury.prepare(program), { ...plain, ...run });
  if (problem !== null) throw new Error(`${problem}: ${text(stderr)}`);
  return text(stdout);
}

const inC = (word: string) => `#include <stdio.h>\n#include "word.h"\nint main(void) { puts(WORD "${word}"); return 42; }\n`;

withCompilers("a program is a file, a directory with sources, one that holds such a directory, one with run, or one with build", async () => {
  await using open = openJury();
  const header = open.file("lib/word.h", '#define WORD "says "\n');
  const added = { added: [header] };
  expect(await said(open, programAt(open.file("one/check.c", inC("file")), added))).toBe("says file\n");
  open.file("two/helper.py", "word = 'says python'\n");
  open.file("two/data.txt", "x");
  expect(await said(open, programAt(join(open.file("two/validate.py", "from helper import word\nprint(word)\n"), "..")))).toBe("says python\n");
  open.file("three/inner/.hidden", "x");
  open.file("three/inner/zoo.c", inC("nested"));
  expect(await said(open, programAt(join(open.base, "three"), added))).toBe("says nested\n");
  open.file("four/run", "echo says run $1\n");
  expect(await said(open, programAt(join(open.base, "four")), { args: () => ["it self"] })).toBe("says run it self\n");
  open.file("five/build", "#!/bin/sh\nmkdir made && cc -o made/prog x.c && printf '#!/bin/sh\\nexec ./made/prog \"$@\"\\n' > run && chmod +x run\n");
  open.file("five/x.c", inC("build"));
  expect(await said(open, programAt(join(open.base, "five"), added))).toBe("says build\n");
});

withCompilers("an executable without an extension runs as it is, whatever mode the package left of it", async () => {
  await using open = openJury();
  expect(await said(open, programAt(open.file("checker", "#!/bin/sh\necho script\n", 0o600)))).toBe("script\n");
});

withCompilers("a program is compiled once, and runs in a box that no run before has changed", async () => {
  await using open = openJury();
  const program = programAt(open.file("check.c", '#include <stdio.h>\nint main(void) { FILE *f = fopen("kept", "r"); puts(f ? "kept" : "fresh"); fclose(fopen("kept", "w")); remove("check"); return 0; }\n'));
  const ready = await open.jury.prepare(program);
  expect([ready.compile?.status, ready === (await open.jury.prepare(program))]).toEqual(["Success", true]);
  expect([await said(open, program), await said(open, program)]).toEqual(["fresh\n", "fresh\n"]);
});

withCompilers("what does not compile is an error with exit code 5 that has the words of the compiler", async () => {
  await using open = openJury();
  const wrong = await errorOf(() => open.jury.prepare(programAt(open.file("wrong.c", "int main(void) { return undeclared_word; }\n"))));
  expect([wrong.exitCode, wrong.message]).toEqual([5, expect.stringMatching(/cannot compile .*wrong\.c: [\s\S]*undeclared_word/)]);
  const needy = await errorOf(() => open.jury.prepare(programAt(open.file("needy.cpp", '#include "testlib.h"\nint main() {}\n'))));
  expect([needy.exitCode, needy.hint]).toEqual([5, "testlib.h does not come with mini-isolate: put it into the package, beside the program"]);
  open.file("broken/build", "#!/bin/sh\necho no compiler here >&2\nexit 3\n");
  const broken = await errorOf(() => open.jury.prepare(programAt(join(open.base, "broken"))));
  expect([broken.exitCode, broken.message]).toEqual([5, expect.stringMatching(/cannot build .*broken: .*exit code 3\nno compiler here/)]);
  open.file("idle/build", "#!/bin/sh\ntrue\n");
  const idle = await errorOf(() => open.jury.prepare(programAt(join(open.base, "idle"))));
  expect([idle.exitCode, idle.message]).toEqual([5, expect.stringMatching(/its build made no file run/)]);
});

withCompilers("constants of the problem are replaced in programs of the jury and in what lies beside them", async () => {
  await using open = openJury({}, { problem: { limits: noLimits, constants: { word: "constant", number: "42" } } });
  const header = open.file("lib/word.h", '#define WORD "a {{word}} "\n');
  expect(await said(open, programAt(open.file("check.c", inC("{{number}} {{other}}")), { added: [header] }))).toBe("a constant 42 {{other}}\n");
});

claim("a build cannot put a link in the place of its program", async () => {
  await using open = openJury();
  open.file("sly/build", "#!/bin/sh\nln -s /bin/sh run\n");
  expect((await errorOf(() => open.jury.prepare(programAt(join(open.base, "sly"))))).message).toContain("its build made no file run");
});

claim("a run is pinned as it is asked for", async () => {
  await using open = openJury();
  expect(await said(open, open.script("nproc"), { cpus: "0" })).toBe("1\n");
});

claim("a directory without a program, with two languages, or with a link out of the package is refused", async () => {
  await using open = openJury();
  const messageOf = async (name: string) => (await errorOf(() => open.jury.prepare(programAt(join(open.base, name))))).message;
  mkdirSync(join(open.base, "empty"));
  expect(await messageOf("empty")).toContain("there is no program in it");
  open.file("both/a.c", "int main(void) { return 0; }\n");
  open.file("both/b.py", "pass\n");
  expect(await messageOf("both")).toContain("a.c, b.py are not in one language");
  open.file("away/package/check/a.c", "int main(void) { return 0; }\n");
  symlinkSync("/etc/passwd", join(open.base, "away/package/check/data.h"));
  expect(await messageOf("away/package/check")).toContain("it is a link that leads out of");
  expect(await messageOf("nowhere")).toContain("cannot read");
});

claim("files are shown by plain names and cannot be written, whatever their names and modes are outside", async () => {
  await using open = openJury();
  const files = { input: open.file("odd: na=me\n.in", "in\n", 0o600), answer: open.file("a b.ans", "ans\n") };
  const program = open.script('cat "$1" "$2"; for f in "$1" "$2"; do { echo changed > "$f"; } 2>/dev/null && echo wrote; done; exit 0');
  const run = { files, args: (at: { file(name: string): string }) => [at.file("input"), at.file("answer")] };
  // A file that only its owner may read is a copy that the program may do with as it likes.
  expect(await said(open, program, run)).toBe("in\nans\nwrote\n");
  expect(await said(open, open.script('cat "$1" "$2"'), run)).toBe("in\nans\n");
});

claim("what is copied for a program does not count as written by it", async () => {
  await using open = openJury();
  expect(new GivenFiles({ open: open.file("open.in", "12345"), closed: open.file("closed.in", "1234567", 0o600), none: null }).copiedBytes).toBe(7);
});

claim("an output of a submission is given by its path and as standard input, and cannot be written to", async () => {
  await using open = openJury();
  const output = open.jury.outputFile();
  writeFileSync(output.fd, "42\n");
  const stdin = openSync(output.path!, "r");
  expect(await said(open, open.script('cat; cat "$1"; { echo x > "$1"; } 2>/dev/null || echo safe; { echo x >&0; } 2>/dev/null || echo safe'), { files: { output: output.path! }, args: (at) => [at.file("output")], stdin: { kind: "descriptor", fd: stdin } })).toBe("42\n42\nsafe\nsafe\n");
  closeSync(stdin);
  output.close();
});

claim("the feedback directory comes back as files, without links, and with what was there before", async () => {
  await using open = openJury();
  const program = await open.jury.prepare(open.script('cat "$1old"; echo words > "$1judgemessage.txt"; mkdir "$1deep"; echo x > "$1deep/.x"; ln -s /etc/passwd "$1score.txt"; mkfifo "$1nextpass.in"; ln -s / "$1teammessage.txt"'));
  const { stdout, feedback, problem } = await open.jury.run(program, { ...plain, args: (at) => [at.feedback], feedback: new Map([["old", Buffer.from("before\n")]]), keepFeedback: true });
  expect([text(stdout), problem]).toEqual(["before\n", null]);
  expect(new Map([...feedback].map(([name, bytes]) => [name, text(bytes)]))).toEqual(new Map([["old", "before\n"], ["judgemessage.txt", "words\n"], ["deep/.x", "x\n"]]));
  const less = await open.jury.run(program, { ...plain, args: (at) => [at.feedback], feedback: new Map() });
  expect([...less.feedback.keys()]).toEqual(["judgemessage.txt"]);
});

claim("who takes the feedback directory away, or puts a link in its place, has said nothing", async () => {
  await using open = openJury();
  for (const text of ['rm -r "$1"', 'd=${1%/}; rm -r "$d"; ln -s /etc "$d"']) {
    const { feedback, problem } = await open.jury.run(await open.jury.prepare(open.script(text)), { ...plain, args: (at) => [at.feedback], feedback: new Map() });
    expect([feedback.size, problem]).toEqual([0, "it took its feedback directory away"]);
  }
});

claim("a program that has no end, forks, prints or writes without end is ended by its limits", async () => {
  await using open = openJury({ validationTime: 0.3, validationOutput: 2 ** 20, validationMemory: 64 * 2 ** 20 });
  const problemOf = async (script: string) => (await open.jury.run(await open.jury.prepare(open.script(script)), { ...plain, args: (at) => [at.feedback], feedback: new Map(), limits: { wallTime: 1.6 } })).problem;
  expect(await problemOf("while :; do :; done")).toContain("the CPU time limit of 0.3 s was exceeded");
  expect(await problemOf("sleep 60")).toContain("the wall time limit of 1.6 s was exceeded");
  expect(await problemOf("cat /dev/zero")).toContain("the output limit of 1 MB was exceeded");
  expect(await problemOf("cat /dev/zero >&2")).toContain("the output limit of 1 MB was exceeded");
  expect(await problemOf('cat /dev/zero > "$1judgemessage.txt"; exit 42')).toBe("it wrote more than 1 MB into its feedback directory");
  expect(await problemOf("kill -SEGV $$")).toBe("it was ended by SIGSEGV");
  expect(await problemOf("exit 43")).toBeNull();
});

claim("many files in the feedback directory, and much memory, end a program as well", async () => {
  await using open = openJury({ validationTime: 20, validationOutput: 2 ** 20, validationMemory: 32 * 2 ** 20 });
  const problemOf = async (script: string) => (await open.jury.run(await open.jury.prepare(open.script(script)), { ...plain, args: (at) => [at.feedback], feedback: new Map() })).problem;
  expect(await problemOf('i=0; while :; do i=$((i+1)); : > "$1$i"; done')).toBe("it made more than 1000 files in its feedback directory");
  expect(await problemOf('i=0; while :; do i=$((i+1)); head -c 500000 /dev/zero > "$1$i"; done')).toBe("it wrote more than 1 MB into its feedback directory");
  expect(await problemOf("x=$(head -c 100000000 /dev/zero | tr '\\0' x); exit 42")).toBe("the memory limit of 32 MB was reached");
});

claim("a program that makes and removes directories without end does not disturb the judge", async () => {
  await using open = openJury({ validationTime: 0.5 });
  const program = open.script('while true; do mkdir -p "$1a/b/c/d"; true > "$1a/b/x"; chmod 0 "$1a/b/c"; chmod 700 "$1a/b/c"; rm -rf "$1a"; done');
  const { problem } = await open.jury.run(await open.jury.prepare(program), { ...plain, args: (at) => [at.feedback], feedback: new Map() });
  expect(problem).toContain("the CPU time limit of 0.5 s was exceeded");
});

claim("it has no network, another user than the judge, and sees nothing of the state directory", async () => {
  await using open = openJury();
  const output = open.jury.outputFile();
  const sees = await said(open, open.script(`id -u; ls ${join(open.base, "state")} 2>/dev/null; wc -l < /proc/net/dev 2>/dev/null || echo none; exit 0`));
  const [uid, ...rest] = sees.trim().split("\n");
  expect(Number(uid)).toBeGreaterThan(0);
  expect(rest.join(" ")).toMatch(/^(none|\d)$/);
  expect(existsSync(output.path!)).toBe(true);
  output.close();
});
