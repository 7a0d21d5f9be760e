// Piston's /execute field by field: what becomes of a request, and what of a result.
import { describe, expect, test } from "bun:test";
import type { ProgramWork } from "../../../src/serve/job.ts";
import { piston } from "../../../src/serve/dialects/piston/dialect.ts";
import { callDialect, compileOutcome, didNotCompile, fakeCatalog, fakeConfig, fakeLanguage, FakeService, full, hostFailed, jobResult, postJson, ranOnce } from "../../helpers/fake-service.ts";

const hello = { language: "python", version: "3.11.2", files: [{ content: "print(1)" }] };

async function execute(body: unknown, service = new FakeService()): Promise<{ readonly status: number; readonly answer: any; readonly response: Response }> {
  const response = await callDialect(piston, postJson("/api/v2/execute", body), service);
  return { status: response.status, answer: await response.json(), response };
}

/** The job that becomes of a request. */
async function jobOf(parts: object): Promise<ProgramWork> {
  const service = new FakeService();
  const { status, answer } = await execute({ ...hello, ...parts }, service);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return service.jobs[0]!.work as ProgramWork;
}

/** The message of a request that is refused. */
async function refusal(body: unknown): Promise<string> {
  const service = new FakeService();
  const { status, answer } = await execute(body, service);
  expect([status, service.jobs.length]).toEqual([400, 0]);
  return answer.message;
}

describe("a request", () => {
  test("becomes a job of one run, which is kept only until it is answered", async () => {
    const service = new FakeService();
    await execute(hello, service);
    expect(service.jobs).toMatchObject([{
      dialect: "piston", class: "interactive", key: null, keepFor: 0, callback: null,
      work: {
        kind: "program", language: "python", files: [{ name: "file0.code", content: { text: "print(1)" } }], data: [], args: [], environment: { HOME: "/tmp", PISTON_LANGUAGE: "python" },
        compileLimits: {}, runLimits: {}, network: false, keepsOrder: true, tests: [{ stdin: { text: "\n" }, expected: null }],
      },
    }]);
  });

  test("has a newline at the end of its stdin, added when it has none", async () => {
    const stdinOf = async (stdin: unknown) => (await jobOf({ stdin })).tests[0]!.stdin;
    expect([await stdinOf("a"), await stdinOf("a\n"), await stdinOf(null)]).toEqual([{ text: "a\n" }, { text: "a\n" }, { text: "\n" }]);
  });

  test("has arguments", async () => {
    expect((await jobOf({ args: ["-x", "a b", ""] })).args).toEqual(["-x", "a b", ""]);
  });

  test("names files, or they are file0.code, file1.code, ...", async () => {
    const { files } = await jobOf({ files: [{ name: "a/b.py", content: "" }, { content: "" }, { name: "", content: "" }, { name: "./c//d", content: "" }] });
    expect(files.map(({ name }) => name)).toEqual(["a/b.py", "a/b.py", "file1.code", "file2.code", "c/d"]);
  });

  test("whose source lies in a directory has what is beside it at the top as well, unless something lies there", async () => {
    const named = async (language: string, ...names: string[]) => (await jobOf({ language, version: "*", files: names.map((name) => ({ name, content: "" })) })).files.map(({ name }) => name);
    expect(await named("python", "src/m.py", "src/lib/a.py", "src/b.py", "b.py", "c/d.py")).toEqual(["src/m.py", "src/m.py", "src/lib/a.py", "src/b.py", "b.py", "c/d.py", "lib/a.py"]);
    expect(await named("c", "src/m.c", "src/a.h")).toEqual(["src/m.c", "src/a.h"]);
  });

  test("has files in Base64 and in hexadecimal digits; the first one that is text is run", async () => {
    const { files } = await jobOf({ files: [{ name: "x", content: "AP8=", encoding: "base64" }, { name: "y", content: "00fF", encoding: "hex" }, { name: "main", content: "é", encoding: "utf8" }, { name: "z", content: "AP8=", encoding: "latin9" }] });
    expect(files).toEqual([
      { name: "main", content: { text: "é" } },
      { name: "x", content: { base64: "AP8=" } },
      { name: "y", content: { base64: "AP8=" } },
      { name: "z", content: { text: "AP8=" } },
    ]);
  });

  test("gives a compiled program the other files in its directory, too", async () => {
    const files = [{ name: "a.cpp", content: "" }, { name: "in.txt", content: "1" }];
    expect((await jobOf({ language: "c++", version: "*", files })).data).toEqual([{ name: "in.txt", content: { text: "1" } }]);
    expect((await jobOf({ files })).data).toEqual([]);
  });

  test("keeps a long file and a long input in files of the store", async () => {
    const service = new FakeService();
    await execute({ ...hello, files: [{ content: "#".repeat(10_000) }], stdin: "1".repeat(10_000) }, service);
    const { files, tests } = service.jobs[0]!.work as ProgramWork;
    expect(files[0]!.content).toMatchObject({ bytes: 10_000 });
    expect(tests[0]!.stdin).toMatchObject({ bytes: 10_001 });
  });

  test("is the caller's", async () => {
    const service = new FakeService();
    await callDialect(piston, postJson("/api/v2/execute", hello), service, { caller: { key: "school", scopes: ["run"], languages: null } });
    expect(service.jobs[0]!.key).toBe("school");
  });
});

describe("limits of a request", () => {
  test("are milliseconds and bytes", async () => {
    const { runLimits, compileLimits } = await jobOf({ run_timeout: 1500, run_cpu_time: 1000, run_memory_limit: 64_000_000, compile_timeout: 9000, compile_cpu_time: 8000, compile_memory_limit: 100_000_000 });
    expect(runLimits).toEqual({ wall_time_limit: 1.5, cpu_time_limit: 1, memory_limit: 64_000_000 });
    expect(compileLimits).toEqual({ wall_time_limit: 9, cpu_time_limit: 8, memory_limit: 100_000_000 });
  });

  test("absent, null and 0 are what the service is set to", async () => {
    expect((await jobOf({ run_timeout: 0, run_cpu_time: null })).runLimits).toEqual({});
  });

  test("of the CPU leave the clock as the service is set to", async () => {
    expect((await jobOf({ run_cpu_time: 100 })).runLimits).toEqual({ cpu_time_limit: 0.1, wall_time_limit: 6 });
    expect((await jobOf({ run_cpu_time: 100, run_timeout: 50 })).runLimits).toEqual({ cpu_time_limit: 0.1, wall_time_limit: 0.05 });
  });

  test("-1 is as much as the service allows, for times as for memory", async () => {
    expect((await jobOf({ run_timeout: -1, run_cpu_time: -1, run_memory_limit: -1 })).runLimits).toEqual({ wall_time_limit: 120, cpu_time_limit: 60, memory_limit: 2048 * 1024 * 1024 });
  });

  test("smaller than any box has are the smallest one", async () => {
    expect((await jobOf({ run_timeout: 0.1, run_memory_limit: 1 })).runLimits).toEqual({ wall_time_limit: 0.001, memory_limit: 1024 * 1024 });
  });

  test("above what is configured are refused, compile before run, memory first", async () => {
    expect(await refusal({ ...hello, run_memory_limit: 1e12, compile_timeout: 1e9 })).toBe(`run_memory_limit cannot exceed the configured limit of ${2048 * 1024 * 1024}`);
    expect(await refusal({ ...hello, run_timeout: 121_000, compile_timeout: 121_000 })).toBe("compile_timeout cannot exceed the configured limit of 120000");
    expect(await refusal({ ...hello, run_cpu_time: 60_001 })).toBe("run_cpu_time cannot exceed the configured limit of 60000");
  });

  test("too small for the runtime of the language are refused", async () => {
    const service = new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "java", leastMemory: 80_000_000 })]) });
    const { status, answer } = await execute({ ...hello, language: "java", version: "*", run_memory_limit: 79_999_999 }, service);
    expect([status, answer.message]).toEqual([400, "run_memory_limit must be at least 80000000 for java"]);
    expect((await execute({ ...hello, language: "java", version: "*", run_memory_limit: -1 }, service)).status).toBe(200);
  });

  test("are never above what is configured where that is no limit", async () => {
    const service = new FakeService({ config: { run: { usual: {}, most: { memory_limit: null } } } });
    await execute({ ...hello, run_memory_limit: 1e12, run_timeout: -1 }, service);
    expect((service.jobs[0]!.work as ProgramWork).runLimits).toEqual({ memory_limit: 1e12, wall_time_limit: null });
  });
});

describe("what is wrong is told in Piston's order", () => {
  test.each<{ name: string; body: unknown; message: string }>([
    { name: "no language, before everything else", body: { version: 1, files: 1 }, message: "language is required as a string" },
    { name: "an empty language", body: { ...hello, language: "" }, message: "language is required as a string" },
    { name: "a version that is a number", body: { ...hello, version: 3, files: 1 }, message: "version is required as a string" },
    { name: "no files", body: { language: "nope", version: "*" }, message: "files is required as an array" },
    { name: "files that are no list", body: { ...hello, files: {} }, message: "files is required as an array" },
    { name: "a file without content, before the language is looked up", body: { ...hello, language: "nope", files: [{ content: "" }, { name: "x" }] }, message: "files[1].content is required as a string" },
    { name: "a file that is null", body: { ...hello, files: [null] }, message: "files[0].content is required as a string" },
    { name: "a language that nobody knows", body: { ...hello, language: "nope" }, message: "nope-3.11.2 runtime is unknown" },
    { name: "a version that is not there, with those that are", body: { ...hello, version: "2.7.18" }, message: "python-2.7.18 runtime is unknown (here: 3.11.2)" },
    { name: "a version that is none", body: { ...hello, version: "nonsense" }, message: "python-nonsense runtime is unknown (here: 3.11.2)" },
    { name: "a language whose compiler is missing, with the reason", body: { ...hello, language: "haskell", version: "*" }, message: "haskell-* runtime is unknown (no such program: /usr/bin/ghc)" },
    { name: "no file at all", body: { ...hello, files: [] }, message: "files must include at least one utf8 encoded file" },
    { name: "no file that is text", body: { ...hello, files: [{ content: "", encoding: "hex" }], run_timeout: "x" }, message: "files must include at least one utf8 encoded file" },
    { name: "a limit that is text", body: { ...hello, run_timeout: "1000" }, message: "run_timeout must be a number" },
    { name: "a limit below zero", body: { ...hello, run_memory_limit: -2 }, message: "run_memory_limit must be non-negative" },
    { name: "a name that leaves the directory", body: { ...hello, files: [{ name: "../x", content: "" }] }, message: "files[0].name cannot be used: it leaves the working directory" },
    { name: "a name that leaves it and comes back", body: { ...hello, files: [{ name: "a/../../b", content: "" }] }, message: "files[0].name cannot be used: it leaves the working directory" },
    { name: "an absolute name", body: { ...hello, files: [{ name: "/etc/x", content: "" }] }, message: "files[0].name cannot be used: it is absolute" },
    { name: "a name with NUL", body: { ...hello, files: [{ name: "a\0b", content: "" }] }, message: "files[0].name cannot be used: it contains a control character" },
    { name: "a name with a line break", body: { ...hello, files: [{ name: "a\nb", content: "" }] }, message: "files[0].name cannot be used: it contains a control character" },
    { name: "a name that is too long", body: { ...hello, files: [{ name: `d/${"é".repeat(101)}`, content: "" }] }, message: "files[0].name cannot be used: a part of it is longer than 200 bytes" },
    { name: "a name that is a file and a directory", body: { ...hello, files: [{ name: "a/b/c", content: "" }, { name: "a", content: "" }] }, message: '"a" is a file, and a directory of "a/b/c"' },
    { name: "a name that is a directory", body: { ...hello, files: [{ name: "a/", content: "" }] }, message: "files[0].name cannot be used: it names a directory" },
    { name: "a name that is a number", body: { ...hello, files: [{ name: 1, content: "" }] }, message: "files[0].name must be a string" },
    { name: "a name twice", body: { ...hello, files: [{ name: "a", content: "" }, { name: "./a", content: "" }] }, message: 'two files have the name "a"' },
    { name: "Base64 that is none", body: { ...hello, files: [{ content: "" }, { content: "a!", encoding: "base64" }] }, message: "files[1].content is no base64" },
    { name: "half of a hexadecimal byte", body: { ...hello, files: [{ content: "" }, { content: "abc", encoding: "hex" }] }, message: "files[1].content is no hex" },
    { name: "stdin that is a number", body: { ...hello, stdin: 1 }, message: "stdin must be a string" },
    { name: "arguments that are text", body: { ...hello, args: "x" }, message: "args must be an array" },
    { name: "an argument that is a number", body: { ...hello, args: ["x", 1] }, message: "args[1] must be a string" },
    { name: "an argument with NUL", body: { ...hello, args: ["\0"] }, message: "args[0] contains a NUL character" },
    { name: "a body that is a list", body: [], message: "the body must be a JSON object" },
  ])("$name", async ({ body, message }) => {
    expect(await refusal(body)).toBe(message);
  });

  test("more files than are allowed", async () => {
    const service = new FakeService({ config: { bounds: { ...fakeConfig().bounds, files: 1 } } });
    const { status, answer } = await execute({ ...hello, files: [{ content: "" }, { content: "" }] }, service);
    expect([status, answer.message]).toEqual([400, "files has 2 files, at most 1 are allowed"]);
  });
});

describe("the answer", () => {
  test("has the runtime's own name and full version, whatever was asked for", async () => {
    for (const [language, version] of [["py", "*"], ["python3", "3.x"], ["python", ">=3"], ["python", ""], ["python", undefined]]) {
      expect((await execute({ ...hello, language, version })).answer).toMatchObject({ language: "python", version: "3.11.2" });
    }
    expect((await execute({ ...hello, language: "c", version: "12" })).answer).toMatchObject({ language: "c", version: "12.2.0" });
  });

  test("has every field of a stage, in milliseconds and bytes", async () => {
    const service = new FakeService().script(ranOnce({ stdout: "out\n", stderr: "err\n", output: "err\nout\n", cpu_time: 0.0124, wall_time: 1.5, memory_peak: 4096 }));
    expect((await execute(hello, service)).answer).toEqual({
      language: "python",
      version: "3.11.2",
      run: { stdout: "out\n", stderr: "err\n", output: "err\nout\n", code: 0, signal: null, message: null, status: null, cpu_time: 12, wall_time: 1500, memory: 4096 },
    });
  });

  test("has compile for compiled languages", async () => {
    const service = new FakeService().script(ranOnce({ stdout: "1" }, compileOutcome({ stderr: "warning" })));
    expect((await execute({ ...hello, language: "c++", version: "*" }, service)).answer).toMatchObject({ compile: { code: 0, stderr: "warning", status: null }, run: { stdout: "1", code: 0 } });
  });

  test("has a copy of compile as run when it could not be compiled", async () => {
    const { answer, status } = await execute({ ...hello, language: "c++", version: "*" }, new FakeService().script(didNotCompile({ stderr: "error: x", exit_code: 1 })));
    expect([status, answer.compile.code, answer.compile.status, answer.compile.stderr]).toEqual([200, 1, "RE", "error: x"]);
    expect(answer.run).toEqual(answer.compile);
  });

  test("says that compiling took too long", async () => {
    const { answer } = await execute({ ...hello, language: "c++", version: "*" }, new FakeService().script(didNotCompile({ status: "TimeLimit", exit_code: null, signal: 9, error_message: "the CPU time limit of 10 s was exceeded" })));
    expect(answer.compile).toMatchObject({ status: "TO", code: null, signal: "SIGKILL" });
    expect(answer.run).toEqual(answer.compile);
  });

  test("has outputs that are not UTF-8 as text, and long ones in full", async () => {
    const service = new FakeService();
    const long = "x".repeat(100_000);
    service.script(ranOnce({ stdout: await service.contents.put(Buffer.from(long)), stderr: new Uint8Array([0x61, 0xff]), output: null }));
    const { answer: { run } } = await execute(hello, service);
    expect([run.stdout === long, run.stderr, run.output === `${long}a\ufffd`]).toEqual([true, "a\ufffd", true]);
  });
});

describe("each outcome of a run", () => {
  const message = "why";
  test.each<{ name: string; run: Parameters<typeof ranOnce>[0]; stage: object }>([
    { name: "success", run: {}, stage: { status: null, code: 0, signal: null, message: null } },
    { name: "an exit code", run: { status: "RuntimeError", exit_code: 3, error_message: message }, stage: { status: "RE", code: 3, signal: null, message } },
    { name: "a signal", run: { status: "Signaled", signal: 11, error_message: message }, stage: { status: "SG", code: null, signal: "SIGSEGV", message } },
    { name: "time", run: { status: "TimeLimit", signal: 9, limit: "cpu_time", error_message: message }, stage: { status: "TO", code: null, signal: "SIGKILL", message } },
    { name: "memory", run: { status: "MemoryLimit", signal: 9, limit: "memory", error_message: "the memory limit of 64 MB was reached" }, stage: { status: "SG", code: null, signal: "SIGKILL", message: "the memory limit of 64 MB was reached" } },
    { name: "too much on stdout", run: { status: "FileSizeLimit", limit: "output", signal: 9, stdout_truncated: true, stdout: "x", error_message: message }, stage: { status: "OL", code: null, signal: "SIGKILL", message, stdout: "x" } },
    { name: "too much on stderr", run: { status: "FileSizeLimit", limit: "output", signal: 9, stderr_truncated: true, error_message: message }, stage: { status: "EL", code: null, signal: "SIGKILL", message } },
    { name: "a file that grew too large", run: { status: "FileSizeLimit", limit: "file_size", signal: 25, error_message: message }, stage: { status: "SG", code: null, signal: "SIGXFSZ", message } },
    { name: "processes", run: { status: "ProcessLimit", exit_code: 2, limit: "processes", error_message: message }, stage: { status: "RE", code: 2, signal: null, message } },
    { name: "a forbidden call", run: { status: "SecurityViolation", signal: 31, forbidden_syscall: "ptrace", error_message: "the program called ptrace" }, stage: { status: "SG", code: null, signal: "SIGSYS", message: "the program called ptrace" } },
    { name: "the host's fault in one run", run: { status: "InternalError", exit_code: null, error_message: message }, stage: { status: "XX", code: null, signal: null, message } },
  ])("$name", async ({ run, stage }) => {
    const { status, answer } = await execute(hello, new FakeService().script(ranOnce(run)));
    expect(status).toBe(200);
    expect(answer.run).toMatchObject(stage);
  });
});

describe("what says nothing about the program", () => {
  test("is 500 with a message when nothing ran", async () => {
    const { status, answer } = await execute(hello, new FakeService().script(hostFailed("no cgroup")));
    expect([status, answer]).toEqual([500, { message: "no cgroup" }]);
  });

  test("is XX when it was compiled before", async () => {
    const { status, answer } = await execute({ ...hello, language: "c", version: "*" }, new FakeService().script(jobResult({ outcome: "failed", problem: "no cgroup", compile: compileOutcome() })));
    expect([status, answer.compile.code, answer.run.status, answer.run.message]).toEqual([200, 0, "XX", "no cgroup"]);
  });

  test("is 503 with Retry-After when the queue is full, so that clients try again", async () => {
    const { status, answer, response } = await execute(hello, new FakeService().script(full(7)));
    expect([status, answer, response.headers.get("retry-after")]).toEqual([503, { message: "too many jobs wait" }, "7"]);
  });

  test("a client that goes away takes its job along", async () => {
    const service = new FakeService();
    service.holds = true;
    const leaving = new AbortController();
    const response = callDialect(piston, postJson("/api/v2/execute", hello), service, { signal: leaving.signal });
    while (service.jobs.length === 0) await Bun.sleep(1);
    leaving.abort();
    expect([(await response).status, service.cancelled]).toEqual([503, [service.jobs[0]!.id]]);
  });
});
