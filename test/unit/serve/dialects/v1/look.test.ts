// What the own API tells about jobs and about the service.
import { expect, test } from "bun:test";
import { rangeOf } from "../../../../../src/serve/dialects/v1/outputs.ts";
import { v1 } from "../../../../../src/serve/dialects/v1/dialect.ts";
import { builtInCheck } from "../../../../../src/judge/records.ts";
import { callV1, keyOf, post } from "../../../../helpers/call-v1.ts";
import { until } from "../../../../helpers/until.ts";
import { compileOutcome, didNotCompile, fakeCatalog, FakeService, hostFailed, jobResult, ranOnce, type Scripted, testOutcome } from "../../../../helpers/fake-service.ts";

const hello = { language: "python", source: "print(1)" };

/** A job with this result. @returns its id */
async function ended(service: FakeService, result: Scripted, body: object = hello): Promise<string> {
  return (await post(service.script(result), "/jobs", body)).body.id as string;
}

test("a job that has ended is told with everything about its run", async () => {
  const service = new FakeService();
  const id = await ended(service, ranOnce({ stdout: "1\n", stderr: "é", status: "RuntimeError", exit_code: 3, error_message: "it ended with exit code 3" }));
  const { body } = await callV1(service, `/jobs/${id}`);
  expect(body).toMatchObject({
    id, state: "ended", outcome: "finished", status: "RuntimeError", accepted: false, problem: null, language: "python", dialect: "v1", class: "normal", started_at: "2023-11-14T22:13:20.000Z", ended_at: "2023-11-14T22:13:20.050Z", attempts: 1, worker: "fake", compile: null,
    tests: [{ name: "1", accepted: false, check: null, runs: 1, status: "RuntimeError", exit_code: 3, stdout: "1\n", stdout_bytes: 2, stdout_truncated: false, stderr: "é", stderr_bytes: 2, cpu_time: 0.012, wall_time: 0.034, memory_peak: 1048576, enforced: { memory: "cgroup-v2" } }],
  });
  expect(Object.keys(body.tests[0])).not.toContain("stdout_base64");
});

test("a job is accepted when each of its tests was run and is as expected", async () => {
  const service = new FakeService();
  const two = { ...hello, tests: [{ expected: "1" }, { expected: "2" }] };
  const right = testOutcome({}, { check: builtInCheck("accepted") });
  const wrong = testOutcome({}, { check: builtInCheck("wrong", "line 1"), accepted: false });
  const acceptedOf = async (result: Scripted) => (await callV1(service, `/jobs/${await ended(service, result, two)}`)).body.accepted;
  expect([await acceptedOf(jobResult({ tests: [right, right] })), await acceptedOf(jobResult({ tests: [right, wrong] })), await acceptedOf(jobResult({ tests: [right] })), await acceptedOf(didNotCompile()), await acceptedOf(hostFailed())]).toEqual([true, false, false, false, null]);
});

test("a compiler that refuses, a fault of the host, and a job that was cancelled are told apart", async () => {
  const service = new FakeService();
  const told = async (result: Scripted) => {
    const { body } = await callV1(service, `/jobs/${await ended(service, result)}`);
    return [body.outcome, body.status, body.problem, body.compile?.stderr ?? null, body.tests.length];
  };
  expect(await told(didNotCompile())).toEqual(["finished", "CompileError", null, "error: no", 0]);
  expect(await told(hostFailed("no memory"))).toEqual(["failed", "InternalError", "no memory", null, 0]);
  expect(await told(jobResult({ outcome: "cancelled" }))).toEqual(["cancelled", null, null, null, 0]);
  expect(await told(jobResult({ outcome: "expired" }))).toEqual(["expired", null, null, null, 0]);
});

test("long outputs are told up to a size, bytes that are no text in Base64, and all of them as they are", async () => {
  const service = new FakeService();
  const long = "é".repeat(600_000);
  const id = await ended(service, ranOnce({ stdout: await service.contents.put(Buffer.from(long)), stderr: new Uint8Array([0x61, 0xff]), output: null }));
  const { tests: [whole] } = (await callV1(service, `/jobs/${id}`)).body;
  expect([whole.stdout.length, whole.stdout_bytes, whole.stdout_cut, whole.stderr, whole.stderr_base64, whole.stderr_bytes]).toEqual([524_288, 1_200_000, true, "a\ufffd", "Yf8=", 2]);
  const { tests: [short] } = (await callV1(service, `/jobs/${id}?output=3`)).body;
  // No half of a character.
  expect([short.stdout, short.stdout_cut, short.stdout_base64]).toEqual(["é", true, undefined]);
  const { tests: [none] } = (await callV1(service, `/jobs/${id}?output=0`)).body;
  expect([none.stdout, none.stdout_bytes, none.stdout_cut]).toEqual(["", 1_200_000, true]);
  const raw = await callV1(service, `/jobs/${id}/tests/1/stdout`);
  expect([raw.status, raw.body === long, raw.headers.get("content-type"), raw.headers.get("content-disposition")]).toEqual([200, true, "application/octet-stream", "attachment"]);
});

test("an answer has a bounded part of all its outputs, the first ones first", async () => {
  const service = new FakeService();
  const long = await service.contents.put(Buffer.alloc(1024 * 1024, "x"));
  const id = await ended(service, jobResult({ tests: Array.from({ length: 40 }, () => testOutcome({ stdout: long, output: null })) }));
  const lengths = async (query: string) => (await callV1(service, `/jobs?ids=${id}${query}`)).body.jobs[0].tests.map((test: any) => test.stdout.length / 1024 / 1024);
  expect(await lengths("")).toEqual([...Array(16).fill(1), ...Array(24).fill(0)]);
  expect((await lengths(`&output=${30 * 1024 * 1024}`)).filter((length: number) => length > 0)).toHaveLength(30);
});

test("a range of an output is told as such", async () => {
  const service = new FakeService();
  const id = await ended(service, ranOnce({ stdout: "0123456789" }, compileOutcome({ stderr: "a warning" })));
  const part = await callV1(service, `/jobs/${id}/tests/1/stdout`, { headers: { range: "bytes=2-4" } });
  expect([part.status, part.body, part.headers.get("content-range")]).toEqual([206, "234", "bytes 2-4/10"]);
  const away = await callV1(service, `/jobs/${id}/tests/1/stdout`, { headers: { range: "bytes=10-" } });
  expect([away.status, away.body.code, away.headers.get("content-range")]).toEqual([416, "range-not-satisfiable", "bytes */10"]);
  expect((await callV1(service, `/jobs/${id}/compile/stderr`)).body).toBe("a warning");
  expect([rangeOf("bytes=-3", 10), rangeOf("bytes=8-99", 10), rangeOf("bytes=0-0,2-3", 10), rangeOf("bytes=5-2", 10), rangeOf("lines=1-2", 10), rangeOf("bytes=0-", 0), rangeOf("bytes=-0", 10)]).toEqual([[7, 9], [8, 9], null, null, null, "none", "none"]);
});

test("files of a run are told, and can be had as bytes", async () => {
  const service = new FakeService();
  const id = await ended(service, ranOnce({ files: { "a/b.txt": { content: { text: "x" }, bytes: 1, truncated: false }, gone: { error: "there is none", type: "CopyOutOpen" }, bin: { content: { base64: "/w==" }, bytes: 1, truncated: false } } }));
  expect((await callV1(service, `/jobs/${id}`)).body.tests[0].files).toEqual({ "a/b.txt": { bytes: 1, text: "x" }, gone: { error: "there is none" }, bin: { bytes: 1, base64: "/w==" } });
  expect((await callV1(service, `/jobs/${id}/tests/1/files/a%2Fb.txt`)).body).toBe("x");
  for (const path of ["files/gone", "files/else", "files/constructor", "output2"]) expect((await callV1(service, `/jobs/${id}/tests/1/${path}`)).status).toBe(404);
});

test("what there is not is 404: jobs, tests, outputs, results that are not there yet", async () => {
  const service = new FakeService();
  const id = await ended(service, ranOnce({ output: null }));
  service.holds = true;
  const waiting = (await post(service, "/jobs", hello)).body.id as string;
  for (const path of ["/jobs/x", `/jobs/${crypto.randomUUID()}`, `/jobs/${id}/tests/2/stdout`, `/jobs/${id}/tests/0/stdout`, `/jobs/${id}/tests/1/output`, `/jobs/${id}/compile/stdout`, `/jobs/${waiting}/tests/1/stdout`, `/jobs/${waiting}/compile/stdout`]) {
    expect([path, (await callV1(service, path)).body.code]).toEqual([path, "not-found"]);
  }
});

test("only the fields that were asked for are told", async () => {
  const service = new FakeService();
  const id = await ended(service, ranOnce());
  expect((await callV1(service, `/jobs/${id}?fields=state,status`)).body).toEqual({ id, state: "ended", status: "Success" });
  expect((await callV1(service, `/jobs/${id}?fields=statos`)).body.errors).toEqual([{ path: "?fields", message: expect.stringMatching(/^there is no field "statos": the fields are id, state, /) }]);
  for (const query of ["wait=-1", "wait=x", "output=1.5", "waits=1"]) expect([query, (await callV1(service, `/jobs/${id}?${query}`)).status]).toEqual([query, 422]);
});

test("a long poll answers when the job ends, and when the time is over", async () => {
  const service = new FakeService();
  service.holds = true;
  const { body } = await post(service, "/jobs?wait=0.01", hello);
  expect([body.state, body.outcome, body.tests]).toEqual(["queued", null, []]);
  const poll = callV1(service, `/jobs/${body.id}?wait=60&fields=state,outcome`);
  service.start(body.id);
  service.finish(body.id);
  expect((await poll).body).toEqual({ id: body.id, state: "ended", outcome: "finished" });
});

test("jobs are asked for together, in the order of their ids", async () => {
  const service = new FakeService();
  const { status, body } = await post(service, "/batch?wait=5&fields=state", [hello, { ...hello, stdin: "2" }]);
  expect([status, body.jobs.map(({ state }: { state: string }) => state)]).toEqual([201, ["ended", "ended"]]);
  const [one, two] = body.jobs.map(({ id }: { id: string }) => id) as [string, string];
  const many = (await callV1(service, `/jobs?ids=${two},nonsense,${one},${crypto.randomUUID()}&fields=state`)).body;
  expect(many).toEqual({ jobs: [{ id: two, state: "ended" }, null, { id: one, state: "ended" }, null] });
  expect((await callV1(service, "/jobs?limit=1&fields=state")).body).toEqual({ jobs: [{ id: two, state: "ended" }], total: 2 });
});

test("of a batch, each job is told as it is when the time is over", async () => {
  const service = new FakeService();
  service.holds = true;
  const batch = post(service, "/batch?wait=0.2&fields=state", [hello, { ...hello, stdin: "2" }, { ...hello, stdin: "3" }]);
  await until("they are there", () => service.jobs.length === 3);
  service.finish(service.jobs[2]!.id);
  expect((await batch).body.jobs.map(({ state }: { state: string }) => state)).toEqual(["queued", "queued", "ended"]);
});

test("a job is cancelled, its result removed", async () => {
  const service = new FakeService();
  service.holds = true;
  const [one, two] = [(await post(service, "/jobs", hello)).body.id, (await post(service, "/jobs", hello)).body.id];
  const cancelled = await callV1(service, `/jobs/${one}/cancel`, { method: "POST" });
  expect([cancelled.status, cancelled.body.outcome]).toEqual([200, "cancelled"]);
  expect((await callV1(service, `/jobs/${one}/cancel`, { method: "POST" })).status).toBe(200);
  expect((await callV1(service, `/jobs/${two}`, { method: "DELETE" })).status).toBe(202);
  expect((await callV1(service, `/jobs/${two}`, { method: "DELETE" })).status).toBe(204);
  expect((await callV1(service, `/jobs/${two}`, { method: "DELETE" })).status).toBe(404);
  expect(service.cancelled).toEqual([one, two]);
});

test("languages, the bounds of the caller, and the queue are told", async () => {
  const keys = [{ name: "anna", sha256: "0".repeat(64), scopes: ["run", "read"], languages: ["c"], rate: 60, mostJobs: 5 }] as const;
  const service = new FakeService({ config: { keys } });
  const { languages } = (await callV1(service, "/languages")).body;
  expect(languages.map(({ id, version, is_there }: any) => [id, version, is_there]).slice(0, 1)).toEqual([["python", "3.11.2", true]]);
  expect(languages.at(-1)).toEqual({ id: "haskell", name: "Haskell (GHC)", aliases: [], extensions: [".hs"], is_compiled: true, version: null, is_there: false, problem: "no such program: /usr/bin/ghc", compile_command: null, run_command: "haskell {source}", least_memory: 0 });
  expect((await callV1(service, "/languages", { caller: keyOf("anna", ["open", "run", "read"], ["c"]) })).body.languages.map(({ id }: any) => id)).toEqual(["c"]);
  expect((await callV1(service, "/info", { caller: keyOf("anna", ["open", "run", "read"], ["c"]) })).body).toMatchObject({
    version: "0.0.0", key: "anna", scopes: ["run", "read"], languages: ["c"], rate: 60, most_jobs: 5, needs_key: true, network: "none", callbacks: true, keep: 86400, bounds: { wait: 60, tests: 1000 }, run: { usual: { cpu_time_limit: 3 }, most: { cpu_time_limit: 60 } },
  });
  service.holds = true;
  await post(service, "/jobs", hello);
  expect((await callV1(service, "/queue")).body).toMatchObject({ queued: { interactive: 0, normal: 1, batch: 0 }, running: 0, slots: [{ cpus: "0", busy: false, job: null }, { cpus: "1" }], is_draining: false, problems: [] });
});

test("whoever wants to wait for the versions of languages does", async () => {
  const known = Promise.withResolvers<void>();
  const service = new FakeService({ languages: { ...fakeCatalog(), asked: known.promise } });
  expect((await callV1(service, "/languages")).status).toBe(200);
  expect((await callV1(service, "/languages?wait=0.01")).status).toBe(200);
  const waiting = callV1(service, "/languages?wait=60");
  known.resolve();
  expect((await waiting).status).toBe(200);
});

test("a callback has the job in it", async () => {
  const service = new FakeService();
  const id = await ended(service, ranOnce({ stdout: "1\n" }));
  const { body, contentType } = await v1.callbackBody!((await service.get(id))!, service);
  expect([contentType, JSON.parse(body)]).toEqual(["application/json", (await callV1(service, `/jobs/${id}`)).body]);
});
