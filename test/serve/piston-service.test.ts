// What is around programs: keys as Piston's clients send them, a full queue, an own port, the end of the service.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const key = "a-key-of-a-school";
const sha256 = new Bun.CryptoHasher("sha256").update(key).digest("hex");

let service: TestService;
let port: number;
beforeAll(async () => {
  port = await freePort();
  service = await startServer({ slots: 1, keys: [{ name: "school", sha256, scopes: ["run"] }], queue: { most: 1 }, ports: { piston: port }, bounds: { wait: "1s" }, metrics: { open: true } });
}, 30_000);
afterAll(async () => await service[Symbol.asyncDispose]());

const body = (code: string) => ({ language: "bash", version: "*", files: [{ content: code }] });

async function execute(code: string, headers: Readonly<Record<string, string>> = { authorization: key }): Promise<Response> {
  return await service.post("/api/v2/execute", body(code), headers);
}

describe("keys", () => {
  claim("are taken with Bearer and without", async () => {
    expect((await execute("echo 1")).status).toBe(200);
    expect((await execute("echo 1", { authorization: `Bearer ${key}` })).status).toBe(200);
  });

  claim("that are wrong, and none, are refused with a message; what there is can be asked without one", async () => {
    for (const headers of [{}, { authorization: "wrong" }, { authorization: "Bearer wrong" }]) {
      const response = await execute("echo 1", headers);
      expect([response.status, typeof ((await response.json()) as { message: unknown }).message]).toEqual([401, "string"]);
    }
    expect((await service.ask("/api/v2/runtimes")).status).toBe(200);
    const socket = new WebSocket(`${service.url.replace("http", "ws")}/api/v2/connect`);
    const ended = Promise.withResolvers<void>();
    socket.onerror = socket.onclose = () => ended.resolve();
    await ended.promise;
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});

claim("a full queue answers Piston's clients at once with 503 and SandboxFusion's with 504 after a while, and loses nothing", async () => {
  const running = execute("sleep 1.5; echo running");
  await until("the slot is busy", async () => (await metrics(service)).includes('mini_isolate_slots{state="busy"} 1'));
  const next = execute("echo waited");
  await until("one waits", async () => /mini_isolate_jobs_queued\{class="interactive"\} 1/.test(await metrics(service)));
  const refused = await execute("echo refused");
  expect([refused.status, Number(refused.headers.get("retry-after")) > 0, typeof ((await refused.json()) as { message: unknown }).message]).toEqual([503, true, "string"]);
  const late = await service.post("/run_code", { language: "bash", code: "echo" }, { authorization: key });
  expect([late.status, typeof ((await late.json()) as { detail: unknown }).detail]).toEqual([504, "string"]);
  for (const [answer, stdout] of [[running, "running\n"], [next, "waited\n"]] as const) expect(await (await answer).json()).toMatchObject({ run: { stdout } });
});

claim("an own port has Piston where its clients expect it, and at its top what it is", async () => {
  const ask = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  expect(await ask("/")).toEqual({ message: "Piston v3.1.1" });
  expect(await ask("/api/v2/runtimes")).toEqual(await (await service.ask("/api/v2/runtimes")).json());
  expect(await ask("/nothing")).toEqual({ message: "Not Found" });
});

claim("a service that ends answers what runs", async () => {
  await using other = await startServer({ slots: 1 });
  const answer = other.post("/api/v2/execute", body("echo begun > /dev/stderr; sleep 0.5; echo ended"));
  await until("it runs", async () => (await metrics(other)).includes('mini_isolate_slots{state="busy"} 1'));
  const stopped = other.stop();
  expect(await (await answer).json()).toMatchObject({ run: { stdout: "ended\n", code: 0 } });
  expect(await stopped).toBe(0);
});

async function metrics(of: TestService): Promise<string> {
  return await (await of.ask("/metrics")).text();
}

/** That nobody listens on now. */
async function freePort(): Promise<number> {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  await server.stop(true);
  return port!;
}
