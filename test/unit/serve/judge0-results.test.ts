// Judge0: what comes of submissions, in its statuses, fields and words.
import { describe, expect, test } from "bun:test";
import { judge0 } from "../../../src/serve/dialects/judge0/judge0.ts";
import type { JobResult } from "../../../src/serve/outcome.ts";
import { builtInCheck } from "../../../src/judge/records.ts";
import { callDialect, compileOutcome, didNotCompile, FakeService, hostFailed, jobResult, postJson, ranOnce, testOutcome, type RunParts } from "../../helpers/fake-service.ts";

/** What is answered for a submission that came to this. */
async function answered(result: JobResult | null, fields = "*", submission: object = {}, query = ""): Promise<any> {
  const on = new FakeService();
  on.holds = result === null;
  if (result !== null) on.script(result);
  await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71, ...submission }), on);
  const response = await callDialect(judge0, `/submissions/${on.jobs[0]!.id}?fields=${fields}${query}`, on);
  return await response.json();
}

const ending = async (run: RunParts, submission: object = {}) => {
  const { status, message, exit_code: code, exit_signal: signal } = await answered(ranOnce(run), "status,message,exit_code,exit_signal", submission);
  return [status.id, status.description, message, code, signal];
};

describe("the status", () => {
  test.each<[string, RunParts, unknown[]]>([
    ["of a success", {}, [3, "Accepted", null, 0, null]],
    ["of an exit code", { status: "RuntimeError", exit_code: 3 }, [11, "Runtime Error (NZEC)", "Exited with error status 3", 3, null]],
    ["of SIGSEGV", { status: "Signaled", signal: 11 }, [7, "Runtime Error (SIGSEGV)", "Caught fatal signal 11", null, 11]],
    ["of SIGXFSZ", { status: "Signaled", signal: 25 }, [8, "Runtime Error (SIGXFSZ)", "Caught fatal signal 25", null, 25]],
    ["of SIGFPE", { status: "Signaled", signal: 8 }, [9, "Runtime Error (SIGFPE)", "Caught fatal signal 8", null, 8]],
    ["of SIGABRT", { status: "Signaled", signal: 6 }, [10, "Runtime Error (SIGABRT)", "Caught fatal signal 6", null, 6]],
    ["of another signal", { status: "Signaled", signal: 15 }, [12, "Runtime Error (Other)", "Caught fatal signal 15", null, 15]],
    ["of the CPU time limit", { status: "TimeLimit", limit: "cpu_time", signal: 9 }, [5, "Time Limit Exceeded", "Time limit exceeded", null, 9]],
    ["of the wall time limit", { status: "TimeLimit", limit: "wall_time", signal: 9 }, [5, "Time Limit Exceeded", "Time limit exceeded (wall clock)", null, 9]],
    ["of a success in the extra time", { cpu_time: 5.2 }, [5, "Time Limit Exceeded", "Time limit exceeded", 0, null]],
    ["of the memory limit, for which Judge0 has none", { status: "MemoryLimit", limit: "memory", signal: 9 }, [11, "Runtime Error (NZEC)", "Exited with error status 137 (memory limit of 128000 KB exceeded)", 137, null]],
    ["of too much output", { status: "FileSizeLimit", limit: "output", signal: 9 }, [8, "Runtime Error (SIGXFSZ)", "Caught fatal signal 25 (more than 1024 KB of output)", null, 25]],
    ["of too large a file", { status: "FileSizeLimit", limit: "file_size", signal: 25 }, [8, "Runtime Error (SIGXFSZ)", "Caught fatal signal 25 (a file of more than 1024 KB)", null, 25]],
    ["of too many processes", { status: "ProcessLimit", limit: "processes", exit_code: 1 }, [11, "Runtime Error (NZEC)", "Exited with error status 1 (limit of 60 processes and threads reached)", 1, null]],
    ["of a forbidden system call", { status: "SecurityViolation", signal: 31, forbidden_syscall: "ptrace" }, [12, "Runtime Error (Other)", "Caught fatal signal 31 (forbidden system call ptrace)", null, 31]],
    ["of a program that could not be executed", { status: "RuntimeError", exit_code: 127 }, [11, "Runtime Error (NZEC)", "Exited with error status 127", 127, null]],
  ])("%s", async (_what, run, expected) => {
    expect(await ending(run)).toEqual(expected);
  });

  test("of an output that is not as expected is Wrong Answer, and only then", async () => {
    const checked = (kind: "wrong" | "accepted") => jobResult({ tests: [testOutcome({ stdout: "1" }, { check: builtInCheck(kind), accepted: kind === "accepted" })] });
    expect((await answered(checked("wrong"), "status", { expected_output: "2" })).status).toEqual({ id: 4, description: "Wrong Answer" });
    expect((await answered(checked("accepted"), "status", { expected_output: "1" })).status).toEqual({ id: 3, description: "Accepted" });
  });

  test.each<[string, JobResult, string]>([
    ["a fault of the host", hostFailed("the disk is full"), "the disk is full"],
    ["a job that was cancelled", jobResult({ outcome: "cancelled" }), "the submission was cancelled"],
    ["a job that was not begun in time", jobResult({ outcome: "expired" }), "the submission was not begun in time"],
    ["an output that could not be compared", jobResult({ tests: [testOutcome({}, { check: builtInCheck("failed", "no memory") })] }), "the output could not be compared: no memory"],
  ])("of %s is Internal Error, and says nothing about the program", async (_what, result, message) => {
    expect(await answered(result, "status,message,time,memory,exit_code,stdout")).toEqual({ status: { id: 13, description: "Internal Error" }, message, time: null, memory: null, exit_code: null, stdout: null });
  });

  test("of a job that waits or runs has no results", async () => {
    const on = new FakeService();
    on.holds = true;
    await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71 }), on);
    const ask = async () => (await callDialect(judge0, `/submissions/${on.jobs[0]!.id}?fields=status_id,stdout,time,wall_time,memory,exit_code,finished_at,started_at`, on)).json();
    const nothing = { stdout: null, time: null, wall_time: null, memory: null, exit_code: null, finished_at: null };
    expect(await ask()).toEqual({ status_id: 1, ...nothing, started_at: null });
    on.start(on.jobs[0]!.id);
    expect(await ask()).toEqual({ status_id: 2, ...nothing, started_at: "2023-11-14T22:13:20.000Z" });
  });
});

describe("a compile error", () => {
  const fields = "status,compile_output,time,wall_time,memory,stdout,stderr,exit_code,exit_signal,message";
  const nothing = { time: null, wall_time: null, memory: null, stdout: null, stderr: null, exit_code: null, exit_signal: null, message: null };

  test("has what the compiler wrote and nothing else", async () => {
    expect(await answered(didNotCompile({ stdout: "note\n", stderr: "main.c:1: error\n" }), fields)).toEqual({ status: { id: 6, description: "Compilation Error" }, compile_output: "note\nmain.c:1: error\n", ...nothing });
  });

  test.each<[RunParts, string]>([
    [{ status: "TimeLimit", limit: "cpu_time", stderr: "working\n" }, "working\nCompilation time limit exceeded.\n"],
    [{ status: "MemoryLimit", limit: "memory", stderr: "" }, "Compilation memory limit exceeded.\n"],
    [{ status: "Signaled", signal: 11, stderr: "", error_message: "killed by SIGSEGV" }, "Compilation failed: killed by SIGSEGV.\n"],
  ])("by a limit says so: %j", async (compile, output) => {
    expect(await answered(didNotCompile(compile), fields)).toMatchObject({ status: { id: 6 }, compile_output: output });
  });

  test("is none when the compiler only warns", async () => {
    expect(await answered(ranOnce({ stdout: "1" }, compileOutcome({ stderr: "warning\n" })), "status_id,compile_output,stdout")).toEqual({ status_id: 3, compile_output: "warning\n", stdout: "1" });
  });
});

describe("fields", () => {
  test("are those of 1.13.1 with *, as the Python SDK fails for any other, and further ones by name", async () => {
    const known = `source_code language_id stdin expected_output stdout status_id created_at finished_at time memory stderr token number_of_runs cpu_time_limit cpu_extra_time wall_time_limit memory_limit
      stack_limit max_processes_and_or_threads enable_per_process_and_thread_time_limit enable_per_process_and_thread_memory_limit max_file_size compile_output exit_code exit_signal message wall_time
      compiler_options command_line_arguments redirect_stderr_to_stdout callback_url additional_files enable_network post_execution_filesystem status language`.split(/\s+/);
    expect(Object.keys(await answered(ranOnce(), "*"))).toEqual(known);
    expect(Object.keys(await answered(ranOnce(), "*,callback_error"))).toEqual([...known, "callback_error"]);
  });

  test("are all there, in the types that clients parse", async () => {
    const submission = { language_id: 54, stdin: "in", expected_output: "out", compiler_options: "-O1", command_line_arguments: "a b", callback_url: "https://example.org/", redirect_stderr_to_stdout: true };
    const all = await answered(ranOnce({ stdout: "out", stderr: "err", cpu_time: 1, wall_time: 2.0006, memory_peak: 1024 * 1024 }, compileOutcome()), "*,started_at,queued_at,updated_at,queue_host,execution_host,callback_error", submission);
    expect(all).toMatchObject({
      source_code: "x", language_id: 54, language: { id: 54, name: "C++ (GCC 12.2.0, C++20)" }, stdin: "in", expected_output: "out", stdout: "out", stderr: null, compile_output: null, message: null,
      status_id: 3, status: { id: 3, description: "Accepted" }, time: "1.000", wall_time: "2.001", memory: 1024, exit_code: 0, exit_signal: null, number_of_runs: 1,
      cpu_time_limit: "5.0", cpu_extra_time: "1.0", wall_time_limit: "10.0", memory_limit: 128_000, stack_limit: 64_000, max_processes_and_or_threads: 60, max_file_size: 1024,
      enable_per_process_and_thread_time_limit: false, enable_per_process_and_thread_memory_limit: false, enable_network: false, redirect_stderr_to_stdout: true,
      compiler_options: "-O1", command_line_arguments: "a b", callback_url: "https://example.org/", callback_error: null, additional_files: null, post_execution_filesystem: null, execution_host: "fake",
      started_at: "2023-11-14T22:13:20.000Z", finished_at: "2023-11-14T22:13:20.050Z",
    });
    expect(Object.keys(all)).toHaveLength(42);
    for (const name of ["created_at", "queued_at", "updated_at"]) expect(all[name]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test("that are none are refused by name, and the usual ones come when none is asked for", async () => {
    expect(await answered(ranOnce(), "status,nonsense,token,x")).toEqual({ error: "invalid fields: [nonsense, x]" });
    expect(Object.keys(await answered(ranOnce(), ""))).toEqual(["token", "time", "memory", "stdout", "stderr", "compile_output", "message", "status"]);
  });

  test("of text are Base64 in lines of 60 characters when it is asked for, inputs and message as well", async () => {
    const all = await answered(ranOnce({ status: "RuntimeError", exit_code: 1, stdout: "x".repeat(50) }), "source_code,stdin,stdout,message,stderr", { stdin: "é" }, "&base64_encoded=true");
    expect(all).toEqual({
      source_code: "eA==\n", stdin: "w6k=\n", stderr: null, message: "RXhpdGVkIHdpdGggZXJyb3Igc3RhdHVzIDE=\n",
      stdout: `${Buffer.from("x".repeat(45)).toString("base64")}\n${Buffer.from("x".repeat(5)).toString("base64")}\n`,
    });
  });

  test("may be as long as outputs are", async () => {
    const on = new FakeService();
    const long = "line\n".repeat(100_000);
    on.script(ranOnce({ stdout: await on.contents.put(Buffer.from(long)) }));
    const response = await callDialect(judge0, postJson("/submissions?wait=true&fields=stdout", { source_code: "x", language_id: 71 }), on);
    expect(((await response.json()) as any).stdout).toBe(long);
  });
});

test("a token that nobody has, and that of a job of another dialect, is not found", async () => {
  const on = new FakeService();
  const response = await callDialect(judge0, "/submissions/00000000-0000-4000-8000-000000000000", on);
  expect([response.status, await response.json()]).toEqual([404, { error: "there is no submission with this token" }]);
  await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71 }), on);
  await on.submit([{ job: { ...on.jobs[0]!, id: "other", dialect: "v1" }, idempotency: null }]);
  expect((await callDialect(judge0, "/submissions/other", on)).status).toBe(404);
});
