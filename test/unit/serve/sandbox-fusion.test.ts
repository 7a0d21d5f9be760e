// SandboxFusion's /run_code field by field: what becomes of a request, and what of a result.
import { describe, expect, test } from "bun:test";
import type { ProgramWork } from "../../../src/serve/job.ts";
import { sandboxFusion } from "../../../src/serve/dialects/sandbox-fusion/dialect.ts";
import { callDialect, compileOutcome, didNotCompile, fakeCatalog, fakeConfig, fakeLanguage, FakeService, full, hostFailed, jobResult, postJson, ranOnce } from "../../helpers/fake-service.ts";

const hello = { code: "print(1)", language: "python" };
/** A queue that is full is not waited for. */
const impatient = { bounds: { ...fakeConfig().bounds, wait: 0 } };

async function runCode(body: unknown, service = new FakeService(), headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly answer: any; readonly response: Response }> {
  const response = await callDialect(sandboxFusion, postJson("/run_code", body, headers), service);
  return { status: response.status, answer: await response.json(), response };
}

async function jobOf(parts: object): Promise<ProgramWork> {
  const service = new FakeService();
  const { status, answer } = await runCode({ ...hello, ...parts }, service);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return service.jobs[0]!.work as ProgramWork;
}

describe("a request", () => {
  test("becomes a job of one run, with ten seconds for each step and as much memory as the service allows", async () => {
    const service = new FakeService();
    await runCode(hello, service);
    expect(service.jobs).toMatchObject([{
      dialect: "sandbox-fusion", class: "interactive", keepFor: 0,
      work: {
        language: "python", files: [{ name: "main.py", content: { text: "print(1)" } }], data: [], args: [], filesOut: [], keepsOrder: false,
        compileLimits: { wall_time_limit: 10, cpu_time_limit: 60 }, runLimits: { wall_time_limit: 10, cpu_time_limit: 60, memory_limit: 2048 * 1024 * 1024 },
        tests: [{ stdin: { text: "" }, expected: null }],
      },
    }]);
  });

  test("has seconds and megabytes, as numbers or as text, up to what the service allows", async () => {
    expect((await jobOf({ run_timeout: 0.5, compile_timeout: "20", memory_limit_MB: 64 })).runLimits).toMatchObject({ wall_time_limit: 0.5, memory_limit: 64 * 1024 * 1024 });
    expect((await jobOf({ compile_timeout: "20" })).compileLimits).toMatchObject({ wall_time_limit: 20 });
    expect((await jobOf({ run_timeout: 1e6, memory_limit_MB: 1e6 })).runLimits).toMatchObject({ wall_time_limit: 120, memory_limit: 2048 * 1024 * 1024 });
    expect((await jobOf({ run_timeout: 0, memory_limit_MB: 0 })).runLimits).toMatchObject({ wall_time_limit: 0.001, memory_limit: 1024 * 1024 });
  });

  test("has stdin as it is, which may be null", async () => {
    expect((await jobOf({ stdin: "1" })).tests[0]!.stdin).toEqual({ text: "1" });
    expect((await jobOf({ stdin: null })).tests[0]!.stdin).toEqual({ text: "" });
  });

  test("has files in Base64, beside the source of compiled languages as well, and names of files to fetch", async () => {
    const files = { "a/in.txt": "AP8=", "none": null };
    expect(await jobOf({ files, fetch_files: ["out.txt", "./a//b", "out.txt"] })).toMatchObject({ files: [{ name: "main.py" }, { name: "a/in.txt", content: { base64: "AP8=" } }], data: [], filesOut: ["out.txt?", "a/b?"] });
    expect((await jobOf({ language: "cpp", files })).data).toMatchObject([{ name: "a/in.txt", content: { base64: "AP8=" } }]);
  });

  test.each([["python", "python"], ["cpp", "cpp"], ["nodejs", "javascript"], ["bash", "shell"]])("%s is the language %s", async (language, id) => {
    expect((await jobOf({ language })).language).toBe(id);
  });
});

describe("what is wrong is 422 with every mistake, as FastAPI tells it", () => {
  test.each<{ name: string; parts: object; errors: object[] }>([
    { name: "no code", parts: { code: undefined }, errors: [{ type: "missing", loc: ["body", "code"], msg: "Field required" }] },
    { name: "code that is a number", parts: { code: 1 }, errors: [{ type: "string_type", loc: ["body", "code"], msg: "Input should be a valid string", input: 1 }] },
    { name: "a language that nobody knows", parts: { language: "nope" }, errors: [{ type: "literal_error", loc: ["body", "language"], msg: "Input should be 'python', 'javascript', 'c', 'cpp', 'shell'", input: "nope" }] },
    { name: "a time that is no number", parts: { run_timeout: "soon" }, errors: [{ type: "float_parsing", loc: ["body", "run_timeout"] }] },
    { name: "a time that is a list", parts: { run_timeout: [] }, errors: [{ type: "float_type", loc: ["body", "run_timeout"] }] },
    { name: "half a megabyte", parts: { memory_limit_MB: 1.5 }, errors: [{ type: "int_from_float", loc: ["body", "memory_limit_MB"] }] },
    { name: "memory that is null", parts: { memory_limit_MB: null }, errors: [{ type: "int_type", loc: ["body", "memory_limit_MB"] }] },
    { name: "stdin that is a number", parts: { stdin: 1 }, errors: [{ type: "string_type", loc: ["body", "stdin"] }] },
    { name: "files that are a list", parts: { files: [] }, errors: [{ type: "dict_type", loc: ["body", "files"] }] },
    { name: "a file that is no Base64", parts: { files: { x: "!" } }, errors: [{ type: "value_error", loc: ["body", "files", "x"] }] },
    { name: "a file outside of the directory", parts: { files: { "../x": "" } }, errors: [{ type: "value_error", loc: ["body", "files", "../x"] }] },
    { name: "a file that is a directory of another one", parts: { files: { "a": "", "a/b": "" } }, errors: [{ type: "value_error", loc: ["body", "files"] }] },
    { name: "names to fetch that are text", parts: { fetch_files: "x" }, errors: [{ type: "list_type", loc: ["body", "fetch_files"] }] },
    { name: "a name to fetch that is absolute", parts: { fetch_files: ["/etc/passwd"] }, errors: [{ type: "value_error", loc: ["body", "fetch_files", 0] }] },
    { name: "two mistakes", parts: { code: null, files: { x: 1 } }, errors: [{ loc: ["body", "code"] }, { loc: ["body", "files", "x"] }] },
  ])("$name", async ({ parts, errors }) => {
    const service = new FakeService();
    const { status, answer } = await runCode({ ...hello, ...parts }, service);
    expect([status, service.jobs.length]).toEqual([422, 0]);
    expect(answer.detail).toMatchObject(errors);
    expect(answer.detail).toHaveLength(errors.length);
  });

  test("a language whose compiler is missing says so", async () => {
    expect((await runCode({ ...hello, language: "haskell" })).answer.detail[0].msg).toContain("(no such program: /usr/bin/ghc)");
  });

  test("memory that is too small for the runtime", async () => {
    const service = new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "java", leastMemory: 80 * 1024 * 1024 })]) });
    expect((await runCode({ ...hello, language: "java", memory_limit_MB: 79 }, service)).answer.detail).toMatchObject([{ type: "greater_than_equal", loc: ["body", "memory_limit_MB"], ctx: { ge: 80 } }]);
    expect((await runCode({ ...hello, language: "java", memory_limit_MB: 80 }, service)).status).toBe(200);
  });

  test("what is no JSON, and what is no object", async () => {
    const response = await callDialect(sandboxFusion, new Request("http://localhost/run_code", { method: "POST", body: "{" }), new FakeService());
    expect([response.status, ((await response.json()) as any).detail[0].type]).toEqual([422, "json_invalid"]);
    expect((await runCode([])).answer.detail[0].type).toBe("model_attributes_type");
  });

  test("more files than are allowed", async () => {
    const service = new FakeService({ config: { bounds: { ...fakeConfig().bounds, files: 1 } } });
    expect((await runCode({ ...hello, files: { a: "", b: "" } }, service)).answer.detail[0].type).toBe("too_long");
  });

  test("a page of another site must call it JSON", async () => {
    expect((await runCode(hello, new FakeService(), { "content-type": "text/plain", origin: "https://elsewhere.example" })).status).toBe(415);
    expect((await runCode(hello, new FakeService(), { "content-type": "text/plain" })).status).toBe(200);
  });
});

describe("the answer", () => {
  test("has everything of a run", async () => {
    const service = new FakeService().script(ranOnce({ stdout: "out", stderr: "err", wall_time: 0.25, files: { "out.txt": { content: { text: "x" }, bytes: 1, truncated: false }, gone: { error: "it is not there", type: "CopyOutOpen" } } }));
    expect(await runCode({ ...hello, fetch_files: ["out.txt", "gone"] }, service)).toMatchObject({
      status: 200,
      answer: {
        status: "Success", message: "", compile_result: null, run_result: { status: "Finished", execution_time: 0.25, return_code: 0, stdout: "out", stderr: "err" },
        executor_pod_name: "fake", files: { "out.txt": "eA==" },
      },
    });
  });

  test("has no run when it could not be compiled", async () => {
    const { answer } = await runCode({ ...hello, language: "cpp" }, new FakeService().script(didNotCompile({ stderr: "error", exit_code: 1 })));
    expect(answer).toMatchObject({ status: "Failed", compile_result: { status: "Finished", return_code: 1, stderr: "error" }, run_result: null, files: {} });
  });

  test("says that compiling took too long", async () => {
    const { answer } = await runCode({ ...hello, language: "cpp" }, new FakeService().script(didNotCompile({ status: "TimeLimit", exit_code: null, signal: 9 })));
    expect(answer).toMatchObject({ status: "Failed", compile_result: { status: "TimeLimitExceeded", return_code: null }, run_result: null });
  });

  test("has both results of a compiled program", async () => {
    const { answer } = await runCode({ ...hello, language: "cpp" }, new FakeService().script(ranOnce({ stdout: "1" }, compileOutcome())));
    expect(answer).toMatchObject({ status: "Success", compile_result: { status: "Finished", return_code: 0 }, run_result: { stdout: "1" } });
  });

  test.each<{ name: string; run: Parameters<typeof ranOnce>[0]; result: object }>([
    { name: "an exit code", run: { status: "RuntimeError", exit_code: 3 }, result: { status: "Finished", return_code: 3 } },
    { name: "a signal", run: { status: "Signaled", signal: 11 }, result: { status: "Finished", return_code: -11 } },
    { name: "time", run: { status: "TimeLimit", signal: 9, stdout: "so far" }, result: { status: "TimeLimitExceeded", return_code: null, stdout: "so far" } },
    { name: "memory", run: { status: "MemoryLimit", signal: 9 }, result: { status: "Finished", return_code: -9 } },
    { name: "too much output", run: { status: "FileSizeLimit", limit: "output", signal: 9 }, result: { status: "Finished", return_code: -9 } },
    { name: "a file that grew too large", run: { status: "FileSizeLimit", limit: "file_size", signal: 25 }, result: { status: "Finished", return_code: -25 } },
    { name: "processes", run: { status: "ProcessLimit", exit_code: 2 }, result: { status: "Finished", return_code: 2 } },
    { name: "a forbidden call", run: { status: "SecurityViolation", signal: 31 }, result: { status: "Finished", return_code: -31 } },
  ])("of $name is Failed with the reason", async ({ run, result }) => {
    const { status, answer } = await runCode(hello, new FakeService().script(ranOnce({ ...run, error_message: "why" })));
    expect([status, answer.status, answer.message]).toEqual([200, "Failed", "why"]);
    expect(answer.run_result).toMatchObject(result);
  });

  test("is SandboxError when nothing can be said about the program", async () => {
    expect((await runCode(hello, new FakeService().script(hostFailed("no cgroup")))).answer).toMatchObject({ status: "SandboxError", message: "no cgroup", run_result: null });
    expect((await runCode(hello, new FakeService().script(jobResult({ outcome: "expired" })))).answer).toMatchObject({ status: "SandboxError", message: "the job was expired" });
  });
});

describe("a full queue", () => {
  test("is waited for", async () => {
    const service = new FakeService().script(full(), full(), ranOnce({ stdout: "1" }));
    expect((await runCode(hello, service)).answer).toMatchObject({ status: "Success", run_result: { stdout: "1" } });
  });

  test("is 504 in the end, the one status after which its clients try again", async () => {
    const { status, answer, response } = await runCode(hello, new FakeService({ config: impatient }).script(full(7)));
    expect([status, answer, response.headers.get("retry-after")]).toEqual([504, { detail: "too many jobs wait" }, "7"]);
  });
});
