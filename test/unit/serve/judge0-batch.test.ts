// Judge0: batches, the list, deletion, and who may see what others have submitted.
import { describe, expect, test } from "bun:test";
import { judge0 } from "../../../src/serve/dialects/judge0/judge0.ts";
import { HttpFault } from "../../../src/serve/http/dialect.ts";
import { callDialect, FakeService, full, postJson, ranOnce } from "../../helpers/fake-service.ts";

const hello = { source_code: "print('hello')", language_id: 71 };
const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

/** A service that knows the user `chief`. */
function withUsers(): FakeService {
  const config = new FakeService().config;
  return new FakeService({ config: { judge0: { ...config.judge0, users: [sha256("someone"), sha256("chief")] } } });
}

async function ask(on: FakeService, method: string, path: string, headers: Record<string, string> = {}): Promise<{ readonly status: number; readonly body: any }> {
  const response = await callDialect(judge0, new Request(`http://localhost${path}`, { method, headers }), on);
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function batch(on: FakeService, submissions: unknown, query = ""): Promise<{ readonly status: number; readonly body: any }> {
  const response = await callDialect(judge0, postJson(`/submissions/batch${query}`, { submissions }), on);
  return { status: response.status, body: await response.json() };
}

describe("a batch", () => {
  test("is answered with tokens in its order, and waits for nothing", async () => {
    const on = new FakeService();
    on.holds = true;
    const { status, body } = await batch(on, [hello, { ...hello, stdin: "2" }], "?wait=true&fields=nonsense");
    expect([status, body]).toEqual([201, on.jobs.map(({ id }) => ({ token: id }))]);
    expect(on.jobs).toHaveLength(2);
  });

  test("takes what is right and names what is wrong, each in its place", async () => {
    const on = new FakeService();
    const { status, body } = await batch(on, [{ ...hello, language_id: 9999 }, hello, "nonsense", hello]);
    expect(status).toBe(201);
    expect(body).toEqual([{ language_id: ["language with id 9999 doesn't exist"] }, { token: on.jobs[0]!.id }, { language_id: ["can't be blank"], source_code: ["can't be blank"] }, { token: on.jobs[1]!.id }]);
  });

  test("in which nothing is right is 422", async () => {
    const { status, body } = await batch(new FakeService(), [{ ...hello, memory_limit: 1 }]);
    expect([status, body]).toEqual([422, [{ memory_limit: ["must be greater than or equal to 2048"] }]]);
  });

  test("of nothing, or of too much, is refused", async () => {
    expect(await batch(new FakeService(), [])).toEqual({ status: 400, body: { error: "there should be at least one submission in a batch" } });
    expect((await batch(new FakeService(), "x")).status).toBe(400);
    expect(await batch(new FakeService(), Array(21).fill(hello))).toEqual({ status: 400, body: { error: "number of submissions in a batch should be less than or equal to 20" } });
  });

  test("is taken all or not at all when the queue is full", async () => {
    const on = new FakeService().script(full());
    expect(await batch(on, [hello, hello])).toEqual({ status: 503, body: { error: "queue is full" } });
    expect(on.jobs).toEqual([]);
  });

  test("may be Base64, and may come as a form", async () => {
    const on = new FakeService();
    await batch(on, [{ ...hello, source_code: "MQ==" }], "?base64_encoded=true");
    const form = new URLSearchParams([["submissions[][source_code]", "a"], ["submissions[][language_id]", "71"], ["submissions[][source_code]", "b"], ["submissions[][language_id]", "54"]]);
    expect((await callDialect(judge0, new Request("http://localhost/submissions/batch", { method: "POST", body: form }), on)).status).toBe(201);
    expect(on.jobs.map(({ work }) => work.kind === "program" && [work.language, work.files[0]!.content])).toEqual([["python", { text: "1" }], ["python", { text: "a" }], ["cpp", { text: "b" }]]);
  });

  test("with an Idempotency-Key is the same batch again", async () => {
    const on = new FakeService();
    const send = async () => (await callDialect(judge0, postJson("/submissions/batch", { submissions: [hello, hello] }, { "idempotency-key": "k" }), on)).json();
    expect(await send()).toEqual(await send());
    expect(on.jobs).toHaveLength(2);
  });

  test("is shown in the order of the tokens, with null for those that nobody has", async () => {
    const on = new FakeService().script(ranOnce({ stdout: "1" }), ranOnce({ stdout: "2" }));
    await batch(on, [hello, hello]);
    const [first, second] = on.jobs.map(({ id }) => id);
    const shown = [{ token: second, stdout: "2" }, null, { token: first, stdout: "1" }];
    expect(await ask(on, "GET", `/submissions/batch?tokens=${second},nobody, ${first},&fields=token,stdout`)).toEqual({ status: 200, body: { submissions: shown } });
    expect((await ask(on, "GET", "/submissions/batch?fields=token,stdout", { tokens: `${second},nobody,${first}` })).body).toEqual({ submissions: shown });
    expect((await ask(on, "GET", "/submissions/batch")).status).toBe(400);
    expect((await ask(on, "GET", `/submissions/batch?tokens=${Array(21).fill("x").join(",")}`)).status).toBe(400);
    expect((await ask(on, "GET", "/submissions/batch?tokens=x&fields=nonsense")).body).toEqual({ error: "invalid fields: [nonsense]" });
  });

  test("with something that is not UTF-8 is shown as Base64 only", async () => {
    const on = new FakeService().script(ranOnce({ stdout: Buffer.from([0xff]) }));
    await batch(on, [hello]);
    expect((await ask(on, "GET", `/submissions/batch?tokens=${on.jobs[0]!.id}`)).status).toBe(400);
    expect((await ask(on, "GET", `/submissions/batch?tokens=${on.jobs[0]!.id}&base64_encoded=true&fields=stdout`)).body).toEqual({ submissions: [{ stdout: "/w==\n" }] });
  });
});

describe("the list of all submissions", () => {
  test("has pages, the newest first", async () => {
    const on = withUsers();
    for (let stdin = 0; stdin < 5; stdin++) await callDialect(judge0, postJson("/submissions", { ...hello, stdin: String(stdin) }), on);
    const list = async (query: string) => (await ask(on, "GET", `/submissions?fields=stdin${query}`, { "x-auth-user": "chief" })).body;
    expect(await list("")).toEqual({ submissions: ["4", "3", "2", "1", "0"].map((stdin) => ({ stdin })), meta: { current_page: 1, next_page: null, prev_page: null, total_pages: 1, total_count: 5 } });
    expect(await list("&page=2&per_page=2")).toEqual({ submissions: [{ stdin: "2" }, { stdin: "1" }], meta: { current_page: 2, next_page: 3, prev_page: 1, total_pages: 3, total_count: 5 } });
    expect(await list("&page=0")).toEqual({ error: "invalid page: 0" });
    expect(await list("&per_page=-1")).toEqual({ error: "invalid per_page: -1" });
  });

  test("is for those alone who are known, by header, by query, or by a key that may do everything", async () => {
    const on = withUsers();
    expect((await ask(on, "GET", "/submissions")).status).toBe(403);
    expect((await ask(on, "GET", "/submissions", { "x-auth-user": "wrong" })).status).toBe(403);
    expect((await ask(on, "GET", "/submissions?X-Auth-User=someone")).status).toBe(200);
    expect((await ask(new FakeService(), "GET", "/submissions", { "x-auth-user": "" })).status).toBe(403);
    const as = async (scopes: ("run" | "read" | "admin")[]) => (await callDialect(judge0, "/submissions", on, { caller: { key: "k", scopes, languages: null } })).status;
    expect([await as(["run", "read"]), await as(["admin"])]).toEqual([403, 200]);
  });
});

describe("deletion", () => {
  test("answers what it deletes, as Base64", async () => {
    const on = withUsers().script(ranOnce({ stdout: "1" }));
    await callDialect(judge0, postJson("/submissions", hello), on);
    const path = `/submissions/${on.jobs[0]!.id}`;
    expect((await ask(on, "DELETE", path)).status).toBe(403);
    expect(await ask(on, "DELETE", `${path}?fields=stdout,status_id`, { "x-auth-user": "chief" })).toEqual({ status: 200, body: { stdout: "MQ==\n", status_id: 3 } });
    expect((await ask(on, "GET", path)).status).toBe(404);
    expect((await ask(on, "DELETE", path, { "x-auth-user": "chief" })).status).toBe(404);
  });

  test("is refused while a submission waits or runs", async () => {
    const on = withUsers();
    on.holds = true;
    await callDialect(judge0, postJson("/submissions", hello), on);
    const remove = async () => await ask(on, "DELETE", `/submissions/${on.jobs[0]!.id}`, { "x-auth-user": "chief" });
    expect(await remove()).toEqual({ status: 400, body: { error: "submission cannot be deleted because its status is 1 (In Queue)" } });
    on.start(on.jobs[0]!.id);
    expect((await remove()).body.error).toContain("2 (Processing)");
  });
});

test("whoever is nobody is told nothing, and everybody else is told why", async () => {
  const failure = async (fault: HttpFault) => {
    const response = judge0.failure(fault, { requestId: "r", url: new URL("http://localhost/") });
    return [response.status, await response.text()];
  };
  expect(await failure(new HttpFault(401, "no-key", "there is no key"))).toEqual([401, ""]);
  expect(await failure(new HttpFault(413, "body-too-large", "the body is larger than 10 bytes"))).toEqual([413, '{"error":"the body is larger than 10 bytes"}']);
  expect(await ask(withUsers(), "POST", "/authenticate")).toEqual({ status: 200, body: null });
  expect(await ask(withUsers(), "POST", "/authorize")).toEqual({ status: 403, body: null });
  expect(await ask(withUsers(), "POST", "/authorize", { "x-auth-user": "chief" })).toEqual({ status: 200, body: null });
});

test("a callback has the usual fields, texts as Base64", async () => {
  const on = new FakeService().script(ranOnce({ stdout: "hello\n", cpu_time: 0.01, memory_peak: 2048 }));
  await callDialect(judge0, postJson("/submissions", { ...hello, callback_url: "https://example.org/" }), on);
  const { body, contentType } = await judge0.callbackBody!((await on.get(on.jobs[0]!.id))!, on);
  expect(contentType).toBe("application/json");
  expect(JSON.parse(body)).toEqual({ token: on.jobs[0]!.id, time: "0.010", memory: 2, stdout: "aGVsbG8K\n", stderr: null, compile_output: null, message: null, status: { id: 3, description: "Accepted" } });
});
