// Judge0: what is taken, what becomes of it, and what is answered, field by field.
import { describe, expect, test } from "bun:test";
import { judge0 } from "../../../src/serve/dialects/judge0/judge0.ts";
import type { Job, ProgramWork } from "../../../src/serve/job.ts";
import { callDialect, fakeCatalog, fakeLanguage, FakeService, full, postJson, ranOnce } from "../../helpers/fake-service.ts";

const service = () => new FakeService();
const hello = { source_code: "print('hello')", language_id: 71 };

async function post(on: FakeService, body: unknown, query = ""): Promise<{ readonly status: number; readonly body: any }> {
  const response = await callDialect(judge0, postJson(`/submissions${query}`, body), on);
  return { status: response.status, body: await response.json() };
}

async function get(on: FakeService, path: string): Promise<{ readonly status: number; readonly body: any }> {
  const response = await callDialect(judge0, path, on);
  return { status: response.status, body: await response.json() };
}

const workOf = ({ jobs }: FakeService): ProgramWork => (jobs.at(-1) as Job).work as ProgramWork;
const text = (content: unknown): string => (content as { text: string }).text;

/** What is wrong with these fields. */
async function wrong(fields: object, query = ""): Promise<any> {
  const { status, body } = await post(service(), { ...hello, ...fields }, query);
  expect(status).toBe(422);
  return body;
}

describe("a submission", () => {
  test("is answered with a token, which is that of its job", async () => {
    const on = service();
    const { status, body } = await post(on, hello);
    expect([status, body]).toEqual([201, { token: on.jobs[0]!.id }]);
    expect(body.token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("is found below both prefixes", async () => {
    for (const prefix of ["", "/judge0"]) expect((await callDialect(judge0, postJson(`${prefix}/submissions`, hello), service())).status).toBe(201);
  });

  test("has the defaults of Judge0, in bytes and seconds", async () => {
    const on = service();
    await post(on, hello);
    expect(workOf(on)).toMatchObject({
      language: "python", args: [], compilerOptions: [], network: false, stderrToStdout: false, runs: 1, data: [],
      // One second of extra time lies on top.
      runLimits: { cpu_time_limit: 6, wall_time_limit: 10, memory_limit: 128_000 * 1024, stack_limit: 64_000 * 1024, process_limit: 60, file_size_limit: 1024 * 1024, output_limit: 1024 * 1024 },
    });
    expect(workOf(on).files.map(({ name, content }) => [name, text(content)])).toEqual([["main.py", "print('hello')"]]);
    expect(workOf(on).tests).toEqual([{ name: "1", stdin: { text: "" }, args: [], expected: null, limits: {} }]);
  });

  test("has what it asks for", async () => {
    const on = service();
    await post(on, {
      ...hello, language_id: 54, stdin: "in\n", expected_output: "out", cpu_time_limit: 1.5, cpu_extra_time: 0.25, wall_time_limit: 7.5, memory_limit: 65_536, stack_limit: 8192, max_processes_and_or_threads: 3,
      max_file_size: 10, compiler_options: "-O1 -DX='a b'", command_line_arguments: 'one "two 2" $(rm);|&<>`x`', redirect_stderr_to_stdout: true, number_of_runs: 2, callback_url: "https://example.org/hook",
    });
    expect(workOf(on)).toMatchObject({
      language: "cpp", compilerOptions: ["-O1", "-DX=a b"], args: ["one", "two 2", "(rm)x"], stderrToStdout: true, runs: 2,
      // With several runs, there is no extra time.
      runLimits: { cpu_time_limit: 1.5, wall_time_limit: 7.5, memory_limit: 65_536 * 1024, stack_limit: 8192 * 1024, process_limit: 3, file_size_limit: 10_240, output_limit: 10_240 },
      tests: [{ stdin: { text: "in\n" }, expected: { text: "out" } }],
    });
    expect(on.jobs[0]).toMatchObject({ dialect: "judge0", class: "normal", callback: { url: "https://example.org/hook", method: "PUT" } });
  });

  test("may come as JSON, a form, multipart, a query, or JSON that says it is a form", async () => {
    const form = new FormData();
    form.set("source_code", "print(1)");
    form.set("language_id", "71");
    const bodies: [RequestInit, string?][] = [
      [{ body: JSON.stringify({ source_code: "print(1)", language_id: "71" }), headers: { "content-type": "application/json" } }],
      [{ body: new URLSearchParams({ source_code: "print(1)", language_id: "71" }) }],
      [{ body: form }],
      [{}, "?source_code=print(1)&language_id=71"],
      [{ body: '{"source_code":"print(1)","language_id":71}', headers: { "content-type": "application/x-www-form-urlencoded" } }],
      [{ body: '{"language_id":71}', headers: { "content-type": "application/json" } }, "?source_code=print(1)&language_id=1"],
    ];
    for (const [init, query = ""] of bodies) {
      const on = service();
      const response = await callDialect(judge0, new Request(`http://localhost/submissions${query}`, { method: "POST", ...init }), on);
      expect(response.status).toBe(201);
      expect([workOf(on).language, text(workOf(on).files[0]!.content)]).toEqual(["python", "print(1)"]);
    }
  });

  test("may have its numbers and its words of truth as texts", async () => {
    const on = service();
    await post(on, { ...hello, cpu_time_limit: " 2.5 ", memory_limit: "65536.9", redirect_stderr_to_stdout: "1", number_of_runs: "", cpu_extra_time: null });
    expect(workOf(on)).toMatchObject({ stderrToStdout: true, runs: 1, runLimits: { cpu_time_limit: 3.5, memory_limit: 65_536 * 1024 } });
  });

  test("of a body that is no JSON object, no form, or of an unknown type is refused", async () => {
    const send = async (body: string, type: string) => await callDialect(judge0, new Request("http://localhost/submissions", { method: "POST", body, headers: { "content-type": type } }), service());
    for (const [body, type, status] of [["[1]", "application/json", 400], ["{", "application/json", 400], ["x", "multipart/form-data; boundary=y", 400], ["x", "text/xml", 415]] as const) {
      const response = await send(body, type);
      expect([response.status, Object.keys((await response.json()) as object)]).toEqual([status, ["error"]]);
    }
  });

  test("with unknown fields is taken", async () => {
    expect((await post(service(), { ...hello, nonsense: { a: 1 }, __proto__: 1 })).status).toBe(201);
  });
});

describe("Base64", () => {
  const encoded = { source_code: Buffer.from("print(1)").toString("base64"), language_id: 71, stdin: "Cg==", expected_output: "/w==" };

  test("is taken when the request says so", async () => {
    const on = service();
    await post(on, encoded, "?base64_encoded=true");
    expect([text(workOf(on).files[0]!.content), workOf(on).tests[0]]).toMatchObject(["print(1)", { stdin: { text: "\n" }, expected: { base64: "/w==" } }]);
  });

  test("is plain text when it does not, or by default when the service is set so", async () => {
    const on = service();
    await post(on, encoded);
    expect(text(workOf(on).files[0]!.content)).toBe(encoded.source_code);
    const config = { ...on.config, judge0: { ...on.config.judge0, base64ByDefault: true } };
    const later = new FakeService({ config });
    await post(later, encoded);
    expect(text(workOf(later).files[0]!.content)).toBe("print(1)");
    const told = new FakeService({ config });
    await post(told, encoded, "?base64_encoded=false");
    expect(text(workOf(told).files[0]!.content)).toBe(encoded.source_code);
  });

  test("may have line ends, no padding, and the alphabet of URLs", async () => {
    for (const source_code of ["cHJpbnQo\nMSk=\r\n", "cHJpbnQoMSk", "cHJpbnQoIj8-Iik"]) expect((await post(service(), { source_code, language_id: 71 }, "?base64_encoded=true")).status).toBe(201);
  });

  test("that is none is refused by name of the field", async () => {
    expect(await wrong({ source_code: "print('hello')" }, "?base64_encoded=true")).toEqual({ source_code: ["is not Base64, as the request says it is"] });
    expect(await wrong({ ...encoded, stdin: "a=b=" }, "?base64_encoded=true")).toEqual({ stdin: ["is not Base64, as the request says it is"] });
  });
});

describe("a field that is wrong is named with what is wrong", () => {
  test.each([
    [{ source_code: undefined }, { source_code: ["can't be blank"] }],
    [{ source_code: "" }, { source_code: ["can't be blank"] }],
    [{ source_code: { a: 1 } }, { source_code: ["must be text"] }],
    [{ language_id: undefined }, { language_id: ["can't be blank"] }],
    [{ language_id: 9999 }, { language_id: ["language with id 9999 doesn't exist"] }],
    [{ language_id: "71abc" }, { language_id: ["language with id 71abc doesn't exist"] }],
    [{ language_id: 61 }, { language_id: ["language with id 61 cannot be used here: no such program: /usr/bin/ghc"] }],
    [{ cpu_time_limit: -0.1 }, { cpu_time_limit: ["must be greater than or equal to 0"] }],
    [{ cpu_time_limit: 61 }, { cpu_time_limit: ["must be less than or equal to 60"] }],
    [{ cpu_extra_time: 5.1 }, { cpu_extra_time: ["must be less than or equal to 5"] }],
    [{ wall_time_limit: 0.9 }, { wall_time_limit: ["must be greater than or equal to 1"] }],
    [{ memory_limit: 2047 }, { memory_limit: ["must be greater than or equal to 2048"] }],
    [{ memory_limit: 2_097_153 }, { memory_limit: ["must be less than or equal to 2097152"] }],
    [{ stack_limit: 128_001 }, { stack_limit: ["must be less than or equal to 128000"] }],
    [{ max_processes_and_or_threads: 0 }, { max_processes_and_or_threads: ["must be greater than 0"] }],
    [{ max_file_size: 4097 }, { max_file_size: ["must be less than or equal to 4096"] }],
    [{ number_of_runs: 0 }, { number_of_runs: ["must be greater than 0"] }],
    [{ number_of_runs: 21 }, { number_of_runs: ["must be less than or equal to 20"] }],
    [{ memory_limit: "lots" }, { memory_limit: ["is not a number"] }],
    [{ memory_limit: "1e400" }, { memory_limit: ["is not a number"] }],
    [{ memory_limit: [1] }, { memory_limit: ["is not a number"] }],
    [{ enable_network: {} }, { enable_network: ["must be true or false"] }],
    [{ enable_network: true }, { enable_network: ["cannot be enabled: this service does not allow it"] }],
    [{ compiler_options: "-O3" }, { compiler_options: ["can only be set for languages that are compiled"] }],
    [{ language_id: 54, compiler_options: "x".repeat(513) }, { compiler_options: ["is too long (maximum is 512 characters)"] }],
    [{ command_line_arguments: "x".repeat(513) }, { command_line_arguments: ["is too long (maximum is 512 characters)"] }],
    [{ command_line_arguments: "'a" }, { command_line_arguments: ["has a quotation mark without an end, or ends with a backslash"] }],
    [{ command_line_arguments: "a\0b" }, { command_line_arguments: ["must not contain a NUL character"] }],
    [{ callback_url: "ftp://example.org" }, { callback_url: ["must begin with http:// or https://"] }],
    [{ callback_url: "http://169.254.169.254/" }, { callback_url: ["must not lead to an address of this machine or of a private network"] }],
    [{ additional_files: "no zip" }, { additional_files: ["is not Base64, as the request says it is"] }],
    [{ additional_files: "bm8gemlw" }, { additional_files: ["is not a zip file that can be used: it is no zip file, or its end is missing"] }],
    [{ language_id: 89 }, { source_code: ["must be blank: the files of the program are in additional_files"], additional_files: ["can't be blank"] }],
    [{ language_id: 1, memory_limit: 1, stdin: [] }, { language_id: ["language with id 1 doesn't exist"], stdin: ["must be text"], memory_limit: ["must be greater than or equal to 2048"] }],
  ])("%j", async (fields, texts) => {
    expect(await wrong(fields)).toEqual(texts);
  });

  test("callbacks are refused when the service makes none, and the network is given when it allows it", async () => {
    const config = service().config;
    const silent = new FakeService({ config: { callbacks: { ...config.callbacks, allowed: false } } });
    expect((await post(silent, { ...hello, callback_url: "https://example.org/" })).body).toEqual({ callback_url: ["cannot be set: this service calls nobody back"] });
    const open = new FakeService({ config: { network: "allowed" } });
    await post(open, { ...hello, enable_network: true });
    expect(workOf(open).network).toBe(true);
  });

  test("a memory limit in which not even the runtime could begin is refused", async () => {
    const on = new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "java", name: "Java", judge0: [62], leastMemory: 100 * 1024 * 1024 })]) });
    expect((await post(on, { source_code: "x", language_id: 62, memory_limit: 65_536 })).body).toEqual({ memory_limit: ["must be greater than or equal to 102400 for Java (1.0.0)"] });
    const large = new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "java", judge0: [62], leastMemory: 200_000 * 1024 })]) });
    await post(large, { source_code: "x", language_id: 62 });
    expect(workOf(large).runLimits.memory_limit).toBe(200_000 * 1024);
  });

  test("a limit of 0 is the most that may be asked for", async () => {
    const on = service();
    await post(on, { ...hello, cpu_time_limit: 0, cpu_extra_time: 0, stack_limit: 0, max_file_size: 0 });
    expect(workOf(on).runLimits).toMatchObject({ cpu_time_limit: 60, stack_limit: 128_000 * 1024, file_size_limit: 4096 * 1024 });
  });
});

describe("waiting", () => {
  test("the answer has the usual fields of the result", async () => {
    const on = service().script(ranOnce({ stdout: "hello\n", cpu_time: 0.0454, wall_time: 0.1, memory_peak: 3_500_000 }));
    const { status, body } = await post(on, hello, "?wait=true");
    expect([status, body]).toEqual([201, { token: on.jobs[0]!.id, time: "0.045", memory: 3418, stdout: "hello\n", stderr: null, compile_output: null, message: null, status: { id: 3, description: "Accepted" } }]);
    expect(on.jobs[0]!.class).toBe("interactive");
  });

  test("ends when it took too long, with what is known then", async () => {
    const on = new FakeService({ config: { bounds: { ...service().config.bounds, wait: 0.01 } } });
    on.holds = true;
    expect((await post(on, hello, "?wait=true&fields=status,stdout,time")).body).toEqual({ status: { id: 1, description: "In Queue" }, stdout: null, time: null });
  });

  test("is refused when the service is set so", async () => {
    const on = new FakeService({ config: { judge0: { ...service().config.judge0, waitAllowed: false } } });
    expect(await post(on, hello, "?wait=true")).toEqual({ status: 400, body: { error: "wait not allowed" } });
  });

  test("for output that is not UTF-8 gives the token and says how to have it", async () => {
    const on = service().script(ranOnce({ stdout: Buffer.from([0xff, 0xfe]) }));
    const { status, body } = await post(on, hello, "?wait=true");
    expect([status, body]).toEqual([201, { token: on.jobs[0]!.id, error: "some of it is not UTF-8: ask for it with base64_encoded=true" }]);
    expect((await get(on, `/submissions/${body.token}`)).status).toBe(400);
    expect((await get(on, `/submissions/${body.token}?fields=status_id`)).body).toEqual({ status_id: 3 });
    expect((await get(on, `/submissions/${body.token}?base64_encoded=true&fields=stdout`)).body).toEqual({ stdout: "//4=\n" });
  });
});

describe("what the service cannot take now", () => {
  test("a full queue is 503 with the time after which it may be tried again", async () => {
    const response = await callDialect(judge0, postJson("/submissions", hello), service().script(full(2.2)));
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([503, "3", { error: "queue is full" }]);
  });

  test("while there is maintenance it takes and deletes nothing, and shows what there is", async () => {
    const on = new FakeService({ config: { judge0: { ...service().config.judge0, maintenance: "back at noon" } } });
    expect(await post(on, hello)).toEqual({ status: 503, body: { error: "back at noon" } });
    expect((await callDialect(judge0, postJson("/submissions/batch", { submissions: [hello] }), on)).status).toBe(503);
    expect((await get(on, "/config_info")).body.maintenance_mode).toBe(true);
    expect((await get(on, "/languages")).status).toBe(200);
  });

  test("the same Idempotency-Key is the same submission, and with another body an error", async () => {
    const on = service();
    const send = async (body: object) => (await callDialect(judge0, postJson("/submissions", body, { "idempotency-key": "k" }), on)).json() as Promise<any>;
    const first = await send(hello);
    expect(await send(hello)).toEqual(first);
    expect((await send({ ...hello, stdin: "x" })).error).toContain("Idempotency-Key");
    expect(on.jobs).toHaveLength(1);
  });
});
