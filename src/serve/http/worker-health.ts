/** Health and figures of a worker, which has no other server. */
import type { ServeConfig } from "../config/config.ts";
import type { ServiceMetrics } from "../metrics/service-metrics.ts";
import { cannotListen } from "./cannot-listen.ts";
import type { SandboxTrial } from "./sandbox-trial.ts";

export interface WorkerHealth {
  readonly port: number;
  stop(): Promise<void>;
}

export interface WorkerFactsNow {
  /** Why the store cannot be used; null: it can. */
  readonly fault: string | null;
  readonly isDraining: boolean;
}

/** On `metrics.port`, without a key: nothing of a job can be asked for here. @throws IsolateError when it cannot be listened on */
export function serveWorkerHealth({ host }: Pick<ServeConfig, "host">, port: number, metrics: ServiceMetrics, sandbox: SandboxTrial, now: () => WorkerFactsNow): WorkerHealth {
  const ready = async () => {
    const { fault, isDraining } = now();
    if (isDraining) return answer(503, { ready: false, problems: [{ check: "draining", problem: "the worker is ending" }] });
    const { problem, groups, groupsProblem } = await sandbox.look();
    const checks = { store: fault ?? "ok", sandbox: problem ?? "ok", control_groups: groupsProblem ?? groups };
    const problems = Object.entries({ store: fault, sandbox: problem, control_groups: groupsProblem }).flatMap(([check, text]) => (text === null ? [] : [{ check, problem: text }]));
    return answer(problems.length === 0 ? 200 : 503, { ready: problems.length === 0, problems, checks });
  };
  const server = listening(`${host}:${port}`, {
    hostname: host.replace(/^\[(.*)\]$/, "$1"), port, development: false, reusePort: false, maxRequestBodySize: 1024,
    fetch: async (request) => {
      const path = URL.parse(request.url, "http://localhost")?.pathname;
      if (request.method !== "GET" && request.method !== "HEAD") return answer(405, { title: "method-not-allowed", status: 405 }, { Allow: "GET, HEAD" });
      if (path === "/healthz") return answer(200, { status: "ok" });
      if (path === "/readyz") return await ready();
      if (path === "/metrics") return new Response(metrics.page(null), { headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" } });
      return answer(404, { title: "not-found", status: 404 });
    },
    error: () => new Response("internal error\n", { status: 500 }),
  });
  return { port: server.port!, stop: async () => await server.stop(true) };
}

function listening(shown: string, options: Bun.Serve.Options<undefined>): Bun.Server<undefined> {
  try {
    return Bun.serve(options);
  } catch (error) {
    throw cannotListen(shown, error);
  }
}

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers } });
}
