// The own API of the compiled binary, from one end to the other. Every answer is held against the OpenAPI document.
import { afterAll, expect } from "bun:test";
import { answerFaults, eventsIn, type ServerEvent } from "../helpers/v1-answers.ts";
import { redis, RedisServer } from "../helpers/redis-server.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { startWorker } from "../helpers/serve-worker.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

let shared: Promise<TestService> | null = null;
const service = () => (shared ??= startServer({ keys: [] }));
afterAll(async () => (await shared)?.[Symbol.asyncDispose]());

interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

async function call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const response = await (await service()).ask(path, { method, headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  expect(await answerFaults(method, path.split("?")[0]!, response)).toEqual([]);
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  return { status: response.status, headers: response.headers, body: isJson ? await response.json() : await response.text() };
}

const submit = (body: unknown, query = "?wait=60", headers: Readonly<Record<string, string>> = {}) => call("POST", `/v1/jobs${query}`, body, headers);
const python = (source: string, more: object = {}) => ({ language: "python", source, ...more });
const c = (source: string, more: object = {}) => ({ language: "c", source, ...more });

claim("a source comes back with what it wrote, its time and its memory", async () => {
  const { status, body } = await submit(python("import sys\nprint(input()[::-1])\nprint('é', file=sys.stderr)\nsys.exit(3)\n", { stdin: "abc\n" }));
  expect(status).toBe(201);
  expect(body).toMatchObject({ state: "ended", outcome: "finished", status: "RuntimeError", accepted: false, tests: [{ stdout: "cba\n", stderr: "é\n", exit_code: 3, enforced: { network: "namespace" } }] });
  expect([body.tests[0].cpu_time > 0, body.tests[0].memory_peak > 0]).toEqual([true, true]);
});

claim("a program is compiled once and run on each test, up to the first that is not accepted", async () => {
  const double = c("#include <stdio.h>\nint main(void) { int n; scanf(\"%d\", &n); if (n == 3) for (;;); printf(\"%d\\n\", 2 * n); return 0; }\n", { limits: { cpu_time_limit: 0.3 } });
  const tests = [{ stdin: "1", expected: "2" }, { name: "off", stdin: "2", expected: "5" }, { stdin: "3", expected: "6" }, { stdin: "4", expected: "8" }];
  const all = (await submit({ ...double, tests })).body;
  expect(all.tests.map((test: any) => [test.name, test.status, test.check?.kind ?? null, test.accepted])).toEqual([["1", "Success", "accepted", true], ["off", "Success", "wrong", false], ["3", "TimeLimit", null, false], ["4", "Success", "accepted", true]]);
  expect([all.accepted, all.status, all.compile.status]).toEqual([false, "TimeLimit", "Success"]);
  const some = (await submit({ ...double, tests, stop_at_failure: true })).body;
  expect([some.tests.length, some.accepted, some.compile.cached]).toEqual([2, false, true]);
});

claim("a checker that is a program decides, and one that fails is no verdict", async () => {
  const near = "import sys\nsys.exit(42 if abs(float(sys.stdin.read()) - float(open(sys.argv[2]).read())) < float(sys.argv[4]) else 43)\n";
  const checker = { protocol: "kattis", language: "python", source: near, args: ["0.1"] };
  const { body } = await submit(python("print(input())", { tests: [{ stdin: "1.05", expected: "1" }, { stdin: "1.5", expected: "1" }], checker }));
  expect([body.outcome, ...body.tests.map((test: any) => test.check.kind)]).toEqual(["finished", "accepted", "wrong"]);
  const broken = (await submit(python("print(input())", { stdin: "x", expected: "1", checker }))).body;
  expect([broken.outcome, broken.status, broken.accepted, broken.problem, broken.tests[0].status]).toEqual(["failed", "InternalError", null, expect.stringMatching(/^the checker failed/), "Success"]);
  const unbuilt = (await submit(python("print(1)", { checker: { protocol: "testlib", language: "c", source: "int main(void) { return word; }" } }))).body;
  expect([unbuilt.outcome, unbuilt.problem, unbuilt.tests]).toEqual(["failed", expect.stringMatching(/^the checker cannot be used: [\s\S]*word/), []]);
  expect((await submit(python("print('YES')", { expected: "yes", checker: "yesno" }))).body.accepted).toBe(true);
  expect((await submit(python("print('a  b')", { expected: "a b", checker: "wcmp" }))).body.accepted).toBe(true);
});

claim("a compiler that refuses is told with its words, and nothing runs", async () => {
  const { body } = await submit(c("int main(void) { return word; }"));
  expect([body.outcome, body.status, body.accepted, body.tests]).toEqual(["finished", "CompileError", false, []]);
  expect(body.compile.stderr).toContain("word");
});

claim("an input of 10 MB and an output as long are there to the last byte, whole and in parts", async () => {
  const stdin = "0123456789abcde\n".repeat(655_360);
  const { body } = await submit(python("import sys\nsys.stdout.write(sys.stdin.read())\n", { stdin, expected: stdin, limits: { output_limit: 16 * 1024 * 1024 } }));
  expect([body.accepted, body.tests[0].stdout_bytes, body.tests[0].stdout_cut, body.tests[0].stdout.length]).toEqual([true, stdin.length, true, 1024 * 1024]);
  const path = `/v1/jobs/${body.id}/tests/1/stdout`;
  expect((await call("GET", path)).body === stdin).toBe(true);
  const part = await call("GET", path, undefined, { range: "bytes=-16" });
  expect([part.status, part.body, part.headers.get("content-range")]).toEqual([206, "0123456789abcde\n", `bytes ${stdin.length - 16}-${stdin.length - 1}/${stdin.length}`]);
});

claim("files go in and out, and variables, arguments and the order of outputs are as asked for", async () => {
  const source = "import os, sys\nprint(open('d/in.txt').read(), *sys.argv[1:], os.environ['WORD'], flush=True)\nprint('second', file=sys.stderr, flush=True)\nopen('out.bin', 'wb').write(b'\\xff' * 9000)\nopen('out.txt', 'w').write('x')\n";
  const { body } = await submit(python(source, { data: [{ name: "d/in.txt", content: "in" }], args: ["a"], tests: [{ args: ["b c"] }], environment: { WORD: "w" }, output_order: true, files_out: ["out.txt", "out.bin", "none?", "lost"] }));
  const [test] = body.tests;
  expect([test.status, test.output]).toEqual(["Success", "in a b c w\nsecond\n"]);
  expect(test.files).toEqual({ "out.txt": { bytes: 1, text: "x" }, "out.bin": { bytes: 9000, base64: Buffer.alloc(9000, 0xff).toString("base64") }, lost: { error: expect.any(String) } });
  const raw = await (await service()).ask(`/v1/jobs/${body.id}/tests/1/files/out.bin`);
  expect(new Uint8Array(await raw.arrayBuffer())).toEqual(new Uint8Array(9000).fill(0xff));
});

claim("the same request with its key is the same job, which runs once", async () => {
  const key = { "idempotency-key": crypto.randomUUID() };
  const one = await submit(python("print(1)"), "", key);
  const two = await submit(python("print(1)"), "?wait=60", key);
  expect([one.status, two.status, two.body.id, two.body.attempts]).toEqual([201, 200, one.body.id, 1]);
  expect((await submit(python("print(2)"), "", key)).body.code).toBe("idempotency-conflict");
});

/** Reads events until one is there. */
async function* eventStream(response: Response): AsyncGenerator<ServerEvent> {
  let text = "";
  for await (const bytes of response.body!) {
    text += Buffer.from(bytes).toString();
    const end = text.lastIndexOf("\n\n") + 2;
    yield* eventsIn(text.slice(0, end));
    text = text.slice(end);
  }
}

const talkative = python("import time, sys\nprint('begun', flush=True)\nfor _ in range(600): time.sleep(0.1)\n", { limits: { wall_time_limit: 100 } });

claim("output comes while the program runs, and a job that runs is cancelled", async () => {
  const { url } = await service();
  const response = await fetch(`${url}/v1/jobs`, { method: "POST", headers: { "content-type": "application/json", accept: "text/event-stream" }, body: JSON.stringify(talkative) });
  const events: ServerEvent[] = [];
  let id = "";
  for await (const event of eventStream(response)) {
    events.push(event);
    if (event.name === "output" && id === "") {
      // It runs: a list has it, and so has somebody who looks at it.
      const { jobs } = (await call("GET", "/v1/jobs?limit=1")).body;
      id = jobs[0].id as string;
      expect([jobs[0].state, event.data]).toEqual(["running", { test: 0, stream: "stdout", text: expect.stringMatching(/^begun/) }]);
      expect((await call("POST", `/v1/jobs/${id}/cancel`)).status).toBe(200);
    }
  }
  // A line may come in two pieces.
  expect([...new Set(events.map(({ name }) => name))].filter((name) => name !== "queued" && name !== "tested")).toEqual(["started", "test", "output", "ended"]);
  expect(events.at(-1)!.data.job).toMatchObject({ id, outcome: "cancelled", status: null, accepted: null });
  expect((await call("GET", `/v1/jobs/${id}?wait=60`)).body.outcome).toBe("cancelled");
  expect((await call("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
  expect((await call("GET", `/v1/jobs/${id}`)).status).toBe(404);
});

claim("a job that asks to be live tells its output to whoever comes while it runs", async () => {
  const source = python("import time\nfor n in range(600):\n  print(n, flush=True)\n  time.sleep(0.05)\n", { live: true, limits: { wall_time_limit: 100 } });
  const { id } = (await submit(source, "")).body;
  const { url } = await service();
  for await (const { name } of eventStream(await fetch(`${url}/v1/jobs/${id}/events`))) if (name === "output") break;
  expect((await call("DELETE", `/v1/jobs/${id}`)).status).toBe(202);
  expect((await call("GET", `/v1/jobs/${id}?wait=60&fields=outcome`)).body.outcome).toBe("cancelled");
});

claim("a long poll is answered when the job ends, a batch when all of it has ended", async () => {
  const { id } = (await submit(python("import time\ntime.sleep(0.3)"), "?wait=0")).body;
  expect((await call("GET", `/v1/jobs/${id}?wait=60&fields=state,status`)).body).toEqual({ id, state: "ended", status: "Success" });
  const { status, body } = await call("POST", "/v1/batch?wait=60&fields=class,tests", [1, 2, 3, 4].map((n) => python(`print(${n})`)));
  expect([status, body.jobs.map((job: any) => [job.class, job.tests[0].stdout])]).toEqual([201, [["batch", "1\n"], ["batch", "2\n"], ["batch", "3\n"], ["batch", "4\n"]]]);
  expect((await call("POST", "/v1/batch", [python("print(1)"), python("print(1)", { runs: 0 })])).body.errors).toEqual([{ path: "1.runs", message: "must be at least 1" }]);
});

claim("a job whose deadline passes before it begins ends as expired", async () => {
  const blockers = await call("POST", "/v1/batch", [1, 2].map(() => python("import time\ntime.sleep(0.5)", { class: "interactive" })));
  const { body } = await submit(python("print(1)", { class: "batch", deadline: 0.05 }));
  expect([body.outcome, body.status, body.tests]).toEqual(["expired", null, []]);
  for (const { id } of blockers.body.jobs) await call("GET", `/v1/jobs/${id}?wait=60`);
});

claim("what cannot be used is refused in the words of the API: JSON, sizes, methods, addresses", async () => {
  const { ask } = await service();
  const code = async (init: RequestInit, path = "/v1/jobs") => {
    const response = await ask(path, init);
    expect(await answerFaults(init.method ?? "GET", path, response)).toEqual([]);
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  const json = { "content-type": "application/json" };
  expect(await code({ method: "POST", headers: json, body: "{" })).toEqual([400, "invalid-json"]);
  expect(await code({ method: "PUT" })).toEqual([405, "method-not-allowed"]);
  expect(await code({}, "/v1/nowhere")).toEqual([404, "not-found"]);
  expect(await code({ method: "POST", headers: json, body: JSON.stringify(python("", { language: "cobol85" })) })).toEqual([422, "unknown-language"]);
  // It would wait for ever.
  expect(await code({ method: "POST", headers: json, body: JSON.stringify(python("", { labels: { zone: "a" } })) })).toEqual([503, "language-unavailable"]);
});

claim("with keys, each caller has its own jobs, is told who it is, and is told when it asks too often", async () => {
  const sha256 = (key: string) => new Bun.CryptoHasher("sha256").update(key).digest("hex");
  await using keyed = await startServer({ keys: [{ name: "anna", sha256: sha256("a-key"), scopes: ["run", "read"], languages: ["python"], rate: 2 }, { name: "bert", sha256: sha256("b-key"), scopes: ["read"] }] });
  const as = async (key: string | null, path: string, body?: unknown) => {
    const response = await keyed.ask(path, { ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }), headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) } });
    expect(await answerFaults(body === undefined ? "GET" : "POST", path.split("?")[0]!, response)).toEqual([]);
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  expect((await as(null, "/v1/info")).body.code).toBe("no-key");
  expect((await as("c-key", "/v1/info")).body.code).toBe("wrong-key");
  expect((await as("a-key", "/v1/info")).body).toMatchObject({ key: "anna", scopes: ["run", "read"], languages: ["python"], rate: 2, needs_key: true });
  const { body: { id } } = await as("a-key", "/v1/jobs?wait=60", python("print(1)"));
  expect([(await as("a-key", `/v1/jobs/${id}`)).status, (await as("b-key", `/v1/jobs/${id}`)).status]).toEqual([200, 404]);
  expect((await as("b-key", "/v1/jobs", python(""))).body.code).toBe("not-allowed");
  expect((await as("a-key", "/v1/jobs", c("int main(void) {}"))).body.code).toBe("not-allowed");
  const late = await as("a-key", "/v1/jobs", python("print(1)"));
  expect([late.status, late.body.code, Number(late.headers.get("retry-after")) > 0]).toEqual([429, "rate-limited", true]);
  // To cancel costs nothing.
  expect((await as("a-key", `/v1/jobs/${id}/cancel`, {})).status).toBe(200);
  expect((await as(null, "/v1/openapi.json")).body.openapi).toBe("3.1.0");
});

claim("a full queue is told at once, with when to try again", async () => {
  await using small = await startServer({ slots: 1, queue: { most: 1 } });
  const ids: string[] = [];
  let last: Response;
  do {
    last = await small.post("/v1/jobs", talkative);
    expect(await answerFaults("POST", "/v1/jobs", last)).toEqual([]);
    if (last.status === 201) ids.push(((await last.json()) as { id: string }).id);
  } while (last.status === 201 && ids.length < 4);
  expect([last.status, ((await last.json()) as { code: string }).code, Number(last.headers.get("retry-after")) > 0, ids.length]).toEqual([503, "queue-full", true, 2]);
  for (const id of ids) await small.ask(`/v1/jobs/${id}`, { method: "DELETE" });
});

claimWith(...sandbox, redis, executable("/usr/bin/python3"))("with workers elsewhere, output comes as it is written, and checkers and long outputs are as here", async () => {
  await using store = await RedisServer.start();
  await using far = await startServer({ store: store.url, slots: 0 });
  await using _worker = await startWorker(store.url, "far");
  const checker = { protocol: "kattis", language: "python", source: "import sys\nsys.exit(42 if len(sys.stdin.read()) == 20003 else 43)\n" };
  const source = "import time\nprint('1', flush=True)\ntime.sleep(0.2)\nprint('x' * 20000)\n";
  const response = await far.post("/v1/jobs", python(source, { checker }), { accept: "text/event-stream" });
  const events: ServerEvent[] = [];
  for await (const event of eventStream(response)) events.push(event);
  const texts = events.filter(({ name }) => name === "output").map(({ data }) => data.text as string);
  expect([texts.join(""), texts.length > 1]).toEqual([`1\n${"x".repeat(20_000)}\n`, true]);
  const { job } = events.at(-1)!.data;
  expect([job.worker, job.accepted, job.tests[0].stdout.length]).toEqual(["far", true, 20_003]);
  expect((await (await far.ask(`/v1/jobs/${job.id}/tests/1/stdout`)).text()).length).toBe(20_003);
});
