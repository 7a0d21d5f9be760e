// What strangers send to a service, and how they behave: each gets an answer, and the service goes on.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { rawAnswer } from "../helpers/http-server.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);

/** What each dialect takes for a program that prints its input, with a file of this name beside it. */
const forms: readonly { readonly name: string; readonly path: string; readonly body: (language: string, source: unknown, file: string) => unknown }[] = [
  { name: "v1", path: "/v1/jobs?wait=20", body: (language, source, file) => ({ language, files: [{ name: "main.sh", content: source }, { name: file, content: "x" }] }) },
  { name: "piston", path: "/api/v2/execute", body: (language, source, file) => ({ language, version: "*", files: [{ name: "main.sh", content: source }, { name: file, content: "x" }] }) },
  { name: "sandbox-fusion", path: "/run_code", body: (language, source, file) => ({ language, code: source, files: { [file]: "eA==" } }) },
];

const post = async (service: TestService, path: string, body: string) => await service.ask(path, { method: "POST", body, headers: { "Content-Type": "application/json" } });

describe("a body that is wrong gets an answer of its own in every dialect", () => {
  claim("too large, too deep, no JSON, of wrong types, of an unknown language, with names that lead elsewhere", async () => {
    await using service = await startServer({ bounds: { body: "1MiB", depth: 20, job: "512KiB" } });
    const wrong: readonly (readonly [what: string, body: (form: (typeof forms)[number]) => string])[] = [
      ["larger than allowed", () => JSON.stringify({ x: "x".repeat(2 ** 20) })], ["deeper than allowed", () => `{"a":${"[".repeat(100)}${"]".repeat(100)}}`], ["deep enough to break a parser", () => "[".repeat(1_000_000)],
      ["no JSON", () => "{"], ["empty", () => ""], ["a list", () => "[]"], ["null", () => "null"], ["a number", () => "7"],
      ["a source that is a number", ({ body }) => JSON.stringify(body("shell", 7, "a"))], ["an unknown language", ({ body }) => JSON.stringify(body("brainfuck++", "echo", "a"))], ["a language that is a list", ({ body }) => JSON.stringify(body(["shell"] as never, "echo", "a"))],
      ["a name that climbs out", ({ body }) => JSON.stringify(body("shell", "echo", "../../etc/passwd"))], ["an absolute name", ({ body }) => JSON.stringify(body("shell", "echo", "/etc/passwd"))], ["a name with NUL", ({ body }) => JSON.stringify(body("shell", "echo", "a\0b"))],
    ];
    const answers: string[] = [];
    for (const form of forms) {
      for (const [what, body] of wrong) {
        const answer = await post(service, form.path, body(form));
        const text = await answer.text();
        if (answer.status < 400 || answer.status >= 500 || text === "" || /undefined|\[object|\bat .*\.ts/.test(text)) answers.push(`${form.name}: ${what}: ${answer.status} ${text.slice(0, 200)}`);
      }
    }
    expect(answers).toEqual([]);
    expect(service.log().filter(({ event }) => event === "request-failed")).toEqual([]);
    expect((await service.ask("/healthz")).status).toBe(200);
  });
});

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

async function connected(url: string, count: number, words: string): Promise<Socket[]> {
  const port = Number(new URL(url).port);
  return await Promise.all(Array.from({ length: count }, async () => {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
    socket.write(words);
    return await promise;
  }));
}

describe("many connections", () => {
  test("a thousand that say nothing or half of something keep nobody from being served, and leave nothing behind", async () => {
    await using service = await startServer({ slots: 1 });
    expect((await service.ask("/healthz")).status).toBe(200);
    const before = descriptors(service.pid);
    const sockets = (await Promise.all([connected(service.url, 400, ""), connected(service.url, 300, "GET /healthz HTTP/1.1\r\nHo"), connected(service.url, 300, "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")])).flat();
    // Some that the start had open may be closed meanwhile.
    await until("all are taken", () => descriptors(service.pid) >= before + 990);
    for (let count = 0; count < 20; count++) expect(await rawAnswer(Number(new URL(service.url).port), ["GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"])).toStartWith("HTTP/1.1 200");
    for (const socket of sockets) socket.destroy();
    await until("they are gone", () => descriptors(service.pid) <= before + 5);
  });

  test("five thousand requests that are refused do not make the service grow", async () => {
    await using service = await startServer({ slots: 1 });
    const flood = async (count: number) => {
      const codes = await Promise.all(Array.from({ length: 50 }, async () => {
        const own: number[] = [];
        for (let index = 0; index < count / 50; index++) own.push((await post(service, "/v1/jobs", `{"language":"none","source":"${"x".repeat(2000)}"`)).status);
        return own;
      }));
      return [...new Set(codes.flat())];
    };
    const resident = () => Number(/^VmRSS:\s+([0-9]+)/m.exec(readFileSync(`/proc/${service.pid}/status`, "utf8"))![1]) / 1024;
    expect(await flood(2500)).toEqual([400]);
    const before = resident();
    expect(await flood(2500)).toEqual([400]);
    expect(resident() - before).toBeLessThan(60);
  });
});

describe("clients that go away", () => {
  claim("take their programs with them: the slots are free for others at once", async () => {
    await using service = await startServer({ slots: 1 });
    const controllers = Array.from({ length: 10 }, () => new AbortController());
    const requests = controllers.map(async ({ signal }) => await service.ask("/api/v2/execute", { method: "POST", signal, body: JSON.stringify({ language: "bash", version: "*", files: [{ content: "sleep 50" }], run_timeout: 60_000 }), headers: { "Content-Type": "application/json" } }).then(() => "answered", () => "gone"));
    await until("one runs and the others wait", async () => /mini_isolate_jobs_running 1\n/.test(await (await service.ask("/metrics")).text()));
    for (const controller of controllers) controller.abort();
    expect(await Promise.all(requests)).toEqual(controllers.map(() => "gone"));
    const answer = await service.post("/v1/jobs?wait=30", { language: "shell", source: "echo free" });
    expect(await answer.json()).toMatchObject({ status: "Success" });
    await until("nothing waits", async () => /mini_isolate_jobs_running 0\n/.test(await (await service.ask("/metrics")).text()));
  });
});
