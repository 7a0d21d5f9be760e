// Checkers of every protocol, in real boxes: what they are given, and what their answers mean. What goes wrong with them is never a verdict.
import { describe, expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, type Checked } from "../../src/judge/checkers/check.ts";
import type { Scale } from "../../src/judge/checkers/protocol.ts";
import type { CheckerProtocol, ProblemLimits, Test } from "../../src/judge/problem.ts";
import { noFeedback, type Feedback } from "../../src/judge/programs/feedback.ts";
import type { CheckRecord } from "../../src/judge/records.ts";
import { openJury, type OpenJury } from "../helpers/jury.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

interface Asked {
  readonly output?: string | Uint8Array;
  readonly answer?: string | null;
  readonly scale?: Scale;
  readonly points?: number | null;
  readonly args?: readonly string[];
  readonly source?: string | null;
  readonly pass?: { readonly number: number; readonly most: number; readonly feedback: Feedback };
}

/** A checker that is a shell script, asked about an output. */
async function ask(open: OpenJury, protocol: CheckerProtocol, script: string, asked: Asked = {}): Promise<Checked> {
  const { output = "out\n", answer = "ans\n", scale = 1, points = null, args = [], source = null, pass = null } = asked;
  const file = open.jury.outputFile();
  try {
    writeFileSync(file.fd, output);
    const test: Pick<Test, "checkerArgs" | "points"> = { checkerArgs: args, points };
    return await check(open.jury, {
      protocol, program: await open.jury.prepare(open.script(script)), test, input: open.file("1.in", "in\n"), answer: answer === null ? null : open.file("1.ans", answer),
      output: file, source, scale, cpus: null, pass,
    });
  } finally {
    file.close();
  }
}

type Said = readonly [kind: CheckRecord["kind"], message: string | null, points?: number | null, fraction?: number | null];

async function said(open: OpenJury, protocol: CheckerProtocol, script: string, asked?: Asked): Promise<Said> {
  const { kind, message, points, fraction } = (await ask(open, protocol, script, asked)).record;
  // The path of the script, which is another one each time.
  const words = message?.replace(/ \([^()]*\/check\)$/, "") ?? null;
  return points === null && fraction === null ? [kind, words] : [kind, words, points, fraction];
}

describe("Kattis", () => {
  claim("it reads input, answer and output, and gets its arguments and a directory that ends in a slash", async () => {
    await using open = openJury();
    expect(await said(open, "kattis", '{ cat "$1" "$2" -; echo "$3 $4 $5"; } > "$3judgemessage.txt"; exit 42', { args: ["a b", "--x"] })).toEqual(["accepted", "in\nans\nout\n/box/.feedback/ a b --x"]);
  });

  claim("42 is accepted and 43 is wrong, with the words for judges, those for the team and a score", async () => {
    await using open = openJury();
    expect(await said(open, "kattis", "exit 42")).toEqual(["accepted", null]);
    expect(await said(open, "kattis", 'echo for judges > "$3judgemessage.txt"; echo for the team > "$3teammessage.txt"; exit 43')).toEqual(["wrong", "for judges\nfor the team"]);
    expect(await said(open, "kattis", 'echo 12.5 > "$3score.txt"; exit 42')).toEqual(["accepted", null, 12.5, null]);
    expect(await said(open, "kattis", 'echo 0.6 > "$3score_multiplier.txt"; exit 42')).toEqual(["accepted", null, null, 0.6]);
    expect(await said(open, "kattis", 'echo 3 > "$3score.txt"; exit 43')).toEqual(["wrong", null, 3, null]);
    expect(await said(open, "kattis", 'echo 3 > "$3score.txt"; exit 42', { scale: "test", points: 12 })).toEqual(["accepted", null, null, 0.25]);
  });

  claim("every other end is a judge error, and so is a score file that is none", async () => {
    await using open = openJury();
    expect(await said(open, "kattis", "echo Traceback >&2; exit 1")).toEqual(["failed", "the checker failed: it ended with exit code 1: Traceback (42 is accepted, 43 is wrong)"]);
    expect(await said(open, "kattis", "exit 0")).toEqual(["failed", "the checker failed: it ended with exit code 0 (42 is accepted, 43 is wrong)"]);
    expect(await said(open, "kattis", "kill -ABRT $$")).toEqual(["failed", "the checker failed: it was ended by SIGABRT"]);
    const noNumber = ["failed", "the checker failed: its file score.txt has no number in it, or more than one"] as const;
    for (const score of ["full", "1 2", "nan", "inf", "0x10", "1e999", ""]) expect(await said(open, "kattis", `printf '%s' '${score}' > "$3score.txt"; exit 42`)).toEqual(noNumber);
    expect(await said(open, "kattis", 'head -c 1000000 /dev/urandom > "$3score.txt"; exit 42')).toEqual(noNumber);
    expect(await said(open, "kattis", 'mkdir "$3score.txt"; ln -s /etc/passwd "$3judgemessage.txt"; exit 42')).toEqual(["accepted", null]);
  });

  claim("a test without an answer gives it an empty file", async () => {
    await using open = openJury();
    expect(await said(open, "kattis", '[ -e "$2" ] && [ -z "$(cat "$2")" ] && exit 42', { answer: null })).toEqual(["accepted", null]);
  });

  claim("what it says has no control characters, and is not without end", async () => {
    await using open = openJury();
    expect(await said(open, "kattis", `printf 'a\\033[2Jb\\000c\\tD\\n' > "$3judgemessage.txt"; exit 43`)).toEqual(["wrong", "a[2Jbc\tD"]);
    const { record } = await ask(open, "kattis", 'head -c 3000000 /dev/zero | tr "\\0" x > "$3judgemessage.txt"; exit 43');
    expect(record.message).toBe(`${"x".repeat(4000)}...`);
  });

  claim("of several passes each finds what the one before left, and says with nextpass.in that there is another one", async () => {
    await using open = openJury();
    const script = 'n=$(cat "$3n" 2>/dev/null || echo 0); n=$((n+1)); echo $n > "$3n"; [ -e "$3nextpass.in" ] && exit 1; [ $n -lt 3 ] && echo "input $n" > "$3nextpass.in"; exit 42';
    const first = await ask(open, "kattis", script, { pass: { number: 1, most: 3, feedback: noFeedback } });
    expect([first.record.kind, Buffer.from(first.next!).toString()]).toEqual(["accepted", "input 1\n"]);
    const second = await ask(open, "kattis", script, { pass: { number: 2, most: 3, feedback: first.feedback } });
    expect([second.record.kind, Buffer.from(second.next!).toString()]).toEqual(["accepted", "input 2\n"]);
    const third = await ask(open, "kattis", script, { pass: { number: 3, most: 3, feedback: second.feedback } });
    expect([third.record.kind, third.next]).toEqual(["accepted", null]);
  });

  claim("a next pass after a wrong answer, or beyond those that there may be, is a judge error", async () => {
    await using open = openJury();
    const refused = await ask(open, "kattis", 'echo x > "$3nextpass.in"; exit 43', { pass: { number: 1, most: 2, feedback: noFeedback } });
    expect([refused.record.kind, refused.next, refused.record.message]).toEqual(["failed", null, expect.stringContaining("it left nextpass.in and did not accept the output")]);
    const beyond = await ask(open, "kattis", 'echo x > "$3nextpass.in"; exit 42', { pass: { number: 2, most: 2, feedback: noFeedback } });
    expect([beyond.record.kind, beyond.next, beyond.record.message]).toEqual(["failed", null, expect.stringContaining("it asks for pass 3, and the problem has 2 at most")]);
  });
});

describe("DOMjudge", () => {
  claim("what it prints is shown to judges, and judgeerror.txt says what is wrong with it", async () => {
    await using open = openJury();
    expect(await said(open, "domjudge", 'echo file > "$3judgemessage.txt"; echo out; echo err >&2; exit 43')).toEqual(["wrong", "file\nout\nerr"]);
    expect(await said(open, "domjudge", 'echo no database > "$3judgeerror.txt"; exit 9')).toEqual(["failed", "the checker failed: it ended with exit code 9 (42 is accepted, 43 is wrong)\nno database"]);
  });
});

describe("testlib", () => {
  claim("it reads input, output and answer by their names", async () => {
    await using open = openJury();
    expect(await said(open, "testlib", 'cat "$1" "$2" "$3" >&2; echo "$#" "$4" "$5" >&2', { args: ["--testset", "tests"] })).toEqual(["accepted", "in\nout\nans\n5 --testset tests"]);
  });

  claim("each exit code has its meaning", async () => {
    await using open = openJury();
    const end = (words: string, code: number, asked?: Asked) => said(open, "testlib", `echo '${words}' >&2; exit ${code}`, asked);
    expect(await end("ok 5 numbers", 0)).toEqual(["accepted", "ok 5 numbers"]);
    expect(await end("wrong answer 1st differs", 1)).toEqual(["wrong", "wrong answer 1st differs"]);
    expect(await end("wrong output format no int", 2)).toEqual(["wrong", "wrong output format no int"]);
    expect(await end("FAIL the answer is wrong", 3)).toEqual(["failed", "the checker failed: FAIL the answer is wrong"]);
    expect(await end("wrong output format Extra", 4)).toEqual(["wrong", "wrong output format Extra"]);
    expect(await end("unexpected eof more", 8)).toEqual(["wrong", "unexpected eof more"]);
    expect(await end("what", 99)).toEqual(["failed", "the checker failed: it ended with exit code 99: what"]);
  });

  claim("points are out of what the scale says", async () => {
    await using open = openJury();
    const points = (text: string, scale: Scale, points: number | null = null) => said(open, "testlib", `echo '${text}' >&2; exit 7`, { scale, points });
    expect(await points("points 0.25 a part", 1)).toEqual(["wrong", "points 0.25 a part", null, 0.25]);
    expect(await points("points 1 all", 1)).toEqual(["accepted", "points 1 all", null, 1]);
    expect(await points("points 30 of it", 100)).toEqual(["wrong", "points 30 of it", null, 0.3]);
    expect(await points("points 30", "auto")).toEqual(["wrong", "points 30", null, 0.3]);
    expect(await points("points 0.5", "auto")).toEqual(["wrong", "points 0.5", null, 0.5]);
    expect(await points("points 3", "test", 12)).toEqual(["wrong", "points 3", null, 0.25]);
    expect(await points("points 3", "test")).toEqual(["accepted", "points 3", 3, null]);
    expect(await points("points 1.5", 1)).toEqual(["failed", "the checker failed: it gave 1.5 points, and there are 1"]);
    expect(await points("points -1", 1)).toEqual(["failed", "the checker failed: it gave -1 points"]);
    expect((await points("points many", 1))[0]).toBe("failed");
    expect((await points("", 1))[0]).toBe("failed");
  });

  claim("partial answers are told from the words, whose exit codes mean other things as well", async () => {
    await using open = openJury();
    const partial = (number: number, code: number) => said(open, "testlib", `echo 'partially correct (${number}) a bit' >&2; exit ${code}`);
    expect(await partial(1, 1)).toEqual(["wrong", "partially correct (1) a bit", null, 0.01]);
    expect(await partial(3, 3)).toEqual(["wrong", "partially correct (3) a bit", null, 0.03]);
    expect(await partial(40, 90)).toEqual(["wrong", "partially correct (40) a bit", null, 0.4]);
    expect(await partial(40, 56)).toEqual(["wrong", "partially correct (40) a bit", null, 0.4]);
    expect(await partial(40, 2)).toEqual(["failed", 'the checker failed: it says "partially correct (40)" and ended with exit code 2']);
  });
});

claim("a checker of a multi-pass problem whose protocol has no feedback directory keeps its files where it runs", async () => {
  await using open = openJury();
  const script = 'echo "$(cat state.txt 2>/dev/null)x" > state.txt; cat state.txt >&2; echo more > nextpass.in';
  const first = await ask(open, "testlib", script, { pass: { number: 1, most: 2, feedback: noFeedback } });
  expect([first.record.message, Buffer.from(first.next!).toString()]).toEqual(["x", "more\n"]);
  const second = await ask(open, "testlib", script.replace("more >", "more >>"), { pass: { number: 2, most: 3, feedback: first.feedback } });
  expect([second.record.message, Buffer.from(second.next!).toString()]).toEqual(["xx", "more\n"]);
});

describe("CMS", () => {
  claim("an outcome on standard output and words on standard error, with an argument more where the problem has it", async () => {
    await using open = openJury();
    expect(await said(open, "cms", 'cat "$1" "$2" "$3" >&2; echo 1.0', { args: ["batch"] })).toEqual(["accepted", "in", null, 1]);
    expect(await said(open, "cms", 'echo 0.5; echo translate:partial >&2; echo other >&2; echo "ADMIN_MESSAGE: look at it" >&2', {})).toEqual(["wrong", "Output is partially correct\nlook at it", null, 0.5]);
    expect(await said(open, "cms", 'echo 0; echo translate:wrong >&2; echo "$4" > /dev/null')).toEqual(["wrong", "Output is not correct", null, 0]);
    expect(await said(open, "cms", "echo 7")).toEqual(["accepted", null, null, 7]);
  });

  claim("no number, control characters, bytes that are no text, and another exit code are judge errors", async () => {
    await using open = openJury();
    const message = async (script: string) => {
      const [kind, words] = await said(open, "cms", script);
      return [kind, words?.replace("the checker failed: ", "")];
    };
    expect(await message("echo no")).toEqual(["failed", "the first line of its output is no number: no"]);
    expect(await message("true")).toEqual(["failed", "it printed no outcome"]);
    expect(await message("echo nan")).toEqual(["failed", "the first line of its output is no number: nan"]);
    expect(await message("echo -1")).toEqual(["failed", "it gave an outcome of -1"]);
    expect(await message("printf '1\\033\\n'")).toEqual(["failed", "the first line of its output is not UTF-8, or has control characters"]);
    expect(await message("echo 1; printf '\\377\\n' >&2")).toEqual(["failed", "the first line of its standard error is not UTF-8, or has control characters"]);
    expect(await message("echo 1; exit 1")).toEqual(["failed", "it ended with exit code 1: 1"]);
  });
});

describe("checkers that Hydro knows", () => {
  claim("SYZOJ's finds its files where it runs, and prints percent", async () => {
    await using open = openJury();
    const source = open.file("solution.c", "code\n");
    expect(await said(open, "syzoj", "cat input user_out answer code >&2; echo 100", { source })).toEqual(["accepted", "in\nout\nans\ncode", null, 1]);
    expect(await said(open, "syzoj", "echo 33")).toEqual(["wrong", null, null, 0.33]);
    expect((await said(open, "syzoj", "echo much"))[0]).toBe("failed");
    expect((await said(open, "syzoj", "echo 101"))[0]).toBe("failed");
    expect((await said(open, "syzoj", "echo 100; exit 1"))[0]).toBe("failed");
  });

  claim("HUSTOJ's and QDUOJ's answer with exit codes", async () => {
    await using open = openJury();
    expect(await said(open, "hustoj", 'cat "$1" "$2" "$3" >&2')).toEqual(["accepted", "in\nans\nout"]);
    expect(await said(open, "hustoj", "exit 5")).toEqual(["wrong", null]);
    expect((await said(open, "hustoj", "kill -SEGV $$"))[0]).toBe("failed");
    expect(await said(open, "qduoj", 'cat "$1" "$2" >&2')).toEqual(["accepted", "in\nout"]);
    expect(await said(open, "qduoj", "exit 1")).toEqual(["wrong", null]);
    expect((await said(open, "qduoj", "exit 255"))[0]).toBe("failed");
  });

  claim("Lemon's leaves a score out of the points of the test, and words, in files", async () => {
    await using open = openJury();
    expect(await said(open, "lemon", 'cat "$1" "$2" "$3" > "$6"; echo "$4" >> "$6"; echo 5 > "$5"', { points: 20 })).toEqual(["wrong", "in\nout\nans\n20", null, 0.25]);
    expect(await said(open, "lemon", 'echo 100 > "$5"')).toEqual(["accepted", null, null, 1]);
    expect((await said(open, "lemon", "true"))[0]).toBe("failed");
    expect((await said(open, "lemon", 'echo 21 > "$5"', { points: 20 }))[0]).toBe("failed");
    expect((await said(open, "lemon", 'ln -s "$4" "$5"'))[0]).toBe("failed");
  });
});

describe("a checker that does harm", () => {
  const small: Partial<ProblemLimits> = { validationTime: 0.2, validationOutput: 2 ** 20 };

  claim("fails whatever it would have said: it loops, sleeps, forks, prints or writes without end, or crashes", async () => {
    await using open = openJury(small);
    const words = async (script: string) => (await said(open, "kattis", script))[1]!.replace("the checker failed: ", "");
    expect(await words("while :; do :; done")).toBe("the CPU time limit of 0.2 s was exceeded");
    expect(await words("f() { f | f & }; f; wait; while :; do :; done")).toMatch(/limit|exit code/);
    expect(await words("cat /dev/zero; exit 42")).toBe("the output limit of 1 MB was exceeded");
    expect(await words('cat /dev/zero > "$3judgemessage.txt"; exit 42')).toBe("it wrote more than 1 MB into its feedback directory");
    expect(await words('rmdir "$3"; exit 42')).toBe("it took its feedback directory away");
    expect(await words("./no-such-program; exit $?")).toContain("127");
  });

  claim("may read nothing of the output", async () => {
    await using open = openJury();
    expect(await said(open, "kattis", "exit 42", { output: Buffer.alloc(3_000_000, "x") })).toEqual(["accepted", null]);
  });

  claim("sees neither other outputs nor files of the host, and reaches nobody by the network", async () => {
    await using open = openJury();
    const other = open.jury.outputFile();
    writeFileSync(other.fd, "secret\n");
    const script = [
      "import os, socket, sys",
      "found = []",
      `for path in (${JSON.stringify(other.path)}, ${JSON.stringify(join(open.base, "1.in"))}, '/etc/shadow', '/root'):`,
      "    try: found.append(os.listdir(path) if os.path.isdir(path) else open(path).read())",
      "    except OSError: pass",
      "try: socket.create_connection(('127.0.0.1', 22), 1); found.append('network')",
      "except OSError: pass",
      "for path in (sys.argv[1], sys.argv[2]):",
      "    try: open(path, 'w'); found.append('wrote')",
      "    except OSError: pass",
      "open(sys.argv[3] + 'judgemessage.txt', 'w').write(repr(found))",
      "sys.exit(42)",
    ].join("\n");
    expect(await said(open, "kattis", `exec /usr/bin/python3 - "$@" <<'END'\n${script}\nEND`)).toEqual(["accepted", "[]"]);
    other.close();
  });
});
