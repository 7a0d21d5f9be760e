// The service as a command: where it listens, what it refuses to start with, what it says of its configuration.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { freePort, startServer } from "../helpers/serve.ts";

describe("a service without a configuration", () => {
  test("says where it listens, answers, and ends with 0", async () => {
    await using service = await startServer();
    expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/);
    const answer = await service.ask("/healthz");
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
    expect(await service.stop()).toBe(0);
    expect(service.log().map(({ event }) => event).filter((event) => event !== "request")).toEqual(["listening", "started", "draining", "ended"]);
    expect(statSync(join(service.directory, "data")).isDirectory()).toBe(true);
  });
});

test("dialects have ports of their own, where only they are, and a socket has everything", async () => {
  const [piston, judge0] = [freePort(), freePort()];
  await using service = await startServer({ ports: { piston, judge0 }, unix_socket: `/tmp/mini-isolate-test-${process.pid}.sock` });
  expect(Object.keys(service.addresses).toSorted()).toEqual(["common", "judge0", "piston", "socket"]);
  const code = async (address: string, path: string) => (await fetch(`${address}${path}`)).status;
  for (const path of ["/api/v2/runtimes", "/runtimes", "/healthz"]) expect([path, await code(service.addresses["piston"]!, path)]).toEqual([path, 200]);
  expect(await code(service.addresses["piston"]!, "/v1/info")).toBe(404);
  expect([await code(service.url, "/v1/info"), await code(service.url, "/judge0/about"), await code(service.url, "/about")]).toEqual([200, 200, 200]);
  const unix = service.addresses["socket"]!.slice("unix:".length);
  expect((await fetch("http://x/v1/info", { unix })).status).toBe(200);
  expect(statSync(unix).mode & 0o777).toBe(0o660);
  await service.stop();
  expect(existsSync(unix)).toBe(false);
});

test("only the dialects that are wanted are there", async () => {
  await using service = await startServer({ dialects: ["v1"] });
  const codes = await Promise.all(["/v1/info", "/api/v2/runtimes", "/about", "/healthz"].map(async (path) => (await service.ask(path)).status));
  expect(codes).toEqual([200, 404, 404, 200]);
});

describe("serve does not start", () => {
  test("beyond the loopback interface without keys, with a mistake in the file, or where somebody listens already", async () => {
    await using service = await startServer();
    await using state = openState();
    const data = join(state.scratch, "data");
    const tried = async (...flags: string[]) => {
      const { exitCode, stderr } = await state.mini(["serve", "--data-dir", data, ...flags], { itself: true });
      return [exitCode, stderr];
    };
    expect(await tried("--host", "0.0.0.0")).toEqual([64, "mini-isolate: cannot listen on 0.0.0.0 without keys: everybody who reaches it could run programs here\nhint: make a key with mini-isolate serve --make-key NAME, or say --insecure\n"]);
    const file = state.file("serve.yaml", "queue:\n  mst: 5\n");
    expect(await tried("--config", file)).toEqual([64, `mini-isolate: ${file}:2:3: queue.mst: unknown key, did you mean 'most'?\nhint: docs/serve.md has a table of all keys\n`]);
    const taken = new URL(service.url).port;
    expect(await tried("--port", taken)).toEqual([69, `mini-isolate: cannot listen on 127.0.0.1:${taken}: EADDRINUSE (address already in use)\nhint: another program listens there: choose another port\n`]);
    expect((await state.mini(["serve", "--port", "0", "--data-dir", join(service.directory, "data")], { itself: true })).exitCode).toBe(75);
    expect(await tried("--json")).toEqual([64, expect.stringContaining("--json is for --check")]);
  });
});

describe("serve --check", () => {
  test("prints what is in force, from flags, environment and file, and starts nothing", async () => {
    await using state = openState();
    const file = state.file("serve.yaml", "port: 81\nqueue: { most: 7 }\nbounds: { body: 1GiB }\n");
    const { exitCode, stdout } = await state.mini(["serve", "--check", "--json", "--config", file, "--port", "82", "--dialect-ports", "--sync", "full", "--slots", "3", "--cpus", "0,1", "--store", "redis://127.0.0.1:6399"], { env: { MINI_ISOLATE_SERVE_HOST: "localhost" }, itself: true });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ port: 82, host: "localhost", queue: { most: 7, attempts: 3 }, bounds: { body: "1024MiB" }, state_dir: state.directory, ports: { piston: 2000, judge0: 2358, "go-judge": 5050 }, sync: "full", slots: 3, cpus: "0,1", store: "redis://127.0.0.1:6399" });
    const yaml = await state.mini(["serve", "--check", "--config", file], { itself: true });
    expect(yaml.stdout).toContain("port: 81\n");
    // What it prints can be used as a file again.
    writeFileSync(file, yaml.stdout);
    expect((await state.mini(["serve", "--check", "--config", file], { itself: true })).stdout).toBe(yaml.stdout);
  });
});

test("serve --make-key prints a key and the lines for the configuration, which take it", async () => {
  await using state = openState();
  const { stdout } = await state.mini(["serve", "--make-key", "web"], { itself: true });
  const key = /mi_[A-Za-z0-9_-]{32}/.exec(stdout)![0];
  expect(stdout).toContain(createHash("sha256").update(key).digest("hex"));
  const { keys } = Bun.YAML.parse(stdout) as { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  await using service = await startServer({ keys: [{ ...keys[0], languages: ["shell", "pyhton"] }] });
  // Nothing would be allowed by it, and nobody would know why.
  expect(await service.says("warning")).toMatchObject({ message: "the key web allows the language pyhton, which there is not" });
  expect((await service.ask("/v1/info", { headers: { Authorization: `Bearer ${key}` } })).status).toBe(200);
  expect((await service.ask("/v1/jobs/00000000-0000-4000-8000-000000000000")).status).toBe(401);
  expect((await service.ask("/metrics")).status).toBe(401);
  expect((await service.ask("/readyz")).status).toBe(200);
});
