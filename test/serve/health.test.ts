// Health, figures and the log of a service that runs programs.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { redis, RedisServer } from "../helpers/redis-server.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { freePort, startServer, type TestService } from "../helpers/serve.ts";
import { startWorker } from "../helpers/serve-worker.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";
import { until } from "../helpers/until.ts";
import { parsedFigures } from "../helpers/figures.ts";

const claim = claimWith(...sandbox);

interface Ready {
  readonly ready: boolean;
  readonly problems: readonly { readonly check: string; readonly problem: string }[];
  readonly checks: Readonly<Record<string, string>>;
}

async function readiness(service: TestService): Promise<{ readonly code: number; readonly body: Ready }> {
  const answer = await service.ask("/readyz");
  return { code: answer.status, body: (await answer.json()) as Ready };
}

const figures = async (service: TestService) => parsedFigures(await (await service.ask("/metrics")).text()).samples;

claim("a service that runs programs is ready, counts its jobs by what came of them, and logs them without a word of theirs", async () => {
  await using service = await startServer();
  const { code, body } = await readiness(service);
  expect([code, body]).toEqual([200, { ready: true, problems: [], checks: { store: "ok", queue: "0 of 10000 wait", disk: "ok", sandbox: "ok", control_groups: expect.stringMatching(/^cgroup-v[12]$/) } }]);

  for (const source of ["echo hi", "exit 3"]) expect((await service.post("/v1/jobs?wait=20", { language: "shell", source })).ok).toBe(true);
  const answer = await service.post("/v1/jobs?wait=20", { language: "shell", source: "echo secret-out; echo secret-err >&2; cat # secret-source", stdin: "secret-in" }, { "X-Request-Id": "mine-1", Authorization: "Bearer secret-key" });
  const { id } = (await answer.json()) as { id: string };

  const samples = await figures(service);
  expect(samples.get('mini_isolate_jobs_total{dialect="v1",language="shell",outcome="finished",status="Success"}')).toBe(2);
  expect(samples.get('mini_isolate_jobs_total{dialect="v1",language="shell",outcome="finished",status="RuntimeError"}')).toBe(1);
  expect(samples.get('mini_isolate_job_run_seconds_count{language="shell"}')).toBe(3);
  expect(samples.get("mini_isolate_results_kept")).toBe(3);
  expect(samples.get('mini_isolate_slots{state="idle"}')).toBe(2);
  expect(samples.get('mini_isolate_http_requests_total{route="v1 POST /jobs",code="201"}')).toBe(3);

  expect(answer.headers.get("x-request-id")).toBe("mine-1");
  expect(await service.says("request", ({ request_id }) => request_id === "mine-1")).toMatchObject({ method: "POST", route: "v1 POST /jobs", dialect: "v1", jobs: [id], client: "127.0.0.1" });
  expect(await service.says("job", ({ job }) => job === id)).toMatchObject({ dialect: "v1", language: "shell", outcome: "finished", status: "Success", attempt: 1 });
  expect(JSON.stringify(service.log())).not.toContain("secret");
});

describe("/readyz", () => {
  claim("says no with the reason when programs cannot be run", async () => {
    await using service = await startServer();
    // A file where the boxes should be.
    const state = join(service.directory, "state");
    await until("the directory is away", () => {
      if (existsSync(state)) renameSync(state, `${state}.away`);
      try {
        writeFileSync(state, "", { flag: "wx" });
        return true;
      } catch {
        // A slot that starts has made it meanwhile.
        return false;
      }
    });
    const { code, body } = await readiness(service);
    expect([code, body.ready, body.problems.map(({ check }) => check)]).toEqual([503, false, ["sandbox"]]);
    rmSync(state);
    if (existsSync(`${state}.away`)) renameSync(`${state}.away`, state);
    await until("it is ready again", async () => (await readiness(service)).code === 200);
  });

  claim("says no while the queue is full, and yes afterwards; what is too much is refused at once with the time to wait", async () => {
    await using service = await startServer({ slots: 1, queue: { most: 2 } });
    const submit = async () => await service.post("/v1/jobs", { language: "shell", source: "sleep 20" });
    const ids = [((await (await submit()).json()) as { id: string }).id];
    await until("it runs", async () => (await figures(service)).get("mini_isolate_jobs_running") === 1);
    for (let count = 0; count < 2; count++) ids.push(((await (await submit()).json()) as { id: string }).id);
    const refused = await submit();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, expect.stringMatching(/^[1-9][0-9]*$/)]);
    const { code, body } = await readiness(service);
    expect([code, body.problems]).toEqual([503, [{ check: "queue", problem: "the queue is full: 2 jobs wait" }]]);
    for (const id of ids.toReversed()) await service.ask(`/v1/jobs/${id}/cancel`, { method: "POST" });
    await until("it is ready again", async () => (await readiness(service)).code === 200);
    expect((await figures(service)).get('mini_isolate_http_rejected_total{reason="queue-full"}')).toBe(1);
  });
});

describe("/metrics", () => {
  test("needs a key where there are keys, unless it is open or on a port of its own", async () => {
    const keys = [{ name: "prometheus", sha256: createHash("sha256").update("secret").digest("hex"), scopes: ["read"] }];
    const port = freePort();
    await using service = await startServer({ slots: 1, keys, metrics: { port } });
    expect((await service.ask("/metrics")).status).toBe(401);
    expect((await service.ask("/metrics", { headers: { Authorization: "Bearer secret" } })).status).toBe(200);
    const own = service.addresses["metrics"]!;
    expect([(await fetch(`${own}/metrics`)).status, (await fetch(`${own}/v1/info`)).status]).toEqual([200, 404]);
    await using open = await startServer({ slots: 1, keys, metrics: { open: true } });
    expect((await open.ask("/metrics")).status).toBe(200);
  });
});

describe("a worker", () => {
  const many = claimWith(...sandbox, redis);

  many("has health and figures of its own on the port for them", async () => {
    await using store = await RedisServer.start();
    await using server = await startServer({ store: store.url, slots: 0 });
    expect(await readiness(server)).toMatchObject({ code: 503, body: { problems: [{ check: "service", problem: "no worker is there" }] } });
    const port = freePort();
    await using worker = await startWorker(store.url, "one", [], { MINI_ISOLATE_SERVE_METRICS_PORT: String(port) });
    expect(await worker.says("listening")).toMatchObject({ what: "metrics", address: `http://127.0.0.1:${port}` });
    await until("the server is ready", async () => (await readiness(server)).code === 200);
    expect((await server.post("/v1/jobs?wait=20", { language: "shell", source: "echo hi" })).ok).toBe(true);
    const own = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`);
    expect([(await own("/healthz")).status, (await own("/readyz")).status]).toEqual([200, 200]);
    await until("it has counted", async () => parsedFigures(await (await own("/metrics")).text()).samples.get('mini_isolate_jobs_total{dialect="v1",language="shell",outcome="finished",status="Success"}') === 1);
  });
});

describe("TLS", () => {
  const openssl = Bun.which("openssl", { PATH: "/usr/bin:/bin" });

  test.skipIf(openssl === null)("is spoken with a certificate and its key from files, which must be there", async () => {
    using directory = temporaryDirectory();
    const [cert, key] = [join(directory.path, "cert.pem"), join(directory.path, "key.pem")];
    Bun.spawnSync([openssl!, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], { stdout: "ignore", stderr: "ignore" });
    chmodSync(key, 0o600);
    await using service = await startServer({ slots: 1, tls: { cert, key } });
    expect(service.url).toStartWith("https://127.0.0.1:");
    const answer = await fetch(`${service.url}/healthz`, { tls: { ca: await Bun.file(cert).text() } });
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
    expect(await fetch(service.url.replace("https", "http")).then(() => "answered", () => "refused")).toBe("refused");
    renameSync(key, `${key}.gone`);
    expect(await startServer({ slots: 1, tls: { cert, key } }).then(() => "started", String)).toContain(`cannot read ${key}`);
    writeFileSync(key, "no key");
    expect(await startServer({ slots: 1, tls: { cert, key } }).then(() => "started", String)).toContain("ended with 69");
  });
});
