// Health and figures of a worker.
import { expect, test } from "bun:test";
import { SandboxTrial } from "../../../../src/serve/http/sandbox-trial.ts";
import { serveWorkerHealth } from "../../../../src/serve/http/worker-health.ts";
import { ServiceMetrics } from "../../../../src/serve/metrics/service-metrics.ts";
import { parsedFigures } from "../../../helpers/figures.ts";

test("a worker says whether it lives, whether its next job would run and why not, and what it has done", async () => {
  let now: { fault: string | null; isDraining: boolean } = { fault: null, isDraining: false };
  const sandbox = new SandboxTrial(["/bin/false"], "/nonexistent");
  sandbox.proven("cgroup-v2");
  const health = serveWorkerHealth({ host: "127.0.0.1" }, 0, new ServiceMetrics("1"), sandbox, () => now);
  const ask = async (path: string, method = "GET") => {
    const answer = await fetch(`http://127.0.0.1:${health.port}${path}`, { method });
    return [answer.status, await answer.text()] as const;
  };
  expect(await ask("/healthz")).toEqual([200, '{"status":"ok"}\n']);
  expect(await ask("/readyz")).toEqual([200, '{"ready":true,"problems":[],"checks":{"store":"ok","sandbox":"ok","control_groups":"cgroup-v2"}}\n']);
  now = { fault: "nobody answers", isDraining: false };
  expect(await ask("/readyz")).toEqual([503, expect.stringContaining('"problems":[{"check":"store","problem":"nobody answers"}]')]);
  now = { fault: null, isDraining: true };
  expect((await ask("/readyz"))[0]).toBe(503);
  expect(parsedFigures((await ask("/metrics"))[1]).samples.get('mini_isolate_build_info{version="1"}')).toBe(1);
  expect([(await ask("/none"))[0], (await ask("/healthz", "POST"))[0]]).toEqual([404, 405]);
  await health.stop();
});

test("what bounded memory before and does not any more is a problem, and a program that cannot be run is one with its reason", async () => {
  let at = 0;
  const sandbox = new SandboxTrial(["/bin/sh", "-c", `echo "mini-isolate: no room" >&2; exit 5`], "/nonexistent", () => at);
  sandbox.proven("cgroup-v1");
  expect(await sandbox.look()).toEqual({ problem: null, groups: "cgroup-v1", groupsProblem: null });
  sandbox.proven("sampling");
  expect((await sandbox.look()).groupsProblem).toBe("control groups cannot be used any more: memory is bounded by sampling");
  at += 60_000;
  expect((await sandbox.look()).problem).toBe("no room");
});
