// What is around /execute in Piston's API: runtimes, packages, content types, other paths.
import { describe, expect, test } from "bun:test";
import { piston } from "../../../src/serve/dialects/piston/dialect.ts";
import { fitsRange, isRange, padded } from "../../../src/serve/dialects/piston/version.ts";
import { callDialect, fakeCatalog, fakeConfig, fakeLanguage, FakeService, postJson } from "../../helpers/fake-service.ts";

const service = new FakeService();
const hello = { language: "python", version: "*", files: [{ content: "" }] };

async function call(request: Request | string, by = service): Promise<readonly [status: number, answer: any]> {
  const response = await callDialect(piston, request, by);
  return [response.status, await response.json()];
}

function post(body: string, headers: Readonly<Record<string, string>>): Request {
  return new Request("http://localhost/api/v2/execute", { method: "POST", body, headers });
}

describe("runtimes", () => {
  test("are the languages that are there, with versions of three numbers, and a runtime where its name says more", async () => {
    expect(await call("/api/v2/runtimes")).toEqual([200, [
      { language: "python", version: "3.11.2", aliases: ["py", "py3", "python3", "python3.11"] },
      { language: "javascript", version: "18.20.4", aliases: ["node-js", "node-javascript", "js", "node", "nodejs"], runtime: "node" },
      { language: "c", version: "12.2.0", aliases: ["gcc"], runtime: "gcc" },
      { language: "c++", version: "12.2.0", aliases: ["cpp", "g++", "cxx", "cc"], runtime: "gcc" },
      { language: "bash", version: "5.2.15", aliases: ["sh", "shell"] },
    ]]);
  });

  test("are those that the key may use", async () => {
    const response = await callDialect(piston, "/api/v2/runtimes", service, { caller: { key: "k", scopes: ["run"], languages: ["c"] } });
    expect(((await response.json()) as { language: string }[]).map(({ language }) => language)).toEqual(["c"]);
  });

  test("have their own names where no pack says others", async () => {
    const of = new FakeService({ languages: fakeCatalog([fakeLanguage({ id: "zig", aliases: ["z"], version: null })]) });
    expect(await call("/api/v2/runtimes", of)).toEqual([200, [{ language: "zig", version: "0.0.0", aliases: ["z"] }]]);
    // What has not said its version fits any.
    expect((await call(postJson("/api/v2/execute", { ...hello, language: "z", version: "0.11.0" }), of))[0]).toBe(200);
  });

  test("wait for versions that are being asked for", async () => {
    const asked = Promise.withResolvers<void>();
    const of = new FakeService({ languages: { ...fakeCatalog([fakeLanguage({ id: "zig", version: null })]), asked: asked.promise } });
    const answer = call("/api/v2/runtimes", of);
    of.languages = fakeCatalog([fakeLanguage({ id: "zig", version: "0.11.0" })]);
    asked.resolve();
    expect((await answer)[1]).toEqual([{ language: "zig", version: "0.11.0", aliases: [] }]);
  });

  test("of several with one name the newest that fits is taken", async () => {
    const named = (id: string, version: string) => fakeLanguage({ id, version, piston: { name: "python", aliases: [], runtime: null } });
    const of = new FakeService({ languages: fakeCatalog([named("old", "2.7.18"), named("newest", "3.12"), named("newer", "3.9.1")]) });
    for (const [version, id] of [["*", "newest"], ["2", "old"], ["~3.9", "newer"], ["<3.12.0", "newer"], ["2.7.18 || 3.9.1", "newer"]]) {
      await call(postJson("/api/v2/execute", { ...hello, version }), of);
      expect(of.jobs.at(-1)!.work).toMatchObject({ language: id! });
    }
  });
});

describe("versions", () => {
  test.each([["12.2", "12.2.0"], ["3.08.1", "3.8.1"], ["21.0.4+7", "21.0.4"], ["v5", "5.0.0"], ["1.2.3.4", "1.2.3"], ["5.2.15(1)", "5.2.15"], ["none", "0.0.0"], ["0.10.010", "0.10.10"]])("%s is shown as %s", (version, shown) => {
    expect(padded(version)).toBe(shown);
  });

  test.each(["*", "", "x", "3", "3.x", "3.11.*", "v3", "=3.11.2", ">=3.0.0", ">= 3", "^3.1", "~3.11", "3.0.0 - 4", ">=3 <4", "2 || 3", "3.11.2-rc.1 || *"])("%p is a range that 3.11.2 fits", (range) => {
    expect([isRange(range), fitsRange("3.11.2", range)]).toEqual([true, true]);
  });

  test.each(["nonsense", "latest", "3.11.2.1", "3,11", "> ", "3 -", "|", "3 | 4", "-1", "3..1", "1 ".repeat(200)])("%p is none", (range) => {
    expect(isRange(range)).toBe(false);
  });

  test("a long text that is nearly a range is refused without trying every way to read it", () => {
    expect(isRange(`${"1  ".repeat(80)}!`)).toBe(false);
  });
});

describe("packages", () => {
  const pack = (method: string, body: unknown) => new Request("http://localhost/api/v2/packages", { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });

  test("are what packs offer, and whether this host has it", async () => {
    const [status, answer] = await call("/api/v2/packages");
    expect([status, answer.length]).toEqual([200, 6]);
    expect(answer).toContainEqual({ language: "python", language_version: "3.11.2", installed: true });
    expect(answer).toContainEqual({ language: "haskell", language_version: "0.0.0", installed: false });
  });

  test("that are there can be asked for again", async () => {
    expect(await call(pack("POST", { language: "py", version: "3.x" }))).toEqual([200, { language: "python", version: "3.11.2" }]);
  });

  test("that are not there are the host's business", async () => {
    expect(await call(pack("POST", { language: "haskell", version: "*" }))).toEqual([500, { message: "haskell cannot be installed from here: no such program: /usr/bin/ghc; install it on the host" }]);
    expect((await call(pack("DELETE", { language: "python", version: "*" })))[1].message).toContain("python cannot be uninstalled from here");
    expect((await call(pack("DELETE", { language: "haskell", version: "*" })))[1].message).toContain("it is not installed");
  });

  test("that nobody knows are 404", async () => {
    expect(await call(pack("POST", { language: "zig", version: "1" }))).toEqual([404, { message: "requested package zig-1 does not exist" }]);
    expect((await call(pack("DELETE", { language: "python", version: "2" })))[0]).toBe(404);
    expect(await call(pack("POST", { language: "zig" }))).toEqual([400, { message: "version is required as a string" }]);
  });
});

describe("bodies", () => {
  test("that are JSON are taken, whatever they are called: piston-client calls them text", async () => {
    for (const type of ["text/plain;charset=UTF-8", "application/json", "APPLICATION/JSON; charset=utf-8", "application/x-www-form-urlencoded"]) {
      expect((await call(post(JSON.stringify(hello), { "content-type": type })))[0]).toBe(200);
    }
  });

  test("of a page of another site must be called JSON, for which a browser asks first", async () => {
    const origin = "https://elsewhere.example";
    expect(await call(post(JSON.stringify(hello), { "content-type": "text/plain", origin }))).toEqual([415, { message: "requests must be of type application/json" }]);
    expect((await call(post(JSON.stringify(hello), { "content-type": "application/json", origin })))[0]).toBe(200);
  });

  test("that are no JSON are 415, or 400 when they are called JSON", async () => {
    expect((await call(post("language=python", { "content-type": "application/x-www-form-urlencoded" })))[0]).toBe(415);
    expect((await call(post("[]", { "content-type": "text/plain" })))[0]).toBe(415);
    expect(await call(post("{", { "content-type": "application/json" }))).toEqual([400, { message: "the body is no JSON" }]);
  });

  test("that are too large are 413 with a message", async () => {
    const small = new FakeService({ config: { bounds: { ...fakeConfig().bounds, body: 10 } } });
    const [status, answer] = await call(postJson("/api/v2/execute", hello), small);
    expect([status, typeof answer.message]).toEqual([413, "string"]);
  });
});

describe("other paths", () => {
  test("the top says what it speaks", async () => {
    expect(await call("/api/v2/")).toEqual([200, { message: "Piston v3.1.1" }]);
  });

  test("what is not there is 404 in Piston's words", async () => {
    expect(await call("/api/v2/nothing")).toEqual([404, { message: "Not Found" }]);
  });
});
