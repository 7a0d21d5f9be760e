/** The server of the service in this process, over a service in memory: for what goes wrong before and around the work of a dialect. */
import { connect } from "node:net";
import type { ServeConfig } from "../../src/serve/config/config.ts";
import type { Call, Dialect } from "../../src/serve/http/dialect.ts";
import { failure } from "../../src/serve/http/health.ts";
import { Log } from "../../src/serve/http/log.ts";
import { Router } from "../../src/serve/http/router.ts";
import { HttpServer } from "../../src/serve/http/server.ts";
import { ServiceMetrics } from "../../src/serve/metrics/service-metrics.ts";
import { FakeService } from "./fake-service.ts";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly service: FakeService;
  readonly server: HttpServer;
  readonly metrics: ServiceMetrics;
  /** Lines of the log so far, parsed. */
  lines(): Readonly<Record<string, unknown>>[];
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** What comes back for bytes as they are, until the connection is closed. */
  raw(...pieces: readonly (string | Uint8Array)[]): Promise<string>;
}

/** Answers what was sent, or what the test wants. */
export function echo(parts: Partial<Dialect> = {}, handle: (call: Call) => Promise<Response> | Response = async (call) => Response.json(await call.json())): Dialect {
  return {
    name: "v1", prefixes: ["/echo"], failure,
    routes: [
      { method: "POST", path: "/run", scope: "run", handle },
      { method: "GET", path: "/read/:id", scope: "read", handle: ({ params }) => Response.json(params) },
      { method: "DELETE", path: "/read/:id", scope: "admin", handle: () => new Response(null, { status: 204 }) },
      { method: "GET", path: "/open", scope: "open", handle: () => new Response("open") },
    ],
    ...parts,
  };
}

export function openServer(config: Partial<ServeConfig> = {}, dialects: readonly Dialect[] = [echo()]): TestServer {
  const service = new FakeService({ config });
  const written: string[] = [];
  const metrics = new ServiceMetrics("0.0.0");
  const engine = { service, queue: {} as never, drain: () => {}, idle: async () => {}, close: async () => {}, reload: async () => {} };
  const server = new HttpServer(engine, service.config, metrics, new Log("info", { add: (line) => void written.push(line) }));
  const { port } = server.listen({ name: "test", router: new Router(dialects) }, { hostname: "127.0.0.1", port: 0 }, null);
  const url = `http://127.0.0.1:${port}`;
  return {
    url, service, server, metrics,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    ask: async (path, init) => await fetch(`${url}${path}`, init),
    raw: async (...pieces) => await rawAnswer(port!, pieces),
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
}

/** @returns what was answered until the other side closed the connection */
export async function rawAnswer(port: number, pieces: readonly (string | Uint8Array)[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
  socket.on("error", () => {});
  socket.on("close", () => resolve(answer));
  for (const piece of pieces) socket.write(piece);
  return await promise;
}
