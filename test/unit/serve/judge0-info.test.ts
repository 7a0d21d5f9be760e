// Judge0: what the service says of itself. Clients refuse to start when a key is missing or has another type.
import { describe, expect, test } from "bun:test";
import { judge0 } from "../../../src/serve/dialects/judge0/judge0.ts";
import { callDialect, didNotCompile, fakeCatalog, FakeService, fakeLanguage, postJson } from "../../helpers/fake-service.ts";

const get = async (path: string, on = new FakeService()): Promise<any> => (await callDialect(judge0, path, on)).json();
const text = async (path: string): Promise<string> => (await callDialect(judge0, path, new FakeService())).text();

describe("languages", () => {
  test("are listed under all their numbers, with their true versions, without those that are not there", async () => {
    const languages = (await get("/languages")) as { id: number; name: string }[];
    expect(languages.map(({ id }) => id)).toEqual([43, 44, 46, 48, 49, 50, 52, 53, 54, 63, 71, 89, 92, 93, 97, 100, 102, 103, 105, 109, 113]);
    const names = Object.fromEntries(languages.map(({ id, name }) => [id, name]));
    expect(names).toMatchObject({ 71: "Python 3 (3.11.2)", 113: "Python 3 (3.11.2)", 52: "C++ (GCC 12.2.0, C++20)", 63: "JavaScript (Node.js 18.20.4)", 43: "Plain Text", 44: "Executable", 89: "Multi-file program" });
    expect(Object.keys(languages[0]!)).toEqual(["id", "name"]);
  });

  test("are listed with those that are not there when all are asked for", async () => {
    const all = (await get("/languages/all")) as { id: number; is_archived: boolean }[];
    expect(all.filter(({ is_archived: isArchived }) => isArchived)).toEqual([{ id: 61, name: "Haskell (GHC)", is_archived: true }] as never);
  });

  test("are shown one by one", async () => {
    expect(await get("/languages/54")).toEqual({ id: 54, name: "C++ (GCC 12.2.0, C++20)", is_archived: false, source_file: "main.cpp", compile_cmd: "/usr/bin/g++ -O2 -o {executable} {sources}", run_cmd: "{executable}" });
    expect(await get("/languages/89")).toEqual({ id: 89, name: "Multi-file program", is_archived: false, source_file: null, compile_cmd: null, run_cmd: null });
    for (const id of ["9999", "x", "7.1"]) expect((await callDialect(judge0, `/languages/${id}`, new FakeService())).status).toBe(404);
  });

  test("without a version have none in their name, and of two with one number that which is there has it", async () => {
    const on = new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "a", name: "A", judge0: [1], isThere: false }), fakeLanguage({ id: "b", name: "B", judge0: [1], version: null }), fakeLanguage({ id: "c", judge0: [1] })]) });
    const named = (name: string) => new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "a", name, version: "1.2", judge0: [1] })]) });
    for (const [name, shown] of [["A", "A (1.2)"], ["A (X)", "A (X 1.2)"], ["A (X, y)", "A (X 1.2, y)"], ["Rust (2021 edition)", "Rust (1.2, 2021 edition)"]] as const) expect((await get("/languages/1", named(name))).name).toBe(shown);
    expect(((await get("/languages", on)) as { id: number }[])[0]).toEqual({ id: 1, name: "B" } as never);
  });
});

test("there are fourteen statuses", async () => {
  const statuses = (await get("/statuses")) as { id: number; description: string }[];
  expect(statuses.map(({ id }) => id)).toEqual(Array.from({ length: 14 }, (_, at) => at + 1));
  expect(statuses[10]).toEqual({ id: 11, description: "Runtime Error (NZEC)" });
});

test("config_info has every key in its type", async () => {
  const info = await get("/config_info");
  const flags = `maintenance_mode enable_wait_result enable_compiler_options enable_command_line_arguments enable_submission_delete enable_callbacks enable_additional_files enable_batched_submissions
    enable_per_process_and_thread_time_limit allow_enable_per_process_and_thread_time_limit enable_per_process_and_thread_memory_limit allow_enable_per_process_and_thread_memory_limit
    redirect_stderr_to_stdout use_docs_as_homepage allow_enable_network enable_network`.split(/\s+/);
  const whole = `callbacks_max_tries max_queue_size memory_limit max_memory_limit stack_limit max_stack_limit max_processes_and_or_threads max_max_processes_and_or_threads max_file_size max_max_file_size
    number_of_runs max_number_of_runs max_extract_size max_submission_batch_size`.split(/\s+/);
  const numbers = "callbacks_timeout cpu_time_limit max_cpu_time_limit cpu_extra_time max_cpu_extra_time wall_time_limit max_wall_time_limit submission_cache_duration".split(" ");
  expect(flags.filter((key) => typeof info[key] !== "boolean")).toEqual([]);
  expect(whole.filter((key) => !Number.isInteger(info[key]))).toEqual([]);
  expect(numbers.filter((key) => typeof info[key] !== "number")).toEqual([]);
  expect(Array.isArray(info["allowed_languages_for_compile_options"])).toBe(true);
  expect(Object.keys(info).toSorted()).toEqual([...flags, ...whole, ...numbers, "allowed_languages_for_compile_options"].toSorted());
  expect(info).toMatchObject({ cpu_time_limit: 5, max_cpu_time_limit: 60, memory_limit: 128_000, max_memory_limit: 2_097_152, max_stack_limit: 128_000, max_extract_size: 10_240, max_submission_batch_size: 20, enable_submission_delete: false });
});

test("about, version, license and isolate say what this is", async () => {
  expect(await get("/about")).toMatchObject({ version: "1.13.1", homepage: "http://localhost", maintainer: "mini-isolate 0.0.0" });
  expect(await text("/version")).toBe("1.13.1");
  expect(await text("/license")).toContain("mini-isolate");
  expect(await text("/isolate")).toContain("mini-isolate 0.0.0");
});

test("system_info has the words of lscpu and free", async () => {
  const info = await get("/system_info");
  for (const key of ["Architecture", "CPU(s)", "Model name", "Mem"]) expect(typeof info[key]).toBe("string");
  expect(info["Mem"]).toMatch(/^\d+(\.\d)?[KMGT]i$/);
});

test("workers are the slots, and how many jobs wait for them", async () => {
  const on = new FakeService();
  on.holds = true;
  for (let count = 0; count < 3; count++) await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71 }), on);
  on.start(on.jobs[0]!.id);
  expect(await get("/workers", on)).toEqual([{ queue: "1.13.1", size: 2, available: 2, idle: 1, working: 1, paused: 0, failed: 0 }]);
});

test("statistics count by language, status and day, and are counted again later only", async () => {
  const on = new FakeService().script(didNotCompile());
  for (let count = 0; count < 3; count++) await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71 }), on);
  const statistics = await get("/statistics", on);
  const today = new Date().toISOString().slice(0, 10);
  expect(statistics.submissions).toMatchObject({ total: 3, counted: 3 });
  expect(Object.keys(statistics.submissions.last_30_days)).toHaveLength(30);
  expect(statistics.submissions.last_30_days[today] ?? 3).toBe(3);
  expect(statistics.languages).toEqual([{ language: { id: 71, name: "Python 3 (3.11.2)" }, count: 3 }]);
  expect(statistics.statuses.filter(({ count }: { count: number }) => count > 0)).toEqual([{ status: { id: 3, description: "Accepted" }, count: 2 }, { status: { id: 6, description: "Compilation Error" }, count: 1 }]);
  await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71 }), on);
  expect((await get("/statistics", on)).submissions.total).toBe(3);
});
