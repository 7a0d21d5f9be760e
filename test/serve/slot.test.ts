// The process of a slot: what runs there, what is told of it, and what becomes of a job when it dies.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inlineBytes, type Content } from "../../src/serve/content.ts";
import type { JobEvent } from "../../src/serve/events.ts";
import type { Job, JobTest, ProgramWork } from "../../src/serve/job.ts";
import { openContentsDirectory } from "../../src/serve/queue/contents-dir.ts";
import { Slot, SlotLost } from "../../src/serve/work/slot.ts";
import type { SlotResult } from "../../src/serve/work/slot-protocol.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"), executable("/usr/bin/gcc"));

let directory: string;
let slot: Slot;
const warnings: string[] = [];

beforeAll(() => {
  directory = makeTestDirectory("slot");
  slot = new Slot({ stateDir: join(directory, "state"), contents: join(directory, "contents"), sync: "normal", packs: [], cpus: null, usual: { run: { process_limit: 8 }, compile: {} } }, (line) => void warnings.push(line));
});

afterAll(async () => {
  await slot.close();
  rmSync(directory, { recursive: true, force: true });
});

const testOf = (parts: Partial<JobTest> = {}): JobTest => ({ name: "1", stdin: { text: "" }, args: [], expected: null, limits: {}, ...parts });

function jobOf(language: string, source: string, parts: Partial<ProgramWork> = {}): Job {
  const work: ProgramWork = {
    kind: "program", language, files: [{ name: `main.${language === "python" ? "py" : language}`, content: { text: source } }], data: [], compilerOptions: [], args: [], environment: {}, compileLimits: {}, runLimits: {},
    network: false, stderrToStdout: false, runs: 1, tests: [testOf()], stopsAtFailure: true, checker: null, filesOut: [], keepsOrder: false, ...parts,
  };
  return { id: randomUUID(), dialect: "v1", class: "normal", key: null, receivedAt: Date.now(), deadline: null, keepFor: null, labels: {}, isStreamed: false, callback: null, work, memo: null };
}

const python = (source: string, parts: Partial<ProgramWork> = {}) => jobOf("python", source, parts);

async function run(job: Job, how: { readonly isWatched?: boolean } = {}): Promise<{ readonly result: SlotResult; readonly events: readonly JobEvent[] }> {
  const events: JobEvent[] = [];
  const result = await slot.perform(job, { isWatched: how.isWatched ?? false, isTalk: false }, { event: (event) => void events.push(event) });
  return { result, events };
}

async function textOf(content: Content): Promise<string> {
  const bytes = inlineBytes(content) ?? (await openContentsDirectory(join(directory, "contents"), { sync: "normal", takesTurns: true }).get(content));
  return Buffer.from(bytes!).toString();
}

const sum = "#include <stdio.h>\nint main(){int a,b;if(scanf(\"%d%d\",&a,&b)!=2)return 3;printf(\"%d\\n\",a+b);return 0;}";

describe("a job of a slot", () => {
  claim("finds an empty directory in each of its runs", async () => {
    const tests = [testOf(), testOf({ name: "2" })];
    const { result } = await run(python("import os\nprint(os.path.exists('left'))\nopen('left', 'w').close()", { tests, runs: 2 }));
    expect(await Promise.all(result.tests.map(async ({ run: { stdout } }) => await textOf(stdout)))).toEqual(["False\n", "False\n"]);
  });

  claim("is compiled once and run for each test, and is over after the first test that fails", async () => {
    const tests = [testOf({ stdin: { text: "1 2" }, expected: { text: "3\n\n" } }), testOf({ name: "2", stdin: { text: "2 2" }, expected: { text: "5" } }), testOf({ name: "3", stdin: { text: "3 2" } })];
    const { result, events } = await run(jobOf("c", sum, { tests }));
    expect(result).toMatchObject({ outcome: "finished", status: "Success", compile: { status: "Success", cached: false } });
    expect(result.tests.map(({ name, accepted, check }) => [name, accepted, check?.kind])).toEqual([["1", true, "accepted"], ["2", false, "wrong"]]);
    expect(events.map(({ kind }) => kind)).toEqual(["test", "compiled", "tested", "test", "tested"]);
    const again = await run(jobOf("c", sum, { tests, stopsAtFailure: false }));
    expect(again.result.compile?.cached).toBe(true);
    expect(again.result.tests.map(({ accepted }) => accepted)).toEqual([true, false, true]);
  });

  claim("whose source does not compile has the compiler's words and no test", async () => {
    const { result } = await run(jobOf("c", "int main(){return x;}"));
    expect(result).toMatchObject({ outcome: "finished", status: "CompileError", compile: { success: false }, tests: [] });
    expect(await textOf(result.compile!.stderr)).toContain("undeclared");
  });

  claim("has words for its compiler that mean themselves, braces included", async () => {
    const source = '#include <stdio.h>\nint main(){puts(WORD);return 0;}';
    const { result } = await run(jobOf("c", source, { compilerOptions: ['-DWORD="{source}"'] }));
    expect(await textOf(result.tests[0]!.run.stdout)).toBe("{source}\n");
  });

  claim("has its own limits for the compiler and for the program", async () => {
    const compiler = await run(jobOf("c", "#include <stdio.h>\nint main(){return 0;}", { compileLimits: { memory_limit: 2 * 1024 * 1024 } }));
    expect(compiler.result).toMatchObject({ status: "CompileError", compile: { success: false, limit: "memory" } });
    const { result } = await run(python("while True: pass", { runLimits: { cpu_time_limit: 0.2, wall_time_limit: 20 } }));
    expect(result.tests[0]!.run).toMatchObject({ status: "TimeLimit", limit: "cpu_time" });
    const memory = await run(python("x = bytearray(200 << 20)", { tests: [testOf({ limits: { memory_limit: 50 << 20 } })] }));
    expect(memory.result).toMatchObject({ outcome: "finished", status: "MemoryLimit" });
    const output = await run(python("print('x' * 100000)", { runLimits: { output_limit: 1000 } }));
    expect(output.result.tests[0]!.run).toMatchObject({ status: "FileSizeLimit", limit: "output", stdout_truncated: true });
    expect((await textOf(output.result.tests[0]!.run.stdout)).length).toBe(1000);
  });

  claim("keeps a long output as a file, and bytes as they are", async () => {
    const { result } = await run(python("import sys\nsys.stdout.buffer.write(bytes([255, 0, 10]))\nsys.stderr.write('e' * 300000)"));
    const { stdout, stderr } = result.tests[0]!.run;
    expect(stdout).toEqual({ base64: Buffer.from([255, 0, 10]).toString("base64") });
    expect(stderr).toMatchObject({ bytes: 300_000, sha256: new Bun.CryptoHasher("sha256").update("e".repeat(300_000)).digest("hex") });
    expect(await textOf(stderr)).toBe("e".repeat(300_000));
  });

  claim("reads a long input from its file", async () => {
    const input = await openContentsDirectory(join(directory, "contents"), { sync: "normal", takesTurns: true }).put(Buffer.from("7".repeat(1_000_000)));
    const { result } = await run(python("import sys\nprint(len(sys.stdin.read()))", { tests: [testOf({ stdin: input })] }));
    expect(await textOf(result.tests[0]!.run.stdout)).toBe("1000000\n");
    const gone = await run(python("print(1)", { tests: [testOf({ stdin: { sha256: "0".repeat(64), bytes: 9999 } })] }));
    expect(gone.result).toMatchObject({ outcome: "failed", status: "InternalError" });
    expect(gone.result.problem).toContain("no longer kept");
  });

  claim("has both outputs in their order where that is asked for, and one where they are one", async () => {
    const source = "import sys\nfor i in range(3):\n  print('o', i, flush=True)\n  print('e', i, file=sys.stderr, flush=True)";
    const apart = await run(python(source, { keepsOrder: true }));
    const { stdout, stderr, output } = apart.result.tests[0]!.run;
    expect([await textOf(stdout), await textOf(stderr)]).toEqual(["o 0\no 1\no 2\n", "e 0\ne 1\ne 2\n"]);
    expect((await textOf(output!)).length).toBe(24);
    const one = await run(python(source, { stderrToStdout: true }));
    expect(await textOf(one.result.tests[0]!.run.stdout)).toBe("o 0\ne 0\no 1\ne 1\no 2\ne 2\n");
  });

  claim("finds its data beside it, and gives files back; one that may be missing is not there", async () => {
    const source = "import sys\nopen('out.txt', 'w').write(open('in/data.txt').read().upper())\nprint(sys.argv[1:])";
    const { result } = await run(python(source, { data: [{ name: "in/data.txt", content: { text: "abc" } }], filesOut: ["out.txt", "no.txt", "maybe.txt?"], args: ["x"], tests: [testOf({ args: ["y z"] })] }));
    const { files, stdout } = result.tests[0]!.run;
    expect(await textOf(stdout)).toBe("['x', 'y z']\n");
    expect(Object.keys(files).toSorted()).toEqual(["no.txt", "out.txt"]);
    expect(files["out.txt"]).toMatchObject({ content: { text: "ABC" }, bytes: 3 });
    expect(files["no.txt"]).toHaveProperty("error");
  });

  claim("finds nothing of the job before it", async () => {
    await run(python("open('left.txt', 'w').write('x'); open('/tmp/left', 'w').write('x')"));
    const { result } = await run(python("import os\nprint(os.listdir('/box'), os.listdir('/tmp'))"));
    expect(await textOf(result.tests[0]!.run.stdout)).toBe("['main.py'] []\n");
  });

  claim("finds nothing of the test before it, nor of its run before", async () => {
    const source = "import os\nprint(sorted(os.listdir('/box')), os.listdir('/tmp'))\nopen('left.txt', 'w').write('x'); open('/tmp/left', 'w').write('x')";
    const { result } = await run(python(source, { runs: 2, tests: [testOf(), testOf({ name: "2" })] }));
    expect(await Promise.all(result.tests.map(({ run: { stdout } }) => textOf(stdout)))).toEqual(["['main.py'] []\n", "['main.py'] []\n"]);
    const compiled = `#include <stdio.h>\nint main(){FILE *f=fopen("left","r");puts(f?"left":"empty");fopen("left","w");return 0;}`;
    const watched = await run(jobOf("c", compiled, { tests: [testOf(), testOf({ name: "2" })] }), { isWatched: true });
    expect(await Promise.all(watched.result.tests.map(({ run: { stdout } }) => textOf(stdout)))).toEqual(["empty\n", "empty\n"]);
  });

  claim("run several times has means, and is over at the first run that fails", async () => {
    const { result } = await run(python("pass", { runs: 3 }));
    expect(result.tests[0]).toMatchObject({ runs: 3, accepted: true });
    const failing = await run(python("raise SystemExit(1)", { runs: 3 }));
    expect(failing.result.tests[0]).toMatchObject({ runs: 1, accepted: false });
  });

  claim("in a language that is none failed, and says nothing about the program", async () => {
    const { result } = await run(jobOf("klingon", "x"));
    expect(result).toMatchObject({ outcome: "failed", status: "InternalError", tests: [], compile: null });
    expect(result.problem).toContain("klingon");
  });
});

describe("whoever watches a job", () => {
  claim("sees what the compiler says before the program runs, and output as it comes", async () => {
    const source = "#include <stdio.h>\nint main(){printf(\"a\\n\");fflush(stdout);getchar();return 0;}";
    const { events } = await run(jobOf("c", `${source}\n// ${randomUUID()}`), { isWatched: true });
    expect(events.map(({ kind }) => kind)).toEqual(["compiling", "compiled", "test", "output", "tested"]);
    expect(events[3]).toEqual({ kind: "output", test: 0, stream: "stdout", base64: Buffer.from("a\n").toString("base64") });
  });

  claim("may come while it runs", async () => {
    const events: JobEvent[] = [];
    const performed = slot.perform(python("import time\nfor i in range(20):\n  print(i, flush=True)\n  time.sleep(0.1)", { runLimits: { wall_time_limit: 30 } }), { isWatched: false, isTalk: false }, { event: (event) => void events.push(event) });
    await until("the test has begun", () => events.some(({ kind }) => kind === "test"));
    slot.send({ kind: "watched" });
    const { tests } = await performed;
    expect(tests[0]!.run.status).toBe("Success");
    // What is told is a part; what is kept is all of it.
    expect(await textOf(tests[0]!.run.stdout)).toBe(Array.from({ length: 20 }, (_, i) => `${i}\n`).join(""));
  });
});

describe("a talk", () => {
  claim("gives input piece by piece, and its end", async () => {
    const said: string[] = [];
    let taken = 0;
    const performed = slot.perform(python("while True:\n  try: line = input()\n  except EOFError: break\n  print('got', line, flush=True)\nprint('end')"), { isWatched: true, isTalk: true }, {
      event: (event) => {
        if (event.kind === "output") said.push(Buffer.from(event.base64, "base64").toString());
      },
      taken: (_stream, bytes) => void (taken += bytes),
    });
    const stream = { command: 0, fd: 0 };
    slot.send({ kind: "input", stream, base64: btoa("one\n") });
    await until("the first answer", () => said.join("") === "got one\n");
    slot.send({ kind: "input", stream, base64: btoa("two\n") });
    await until("the second answer", () => said.join("") === "got one\ngot two\n");
    slot.send({ kind: "input", stream, base64: null });
    const { tests } = await performed;
    expect([said.join(""), taken, tests[0]!.run.status]).toEqual(["got one\ngot two\nend\n", 8, "Success"]);
  });

  claim("with a program that does not read keeps nothing from ending", async () => {
    const performed = slot.perform(python("import time\ntime.sleep(0.3)"), { isWatched: true, isTalk: true }, { event: () => {} });
    for (let piece = 0; piece < 40; piece++) slot.send({ kind: "input", stream: { command: 0, fd: 0 }, base64: Buffer.alloc(65536).toString("base64") });
    expect((await performed).tests[0]!.run.status).toBe("Success");
    expect((await run(python("print(1)"))).result.status).toBe("Success");
  });
});

describe("a slot", () => {
  claim("ends a job that is cancelled at once, and nothing of it lives", async () => {
    const mark = `sleeper-${randomUUID()}`;
    const events: JobEvent[] = [];
    const performed = slot.perform(python(`import subprocess, time\nprint(1, flush=True)\nsubprocess.Popen(['/bin/sh', '-c', 'sleep 60; : ${mark}'])\ntime.sleep(60)`), { isWatched: true, isTalk: false }, { event: (event) => void events.push(event) });
    await until("the program runs", () => isRunning(mark));
    slot.send({ kind: "cancel" });
    expect(await performed).toMatchObject({ outcome: "cancelled" });
    expect(isRunning(mark)).toBe(false);
  });

  claim("that is killed loses its job, what ran there ends, and the next job gets another process", async () => {
    const mark = `sleeper-${randomUUID()}`;
    const performed = slot.perform(python(`import os\nos.execv('/bin/sh', ['sh', '-c', 'sleep 60; : ${mark}'])`), { isWatched: false, isTalk: false }, { event: () => {} });
    performed.catch(() => {});
    await until("the program runs", () => isRunning(mark));
    slot.kill();
    await expect(performed).rejects.toThrow(SlotLost);
    await until("the program has ended", () => !isRunning(mark));
    expect((await run(python("print(1)"))).result.status).toBe("Success");
  });

  claim("that is closed starts no process again, whoever still has a job for it", async () => {
    const other = new Slot({ stateDir: join(directory, "other"), contents: join(directory, "contents"), sync: "normal", packs: [], cpus: null, usual: { run: {}, compile: {} } }, () => {});
    const own = () => readFileSync("/proc/self/task/" + process.pid + "/children", "utf8");
    const before = own();
    // It is closed before its process has the job.
    const performed = other.perform(python("print(1)"), { isWatched: false, isTalk: false }, { event: () => {} });
    performed.catch(() => {});
    await other.close();
    await expect(performed).rejects.toThrow(SlotLost);
    await expect(other.perform(python("print(1)"), { isWatched: false, isTalk: false }, { event: () => {} })).rejects.toThrow(SlotLost);
    expect(own()).toBe(before);
  });

  claim("ends with the process that has it, and so does what runs there", async () => {
    const mark = `sleeper-${randomUUID()}`;
    const other = new Slot({ stateDir: join(directory, "other"), contents: join(directory, "contents"), sync: "normal", packs: [], cpus: null, usual: { run: { process_limit: 8 }, compile: {} } }, () => {});
    const performed = other.perform(python(`import os\nos.execv('/bin/sh', ['sh', '-c', 'sleep 60; : ${mark}'])`), { isWatched: false, isTalk: false }, { event: () => {} });
    performed.catch(() => {});
    await until("the program runs", () => isRunning(mark));
    // The end of its input is all that a process hears of the end of another one.
    await other.close();
    expect(isRunning(mark)).toBe(false);
  });
});

/** Whether a process has these words among its own. */
function isRunning(mark: string): boolean {
  for (const pid of new Bun.Glob("[0-9]*").scanSync({ cwd: "/proc", onlyFiles: false })) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`: ${mark}`) && readFileSync(`/proc/${pid}/comm`, "utf8") !== "python3\n") return true;
    } catch {
      // It has ended.
    }
  }
  return false;
}
