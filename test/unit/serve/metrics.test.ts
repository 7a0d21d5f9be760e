// Figures for Prometheus, and the log.
import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Log, LogFile } from "../../../src/serve/http/log.ts";
import { Counter, exposition, Gauge, Histogram } from "../../../src/serve/metrics/series.ts";
import { ServiceMetrics } from "../../../src/serve/metrics/service-metrics.ts";
import { FakeService, jobResult, runOutcome, testOutcome } from "../../helpers/fake-service.ts";
import type { Job } from "../../../src/serve/job.ts";
import { parsedFigures as parsed } from "../../helpers/figures.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";
import { until } from "../../helpers/until.ts";

describe("series", () => {
  test("of a histogram are cumulative, and end with all", () => {
    const histogram = new Histogram("x_seconds", "X.", [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe({ op: "a" }, value);
    expect(exposition([histogram])).toBe('# HELP x_seconds X.\n# TYPE x_seconds histogram\nx_seconds_bucket{op="a",le="0.1"} 2\nx_seconds_bucket{op="a",le="1"} 3\nx_seconds_bucket{op="a",le="+Inf"} 4\nx_seconds_sum{op="a"} 7.65\nx_seconds_count{op="a"} 4\n');
  });

  test("have labels that are escaped, and values that are set or added", () => {
    const [counter, gauge] = [new Counter("a_total", "A\nb."), new Gauge("b", "B.")];
    counter.add({ name: 'a"b\\c\nd' });
    counter.add({ name: 'a"b\\c\nd' }, 2);
    gauge.set({}, 5);
    expect(exposition([counter, gauge])).toBe('# HELP a_total A\\nb.\n# TYPE a_total counter\na_total{name="a\\"b\\\\c\\nd"} 3\n# HELP b B.\n# TYPE b gauge\nb 5\n');
    gauge.clear();
    expect(exposition([gauge])).not.toContain("b 5");
  });

  test("are bounded in number: what comes after a thousand becomes one", () => {
    const counter = new Counter("a_total", "A.");
    for (let index = 0; index < 5000; index++) counter.add({ name: `n${index}` });
    const { samples } = parsed(exposition([counter]));
    expect([samples.size, samples.get('a_total{name="other"}')]).toEqual([1001, 4000]);
  });
});

describe("the page of the service", () => {
  test("has names by the conventions, a type and a meaning for each, and what was counted", async () => {
    const metrics = new ServiceMetrics("1.2.3");
    const job = { id: "x", dialect: "judge0", class: "normal", receivedAt: 1000, work: { kind: "program", language: "cpp" } } as Job;
    metrics.jobEnded(job, jobResult({ status: "TimeLimit", attempt: 2, startedAt: 1500, endedAt: 4000, compile: { ...runOutcome({ wall_time: 0.3 }), cached: false }, tests: [testOutcome({ wall_time: 2 })] }));
    metrics.jobEnded(job, jobResult({ outcome: "failed", attempt: 3, startedAt: null, tests: [] }));
    metrics.storeCall("add", 0.002, false);
    metrics.storeCall("claim", 0.002, true);
    metrics.requestEnded("v1 GET /jobs/:id", 200, 0.01);
    metrics.requestRejected("queue-full");
    const { types, samples } = parsed(metrics.page(await new FakeService().state()));
    for (const [name, type] of types) {
      expect(name).toMatch(/^(mini_isolate|process)_[a-z_]+$/);
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      if (type === "histogram") expect(name).toEndWith("_seconds");
    }
    expect(Object.fromEntries(samples)).toMatchObject({
      'mini_isolate_build_info{version="1.2.3"}': 1,
      'mini_isolate_jobs_total{dialect="judge0",language="cpp",outcome="finished",status="TimeLimit"}': 1,
      'mini_isolate_jobs_total{dialect="judge0",language="cpp",outcome="failed",status="none"}': 1,
      'mini_isolate_job_queue_seconds_sum{class="normal"}': 0.5,
      'mini_isolate_job_run_seconds_sum{language="cpp"}': 2,
      'mini_isolate_job_compile_seconds_count{language="cpp"}': 1,
      mini_isolate_job_attempts_total: 5,
      'mini_isolate_jobs_queued{class="interactive"}': 0, 'mini_isolate_slots{state="idle"}': 2, mini_isolate_job_oldest_seconds: 0,
      'mini_isolate_store_errors_total{op="claim"}': 1, 'mini_isolate_store_seconds_count{op="add"}': 1,
      'mini_isolate_http_requests_total{route="v1 GET /jobs/:id",code="200"}': 1, 'mini_isolate_http_rejected_total{reason="queue-full"}': 1,
    });
    expect(samples.get("process_resident_memory_bytes")!).toBeGreaterThan(1_000_000);
  });

  test("is there without what the store would say when that cannot be asked", () => {
    expect(parsed(new ServiceMetrics("1").page(null)).samples.has("mini_isolate_jobs_running")).toBe(false);
  });
});

describe("the log", () => {
  test("is a JSON object a line; lines below its level are left out", () => {
    const lines: string[] = [];
    const log = new Log("warn", { add: (line) => void lines.push(line) });
    log.say("info", "request", {});
    log.say("error", "broken", { message: 'a"\nb' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toEndWith("\n");
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "error", event: "broken", message: 'a"\nb', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
    new Log("silent", { add: (line) => void lines.push(line) }).say("error", "x", {});
    expect(lines).toHaveLength(1);
  });

  test("is written in its order, whole", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "log");
    const fd = openSync(path, "w");
    const file = new LogFile(fd);
    const expected = Array.from({ length: 5000 }, (_, index) => `line ${index} ${"x".repeat(100)}\n`);
    for (const line of expected) file.add(line);
    await until("all is written", () => readFileSync(path, "utf8") === expected.join(""));
    closeSync(fd);
  });

  test("does not stop the service when nobody reads: lines are lost, and counted", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "pipe");
    Bun.spawnSync(["mkfifo", path]);
    // For reading as well, so that it opens; nobody reads.
    const pipe = openSync(path, "r+");
    let lost = 0;
    const file = new LogFile(pipe, (lines) => (lost += lines));
    for (let index = 0; index < 300; index++) file.add("x".repeat(65_536));
    expect(lost).toBeGreaterThan(100);
    // Somebody does at last, and all that was not lost comes.
    expect(await Bun.spawn(["head", "-c", String((300 - lost) * 65_536), path], { stdout: "ignore" }).exited).toBe(0);
    closeSync(pipe);
  });
});
