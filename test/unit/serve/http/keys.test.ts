// Keys, rates, languages of keys, pages of other sites, proxies.
import { describe, expect, test } from "bun:test";
import { createHash, randomUUID } from "node:crypto";
import type { KeyConfig, ServeConfig } from "../../../../src/serve/config/config.ts";
import { Proxies } from "../../../../src/serve/http/client-address.ts";
import { Cors } from "../../../../src/serve/http/cors.ts";
import type { Call, HttpFault } from "../../../../src/serve/http/dialect.ts";
import { checkName } from "../../../../src/serve/http/host-name.ts";
import { Rates } from "../../../../src/serve/http/rate.ts";
import type { Job } from "../../../../src/serve/job.ts";
import { echo, openServer, type TestServer } from "../../../helpers/http-server.ts";
import { errorOf } from "../../../helpers/temporary.ts";

function key(name: string, parts: Partial<KeyConfig> = {}): KeyConfig {
  return { name, sha256: createHash("sha256").update(`secret-${name}`).digest("hex"), scopes: ["run", "read"], languages: null, rate: null, mostJobs: null, ...parts };
}

const keys = [key("web"), key("looker", { scopes: ["read"] }), key("boss", { scopes: ["admin"] })];
const bearer = (name: string) => ({ Authorization: `Bearer secret-${name}` });
const run = async (server: TestServer, headers: Readonly<Record<string, string>>) => await server.ask("/echo/run", { method: "POST", body: "{}", headers });

describe("a key", () => {
  test.each([
    ["Bearer", { Authorization: "Bearer secret-web" }], ["bare", { Authorization: "secret-web" }], ["in small letters", { authorization: "bearer secret-web" }], ["X-Auth-Token", { "X-Auth-Token": "secret-web" }], ["X-Api-Key", { "X-Api-Key": "secret-web" }],
  ])("is taken as %s", async (_, headers) => {
    await using server = openServer({ keys });
    expect((await run(server, headers)).status).toBe(200);
    expect(server.lines()[0]).toMatchObject({ key: "web", code: 200 });
  });

  test("that is missing or not ours is 401 with a challenge; what is open needs none", async () => {
    await using server = openServer({ keys });
    for (const [headers, title] of [[{}, "no-key"], [{ Authorization: "Bearer secret-we" }, "wrong-key"], [{ Authorization: "Bearer " }, "no-key"], [{ "X-Api-Key": keys[0]!.sha256 }, "wrong-key"]] as const) {
      const answer = await run(server, headers);
      expect([answer.status, answer.headers.get("www-authenticate"), ((await answer.json()) as { title: string }).title]).toEqual([401, 'Bearer realm="mini-isolate"', title]);
    }
    expect((await server.ask("/echo/open")).status).toBe(200);
    expect(JSON.stringify(server.lines())).not.toContain("secret");
  });

  test("is not taken from the address, where it would end up in logs", async () => {
    await using server = openServer({ keys });
    expect((await server.ask("/echo/run?X-Auth-Token=secret-web&key=secret-web", { method: "POST", body: "{}" })).status).toBe(401);
  });

  test("allows what its scopes say; admin is all of them", async () => {
    await using server = openServer({ keys });
    const codes = async (name: string) => [(await run(server, bearer(name))).status, (await server.ask("/echo/read/1", { headers: bearer(name) })).status, (await server.ask("/echo/read/1", { method: "DELETE", headers: bearer(name) })).status];
    expect(await codes("web")).toEqual([200, 200, 403]);
    expect(await codes("looker")).toEqual([403, 200, 403]);
    expect(await codes("boss")).toEqual([200, 200, 204]);
  });

  test("that was taken out of the configuration is no key any more, and a new one is", async () => {
    await using server = openServer({ keys });
    server.server.reload({ ...server.service.config, keys: [key("new")] });
    expect([(await run(server, bearer("web"))).status, (await run(server, bearer("new"))).status]).toEqual([401, 200]);
  });
});

describe("without keys", () => {
  test("everybody may do everything", async () => {
    await using server = openServer();
    expect([(await run(server, {})).status, (await server.ask("/echo/read/1", { method: "DELETE" })).status]).toEqual([200, 204]);
  });
});

describe("the rate of a key", () => {
  test("is a bucket that fills by itself, and headers say where it stands", () => {
    let now = 0;
    const rates = new Rates(() => now);
    expect(rates.take("a", 60)).toEqual({ "RateLimit-Policy": '"jobs";q=60;w=60', RateLimit: '"jobs";r=59;t=1' });
    for (let count = 0; count < 59; count++) rates.take("a", 60);
    const refused = () => rates.take("a", 60);
    expect(refused).toThrow("the key may ask for 60 jobs a minute");
    expect(rates.take("b", 60)).toMatchObject({ RateLimit: '"jobs";r=59;t=1' });
    now += 1000;
    expect(rates.take("a", 60)).toMatchObject({ RateLimit: '"jobs";r=0;t=60' });
    expect(refused).toThrow();
    now += 3_600_000;
    expect(rates.take("a", 60)).toMatchObject({ RateLimit: '"jobs";r=59;t=1' });
    expect(rates.take("c", null)).toEqual({});
  });

  test("is 429 with the time to wait; looking costs nothing; a request of many jobs costs that many", async () => {
    await using server = openServer({ keys: [key("web", { rate: 3 })] }, [echo({}, async (call: Call) => {
      call.note({ jobs: (await call.json()) as string[] });
      return new Response("");
    })]);
    const ask = async (jobs: readonly string[]) => await server.ask("/echo/run", { method: "POST", body: JSON.stringify(jobs), headers: bearer("web") });
    const first = await ask(["a", "b"]);
    expect([first.status, first.headers.get("ratelimit-policy")]).toEqual([200, '"jobs";q=3;w=60']);
    expect((await ask(["c"])).status).toBe(200);
    for (let count = 0; count < 10; count++) expect((await server.ask("/echo/read/1", { headers: bearer("web") })).status).toBe(200);
    const refused = await ask(["d"]);
    expect([refused.status, refused.headers.get("ratelimit")]).toEqual([429, expect.stringMatching(/^"jobs";r=0;t=[0-9]+$/)]);
    expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 21);
  });
});

describe("the languages of a key", () => {
  const job = (work: unknown) => ({ id: randomUUID(), work }) as unknown as Job;
  const submitted = async (work: unknown) => {
    await using server = openServer({ keys: [key("web", { languages: ["python3"] })] }, [echo({}, async ({ service }: Call) => {
      await service.submit([{ job: job(work), idempotency: null }]);
      expect(service.languages.all.length).toBeGreaterThan(1);
      return new Response("");
    })]);
    return [(await run(server, bearer("web"))).status, server.service.submitted.length];
  };

  test.each([
    ["one of them by another name", { kind: "program", language: "py", checker: null, tests: [] }, [200, 1]],
    ["one of them", { kind: "program", language: "python", checker: null, tests: [] }, [200, 1]],
    ["another one", { kind: "program", language: "c", checker: null, tests: [] }, [403, 0]],
    ["one of them with a checker in another one", { kind: "program", language: "python", checker: { kind: "program", language: "c" }, tests: [] }, [403, 0]],
    ["commands of one's own", { kind: "commands", commands: [] }, [403, 0]],
  ])("hold in every dialect: %s", async (_, work, expected) => {
    expect(await submitted(work)).toEqual(expected);
  });
});

describe("pages of other sites", () => {
  const page = (origin: string, more: Readonly<Record<string, string>> = {}) => ({ Origin: origin, ...more });

  test("get nothing done by default, and no headers that would let them read", async () => {
    await using server = openServer();
    const refused = await run(server, page("https://evil.example"));
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    const looked = await server.ask("/echo/read/1", { headers: page("https://evil.example") });
    expect([looked.status, looked.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    const asked = await server.ask("/echo/run", { method: "OPTIONS", headers: page("https://evil.example", { "Access-Control-Request-Method": "POST" }) });
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, null]);
  });

  test("that are listed may, and their browser is told so before and after", async () => {
    await using server = openServer({ cors: { origins: ["https://good.example"] } });
    const asked = await server.ask("/echo/run", { method: "OPTIONS", headers: page("https://good.example", { "Access-Control-Request-Method": "POST" }) });
    expect([asked.status, asked.headers.get("access-control-allow-origin"), asked.headers.get("access-control-allow-methods"), asked.headers.get("vary")]).toEqual([204, "https://good.example", "POST, OPTIONS", "Origin"]);
    expect(asked.headers.get("access-control-allow-headers")).toContain("Authorization");
    const done = await run(server, page("https://good.example"));
    expect([done.status, done.headers.get("access-control-allow-origin")]).toEqual([200, "https://good.example"]);
    expect((await run(server, page("https://evil.example"))).status).toBe(403);
    const refused = await server.ask("/echo/none", { headers: page("https://good.example") });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([404, "https://good.example"]);
  });

  test.each([
    ["of the service itself, by its host", page("http://judge.example"), "http://judge.example/x", true],
    ["of the service itself behind a proxy that changed the host, as the browser says", page("https://judge.example", { "Sec-Fetch-Site": "same-origin" }), "http://10.0.0.1/x", true],
    ["that claims the host and is another site, as the browser says", page("http://judge.example", { "Sec-Fetch-Site": "cross-site" }), "http://judge.example/x", false],
    ["without an origin of its own", page("null"), "http://judge.example/x", false],
  ])("%s", (_, headers, url, isAllowed) => {
    const check = () => new Cors([]).check("POST", new Headers(headers), new URL(url), false);
    if (isAllowed) expect(check()).toBeNull();
    else expect(check).toThrow("may not use this service");
  });

  test("may not open WebSockets either", () => {
    expect(() => new Cors([]).check("GET", new Headers(page("https://evil.example")), new URL("http://x/"), true)).toThrow("may not use this service");
  });
});

describe("the name that the service is called by", () => {
  const code = (host: string, parts: Partial<ServeConfig> = {}) => {
    try {
      checkName(new URL(`http://${host}/v1/jobs`), { keys: [], host: "127.0.0.1", hostNames: ["judge.example"], ...parts });
      return 200;
    } catch (error) {
      return (error as HttpFault).status;
    }
  };

  test.each(["localhost", "localhost:8080", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.0.0.1:1", "[::1]:8080", "192.168.1.7", "judge.example", "Judge.Example:8080"])("may be %s", (host) => {
    expect(code(host)).toBe(200);
  });

  test.each(["rebound.example", "localhost.evil.example", "judge.example.evil", "127.0.0.1.evil.example", "xlocalhost"])("is not %s, without keys on the loopback interface; with keys, and elsewhere, it is", (host) => {
    expect([code(host), code(host, { keys }), code(host, { host: "0.0.0.0" })]).toEqual([421, 200, 200]);
  });

  test("holds for every request and for WebSockets, and not over a socket of our own", async () => {
    await using server = openServer();
    const refused = "GET /echo/open HTTP/1.1\r\nHost: rebound.example\r\n";
    expect(await server.raw(`${refused}Connection: close\r\n\r\n`)).toStartWith("HTTP/1.1 421");
    // The second one has the connection closed.
    const upgrade = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    expect(await server.raw(`${refused}${upgrade}`, `${refused}Connection: close\r\n\r\n`)).toStartWith("HTTP/1.1 421");
  });
});

describe("the address of a client", () => {
  const proxies = new Proxies(["10.0.0.0/8", "2001:db8::/32", "192.168.1.1"]);

  test.each([
    ["is that of the connection", "203.0.113.7", null, "203.0.113.7"],
    ["is what a proxy of ours says", "10.1.2.3", "203.0.113.7", "203.0.113.7"],
    ["is not what a stranger says", "203.0.113.9", "127.0.0.1", "203.0.113.9"],
    ["is the last one that is no proxy of ours", "10.1.2.3", "6.6.6.6, 203.0.113.7, 192.168.1.1", "203.0.113.7"],
    ["comes from proxies of version 6 as well", "2001:db8::1", "203.0.113.7", "203.0.113.7"],
    ["is of version 4 on a socket of version 6", "::ffff:10.1.2.3", "203.0.113.7:1234", "203.0.113.7"],
    ["is what is said over a socket of our own", "", "203.0.113.7", "203.0.113.7"],
    ["is the proxy's where it says nothing of use", "10.1.2.3", "unknown", "10.1.2.3"],
  ])("%s", (_, connection, forwarded, client) => {
    expect(proxies.clientOf(connection, forwarded)).toBe(client);
  });

  test.each(["nonsense", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129"])("cannot be believed from %s", (network) => {
    expect(errorOf(() => new Proxies([network])).message).toBe(`cannot use '${network}' as an address`);
  });

  test("stands in the log", async () => {
    await using server = openServer({ trustedProxies: ["127.0.0.1"] });
    await server.ask("/echo/open", { headers: { "X-Forwarded-For": "203.0.113.7" } });
    expect(server.lines()[0]).toMatchObject({ client: "203.0.113.7" });
  });
});
