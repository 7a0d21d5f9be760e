// What the server does with a request before its dialect has it, and with the answer after it.
import { describe, expect, test } from "bun:test";
import { QueueFull, StoreFault } from "../../../../src/serve/queue/queue.ts";
import { Refusal } from "../../../../src/serve/service.ts";
import { type Dialect, HttpFault } from "../../../../src/serve/http/dialect.ts";
import { echo, openServer } from "../../../helpers/http-server.ts";
import { until } from "../../../helpers/until.ts";

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): RequestInit => ({ method: "POST", body, headers });
const title = async (response: Response) => ((await response.json()) as { title: string }).title;

describe("routes", () => {
  test("a path is found by its words and its parameters, with and without a slash at its end", async () => {
    await using server = openServer();
    expect(await (await server.ask("/echo/read/a%20b%2Fc")).json()).toEqual({ id: "a b/c" });
    expect(await (await server.ask("/echo/open/")).text()).toBe("open");
    expect(await (await server.ask("/echo/run", post('{"a":[1]}'))).json()).toEqual({ a: [1] });
  });

  test("nothing at a path is 404, another method 405 with those that are possible, in the words of the dialect", async () => {
    await using server = openServer({}, [echo({ failure: ({ status, headers }) => new Response(`own words: ${status}`, { status, headers }) })]);
    const nothing = await server.ask("/echo/none");
    expect([nothing.status, await nothing.text()]).toEqual([404, "own words: 404"]);
    const other = await server.ask("/echo/read/1", { method: "PUT" });
    expect([other.status, other.headers.get("allow"), await other.text()]).toEqual([405, "GET, DELETE, HEAD, OPTIONS", "own words: 405"]);
    const options = await server.ask("/echo/run", { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
  });

  test("HEAD is GET without its body", async () => {
    await using server = openServer();
    const answer = await server.raw("HEAD /echo/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(answer).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(answer.toLowerCase()).toContain("content-length: 4\r\n");
    expect(answer).toEndWith("\r\n\r\n");
  });

  test("a client of HTTP/1.0 is served without a host; a host that is none, and escapes that are none, are refused", async () => {
    await using server = openServer();
    expect(await server.raw("GET /echo/open HTTP/1.0\r\n\r\n")).toEndWith("\r\n\r\nopen");
    expect(await server.raw("GET /echo/open HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n")).toStartWith("HTTP/1.1 400");
    expect((await server.ask("/echo/read/%ff")).status).toBe(404);
  });

  test("what climbs out of a prefix is another path", async () => {
    await using server = openServer();
    expect(await server.raw("GET /echo/../../echo/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).toEndWith("open");
    expect(await server.raw("GET /../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).toStartWith("HTTP/1.1 404");
  });
});

describe("bodies", () => {
  const bounds = { body: 1024 * 1024, depth: 8, values: 1000, files: 1, tests: 1, batch: 1, wait: 1, jobBytes: 1, outputBytes: 1, socketMessage: 1024 };

  test("what is larger than allowed is 413, whether it is announced, comes in chunks, or comes out of gzip", async () => {
    await using server = openServer({ bounds });
    expect(await server.raw("POST /echo/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")).toMatch(/^HTTP\/1.1 413 .*"title":"body-too-large"/s);
    const piece = "x".repeat(0x10000);
    expect(await server.raw("POST /echo/run HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", ...Array.from({ length: 17 }, () => `10000\r\n${piece}\r\n`))).toMatch(/^HTTP\/1.1 413 .*"title":"body-too-large"/s);
    const bomb = Bun.gzipSync(Buffer.alloc(32 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await title(await server.ask("/echo/run", post(bomb, { "content-encoding": "gzip" })))).toBe("body-too-large");
  });

  test("gzip is unpacked; what is none, and other encodings, are refused", async () => {
    await using server = openServer({ bounds });
    expect(await (await server.ask("/echo/run", post(Bun.gzipSync(Buffer.from("[1]")), { "content-encoding": "gzip" }))).json()).toEqual([1]);
    expect(await title(await server.ask("/echo/run", post("[1]", { "content-encoding": "gzip" })))).toBe("invalid-encoding");
    const other = await server.ask("/echo/run", post("[1]", { "content-encoding": "br" }));
    expect([other.status, other.headers.get("accept-encoding")]).toEqual([415, "gzip"]);
  });

  test.each([
    ["no body", ""], ["no JSON", "{"], ["JSON and more", "{} {}"], ["deeper than allowed", `${"[".repeat(9)}${"]".repeat(9)}`], ["deep enough to break a parser", "[".repeat(500_000)],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
  ])("%s is 400", async (_, body) => {
    await using server = openServer({ bounds });
    const answer = await server.ask("/echo/run", post(body));
    expect([answer.status, await title(answer)]).toEqual([400, "invalid-json"]);
  });

  test("brackets inside of texts are not levels", async () => {
    await using server = openServer({ bounds });
    const value = { source: `${"[".repeat(100)}\\"{${"{".repeat(100)}`, end: "\\" };
    expect(await (await server.ask("/echo/run", post(JSON.stringify(value)))).json()).toEqual(value);
  });

  test("a body that nobody has read is not taken for the next request", async () => {
    await using server = openServer({}, [echo({}, () => new Response("not read"))]);
    const inner = "GET /echo/open HTTP/1.1\r\nHost: localhost\r\nX-Inner: yes\r\n\r\n";
    const answer = await server.raw(`POST /echo/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(answer).toContain("Connection: close");
  });

  test("a length and chunks at the same time are refused, and so are headers without an end", async () => {
    await using server = openServer();
    expect(await server.raw("POST /echo/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")).toStartWith("HTTP/1.1 400");
    expect(await server.raw(`GET /echo/open HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(1 << 20)}`)).toStartWith("HTTP/1.1 431");
  });

  test("a client that goes away while it sends is noticed, and what it had sent is given up", async () => {
    const seen: unknown[] = [];
    await using server = openServer({}, [echo({}, async (call) => {
      await call.bytes().catch((error: unknown) => seen.push(error));
      return new Response("");
    })]);
    const socket = await Bun.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port), socket: { data() {} } });
    socket.write("POST /echo/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
    await until("the request is there", () => server.server.pendingRequests > 0);
    socket.terminate();
    await until("the handler hears of it", () => seen.length > 0);
    expect(seen[0]).toBeInstanceOf(HttpFault);
  });
});

describe("a client that is gone", () => {
  test("aborts the signal of its request", async () => {
    const aborted = Promise.withResolvers<void>();
    await using server = openServer({}, [echo({}, async ({ signal, mayWait }) => {
      mayWait();
      signal.addEventListener("abort", () => aborted.resolve());
      await aborted.promise;
      return new Response("");
    })]);
    const controller = new AbortController();
    const request = server.ask("/echo/run", { ...post("{}"), signal: controller.signal }).catch(() => {});
    await until("the request is there", () => server.server.pendingRequests > 0);
    controller.abort();
    await Promise.all([request, aborted.promise]);
  });
});

describe("what a handler throws", () => {
  const answerOf = async (error: Error) => {
    await using server = openServer({}, [echo({}, () => {
      throw error;
    })]);
    const answer = await server.ask("/echo/run", post("{}"));
    return { status: answer.status, title: await title(answer), retry: answer.headers.get("retry-after"), logged: server.lines().filter(({ event }) => event === "request-failed").length };
  };

  test.each([
    ["a fault of HTTP, as it is", new HttpFault(418, "teapot", "x", { "Retry-After": "9" }), { status: 418, title: "teapot", retry: "9", logged: 0 }],
    ["a full queue", new Refusal("full", "x", 2.1), { status: 503, title: "queue-full", retry: "3", logged: 0 }],
    ["too many jobs of a key", new Refusal("quota", "x", 1), { status: 429, title: "rate-limited", retry: "1", logged: 0 }],
    ["a service that ends", new Refusal("draining", "x", null), { status: 503, title: "draining", retry: "5", logged: 0 }],
    ["a store that cannot be used", new StoreFault("x"), { status: 503, title: "store-unavailable", retry: "5", logged: 1 }],
    ["anything else, without its words", new Error("secret"), { status: 500, title: "internal", retry: null, logged: 1 }],
    ["a full queue that nobody has translated", new QueueFull(4, true), { status: 429, title: "rate-limited", retry: "4", logged: 0 }],
  ])("%s", async (_, error, expected) => {
    expect(await answerOf(error)).toEqual(expected);
  });
});

describe("ids of requests", () => {
  test.each([
    ["the client's own", { "X-Request-Id": "my-id:1" }, "my-id:1"],
    ["that of the trace", { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }, "4bf92f3577b34da6a3ce929d0e0e4736"],
  ])("%s comes back and stands in the log", async (_, headers, id) => {
    await using server = openServer();
    expect((await server.ask("/echo/open", { headers })).headers.get("x-request-id")).toBe(id);
    expect(server.lines()[0]).toMatchObject({ event: "request", request_id: id, route: "v1 GET /open", code: 200, method: "GET" });
  });

  test("one that could do harm in a log is replaced", async () => {
    await using server = openServer();
    for (const bad of ["a b", "x".repeat(129), '"},{"']) expect((await server.ask("/echo/open", { headers: { "X-Request-Id": bad } })).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("neither the key nor the query nor the body stands in the log", async () => {
  await using server = openServer();
  await server.ask("/echo/run?token=secret-1", post('{"source":"secret-2"}', { Authorization: "Bearer secret-3" }));
  expect(JSON.stringify(server.lines())).not.toContain("secret");
});

test("a service that ends says so to new jobs, and goes on to answer everything else", async () => {
  await using server = openServer();
  server.server.isDraining = true;
  const refused = await server.ask("/echo/run", post("{}"));
  expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("connection")]).toEqual([503, "5", "close"]);
  expect((await server.ask("/echo/read/1")).status).toBe(200);
});

test("who waits for a job that is not begun any more hears that the service is ending", async () => {
  await using server = openServer({}, [echo({}, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new Refusal("draining", "nobody waits for the job any more", null);
  })]);
  const waiting = server.ask("/echo/run", post("{}"));
  await until("it waits", () => server.server.pendingRequests > 0);
  const stopping = server.server.stop(false);
  const answer = await waiting;
  expect([answer.status, answer.headers.get("retry-after"), ((await answer.json()) as { detail: string }).detail]).toEqual([503, "5", "the service is ending"]);
  await stopping;
});

describe("a WebSocket", () => {
  const talker = (heard: string[]): Dialect => echo({
    sockets: [{
      path: "/talk/:name", scope: "run",
      open: (socket, call) => {
        heard.push(`open ${call.params["name"]} ${call.requestId}`);
        return {
          message: (message) => {
            if (message === "fail") throw new Error("secret");
            socket.send(`you said ${typeof message === "string" ? message : message.length}`);
          },
          closed: () => void heard.push("closed"),
        };
      },
    }],
  });

  const opened = (url: string, headers: Readonly<Record<string, string>> = {}) => {
    const socket = new WebSocket(url.replace("http", "ws"), { headers } as never);
    const [messages, closed] = [[] as string[], Promise.withResolvers<{ code: number; reason: string }>()];
    socket.onmessage = ({ data }) => void messages.push(String(data));
    socket.onclose = ({ code, reason }) => closed.resolve({ code, reason });
    const open = new Promise<boolean>((resolve) => {
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    });
    return { socket, messages, closed: closed.promise, open };
  };

  test("is opened with its parameters and the id of its request, talks, and its end is heard of", async () => {
    const heard: string[] = [];
    await using server = openServer({}, [talker(heard)]);
    const { socket, messages, open, closed } = opened(`${server.url}/echo/talk/a%20b`, { "X-Request-Id": "my-1" });
    expect(await open).toBe(true);
    socket.send("hello");
    socket.send(new Uint8Array(3));
    await until("answers", () => messages.length === 2);
    expect([messages, heard]).toEqual([["you said hello", "you said 3"], ["open a b my-1"]]);
    socket.close();
    await closed;
    await until("closed", () => heard.includes("closed"));
    expect(server.lines()[0]).toMatchObject({ method: "WEBSOCKET", code: 101, route: "v1 WS /talk/:name", request_id: "my-1" });
  });

  test("needs its key, is refused to pages of other sites and by a service that ends, and a plain request for it is 405", async () => {
    await using server = openServer({ keys: [{ name: "web", sha256: "0".repeat(64), scopes: ["run"], languages: null, rate: null, mostJobs: null }] }, [talker([])]);
    expect(await opened(`${server.url}/echo/talk/x`).open).toBe(false);
    await using free = openServer({}, [talker([])]);
    expect(await opened(`${free.url}/echo/talk/x`, { Origin: "https://evil.example" }).open).toBe(false);
    expect((await free.ask("/echo/talk/x")).status).toBe(405);
    free.server.isDraining = true;
    expect(await opened(`${free.url}/echo/talk/x`).open).toBe(false);
  });

  test("is closed for a message that is too large, and when its handler fails, without the reason", async () => {
    await using server = openServer({ bounds: { body: 1000, depth: 8, values: 1000, files: 1, tests: 1, batch: 1, wait: 1, jobBytes: 1, outputBytes: 1, socketMessage: 1024 } }, [talker([])]);
    const large = opened(`${server.url}/echo/talk/x`);
    await large.open;
    large.socket.send("x".repeat(2000));
    expect((await large.closed).code).toBeOneOf([1006, 1009]);
    const failing = opened(`${server.url}/echo/talk/x`);
    await failing.open;
    failing.socket.send("fail");
    expect(await failing.closed).toEqual({ code: 1011, reason: "the service has failed at this request" });
    expect(server.lines().filter(({ event }) => event === "request-failed")).toHaveLength(1);
  });
});
