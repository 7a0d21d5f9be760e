// The end of the service, and its configuration read again.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const shell = (source: string) => ({ language: "shell", source });

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly status: string | null;
}

async function submitted(service: TestService, source: string): Promise<string> {
  const answer = await service.post("/v1/jobs", shell(source));
  return ((await answer.json()) as Shown).id;
}

async function shown(service: TestService, id: string): Promise<Shown> {
  return (await (await service.ask(`/v1/jobs/${id}`)).json()) as Shown;
}

describe("SIGTERM", () => {
  claim("turns readiness to no at once, lets the running job end and its answer go out, keeps what waits for the next start", async () => {
    const directory = makeTestDirectory("serve");
    try {
      let waiting: string;
      {
        await using service = await startServer({ slots: 1, drain: { grace: "1s", most: 30 } }, { directory });
        const running = service.post("/v1/jobs?wait=30", shell("sleep 1; echo done"));
        await until("it runs", async () => /mini_isolate_jobs_running 1/.test(await (await service.ask("/metrics")).text()));
        waiting = await submitted(service, "echo later");
        const synchronous = service.post("/api/v2/execute", { language: "bash", version: "*", files: [{ content: "echo never" }] });
        service.signal("SIGTERM");
        await service.says("draining");
        const ready = await service.ask("/readyz");
        expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ ready: false })]);
        expect((await service.ask("/healthz")).status).toBe(200);
        const refused = await service.post("/v1/jobs", shell("echo no"));
        expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("connection")]).toEqual([503, "5", "close"]);
        expect(((await (await running).json()) as Shown)).toMatchObject({ state: "ended", status: "Success" });
        // Nobody could ask for its result later.
        const waited = await synchronous;
        expect([waited.status, waited.headers.get("retry-after")]).toEqual([503, "5"]);
        expect(await service.ended).toBe(0);
      }
      await using again = await startServer({ slots: 1 }, { directory });
      await until("what waited has run", async () => (await shown(again, waiting)).state === "ended");
      expect(await shown(again, waiting)).toMatchObject({ status: "Success" });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  claim("a second time ends it at once with 0; what ran is run again by the next one", async () => {
    const directory = makeTestDirectory("serve");
    try {
      let id: string;
      {
        await using service = await startServer({ slots: 1 }, { directory });
        id = await submitted(service, "test -e /box/x; sleep 60");
        await until("it runs", async () => (await shown(service, id)).state === "running");
        service.signal("SIGTERM");
        await service.says("draining");
        service.signal("SIGTERM");
        expect(await service.ended).toBe(0);
      }
      await using again = await startServer({ slots: 1 }, { directory });
      await until("it runs again", async () => (await shown(again, id)).state === "running", 20_000);
      await again.ask(`/v1/jobs/${id}/cancel`, { method: "POST" });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("SIGHUP", () => {
  test("reads keys and packs again; a mistake leaves everything as it is, and is told", async () => {
    const key = (name: string) => ({ name, sha256: createHash("sha256").update(name).digest("hex"), scopes: ["admin"] });
    await using service = await startServer({ slots: 1, keys: [key("old")] });
    const file = join(service.directory, "serve.yaml");
    const packs = join(service.directory, "packs");
    const base = { port: 0, data_dir: join(service.directory, "data"), slots: 1 };
    const code = async (name: string) => (await service.ask("/v1/languages", { headers: { Authorization: `Bearer ${name}` } })).status;
    const reloaded = async (event: string, count: number) => {
      service.signal("SIGHUP");
      await until(`${event} number ${count}`, () => service.log().filter((line) => line.event === event).length === count);
    };
    expect([await code("old"), await code("new")]).toEqual([200, 401]);

    mkdirSync(packs);
    writeFileSync(join(packs, "mine.yaml"), "version: 1\nid: mine\nname: Mine\nextensions: [.mine]\nrun: /bin/sh {source}\n");
    writeFileSync(file, stringify({ ...base, keys: [key("new")], packs: [packs] }));
    await reloaded("reloaded", 1);
    expect([await code("old"), await code("new")]).toEqual([401, 200]);
    const languages = await (await service.ask("/v1/languages", { headers: { Authorization: "Bearer new" } })).text();
    expect(languages).toContain('"mine"');

    writeFileSync(file, "keys: [\n");
    await reloaded("reload-failed", 1);
    writeFileSync(join(packs, "mine.yaml"), "version: 1\nid: mine\nname: Mine\nrunn: x\n");
    writeFileSync(file, stringify({ ...base, keys: [key("third")], packs: [packs] }));
    await reloaded("reload-failed", 2);
    expect(service.log().findLast(({ event }) => event === "reload-failed")!["message"]).toContain("mine.yaml:4:1");
    expect([await code("new"), await code("third")]).toEqual([200, 401]);
  });
});
