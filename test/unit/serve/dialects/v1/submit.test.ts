// Jobs of the own API: what a request becomes, and what is refused.
import { expect, test } from "bun:test";
import type { ProgramWork } from "../../../../../src/serve/job.ts";
import { callV1, keyOf, post } from "../../../../helpers/call-v1.ts";
import { fakeCatalog, fakeLanguage, FakeService, full } from "../../../../helpers/fake-service.ts";

const hello = { language: "python", source: "print(1)" };
const workOf = (service: FakeService) => service.jobs.at(-1)!.work as ProgramWork;

/** The code of a refusal and the fields that it names. */
async function refused(body: unknown, service = new FakeService()): Promise<unknown> {
  const { status, body: said } = await post(service, "/jobs", body);
  expect(service.jobs).toEqual([]);
  return [status, said.code, ...(said.errors ?? []).map(({ path, message }: { path: string; message: string }) => `${path}: ${message}`)];
}

test("a source and its language are enough: one test, and the service's limits", async () => {
  const service = new FakeService();
  const { status, headers, body } = await post(service, "/jobs", hello);
  const [job] = service.jobs;
  expect([status, headers.get("location"), body.id]).toEqual([201, `/v1/jobs/${job!.id}`, job!.id]);
  expect(job).toMatchObject({ dialect: "v1", class: "normal", key: null, deadline: null, keepFor: null, labels: {}, callback: null });
  expect(job!.work).toEqual({
    kind: "program", language: "python", files: [{ name: "main", content: { text: "print(1)" } }], data: [], compilerOptions: [], args: [], environment: {}, compileLimits: {}, runLimits: {}, network: false,
    stderrToStdout: false, runs: 1, tests: [{ name: "1", stdin: { text: "" }, args: [], expected: null, limits: {} }], stopsAtFailure: false, checker: null, filesOut: [], keepsOrder: false,
  });
});

test("everything that can be asked for is in the job", async () => {
  const service = new FakeService({ config: { network: "allowed", callbacks: { allowed: true, privateNetworks: [], secrets: [], timeout: 5, giveUp: 60 } } });
  const before = Date.now();
  const { status } = await post(service, "/jobs", {
    language: "c++", files: [{ name: "a.cpp", content: "int main() {}" }, { name: "lib/b.h", content: { base64: "//8=" } }], data: [{ name: "d.txt", content: "d" }], compiler_options: ["-g"], args: ["x"], environment: { A: "b=c" },
    tests: [{ name: "first", stdin: "1", expected: "2", args: ["y"], limits: { cpu_time_limit: 1 } }, { stdin: { base64: "AP8=" }, expected: null }], stop_at_failure: true,
    checker: { protocol: "testlib", language: "py", source: "c", args: ["z"], limits: { cpu_time_limit: 2, memory_limit: 1048576 } }, limits: { memory_limit: 1048576, wall_time_limit: 3 }, compile_limits: { time_limit: 4 }, network: true,
    stderr_to_stdout: true, output_order: true, runs: 3, files_out: ["out.txt", "log?"], class: "batch", deadline: 60, keep: 0, labels: { zone: "a" }, callback: { url: "https://example.org/x", method: "PUT" }, live: true,
  });
  expect(status).toBe(201);
  const [job] = service.jobs;
  expect(job).toMatchObject({ class: "batch", keepFor: 0, labels: { zone: "a" }, callback: { url: "https://example.org/x", method: "PUT" }, isStreamed: true });
  expect(job!.deadline! - before).toBeWithin(60_000, 90_000);
  expect(job!.work).toEqual({
    kind: "program", language: "cpp", files: [{ name: "a.cpp", content: { text: "int main() {}" } }, { name: "lib/b.h", content: { base64: "//8=" } }], data: [{ name: "d.txt", content: { text: "d" } }], compilerOptions: ["-g"], args: ["x"], environment: { A: "b=c" },
    compileLimits: { time_limit: 4 }, runLimits: { memory_limit: 1048576, wall_time_limit: 3 }, network: true, stderrToStdout: true, runs: 3,
    tests: [{ name: "first", stdin: { text: "1" }, args: ["y"], expected: { text: "2" }, limits: { cpu_time_limit: 1 } }, { name: "2", stdin: { base64: "AP8=" }, args: [], expected: null, limits: {} }], stopsAtFailure: true,
    checker: { kind: "program", protocol: "testlib", language: "python", files: [{ name: "checker", content: { text: "c" } }], args: ["z"], limits: { cpu_time_limit: 2, memory_limit: 1048576 } }, filesOut: ["out.txt", "log?"], keepsOrder: true,
  });
});

test("the language is the one that is named, by id or alias, else that of the first file", async () => {
  const service = new FakeService();
  for (const [body, id] of [[{ language: "c", source: "" }, "c"], [{ language: "py", source: "" }, "python"], [{ files: [{ name: "a.CC", content: "" }] }, "cpp"], [{ language: "c", files: [{ name: "a.py", content: "" }] }, "c"]] as const) {
    expect((await post(service, "/jobs", body)).status).toBe(201);
    expect(workOf(service).language).toBe(id);
  }
});

test("a language that nobody knows, that is missing here, or that nothing names is refused", async () => {
  expect(await refused({ language: "pyton", source: "" })).toEqual([422, "unknown-language", 'language: there is no language "pyton": did you mean python?']);
  expect(await refused({ language: "haskell", source: "" })).toEqual([422, "unknown-language", "language: haskell cannot be used here: no such program: /usr/bin/ghc"]);
  expect(await refused({ source: "" })).toEqual([422, "unknown-language", "language: is missing: a source without a name does not say its language"]);
  expect(await refused({ files: [{ name: "a.zzz", content: "" }] })).toEqual([422, "unknown-language", 'language: no language has files like "a.zzz": give its id']);
  expect(await refused({ ...hello, checker: { protocol: "kattis", language: "haskell", source: "" } })).toEqual([422, "unknown-language", expect.stringMatching(/^checker\.language: haskell/)]);
});

test("what is of a wrong type, unknown or contradicts itself is refused with its place", async () => {
  for (const [part, error] of [
    [{ stdin: 5 }, 'stdin: must be text, or {"base64": "..."}'],
    [{ stdin: { base64: "a*b" } }, "stdin.base64: must be Base64"],
    [{ stdim: "" }, "stdim: is not known"],
    [{ files: [] , source: undefined }, "source: is missing: give source, or files with the source first"],
    [{ files: [{ name: "a.py", content: "" }] }, "source: goes without files: the source is the first file"],
    [{ tests: [] }, "tests: must not be empty"],
    [{ tests: [{}], stdin: "" }, "stdin: goes without tests: each test has its own"],
    [{ tests: [{ expect: "" }] }, "tests.0.expect: is not known"],
    [{ args: "x" }, "args: must be a list of texts"],
    [{ args: ["a\0b"] }, "args.0: must not contain a NUL character"],
    [{ environment: { "A=B": "" } }, "environment: names of variables must not contain ="],
    [{ data: [{ name: "../x", content: "" }] }, "data.0.name: must be a path without empty parts, . and .."],
    [{ data: [{ name: "/x", content: "" }] }, "data.0.name: names of files are relative to /box: leave the / out"],
    [{ data: [{ name: "a\0", content: "" }] }, "data.0.name: must not contain a NUL character"],
    [{ data: [{ name: "a", content: "" }, { name: "a", content: "" }] }, 'data: cannot be used: two files have the name "a"'],
    [{ data: [{ name: "a", content: "" }, { name: "a/b", content: "" }] }, 'data: cannot be used: "a" is a file, and a directory of "a/b"'],
    [{ data: [{ name: "a\nb", content: "" }] }, "data.0.name: cannot be used: it contains a control character"],
    [{ source: undefined, files: [{ name: "d/a.py", content: "" }] }, "files.0.name: is the source, and lies at the top: leave the directory out"],
    [{ source: undefined, files: [{ name: "a.py", content: "" }], data: [{ name: "a.py", content: "" }] }, 'data: cannot be used: two files have the name "a.py"'],
    [{ checker: { protocol: "kattis", language: "c", files: [{ name: "a", content: "" }, { name: "a", content: "" }] } }, 'checker.files: cannot be used: two files have the name "a"'],
    [{ compiler_options: ["-g"] }, "compiler_options: python has no compiler"],
    [{ files_out: ["../x?"] }, "files_out.0: must be a path below the working directory, perhaps with a ? at its end"],
    [{ runs: 0 }, "runs: must be at least 1"],
    [{ deadline: -1 }, "deadline: must be more than 0"],
    [{ keep: 1e9 }, "keep: the service keeps results for 86400 seconds at most"],
    [{ callback: "file:///etc/passwd" }, "callback: must be a URL that begins with http:// or https://"],
    [{ network: true }, "network: the service does not give the network to programs"],
    [{ checker: "lined" }, "checker: must be the name of a built-in checker, or an object with name, or with protocol, language and source"],
    [{ checker: { name: "lines", args: ["x"] } }, "checker.args: lines takes no flags"],
    [{ checker: { protocol: "kattis", language: "c" } }, "checker.source: is needed, or files with the source first; not both"],
    [{ limits: { memory_limit: "1" } }, "limits.memory_limit: must be a number (bytes), or null"],
    [{ limits: { process_limit: 1.5 } }, "limits.process_limit: must be a whole number (count)"],
    [{ limits: { memory: 1 } }, "limits.memory: is not known"],
  ] as const) expect([part, await refused({ ...hello, ...part })]).toEqual([part, [422, "invalid-request", error]]);
  for (const body of [null, [], "x", 5]) expect(await refused(body)).toEqual([422, "invalid-request", ": must be an object with a source"]);
  expect(await refused(JSON.parse('{"language":"python","source":"","environment":{"__proto__":"x"}}'))).toEqual([422, "invalid-request", expect.stringMatching(/^environment: /)]);
});

test("a limit above what the service allows is refused, and so is lifting one", async () => {
  expect(await refused({ ...hello, limits: { memory_limit: 2 ** 40, cpu_time_limit: null, time_limit: 61 } })).toEqual([
    422, "limit-too-high", "limits.time_limit: the service allows 60 at most", "limits.cpu_time_limit: cannot be lifted: the service allows 60 at most", "limits.memory_limit: the service allows 2147483648 at most",
  ]);
  expect(await refused({ ...hello, tests: [{ limits: { process_limit: 257 } }] })).toEqual([422, "limit-too-high", "tests.0.limits.process_limit: the service allows 256 at most"]);
});

test("memory that is too little for the runtime of the language is refused", async () => {
  const languages = fakeCatalog([fakeLanguage({ id: "java", leastMemory: 400_000_000 })]);
  const asked = { language: "java", source: "" };
  expect(await refused({ ...asked, limits: { memory_limit: 2 ** 27 } }, new FakeService({ languages }))).toEqual([422, "invalid-request", "limits.memory_limit: must be at least 400000000 for java: its runtime needs that"]);
  expect(await refused({ ...asked, tests: [{ limits: { memory_limit: 2 ** 27 } }] }, new FakeService({ languages }))).toEqual([422, "invalid-request", expect.stringMatching(/^tests\.0\.limits\.memory_limit: /)]);
  expect((await post(new FakeService({ languages }), "/jobs", { ...asked, limits: { memory_limit: 2 ** 29 } })).status).toBe(201);
});

test("more files, tests, jobs or bytes than the service takes are refused", async () => {
  const bounds = { ...new FakeService().config.bounds, files: 2, tests: 2, batch: 2, jobBytes: 10 };
  const service = new FakeService({ config: { bounds } });
  const file = (name: string) => ({ name, content: "" });
  expect(await refused({ files: ["a.py", "b", "c"].map(file) }, service)).toEqual([422, "invalid-request", "files: a job can have 2 files at most"]);
  expect(await refused({ ...hello, tests: [{}, {}, {}] }, service)).toEqual([422, "invalid-request", "tests: a job can have 2 tests at most"]);
  expect(await refused({ ...hello, stdin: "0123" }, service)).toEqual([413, "body-too-large"]);
  expect((await post(service, "/batch", [hello, hello, hello])).body).toMatchObject({ code: "invalid-request", detail: "the request has more than 2 jobs" });
});

test("a job that somebody waits for is interactive, one of a batch waits for the others", async () => {
  const service = new FakeService();
  await post(service, "/jobs?wait=5", hello);
  await post(service, "/batch", [hello, { ...hello, class: "normal" }]);
  expect(service.jobs.map((job) => job.class)).toEqual(["interactive", "batch", "normal"]);
});

test("a request that comes again with its Idempotency-Key is the same job, and with another body it is refused", async () => {
  const service = new FakeService();
  const again = { headers: { "idempotency-key": "k1" } };
  const first = await post(service, "/jobs", hello, again);
  const second = await post(service, "/jobs", hello, again);
  expect([first.status, second.status, second.body.id, service.jobs.length]).toEqual([201, 200, first.body.id, 1]);
  expect((await post(service, "/jobs", { ...hello, stdin: "x" }, again)).body).toMatchObject({ status: 422, code: "idempotency-conflict" });
  const batch = [hello, { ...hello, stdin: "2" }];
  const ids = ({ body }: { body: any }) => body.jobs.map((job: { id: string }) => job.id);
  const one = await post(service, "/batch", batch, again);
  expect(ids(await post(service, "/batch", batch, again))).toEqual(ids(one));
  expect((await post(service, "/batch", [...batch, hello], again)).status).toBe(422);
  expect((await post(service, "/jobs", hello, { headers: { "idempotency-key": "x".repeat(256) } })).status).toBe(422);
});

test("what the service refuses is told with when to try again", async () => {
  const { status, body, headers } = await post(new FakeService().script(full(7)), "/jobs", hello);
  expect([status, body.code, headers.get("retry-after")]).toEqual([503, "queue-full", "7"]);
});

test("a job belongs to the key that asked for it", async () => {
  const service = new FakeService();
  const { body } = await post(service, "/jobs", hello, { caller: keyOf("anna") });
  expect(service.jobs[0]!.key).toBe("anna");
  const status = async (key: string, scopes?: Parameters<typeof keyOf>[1]) => (await callV1(service, `/jobs/${body.id}`, { caller: keyOf(key, scopes) })).status;
  expect([await status("anna"), await status("bert"), await status("root", ["open", "run", "read", "admin"])]).toEqual([200, 404, 200]);
  expect((await callV1(service, `/jobs?ids=${body.id}`, { caller: keyOf("bert") })).body).toEqual({ jobs: [null] });
  expect((await callV1(service, `/jobs/${body.id}`, { method: "DELETE", caller: keyOf("bert") })).status).toBe(404);
  expect((await callV1(service, "/jobs", { caller: keyOf("anna") })).body).toMatchObject({ status: 403, code: "not-allowed" });
});
