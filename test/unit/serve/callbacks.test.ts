// Callbacks: what is sent, when it is sent again, and when not.
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowedNetworks } from "../../../src/serve/callbacks/callable.ts";
import { deliver, type Delivery } from "../../../src/serve/callbacks/deliver.ts";
import { Lanes } from "../../../src/serve/callbacks/lanes.ts";
import { pauseMs, tries } from "../../../src/serve/callbacks/pauses.ts";
import { webhookHeaders } from "../../../src/serve/callbacks/signature.ts";
import { type BodyOf, type CallbackEnd, startCallbacks } from "../../../src/serve/callbacks/start.ts";
import type { ServeConfig } from "../../../src/serve/config/config.ts";
import type { DueCallback } from "../../../src/serve/queue/queue.ts";
import { fakeConfig, jobResult } from "../../helpers/fake-service.ts";
import { until } from "../../helpers/until.ts";

const openssl = Bun.which("openssl", { PATH: "/usr/bin:/bin" });
const here = allowedNetworks(["127.0.0.0/8"]);
const message = { headers: { "Content-Type": "application/json" }, body: Buffer.from('{"token":"é"}') };
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function receiver(answer: (request: Request) => Response | Promise<Response>): { readonly url: string; readonly requests: { method: string; path: string; headers: Headers; body: string }[] } {
  const requests: { method: string; path: string; headers: Headers; body: string }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1", port: 0,
    fetch: async (request) => {
      requests.push({ method: request.method, path: new URL(request.url).pathname + new URL(request.url).search, headers: request.headers, body: await request.text() });
      return await answer(request);
    },
  });
  stops.push(() => server.stop(true));
  return { url: `http://127.0.0.1:${server.port}`, requests };
}

/** A server that writes these bytes when it is connected to, and nothing else. */
function raw(bytes: string): string {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void (bytes !== "" && socket.end(bytes)), data: () => {} } });
  stops.push(() => server.stop(true));
  return `http://127.0.0.1:${server.port}/`;
}

const send = (url: string, ms = 5000): Promise<Delivery> => deliver({ url, method: "PUT" }, message, here, ms);

describe("one try", () => {
  test("is one request with the body, its length and the headers", async () => {
    const { url, requests } = receiver(() => new Response("thanks"));
    expect(await send(`${url}/hook/a%20b?x=1`)).toEqual({ kind: "delivered" });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: "PUT", path: "/hook/a%20b?x=1", body: '{"token":"é"}' });
    expect(requests[0]!.headers.get("content-length")).toBe("14");
    expect(requests[0]!.headers.get("content-type")).toBe("application/json");
    expect(requests[0]!.headers.get("host")).toBe(new URL(url).host);
  });

  test.each([200, 201, 202, 204, 299])("that is answered with %i has arrived", async (status) => {
    const { url } = receiver(() => new Response(null, { status }));
    expect(await send(url)).toEqual({ kind: "delivered" });
  });

  test.each([400, 404, 429, 500, 503])("that is answered with %i has failed, and may say when it is to be tried again", async (status) => {
    const { url } = receiver(() => new Response("no", { status, headers: { "Retry-After": "17" } }));
    expect(await send(url)).toEqual({ kind: "failed", error: `it answered ${status}`, retryAfter: 17 });
  });

  test("that is answered with 410 is the last one", async () => {
    const { url } = receiver(() => new Response(null, { status: 410 }));
    expect(await send(url)).toEqual({ kind: "over", error: "it answered 410: it is gone" });
  });

  test("does not go where a redirect leads", async () => {
    const inner = receiver(() => new Response("secret"));
    const outer = receiver(() => Response.redirect(inner.url, 307));
    expect(await send(outer.url)).toEqual({ kind: "failed", error: "it answered 307, and redirects are not followed", retryAfter: null });
    expect(inner.requests).toEqual([]);
  });

  test("reads over interim answers", async () => {
    expect(await send(raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"))).toEqual({ kind: "delivered" });
  });

  test("fails where nobody listens, nobody answers, or what answers is not HTTP", async () => {
    const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    const { port } = closed;
    closed.stop(true);
    expect((await send(`http://127.0.0.1:${port}/`)).kind).toBe("failed");
    expect(await send(raw(""), 50)).toEqual({ kind: "failed", error: "no answer within 0.05 s", retryAfter: null });
    expect(await send(raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"))).toEqual({ kind: "failed", error: "the answer is not HTTP", retryAfter: null });
    expect(await send(raw("HTTP/1.1 2"))).toEqual({ kind: "failed", error: "the connection ended without an answer", retryAfter: null });
    expect(await send(raw(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(40_000)}`))).toEqual({ kind: "failed", error: "the answer is not HTTP", retryAfter: null });
  });

  test("is not made to a private address, and is the last one then", async () => {
    const { url, requests } = receiver(() => new Response("x"));
    expect(await deliver({ url, method: "PUT" }, message, [], 5000)).toEqual({ kind: "over", error: "127.0.0.1 is a private address" });
    expect(await deliver({ url: url.replace("127.0.0.1", "localhost"), method: "PUT" }, message, [], 5000)).toEqual({ kind: "over", error: "localhost leads to a private address" });
    expect(requests).toEqual([]);
  });

  test.skipIf(openssl === null)("does not trust a certificate that nobody has signed", async () => {
    const directory = mkdtempSync(join(tmpdir(), "callbacks-"));
    stops.push(() => rmSync(directory, { recursive: true }));
    const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    Bun.spawnSync([openssl!, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], { stdout: "ignore", stderr: "ignore" });
    const requests: string[] = [];
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls: { key: Bun.file(key), cert: Bun.file(cert) }, fetch: ({ url }) => (requests.push(url), new Response()) });
    stops.push(() => server.stop(true));
    expect(await send(`https://127.0.0.1:${server.port}/`)).toEqual({ kind: "failed", error: "self signed certificate", retryAfter: null });
    expect(requests).toEqual([]);
  });

  test("connects to the address that was checked: the name is looked up once", async () => {
    const { url, requests } = receiver(() => new Response("x"));
    let asked = 0;
    const rebinding = async () => (++asked === 1 ? "127.0.0.1" : "127.0.0.9");
    expect(await deliver({ url: url.replace("127.0.0.1", "rebinding.invalid"), method: "POST" }, message, here, 5000, rebinding)).toEqual({ kind: "delivered" });
    expect([asked, requests[0]!.method, requests[0]!.headers.get("host")]).toEqual([1, "POST", `rebinding.invalid:${new URL(url).port}`]);
  });
});

describe("pauses", () => {
  test("grow, and end when it would be too late", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => pauseMs(attempt, 0, 86_400, 0)! / 1000)).toEqual([2, 10, 60, 300, 900, 1800, 3600, 3600]);
    expect(pauseMs(1, 86_000_000, 86_400, 0)).toBe(2000);
    expect(pauseMs(8, 86_000_000, 86_400, 0)).toBeNull();
    expect(pauseMs(1, 0, 86_400, 1)).toBe(2200);
  });

  test("make the number of tries that clients are told", () => {
    expect([tries(1), tries(2), tries(12), tries(86_400)]).toEqual([1, 2, 3, 30]);
  });
});

test("all secrets sign, the newest first, as Standard Webhooks says", () => {
  // The example of the specification's reference implementations.
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const headers = webhookHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, Buffer.from('{"test": 2432232314}'), [secret, "whsec_AAAA"]);
  expect(headers["webhook-id"]).toBe("msg_p5jXN8AQM9LWM0D4loKWxJek");
  expect(headers["webhook-timestamp"]).toBe("1614265330");
  expect(headers["webhook-signature"]).toMatch(/^v1,g0hM9SsE\+OTPJTGt\/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,[A-Za-z0-9+/]{43}=$/);
  expect(webhookHeaders("a", 1, message.body, [])).toEqual({ "webhook-id": "a", "webhook-timestamp": "1" });
});

describe("what is on its way", () => {
  test("is bounded for each receiver, and the others go on meanwhile", async () => {
    const lanes = new Lanes();
    const begun: string[] = [];
    const slow = Promise.withResolvers<void>();
    for (let number = 0; number < 20; number++) lanes.add("slow", 1000, async () => {
      begun.push("slow");
      await slow.promise;
    });
    for (let number = 0; number < 3; number++) lanes.add("quick", 1000, async () => void begun.push("quick"));
    expect(begun).toEqual([...Array(8).fill("slow"), "quick", "quick", "quick"]);
    slow.resolve();
    await until("all have begun", () => begun.length === 23);
    await until("all have ended", () => lanes.size === 0);
  });

  test("is bounded in all, is dropped when it has waited too long, and is begun no more after the end", async () => {
    const lanes = new Lanes();
    let begun = 0;
    const answer = Promise.withResolvers<void>();
    for (let number = 0; number < 40; number++) lanes.add(`host ${number}`, number < 36 ? 1000 : -1, async () => {
      begun++;
      await answer.promise;
    });
    expect([begun, lanes.size]).toEqual([32, 40]);
    lanes.dropLate();
    expect(lanes.size).toBe(36);
    const ended = lanes.end();
    answer.resolve();
    await ended;
    expect([begun, lanes.size]).toEqual([32, 0]);
  });
});

/** A store with one job, which is due until it is said to be done. */
class OneCallback {
  readonly done: [error: string | null, retryInMs: number | null][] = [];
  attempt = 0;
  isDue = true;
  faults = 0;
  readonly #url: string;
  readonly #endedAt: number;

  constructor(url: string, endedAt = Date.now()) {
    [this.#url, this.#endedAt] = [url, endedAt];
  }

  async dueCallbacks(): Promise<readonly DueCallback[]> {
    if (this.faults-- > 0) throw new Error("the store is away");
    if (!this.isDue) return [];
    this.isDue = false;
    const job = { id: "job-1", callback: { url: this.#url, method: "PUT" } } as DueCallback["stored"]["job"];
    return [{ stored: { job, state: "ended", attempts: 1, startedAt: 1, result: jobResult({ endedAt: this.#endedAt }), callbackError: null }, attempt: ++this.attempt }];
  }

  async callbackDone(_id: string, error: string | null, retryInMs: number | null): Promise<void> {
    this.done.push([error, retryInMs]);
    this.isDue = retryInMs !== null;
  }
}

function start(queue: OneCallback, parts: Partial<ServeConfig["callbacks"]> = {}, bodyOf: BodyOf = async ({ job }) => ({ body: JSON.stringify({ token: job.id }), contentType: "application/json" })): CallbackEnd[] {
  const heard: CallbackEnd[] = [];
  const callbacks = startCallbacks(queue, () => ({ ...fakeConfig().callbacks, privateNetworks: ["127.0.0.0/8"], ...parts }), bodyOf, (end) => heard.push(end));
  stops.unshift(() => callbacks.close());
  return heard;
}

describe("the sender", () => {
  test("goes by what it is set to now", async () => {
    const parts = { secrets: [] as string[] };
    const { url, requests } = receiver(() => {
      if (parts.secrets.length > 0) return new Response();
      parts.secrets.push("whsec_AAAA");
      return new Response(null, { status: 500 });
    });
    const queue = new OneCallback(url);
    start(queue, parts);
    await until("it has arrived", () => queue.done.length === 2);
    expect(requests.map(({ headers }) => headers.has("webhook-signature"))).toEqual([false, true]);
  });

  test("sends what is due until it has arrived, with the same id each time", async () => {
    let failures = 2;
    const { url, requests } = receiver(() => new Response(null, { status: failures-- > 0 ? 500 : 200 }));
    const queue = new OneCallback(url);
    const heard = start(queue, { secrets: ["whsec_AAAA"] });
    await until("a callback", () => queue.done.length === 3);
    expect(queue.done.map(([error]) => error)).toEqual(["it answered 500", "it answered 500", null]);
    expect(queue.done.map(([, retry]) => retry !== null)).toEqual([true, true, false]);
    expect(queue.done[1]![1]).toBeGreaterThan(queue.done[0]![1]!);
    expect(requests.map(({ body }) => body)).toEqual(Array(3).fill('{"token":"job-1"}'));
    expect(requests.map(({ headers }) => headers.get("webhook-id"))).toEqual(Array(3).fill("job-1"));
    expect(requests[0]!.headers.get("webhook-signature")).toMatch(/^v1,/);
    expect(heard).toEqual(["failed", "failed", "delivered"]);
  });

  test("waits as long as the receiver says, within reason", async () => {
    const { url } = receiver(() => new Response(null, { status: 503, headers: { "Retry-After": "999999" } }));
    const queue = new OneCallback(url);
    start(queue);
    await until("a callback", () => queue.done.length > 0);
    expect(queue.done[0]).toEqual(["it answered 503", 3_600_000]);
  });

  test("gives up for 410, for a private address, and when it is too late", async () => {
    const gone = new OneCallback(receiver(() => new Response(null, { status: 410 })).url);
    const heard = start(gone);
    await until("a callback", () => gone.done.length > 0);
    expect([gone.done[0], heard]).toEqual([["it answered 410: it is gone", null], ["given-up"]]);
    const inside = new OneCallback("http://10.0.0.1/");
    start(inside);
    await until("a callback", () => inside.done.length > 0);
    expect(inside.done[0]).toEqual(["10.0.0.1 is a private address", null]);
    const late = new OneCallback(receiver(() => new Response(null, { status: 500 })).url, Date.now() - 86_400_000);
    start(late);
    await until("a callback", () => late.done.length > 0);
    expect(late.done[0]).toEqual(["it answered 500", null]);
  });

  test("tries again later when the body cannot be made", async () => {
    const queue = new OneCallback("http://127.0.0.1:1/");
    start(queue, {}, async () => {
      throw new Error("the disk is away");
    });
    await until("a callback", () => queue.done.length > 0);
    expect(queue.done[0]![0]).toBe("cannot make its body: the disk is away");
    expect(queue.done[0]![1]).toBeGreaterThan(0);
  });

  test("ends when what is on its way has ended, and begins nothing after that", async () => {
    const answer = Promise.withResolvers<Response>();
    const { url, requests } = receiver(() => answer.promise);
    const queue = new OneCallback(url);
    const callbacks = startCallbacks(queue, () => ({ ...fakeConfig().callbacks, privateNetworks: ["127.0.0.0/8"] }), async () => ({ body: "{}", contentType: "application/json" }));
    await until("a callback", () => requests.length === 1);
    const closed = callbacks.close();
    answer.resolve(new Response(null, { status: 500 }));
    await closed;
    expect(queue.done).toHaveLength(1);
    expect(requests).toHaveLength(1);
  });
});
