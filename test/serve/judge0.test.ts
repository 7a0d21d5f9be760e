// Judge0, with real programs: every status, the ways of its clients, and callbacks that arrive.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { readZip } from "../../src/serve/zip/read-zip.ts";
import { makeZip, type ZipPart } from "../helpers/make-zip.ts";
import { claimWith, executable as program, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { until } from "../helpers/until.ts";

const [c, cpp, bash, python, text, executable, multiFile] = [50, 54, 46, 71, 43, 44, 89];
const claim = claimWith(...sandbox, ...["/usr/bin/g++", "/usr/bin/python3", "/bin/bash"].map(program));
let service: TestService;

beforeAll(async () => {
  service = await startServer({});
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

/** The result of a submission. */
async function run(submission: object, fields = "status_id,stdout,stderr,message,exit_code,exit_signal,compile_output"): Promise<any> {
  return await (await service.post(`/submissions?wait=true&fields=${fields}`, submission)).json();
}

const main = (body: string, head = "") => `#include <stdio.h>\n${head}\nint main(void) { ${body} }\n`;
const zipped = (parts: readonly ZipPart[]) => Buffer.from(makeZip(parts)).toString("base64");

describe("every status comes from a real program", () => {
  const programs: readonly (readonly [string, object, object])[] = [
    ["Accepted", { language_id: c, source_code: main('puts("hi  "); puts("");'), expected_output: "hi" }, { status_id: 3, stdout: "hi  \n\n", message: null, exit_code: 0, exit_signal: null }],
    ["Wrong Answer", { language_id: python, source_code: "print(input()[::-1])", stdin: "abc", expected_output: "abc" }, { status_id: 4, stdout: "cba\n", message: null, exit_code: 0 }],
    ["Time Limit Exceeded", { language_id: c, source_code: main("for (;;);"), cpu_time_limit: 0.1, cpu_extra_time: 0.1, wall_time_limit: 60 }, { status_id: 5, message: "Time limit exceeded", exit_code: null, exit_signal: 9 }],
    ["Time Limit Exceeded, in the extra time", { language_id: c, source_code: main("while (clock() < 300000);", "#include <time.h>"), cpu_time_limit: 0.1, cpu_extra_time: 5, wall_time_limit: 60 }, { status_id: 5, message: "Time limit exceeded", exit_code: 0 }],
    ["Time Limit Exceeded, on the clock", { language_id: bash, source_code: "sleep 5", wall_time_limit: 1 }, { status_id: 5, message: "Time limit exceeded (wall clock)" }],
    ["SIGSEGV", { language_id: c, source_code: main("*(volatile int *)0 = 1;") }, { status_id: 7, message: "Caught fatal signal 11", exit_code: null, exit_signal: 11 }],
    ["SIGXFSZ, by output", { language_id: c, source_code: main('for (;;) puts("0123456");'), max_file_size: 1 }, { status_id: 8, message: "Caught fatal signal 25 (more than 1 KB of output)", exit_signal: 25, stdout: "0123456\n".repeat(128) }],
    ["SIGXFSZ, by a file", { language_id: c, source_code: main('FILE *f = fopen("x", "w"); for (;;) fputs("0123456\\n", f);'), max_file_size: 1 }, { status_id: 8, message: "Caught fatal signal 25 (a file of more than 1 KB)", exit_signal: 25 }],
    ["SIGFPE", { language_id: c, source_code: main("raise(SIGFPE);", "#include <signal.h>") }, { status_id: 9, message: "Caught fatal signal 8", exit_signal: 8 }],
    ["SIGABRT", { language_id: cpp, source_code: "int main() { throw 1; }" }, { status_id: 10, message: "Caught fatal signal 6", exit_signal: 6 }],
    ["NZEC", { language_id: python, source_code: "exit(3)" }, { status_id: 11, message: "Exited with error status 3", exit_code: 3, exit_signal: null }],
    ["NZEC, by the memory limit", { language_id: c, source_code: main("for (;;) memset(malloc(1 << 20), 1, 1 << 20);", "#include <stdlib.h>\n#include <string.h>"), memory_limit: 20_000 }, { status_id: 11, message: "Exited with error status 137 (memory limit of 20000 KB exceeded)", exit_code: 137 }],
    ["NZEC, by the limit of processes", { language_id: python, source_code: "import os, time\nfor i in range(9): os.fork() or time.sleep(1)", max_processes_and_or_threads: 3 }, { status_id: 11, message: "Exited with error status 1 (limit of 3 processes and threads reached)", exit_code: 1 }],
    ["Other, by a signal", { language_id: c, source_code: main("raise(SIGTERM);", "#include <signal.h>") }, { status_id: 12, message: "Caught fatal signal 15", exit_signal: 15 }],
    ["Other, by a forbidden system call", { language_id: c, source_code: main("syscall(SYS_reboot, 0, 0, 0, 0);", "#include <sys/syscall.h>\n#include <unistd.h>") }, { status_id: 12, message: "Caught fatal signal 31 (forbidden system call reboot)", exit_signal: 31 }],
    ["Compilation Error", { language_id: c, source_code: "int main(void) { return x; }" }, { status_id: 6, message: null, exit_code: null, stdout: null, compile_output: expect.stringContaining("undeclared") }],
  ];
  for (const [status, submission, expected] of programs) {
    claim(status, async () => {
      expect(await run(submission)).toMatchObject(expected);
    });
  }

  claim("times are texts with three decimals, memory is a number of KB, and without a run there are none", async () => {
    const ran = await run({ language_id: python, source_code: "x = bytearray(5_000_000)" }, "time,wall_time,memory");
    for (const time of [ran.time, ran.wall_time]) expect(time).toMatch(/^\d+\.\d{3}$/);
    expect(ran.memory).toBeGreaterThan(4800);
    expect(await run({ language_id: c, source_code: "x" }, "time,wall_time,memory")).toEqual({ time: null, wall_time: null, memory: null });
  });
});

describe("what a submission says is done", () => {
  claim("arguments and compiler options, without what a shell could be told with", async () => {
    const source_code = '#include <stdio.h>\nint main(int n, char **a) { printf("%s %d %s %s", X, n, a[1], a[2]); }';
    expect(await run({ language_id: c, source_code, compiler_options: `-DX='"y"'`, command_line_arguments: "'a b' $HOME;" })).toMatchObject({ status_id: 3, stdout: "y 3 a b HOME" });
  });

  claim("stderr goes where stdout goes, and nowhere else", async () => {
    expect(await run({ language_id: bash, source_code: "echo out; echo err >&2", redirect_stderr_to_stdout: true })).toMatchObject({ stdout: "out\nerr\n", stderr: null });
    expect(await run({ language_id: bash, source_code: "echo out; echo err >&2" })).toMatchObject({ stdout: "out\n", stderr: "err\n" });
  });

  claim("several runs end with the first that is not accepted", async () => {
    // What a run leaves is gone before the next one.
    expect(await run({ language_id: bash, source_code: "test -e x && exit 1; touch x; echo 1", number_of_runs: 3, expected_output: "1" })).toMatchObject({ status_id: 3 });
    expect(await run({ language_id: python, source_code: "import random\nprint(random.random())", number_of_runs: 3, expected_output: "1" })).toMatchObject({ status_id: 4 });
  });

  claim("bytes that are no text come as Base64", async () => {
    const answer = await (await service.post("/submissions?wait=true&base64_encoded=true&fields=stdout", { language_id: python, source_code: Buffer.from("import sys; sys.stdout.buffer.write(b'\\xff\\x00')").toString("base64") })).json();
    expect(answer).toEqual({ stdout: "/wA=\n" });
  });
});

describe("limits of single processes", () => {
  claim("of time: a process that takes longer ends, and several together may take longer", async () => {
    // One after the other, each for a part of the limit.
    const twice = main('if (fork() == 0) { while (clock() < 550000); return 0; } wait(NULL); while (clock() < 550000); puts("both");', "#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>");
    expect(await run({ language_id: c, source_code: twice, cpu_time_limit: 1, cpu_extra_time: 0, wall_time_limit: 60, enable_per_process_and_thread_time_limit: true })).toMatchObject({ status_id: 3, stdout: "both\n" });
    expect(await run({ language_id: c, source_code: main("for (;;);"), cpu_time_limit: 1, wall_time_limit: 60, enable_per_process_and_thread_time_limit: true })).toMatchObject({ status_id: 5, message: "Time limit exceeded" });
  });

  claim("of memory: a process that asks for more gets none, and several together may have more", async () => {
    const submission = { language_id: c, source_code: main('char *p = malloc(1 << 26); puts(p ? "some" : "none"); return p == 0;', "#include <stdlib.h>"), memory_limit: 32_768 };
    expect(await run({ ...submission, enable_per_process_and_thread_memory_limit: true })).toMatchObject({ status_id: 11, stdout: "none\n" });
    expect(await run({ ...submission, memory_limit: 131_072, enable_per_process_and_thread_memory_limit: true })).toMatchObject({ status_id: 3, stdout: "some\n" });
  });
});

/** What a submission left, by name. */
async function left(submission: object): Promise<unknown> {
  const { post_execution_filesystem: zip } = await run(submission, "post_execution_filesystem");
  return zip === null ? null : Object.fromEntries(readZip(Buffer.from(zip, "base64"), { entries: 100, bytes: 1e8 }).map(({ name, bytes }) => [name, Buffer.from(bytes).toString().slice(0, 20)]));
}

describe("what a run leaves in its directory", () => {
  claim("comes as a zip file, without what was put there and without the program", async () => {
    const additional_files = zipped([{ name: "in.txt", text: "in" }, { name: "changed.txt", text: "old" }]);
    expect(await left({ language_id: bash, source_code: "mkdir -p a/b; echo new > a/b/c; echo more >> changed.txt; ln -s /etc/passwd link; cat in.txt", additional_files })).toEqual({ "a/b/c": "new\n", "changed.txt": "oldmore\n" });
    expect(await left({ language_id: c, source_code: main('fputs("out", fopen("out.txt", "w"));') })).toEqual({ "out.txt": "out" });
    expect(await left({ language_id: c, source_code: main('puts("nothing");') })).toBeNull();
  });

  claim("comes as far as it fits", async () => {
    const source_code = "head -c 1000000 /dev/zero > a; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do cp a f$i; done";
    const names = Object.keys((await left({ language_id: bash, source_code })) as object);
    expect(names).toHaveLength(10);
  });
});

describe("files", () => {
  claim("lie beside a source, for the compiler and for the program, and only the source is compiled", async () => {
    const additional_files = zipped([{ name: "part.c", text: "int part(void) { return 7; }" }, { name: "in/data.txt", text: "hey" }, { name: "main.c", text: "not this" }]);
    const source_code = '#include <stdio.h>\n#include "part.c"\nint main(void) { char b[9] = {0}; fgets(b, 9, fopen("in/data.txt", "r")); printf("%d %s", part(), b); }';
    expect(await run({ language_id: c, source_code, additional_files })).toMatchObject({ status_id: 3, stdout: "7 hey" });
    const named = zipped([{ name: "Main.py", text: "not this" }, { name: "main.py", text: "nor this" }]);
    expect(await run({ language_id: python, source_code: "print('the source')", additional_files: named })).toMatchObject({ status_id: 3, stdout: "the source\n" });
    const helped = zipped([{ name: "helper.py", text: "x = 'from here'" }]);
    expect(await run({ language_id: python, source_code: "import helper\nprint(helper.x)", additional_files: helped })).toMatchObject({ status_id: 3, stdout: "from here\n" });
  });

  claim("make a program with scripts that compile and run it", async () => {
    const additional_files = zipped([
      { name: "task/compile", text: "gcc -o prog a.c b.c" }, { name: "task/run", text: './prog "$1"; ./tool' }, { name: "task/a.c", text: "void f(char *); int main(int n, char **a) { f(a[1]); }" },
      { name: "task/b.c", text: "#include <stdio.h>\nvoid f(char *s) { puts(s); }" }, { name: "task/tool", text: "#!/bin/sh\necho tool", mode: 0o100755 }, { name: "__MACOSX/task/._run", text: "?" },
    ]);
    expect(await run({ language_id: multiFile, additional_files, command_line_arguments: "'from run'" })).toMatchObject({ status_id: 3, stdout: "from run\ntool\n" });
    expect(await run({ language_id: multiFile, additional_files: zipped([{ name: "run.sh", text: "cat sub/x; exit 4" }, { name: "sub/x", text: "found" }]) })).toMatchObject({ status_id: 11, exit_code: 4, stdout: "found" });
    expect(await run({ language_id: multiFile, additional_files: zipped([{ name: "compile", text: "echo no >&2; exit 1" }, { name: "run", text: "true" }]) })).toMatchObject({ status_id: 6, compile_output: "no\n", stdout: null });
  });

  claim("may be a program, or what is printed", async () => {
    expect(await run({ language_id: executable, source_code: readFileSync("/bin/echo").toString("base64"), command_line_arguments: "from a program" })).toMatchObject({ status_id: 3, stdout: "from a program\n" });
    expect(await run({ language_id: text, source_code: "as it is" })).toMatchObject({ status_id: 3, stdout: "as it is" });
  });
});

describe("the ways of clients", () => {
  claim("of the Python SDK: languages, configuration, a batch, and polls until all have ended", async () => {
    const get = async (path: string) => (await (await service.ask(path)).json()) as any;
    const [languages, config, about] = [await get("/languages"), await get("/config_info"), await get("/about")];
    expect(about.version).toBe("1.13.1");
    expect(languages.find(({ id }: { id: number }) => id === python).name).toMatch(/^Python 3/);
    const encode = (plain: string) => Buffer.from(plain).toString("base64");
    const submissions = Array.from({ length: config.max_submission_batch_size }, (_, at) => ({ source_code: encode("print(int(input()) * 2)"), language_id: python, stdin: encode(String(at)), expected_output: encode(String(at * 2)), cpu_time_limit: 5.0, memory_limit: 128_000.0 }));
    const tokens = ((await (await service.post("/submissions/batch?base64_encoded=true", { submissions })).json()) as { token: string }[]).map(({ token }) => token);
    const ended = await until("all have ended", async () => {
      const response = await service.ask(`/submissions/batch?base64_encoded=true&fields=*&tokens=${tokens.join(",")}`);
      expect(response.status).toBe(200);
      const { submissions: all } = (await response.json()) as { submissions: any[] };
      return all.every(({ status }) => status.id > 2) ? all : null;
    }, 60_000);
    expect(ended.map(({ token, status, stdout }) => [token, status.id, Buffer.from(stdout, "base64").toString()])).toEqual(tokens.map((token, at) => [token, 3, `${at * 2}\n`]));
    expect(ended[7]).toMatchObject({ source_code: "cHJpbnQoaW50KGlucHV0KCkpICogMik=\n", stdin: "Nw==\n", expected_output: "MTQ=\n", memory_limit: 128_000, post_execution_filesystem: null });
    for (const { created_at: created, finished_at: finished } of ended) for (const date of [created, finished]) expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  claim("of the IDE, from a page of another site: one submission, and polls for it", async () => {
    const response = await service.post("/judge0/submissions?base64_encoded=true&wait=false", { source_code: "cHJpbnQoMSk=", language_id: String(python), stdin: "", compiler_options: "", command_line_arguments: "", redirect_stderr_to_stdout: true });
    expect(response.status).toBe(201);
    const { token } = (await response.json()) as { token: string };
    const ended = await until("it has ended", async () => {
      const shown = (await (await service.ask(`/judge0/submissions/${token}?base64_encoded=true`)).json()) as any;
      return shown.status.id > 2 ? shown : null;
    });
    expect(ended).toMatchObject({ stdout: "MQo=\n", status: { id: 3, description: "Accepted" } });
  });

  claim("of curl: a form, as it is sent without any header", async () => {
    const response = await service.ask("/submissions?wait=true&fields=stdout", { method: "POST", body: new URLSearchParams({ source_code: "echo $((6 * 7))", language_id: String(bash) }) });
    expect(await response.json()).toEqual({ stdout: "42\n" });
  });
});

describe("a service with keys", () => {
  claim("takes them as X-Auth-Token, in a header or in the query, and counts submissions but no polls", async () => {
    const sha256 = new Bun.CryptoHasher("sha256").update("secret").digest("hex");
    await using closed = await startServer({ keys: [{ name: "client", sha256, scopes: ["run", "read"], rate: 1 }] });
    const stranger = await closed.ask("/languages");
    expect([stranger.status, await stranger.text()]).toEqual([401, ""]);
    expect((await closed.ask("/languages", { headers: { "X-Auth-Token": "wrong" } })).status).toBe(401);
    const headers = { "X-Auth-Token": "secret" };
    const submit = async () => await closed.post("/submissions", { language_id: bash, source_code: "true" }, headers);
    const { token } = (await (await submit()).json()) as { token: string };
    const polls = await Promise.all(Array.from({ length: 50 }, async () => (await closed.ask(`/submissions/${token}?X-Auth-Token=secret`)).status));
    expect(new Set(polls)).toEqual(new Set([200]));
    const second = await submit();
    expect([second.status, second.headers.has("retry-after"), Object.keys((await second.json()) as object)]).toEqual([429, true, ["error"]]);
    expect((await closed.ask("/submissions", { headers })).status).toBe(403);
  });
});

describe("callbacks", () => {
  const config = { callbacks: { private_networks: ["127.0.0.0/8"] } };

  claim("arrive after failures, and after a restart of the service that was killed", async () => {
    const bodies: { token: string; stdout: string }[] = [];
    let failures = 1;
    const receiver = Bun.serve({
      hostname: "127.0.0.1", port: 0,
      fetch: async (request) => {
        if (failures-- > 0) return new Response("no", { status: 500 });
        bodies.push((await request.json()) as { token: string; stdout: string });
        return new Response();
      },
    });
    const url = `http://127.0.0.1:${receiver.port}/hook`;
    await using first = await startServer(config);
    try {
      const { token } = (await (await first.post("/submissions", { language_id: bash, source_code: "echo called", callback_url: url })).json()) as { token: string };
      const error = await until("the first try has failed", async () => ((await (await first.ask(`/submissions/${token}?fields=callback_error`)).json()) as any).callback_error);
      expect(error).toBe("it answered 500");
      await first.kill();
      await using second = await startServer(config, { directory: first.directory });
      await until("the callback has arrived", () => bodies.length > 0, 30_000);
      expect(bodies).toMatchObject([{ token, stdout: "Y2FsbGVkCg==\n", status: { id: 3, description: "Accepted" } }]);
      expect(Object.keys(bodies[0]!).toSorted()).toEqual(["compile_output", "memory", "message", "status", "stderr", "stdout", "time", "token"]);
      await until("the store knows that it has arrived", async () => ((await (await second.ask(`/submissions/${token}?fields=callback_error`)).json()) as any).callback_error === null);
    } finally {
      await receiver.stop(true);
    }
  });

  claim("are never asked for from this machine unless it is allowed", async () => {
    expect(await run({ language_id: bash, source_code: "true", callback_url: "http://127.0.0.1:1/" })).toEqual({ callback_url: ["must not lead to an address of this machine or of a private network"] });
  });
});
