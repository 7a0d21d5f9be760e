/** What machines ask of the service: does it live, would the next job run, what has it done. */
import type { Engine } from "../engine.ts";
import type { ServiceMetrics } from "../metrics/service-metrics.ts";
import type { ServiceState } from "../service.ts";
import type { Dialect, HttpFault, Scope } from "./dialect.ts";
import type { ReadinessProbe } from "./readiness.ts";

export interface HealthParts {
  readonly engine: Engine;
  readonly metrics: ServiceMetrics;
  readonly readiness: ReadinessProbe;
}

/** @param scope what a key must allow for `/metrics` */
export function healthDialect({ engine, metrics, readiness }: HealthParts, scope: Scope): Dialect {
  return {
    name: "health",
    prefixes: [""],
    routes: [
      { method: "GET", path: "/healthz", scope: "open", handle: () => json(200, { status: "ok" }) },
      {
        method: "GET", path: "/readyz", scope: "open",
        handle: async () => {
          const answer = await readiness.look();
          return json(answer.ready ? 200 : 503, answer, answer.ready ? {} : { "Retry-After": "5" });
        },
      },
      {
        method: "GET", path: "/metrics", scope,
        handle: async () => new Response(metrics.page(await stateOf(engine)), { headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" } }),
      },
    ],
    failure,
  };
}

/** For paths that belong to no dialect as well. */
export function failure({ status, code, message, headers }: HttpFault, { requestId, url }: { readonly requestId: string; readonly url: URL }): Response {
  const body = { type: "about:blank", title: code, status, detail: message, instance: url.pathname, request_id: requestId };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { "Content-Type": "application/problem+json", ...headers } });
}

async function stateOf(engine: Engine): Promise<ServiceState | null> {
  try {
    return await engine.service.state();
  } catch {
    return null;
  }
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers } });
}
