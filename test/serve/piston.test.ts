// Piston and SandboxFusion over a real server, with real programs and with a client that knows nothing of us.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { piston as pistonClient } from "piston-client";
import { claimWith, executable, sandbox, slow } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));
/** Each of them is a run, which takes a while where others are busy. */
const many = slow.missing === null ? 1000 : 250;

let service: TestService;
beforeAll(async () => {
  service = await startServer({ slots: 2, run: { usual: { output: "64KiB", file_size: "1MiB", processes: 16 } } });
}, 30_000);
afterAll(async () => await service[Symbol.asyncDispose]());

interface Program {
  readonly language: string;
  readonly code: string;
}

const bash = (code: string): Program => ({ language: "bash", code });
const python = (code: string): Program => ({ language: "python", code });

async function execute({ language, code }: Program, parts: object = {}): Promise<any> {
  const response = await service.post("/api/v2/execute", { language, version: "*", files: [{ content: code }], ...parts });
  return { status: response.status, ...((await response.json()) as object) };
}

async function runCode(program: Program, parts: object = {}): Promise<any> {
  const response = await service.post("/run_code", { ...program, ...parts });
  return { http: response.status, ...((await response.json()) as object) };
}

const forks = python("import os, time\nfor _ in range(40):\n  if os.fork() == 0:\n    time.sleep(0.3)\n    os._exit(0)\n");
const hog = python("x = 'a' * 10**9");

describe("each outcome", () => {
  const [memory, short] = [{ run_memory_limit: 60_000_000 }, { run_timeout: 300 }];
  const rows: readonly { readonly name: string; readonly program: Program; readonly piston: object; readonly fusion: object; readonly parts?: object; readonly fusionParts?: object }[] = [
    { name: "success", program: bash("echo hello"), piston: { stdout: "hello\n", output: "hello\n", code: 0, signal: null, status: null, message: null }, fusion: { status: "Success", run_result: { status: "Finished", return_code: 0, stdout: "hello\n" } } },
    { name: "an exit code", program: bash("echo oops >&2; exit 3"), piston: { stderr: "oops\n", code: 3, signal: null, status: "RE" }, fusion: { status: "Failed", run_result: { return_code: 3, stderr: "oops\n" } } },
    { name: "a signal", program: bash("kill -SEGV $$"), piston: { code: null, signal: "SIGSEGV", status: "SG" }, fusion: { status: "Failed", run_result: { status: "Finished", return_code: -11 } } },
    { name: "time", program: bash("echo begun; while :; do :; done"), parts: short, fusionParts: { run_timeout: 0.3 }, piston: { stdout: "begun\n", code: null, signal: "SIGKILL", status: "TO", message: "the wall time limit of 0.3 s was exceeded" }, fusion: { status: "Failed", run_result: { status: "TimeLimitExceeded", return_code: null, stdout: "begun\n" } } },
    { name: "CPU time", program: bash("while :; do :; done"), parts: { run_cpu_time: 100 }, fusionParts: { run_timeout: 0.2 }, piston: { code: null, status: "TO", message: "the CPU time limit of 0.1 s was exceeded" }, fusion: { status: "Failed" } },
    { name: "memory", program: hog, parts: memory, fusionParts: { memory_limit_MB: 60 }, piston: { code: null, signal: "SIGKILL", status: "SG", message: expect.stringContaining("memory limit") }, fusion: { status: "Failed", message: expect.stringContaining("memory limit"), run_result: { status: "Finished", return_code: -9 } } },
    { name: "too much on stdout", program: bash("yes"), piston: { code: null, signal: "SIGKILL", status: "OL", message: "the output limit of 64 KB was exceeded", stdout: expect.stringMatching(/^(y\n){32768}$/) }, fusion: { status: "Failed", run_result: { return_code: -9 } } },
    { name: "too much on stderr", program: bash("yes >&2"), piston: { code: null, signal: "SIGKILL", status: "EL" }, fusion: { status: "Failed", run_result: { return_code: -9 } } },
    { name: "a file that grows too large", program: bash("exec head -c 2000000 /dev/zero > large"), piston: { code: null, signal: "SIGXFSZ", status: "SG" }, fusion: { status: "Failed", run_result: { return_code: -25 } } },
    { name: "too many processes", program: forks, piston: { code: 1, signal: null, status: "RE", message: expect.stringContaining("process limit") }, fusion: { status: "Failed", run_result: { return_code: 1 } } },
    { name: "a forbidden call", program: python("import ctypes\nctypes.CDLL(None).unshare(0)"), piston: { code: null, signal: "SIGSYS", status: "SG", message: expect.stringContaining("unshare") }, fusion: { status: "Failed", message: expect.stringContaining("unshare"), run_result: { return_code: -31 } } },
  ];
  for (const { name, program, piston, fusion, parts, fusionParts } of rows) claim(name, async () => {
    const [answer, other] = [await execute(program, parts), await runCode(program, fusionParts)];
    expect(answer).toMatchObject({ status: 200, language: program.language, run: piston });
    expect(answer).not.toHaveProperty("compile");
    expect(Object.values(answer.run).slice(-3).every(Number.isInteger)).toBe(true);
    expect(other).toMatchObject({ http: 200, compile_result: null, ...fusion });
  });

  claim("a program that does not compile", async () => {
    const answer = await execute({ language: "c", code: "int main(" });
    expect(answer.compile).toMatchObject({ code: 1, status: "RE", stderr: expect.stringContaining("error") });
    expect(answer.run).toEqual(answer.compile);
    expect(await runCode({ language: "c", code: "int main(" })).toMatchObject({ status: "Failed", compile_result: { status: "Finished", return_code: 1 }, run_result: null });
  });

  claim("a compiler that takes too long", async () => {
    const slow = { language: "c", code: `int main() { return 0; } // ${crypto.randomUUID()}` };
    const answer = await execute(slow, { compile_timeout: 5 });
    expect(answer.compile).toMatchObject({ code: null, signal: "SIGKILL", status: "TO" });
    expect(answer.run).toEqual(answer.compile);
    expect(await runCode(slow, { compile_timeout: 0.005 })).toMatchObject({ status: "Failed", compile_result: { status: "TimeLimitExceeded", return_code: null }, run_result: null });
  });
});

describe("a program", () => {
  claim("has its input with a newline at the end, its arguments, HOME and PISTON_LANGUAGE", async () => {
    const { run } = await execute(bash('read -r line; echo "$line $1 $HOME $PISTON_LANGUAGE"; read -r more || echo end'), { stdin: "in", args: ["arg"] });
    expect(run.stdout).toBe("in arg /tmp bash\nend\n");
  });

  claim("has both outputs in the order in which it wrote them", async () => {
    expect((await execute(python("import sys, time\nfor i in range(4):\n  print(i, file=[sys.stdout, sys.stderr][i % 2], flush=True)\n  time.sleep(0.05)"))).run).toMatchObject({ stdout: "0\n2\n", stderr: "1\n3\n", output: "0\n1\n2\n3\n" });
  });

  claim("has the other files beside it, whatever they are called, when it is compiled as well", async () => {
    const files = [{ name: "main.c", content: '#include <stdio.h>\n#include "lib/answer.h"\nint main() { printf("%d %c\\n", ANSWER, getc(fopen("data.bin", "r"))); }' }, { name: "lib/answer.h", content: "#define ANSWER 42" }, { name: "data.bin", content: "58", encoding: "hex" }];
    expect(await execute({ language: "gcc", code: "" }, { language: "c", files })).toMatchObject({ compile: { code: 0 }, run: { stdout: "42 X\n" } });
  });

  claim("finds its modules where they are beside it", async () => {
    const files = [{ name: "src/app.py", content: "import helper, os\nprint(helper.answer, os.path.exists('src/app.py'), open('src/data.txt').read())" }, { name: "src/helper.py", content: "answer = 42" }, { name: "src/data.txt", content: "data" }];
    expect(await execute(python(""), { files })).toMatchObject({ run: { stdout: "42 True data\n" } });
  });

  claim("of a language that two packs know is that of the later one", async () => {
    await using other = await startServer({ slots: 1, packs: ["extra"] });
    const languages = (await (await other.ask("/api/v2/runtimes")).json()) as { language: string }[];
    expect(languages.filter(({ language }) => language === "typescript")).toHaveLength(1);
    const response = await other.post("/api/v2/execute", { language: "typescript", version: "*", files: [{ content: "console.log('ts' as string)" }] });
    const answer = (await response.json()) as any;
    // Without tsc it is not there, and with it, it is the one that is asked for.
    expect(response.status === 200 ? answer.run.stdout : answer.message).toMatch(/^ts\n$|runtime is unknown/);
  });

  claim("can be large, and can write much: a body and an output of some megabytes", async () => {
    const { run } = await execute(python(`print(len("${"x".repeat(5_000_000)}"))`), {});
    expect(run.stdout).toBe("5000000\n");
    expect(await runCode(python("print(len(open('in').read()))"), { files: { in: Buffer.from("y".repeat(3_000_000)).toString("base64") } })).toMatchObject({ run_result: { stdout: "3000000\n" } });
  });

  claim("leaves files to be fetched", async () => {
    const { files } = await runCode(bash("mkdir d; printf 'a\\377' > d/out; touch empty"), { fetch_files: ["d/out", "empty", "none"] });
    expect(files).toEqual({ "d/out": "Yf8=", "empty": "" });
  });
});

claim("piston-client works as it is", async () => {
  const client = pistonClient({ server: service.url });
  const runtimes = (await client.runtimes()) as { language: string; version: string }[];
  expect(runtimes.find(({ language }) => language === "python")!.version).toMatch(/^3\.\d+\.\d+$/);
  expect(await client.execute("python", "import sys; print(sys.argv[1:])")).toMatchObject({ language: "python", run: { stdout: "['1', '2', '3']\n", code: 0 } });
  expect(await client.execute({ language: "python", files: [{ content: "print(input())" }], stdin: "in", args: [] })).toMatchObject({ run: { stdout: "in\n" } });
  expect(await client.execute("nope", "")).toMatchObject({ message: "nope-* runtime is unknown" });
});

claim(`${many} requests at once are all answered, each with its own output`, async () => {
  const code = "#include <stdio.h>\nint main() { int n = 0; scanf(\"%d\", &n); printf(\"%d\\n\", n * n); }";
  // Compiled once, and not by all of them at the same time.
  await execute({ language: "c", code });
  const answers = await Promise.all(Array.from({ length: many }, async (_, n) => (await execute({ language: "c", code }, { stdin: String(n) })).run?.stdout));
  expect(answers).toEqual(Array.from({ length: many }, (_, n) => `${n * n}\n`));
}, { timeout: 120_000 });

describe("a WebSocket", () => {
  /** A conversation with a program. */
  function connect(program: Program, parts: object = {}) {
    const socket = new WebSocket(`${service.url.replace("http", "ws")}/api/v2/connect`);
    const messages: any[] = [];
    const over = Promise.withResolvers<number>();
    socket.onopen = () => socket.send(JSON.stringify({ type: "init", language: program.language, version: "*", files: [{ content: program.code }], ...parts }));
    socket.onmessage = ({ data }) => void messages.push(JSON.parse(String(data)));
    socket.onclose = ({ code }) => over.resolve(code);
    const said = () => messages.flatMap((message) => (message.type === "data" && message.stream === "stdout" ? [message.data] : [])).join("");
    return { socket, messages, over: over.promise, said, send: (message: object) => socket.send(JSON.stringify(message)), until: (text: string) => until(`it says ${text}`, () => said().includes(text), 20_000) };
  }

  claim("talks with a program while it runs", async () => {
    const talk = connect(python("name = input('name? ')\nprint('hello', name)\nprint('and', input())"));
    await talk.until("name? ");
    talk.send({ type: "data", stream: "stdin", data: "Ada\n" });
    await talk.until("hello Ada\n");
    talk.send({ type: "data", stream: "stdin", data: "Bob\n" });
    expect(await talk.over).toBe(4999);
    expect(talk.said()).toBe("name? hello Ada\nand Bob\n");
    expect(talk.messages[0]).toMatchObject({ type: "runtime", language: "python" });
    expect(talk.messages[1]).toEqual({ type: "stage", stage: "run" });
    expect(talk.messages.at(-1)).toEqual({ type: "exit", stage: "run", code: 0, signal: null });
  });

  claim("tells of the compiler first", async () => {
    const talk = connect({ language: "c", code: `#include <stdio.h>\nint main() { puts("run"); return 2; } // ${crypto.randomUUID()}` });
    expect(await talk.over).toBe(4999);
    expect(talk.messages.slice(1)).toEqual([
      { type: "stage", stage: "compile" }, { type: "exit", stage: "compile", code: 0, signal: null },
      { type: "stage", stage: "run" }, { type: "data", stream: "stdout", data: "run\n" },
      { type: "exit", stage: "run", code: 2, signal: null, error: "the program ended with exit code 2" },
    ]);
  });

  claim("brings signals to the program", async () => {
    const talk = connect(python("import signal, sys\nsignal.signal(signal.SIGUSR1, lambda *_: print('heard', flush=True))\nprint('ready', flush=True)\nwhile True: signal.pause()"));
    await talk.until("ready");
    talk.send({ type: "signal", signal: "SIGUSR1" });
    await talk.until("heard");
    talk.send({ type: "signal", signal: "SIGTERM" });
    expect(await talk.over).toBe(4999);
    expect(talk.messages.at(-1)).toMatchObject({ type: "exit", code: null, signal: "SIGTERM" });
  });

  claim("can stop a program for a while, and kill it", async () => {
    const talk = connect(bash("trap 'echo back' CONT; echo ready; while read -r line; do echo $line; done"));
    await talk.until("ready");
    for (const signal of ["SIGSTOP", "SIGCONT"]) talk.send({ type: "signal", signal });
    await talk.until("back");
    talk.send({ type: "signal", signal: "SIGKILL" });
    expect(await talk.over).toBe(4999);
    expect(talk.messages.at(-1)).toMatchObject({ type: "exit", code: null, signal: "SIGKILL" });
  });

  claim("has the output limit", async () => {
    const talk = connect(bash("yes"));
    expect(await talk.over).toBe(4999);
    expect(talk.messages.at(-1)).toMatchObject({ type: "exit", signal: "SIGKILL", error: "the output limit of 64 KB was exceeded" });
    expect(talk.said()).toBe("y\n".repeat(32768));
  });

  claim("kills the program when its client goes away, so that its slot is free again", async () => {
    const endless = [connect(bash("echo on; while :; do :; done")), connect(bash("echo on; sleep 100"))];
    for (const talk of endless) await talk.until("on");
    for (const { socket } of endless) socket.terminate();
    expect((await execute(bash("echo free"))).run.stdout).toBe("free\n");
  });
});
