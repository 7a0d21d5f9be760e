// The configuration of the service: file, environment, flags, and what is wrong with them.
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readServeConfig, type Sources } from "../../../../src/serve/config/read.ts";
import { fromEnvironment, variableOf } from "../../../../src/serve/config/from-environment.ts";
import { limitSettings, settings } from "../../../../src/serve/config/settings.ts";
import { shownConfig } from "../../../../src/serve/config/shown.ts";
import { leaves } from "../../../../src/serve/config/shape.ts";
import { isLoopback, toServeConfig } from "../../../../src/serve/config/to-config.ts";
import { limitsOfConfiguration, serveKeys, serveSchemaFile, serveSchemaText } from "../../../helpers/serve-schema.ts";
import { errorOf, temporaryDirectory } from "../../../helpers/temporary.ts";

const facts = { stateDir: "/state", dataDir: "/data", cores: 4 };
const hash = "ab".repeat(32);

function readText(text: string, { environment = {}, flags = [] }: Partial<Sources> = {}) {
  using directory = temporaryDirectory();
  const file = join(directory.path, "serve.yaml");
  writeFileSync(file, text);
  try {
    return readServeConfig({ file, environment, flags });
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(file, "serve.yaml");
    throw error;
  }
}

const configOf = (text: string, sources: Partial<Sources> = {}) => toServeConfig(readText(text, sources), facts);

describe("without anything", () => {
  test("there is a default for everything: the loopback interface, a slot for each core, 64 MiB of a body", () => {
    const config = toServeConfig(readServeConfig({ file: null, environment: {}, flags: [] }), facts);
    expect(config).toMatchObject({ host: "127.0.0.1", port: 8080, slots: 4, dataDir: "/data", stateDir: "/state", store: "sqlite", sync: "normal", keys: [], insecure: false, network: "none", tls: null, cors: { origins: [] } });
    expect(config.bounds).toMatchObject({ body: 64 * 2 ** 20, depth: 64, wait: 60, jobBytes: 256 * 2 ** 20 });
    expect(config.run.usual).toMatchObject({ cpu_time_limit: 10, wall_time_limit: 20, memory_limit: 512 * 2 ** 20, process_limit: 64, output_limit: 8 * 2 ** 20 });
    expect(config.run.most).toMatchObject({ cpu_time_limit: 60, memory_limit: 4 * 2 ** 30, stack_limit: null });
    expect(config.results.keep).toBe(86_400);
  });

  test("an empty file says nothing", () => {
    expect(configOf("")).toEqual(configOf("{}"));
  });
});

describe("the file", () => {
  test("has sizes and times as packs have them; one limit that is said leaves the others as they are", () => {
    const config = configOf("bounds: { body: 1GiB, wait: 5s }\nrun:\n  usual: { memory: 1GiB, time: 2 }\n  most: { memory: unlimited }\ndrain: { grace: 0 }\nresults: { keep: 7 }\n");
    expect(config.bounds).toMatchObject({ body: 2 ** 30, wait: 5 });
    expect(config.run.usual).toMatchObject({ memory_limit: 2 ** 30, cpu_time_limit: 2, wall_time_limit: 20, process_limit: 64 });
    expect(config.run.most).toMatchObject({ memory_limit: null, cpu_time_limit: 60 });
    expect(config.results.keep).toBe(7);
  });

  test("has keys by their hash", () => {
    expect(configOf(`keys:\n  - { name: web, sha256: ${hash.toUpperCase()} }\n  - { name: bot, sha256: ${hash}, scopes: [admin], languages: [python3], rate: 60, most_jobs: 5 }\n`).keys).toEqual([
      { name: "web", sha256: hash, scopes: ["run", "read"], languages: null, rate: null, mostJobs: null },
      { name: "bot", sha256: hash, scopes: ["admin"], languages: ["python3"], rate: 60, mostJobs: 5 },
    ]);
  });

  test.each([
    ["an unknown key, with the nearest one", "prot: 8080\n", "serve.yaml:1:1: prot: unknown key, did you mean 'port'?"],
    ["an unknown key inside", "bounds:\n  bdy: 1\n", "serve.yaml:2:3: bounds.bdy: unknown key, did you mean 'body'?"],
    ["a wrong type", "port: eighty\n", "serve.yaml:1:7: port: must be a number, not text"],
    ["a port that is none", "port: 65536\n", "serve.yaml:1:7: port: must be at most 65535"],
    ["a size that is none", "bounds:\n  body: lots\n", "serve.yaml:2:9: bounds.body: must be a number of MB or text such as \"512MiB\""],
    ["a size out of bounds", "bounds: { body: 1B }\n", "serve.yaml:1:17: bounds.body: must be from 1024B to 4096MiB"],
    ["no YAML", "port: [\n", "serve.yaml:2:1"],
    ["a list", "- port\n", "serve.yaml:1:1: must be a mapping"],
    ["a key twice", "port: 1\nport: 2\n", "serve.yaml:2:1: duplicate key 'port'"],
    ["a hash that is none", "keys:\n  - { name: a, sha256: hunter2 }\n", "serve.yaml:2:24: keys.0.sha256: must be the SHA-256 of the key"],
    ["a key without a name", `keys:\n  - { sha256: ${hash} }\n`, "serve.yaml:2:5: keys.0.name: is missing"],
    ["a dialect that nobody knows", "dialects: [pistn]\n", "serve.yaml:1:12: dialects.0: must be one of v1 piston judge0 go-judge sandbox-fusion"],
    ["an origin with a path", "cors: { origins: ['https://a.example/x'] }\n", "serve.yaml:1:19: cors.origins.0: must be an origin"],
    ["a bomb of aliases", `a: &a [x]\n${Array.from({ length: 20 }, (_, index) => `b${index}: &b${index} [${index === 0 ? "*a, *a" : `*b${index - 1}, *b${index - 1}`}]`).join("\n")}\n`, "serve.yaml:1:1"],
  ])("says line and column of %s", (_, text, message) => {
    expect(errorOf(() => readText(text)).message).toStartWith(message);
  });

  test("has all its mistakes told at once", () => {
    const error = errorOf(() => readText("prot: 1\nqueue: { most: -1 }\n"));
    expect(`${error.message} ${error.hint}`).toContain("serve.yaml:2:16: queue.most: must be at least 1");
  });

  test("that is not there is a mistake of the caller", () => {
    const error = errorOf(() => readServeConfig({ file: "/nonexistent/serve.yaml", environment: {}, flags: [] }));
    expect([error.message, error.exitCode]).toEqual([expect.stringContaining("cannot read the configuration /nonexistent/serve.yaml: ENOENT"), 64]);
  });
});

describe("the environment", () => {
  test("is over the file, and flags are over it", () => {
    const environment = { MINI_ISOLATE_SERVE_PORT: "81", MINI_ISOLATE_SERVE_QUEUE_MOST: "5", MINI_ISOLATE_SERVE_RUN_USUAL_MEMORY: "64MiB", MINI_ISOLATE_SERVE_DIALECTS: "v1, piston", MINI_ISOLATE_SERVE_METRICS_OPEN: "true", MINI_ISOLATE_SERVE_PORTS_GO_JUDGE: "5050", OTHER: "x" };
    const config = configOf("port: 80\nhost: localhost\nqueue: { attempts: 7 }\n", { environment, flags: [{ path: ["port"], value: 82, by: "--port" }] });
    expect(config).toMatchObject({ port: 82, host: "localhost", queue: { most: 5, attempts: 7 }, dialects: ["v1", "piston"], metrics: { open: true }, ports: { "go-judge": 5050 } });
    expect(config.run.usual.memory_limit).toBe(64 * 2 ** 20);
  });

  test("has keys as names and hashes", () => {
    expect(configOf("", { environment: { MINI_ISOLATE_SERVE_KEYS: `web=${hash},bot=${hash}` } }).keys.map(({ name }) => name)).toEqual(["web", "bot"]);
  });

  test("has a variable for every value that is no list of mappings, each another one", () => {
    const simple = leaves().filter(({ kinds }) => !kinds.every((kind) => kind === "other")).map(({ path }) => variableOf(path));
    expect(new Set(simple).size).toBe(simple.length);
    expect(leaves().filter(({ kinds }) => kinds.every((kind) => kind === "other")).map(({ path }) => path.join("."))).toEqual(["keys", "worker.labels"]);
  });

  test.each([
    ["a value that is none", { MINI_ISOLATE_SERVE_PORT: "http" }, "cannot use MINI_ISOLATE_SERVE_PORT 'http': must be a number, not text"],
    ["a variable that nobody knows", { MINI_ISOLATE_SERVE_PROT: "1" }, "unknown variable MINI_ISOLATE_SERVE_PROT"],
    ["a hash that is none", { MINI_ISOLATE_SERVE_KEYS: "web=hunter2" }, "cannot use MINI_ISOLATE_SERVE_KEYS"],
  ])("is refused with its name for %s", (_, environment, message) => {
    expect(errorOf(() => configOf("", { environment })).message).toStartWith(message);
  });

  test("does not take what Kubernetes sets for a service of the same name", () => {
    expect(fromEnvironment({
      MINI_ISOLATE_SERVE_PORT: "tcp://10.0.0.1:8080", MINI_ISOLATE_SERVE_SERVICE_HOST: "10.0.0.1", MINI_ISOLATE_SERVE_SERVICE_PORT: "8080", MINI_ISOLATE_SERVE_SERVICE_PORT_HTTP: "8080",
      MINI_ISOLATE_SERVE_PORT_8080_TCP: "tcp://10.0.0.1:8080", MINI_ISOLATE_SERVE_PORT_8080_TCP_ADDR: "10.0.0.1", MINI_ISOLATE_SERVE_PORT_8080_TCP_PORT: "8080", MINI_ISOLATE_SERVE_PORT_8080_TCP_PROTO: "tcp",
    })).toEqual([]);
  });
});

describe("what excludes each other", () => {
  test.each(["0.0.0.0", "::", "192.168.1.2", "example.org", "128.0.0.1"])("%s without keys is refused, with keys or --insecure it is not", (host) => {
    const error = errorOf(() => configOf(`host: "${host}"\n`));
    expect([error.message, error.hint]).toEqual([`cannot listen on ${host} without keys: everybody who reaches it could run programs here`, "make a key with mini-isolate serve --make-key NAME, or say --insecure"]);
    expect(configOf(`host: "${host}"\ninsecure: true\n`).host).toBe(host);
    expect(configOf(`host: "${host}"\nkeys: [{ name: a, sha256: ${hash} }]\n`).host).toBe(host);
  });

  test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])("%s is the loopback interface", (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  test.each([
    ["two keys of one name", `keys: [{ name: a, sha256: ${hash} }, { name: a, sha256: ${hash} }]\n`, "two keys have the name a"],
    ["a port twice", "ports: { piston: 8080 }\n", "port 8080 is given twice"],
    ["no slots and no other workers", "slots: 0\n", "cannot serve without slots: with the store sqlite there are no other workers"],
    ["a socket with too long a path", `unix_socket: /${"x".repeat(108)}\n`, "cannot listen at"],
  ])("%s", (_, text, message) => {
    expect(errorOf(() => configOf(text)).message).toStartWith(message);
  });
});

test("what is in force shows every key, and no secret", () => {
  const shown = shownConfig(configOf(`keys: [{ name: web, sha256: ${hash} }]\ncallbacks: { secrets: [whsec_c2VjcmV0] }\nstore: redis://user:hunter2@host:6379\ntls: { cert: /a, key: /b }\n`));
  const text = JSON.stringify(shown);
  for (const secret of [hash, "whsec_c2", "hunter2"]) expect(text).not.toContain(secret);
  const has = (path: string) => path.split(".").reduce<unknown>((value, key) => (Array.isArray(value) ? (value[0] as Record<string, unknown>)[key] : (value as Record<string, unknown>)[key]), shown);
  const notShown = serveKeys().filter((path) => !/^(compile\.|ports\.|keys\.sha256)/.test(path) && has(path) === undefined);
  expect(notShown).toEqual([]);
});

describe("docs/serve.schema.json", () => {
  test("is up to date (npm run docs writes it)", () => {
    expect(readFileSync(join(import.meta.dir, "../../../..", serveSchemaFile), "utf8")).toBe(serveSchemaText());
  });

  test("has a meaning for every key, and there is none for another one", () => {
    const isLimit = (path: string) => /^(run|compile)\.(usual|most)\./.test(path);
    expect(serveKeys().filter((path) => !isLimit(path))).toEqual(Object.keys(settings));
    expect([...new Set(serveKeys().filter(isLimit).map((path) => path.split(".")[2]!))]).toEqual(Object.keys(limitSettings));
    expect(limitsOfConfiguration).toEqual(Object.keys(limitSettings));
  });
});
