/** The server: listens, and takes each request through routes, origin, key, rate and bounds to its dialect. */
import type { Server } from "bun";
import type { ServeConfig } from "../config/config.ts";
import type { Engine } from "../engine.ts";
import type { ServiceMetrics } from "../metrics/service-metrics.ts";
import { Refusal } from "../service.ts";
import { alwaysHeaders, finished } from "./answer.ts";
import { BodiesInFlight, Body } from "./body.ts";
import { serviceFor } from "./callers-service.ts";
import { Proxies } from "./client-address.ts";
import { Cors } from "./cors.ts";
import { type Call, HttpFault, type SocketData, type SocketRoute } from "./dialect.ts";
import { faultOf, isOurFault, whereOf } from "./faults.ts";
import { checkName } from "./host-name.ts";
import { Keys } from "./keys.ts";
import type { Log } from "./log.ts";
import { Rates } from "./rate.ts";
import { requestIdOf } from "./request-id.ts";
import { type Found, Router } from "./router.ts";
import { socketEvents } from "./socket-events.ts";
import { wantsPage } from "./wants-page.ts";

/** Seconds without a byte after which a connection is cut; routes that may wait are left alone. */
const idleSeconds = 30;
const mebibyte = 1024 * 1024;

/** Where a request came in: one address, with the dialects that are there. */
export interface Place {
  /** For the log. */
  readonly name: string;
  readonly router: Router;
  /** For browsers, before the router is asked; left out: there is none. */
  readonly page?: Router;
}

/** What is known of a request while it is worked on. */
interface Progress {
  readonly requestId: string;
  readonly client: string;
  found: Found;
  key: string | null;
  origin: string | null;
  rate: Readonly<Record<string, string>>;
  jobs: readonly string[];
  status: string | undefined;
}

export class HttpServer {
  #keys: Keys;
  #cors: Cors;
  #named: Pick<ServeConfig, "keys" | "host" | "hostNames">;
  readonly #rates = new Rates();
  readonly #proxies: Proxies;
  readonly #bodies: BodiesInFlight;
  readonly #ending = new AbortController();
  readonly #servers: Server<SocketData>[] = [];
  isDraining = false;

  readonly engine: Engine;
  readonly config: ServeConfig;
  readonly metrics: ServiceMetrics;
  readonly log: Log;

  /** @throws IsolateError of kind Config: an address of a proxy is none */
  constructor(engine: Engine, config: ServeConfig, metrics: ServiceMetrics, log: Log) {
    [this.engine, this.config, this.metrics, this.log] = [engine, config, metrics, log];
    this.#keys = new Keys(config.keys);
    this.#cors = new Cors(config.cors.origins);
    this.#named = config;
    this.#proxies = new Proxies(config.trustedProxies);
    this.#bodies = new BodiesInFlight(Math.max(4 * config.bounds.body, 256 * mebibyte));
  }

  /** What may change while it runs. */
  reload(config: ServeConfig): void {
    this.#keys = new Keys(config.keys);
    this.#cors = new Cors(config.cors.origins);
    this.#named = config;
  }

  /** @returns where it listens @throws what the kernel refuses */
  listen(place: Place, at: { readonly hostname: string; readonly port: number } | { readonly unix: string }, tls: { readonly cert: string; readonly key: string } | null): Server<SocketData> {
    const { bounds } = this.config;
    const server = Bun.serve<SocketData>({
      ...at,
      ...(tls === null ? {} : { tls: { cert: tls.cert, key: tls.key } }),
      development: false,
      // Without it, outside of development the runtime lets two servers share a port, and each gets some of the requests.
      reusePort: false,
      idleTimeout: idleSeconds,
      // Never reached: the answer to what is too large is in the words of the dialect (body.ts).
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, own) => this.#answer(request, own, place),
      error: (error) => {
        this.log.say("error", "server-error", { message: String(error.stack ?? error.message) });
        return new Response("internal error\n", { status: 500 });
      },
      websocket: {
        maxPayloadLength: bounds.socketMessage,
        idleTimeout: 120,
        ...socketEvents(this.log),
      },
    } as Bun.Serve.Options<SocketData>);
    this.#servers.push(server);
    return server;
  }

  get pendingRequests(): number {
    return this.#servers.reduce((sum, server) => sum + server.pendingRequests, 0);
  }

  /** Takes no connection any more, and ends those that nothing happens on. What waits for something else than a run is answered as it is. */
  async stop(atOnce: boolean): Promise<void> {
    this.#ending.abort(new HttpFault(503, "draining", "the service is ending", { "Retry-After": "5", Connection: "close" }));
    await Promise.all(this.#servers.map((server) => server.stop(atOnce)));
  }

  async #answer(request: Request, server: Server<SocketData>, place: Place): Promise<Response | undefined> {
    const began = performance.now();
    // Clients of HTTP/1.0 name no host.
    const url = URL.parse(request.url, request.headers.has("host") ? undefined : "http://localhost");
    const connection = server.requestIP(request)?.address ?? "";
    const upgrades = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    const router = place.page !== undefined && url?.pathname === "/" && wantsPage(request) ? place.page : place.router;
    const found = router.find(request.method, url?.pathname ?? "/", upgrades);
    const progress: Progress = {
      requestId: requestIdOf(request.headers), client: this.#proxies.clientOf(connection, request.headers.get("x-forwarded-for")),
      found, key: null, origin: null, rate: {}, jobs: [], status: undefined,
    };
    let response: Response | undefined;
    const body = new Body(request, this.config.bounds, this.#bodies);
    try {
      if (url === null) throw new HttpFault(400, "invalid-url", "the address of the request cannot be read");
      // Browsers do not come over a socket in the file system.
      if (connection !== "") checkName(url, this.#named);
      response = await this.#carryOut(request, server, url, body, progress, upgrades);
      if (response === undefined) return undefined;
    } catch (error) {
      response = this.#refused(error, url ?? new URL("http://unknown/"), progress);
    } finally {
      body.release();
    }
    // What is left of a body would be taken for the next request.
    const closes: Readonly<Record<string, string>> = body.mustClose ? { Connection: "close" } : {};
    response = finished(response, { ...alwaysHeaders, "X-Request-Id": progress.requestId, ...progress.rate, ...this.#cors.headers(progress.origin), ...closes });
    this.#note(request.method, response.status, began, progress);
    return response;
  }

  /** @returns undefined: it is a WebSocket now */
  async #carryOut(request: Request, server: Server<SocketData>, url: URL, body: Body, progress: Progress, upgrades: boolean): Promise<Response | undefined> {
    const { found } = progress;
    progress.origin = this.#cors.check(request.method, request.headers, url, upgrades);
    if (found.kind === "nothing") throw new HttpFault(404, "not-found", `there is nothing at ${url.pathname}`);
    if (found.kind === "method") {
      if (request.method === "OPTIONS") return this.#cors.preflight(progress.origin, found.allowed);
      throw new HttpFault(405, "method-not-allowed", `${request.method} is not possible at ${url.pathname}`, { Allow: found.allowed.join(", ") });
    }
    const { route, params } = found;
    const caller = this.#keys.callerOf(request.headers, route.scope, found.dialect.name === "judge0" ? url.searchParams.get("X-Auth-Token") : null);
    progress.key = caller.key;
    const isWork = route.scope === "run" && (found.kind === "socket" || (found.route.beginsNothing !== true && (found.route.method === "POST" || found.route.method === "PUT")));
    if (isWork && this.isDraining) throw new HttpFault(503, "draining", "the service takes no jobs any more, since it is ending", { "Retry-After": "5", Connection: "close" });
    const perMinute = this.#keys.config(caller.key)?.rate ?? null;
    if (isWork && caller.key !== null) progress.rate = this.#rates.take(caller.key, perMinute);
    const service = serviceFor(this.engine.service, caller);
    const note: Call["note"] = ({ jobs, status }) => {
      if (jobs !== undefined) progress.jobs = jobs;
      if (status !== undefined) progress.status = status;
    };
    const signal = AbortSignal.any([request.signal, this.#ending.signal]);
    const shared = { request, url, params, requestId: progress.requestId, caller, service, signal, note };
    if (found.kind === "socket") {
      const data: SocketData = { route: found.route, call: { ...shared, signal: this.#ending.signal }, handler: null };
      if (!server.upgrade(request, { data, headers: { "X-Request-Id": progress.requestId } })) throw new HttpFault(400, "no-websocket", "the request cannot become a WebSocket: its headers are not those of one");
      this.#note("WEBSOCKET", 101, performance.now(), progress);
      return undefined;
    }
    const response = await found.route.handle({ ...shared, bytes: () => body.bytes(), json: () => body.json(), mayWait: () => server.timeout(request, 0) });
    if (isWork && caller.key !== null) this.#rates.takeMore(caller.key, perMinute, progress.jobs.length - 1);
    return response;
  }

  #refused(error: unknown, url: URL, progress: Progress): Response {
    // Who waited for a job that is not begun any more hears why.
    const fault = faultOf(error instanceof Refusal && this.#ending.signal.aborted ? this.#ending.signal.reason : error);
    const { found, requestId } = progress;
    if (isOurFault(error)) this.log.say("error", "request-failed", { request_id: requestId, dialect: found.dialect.name, message: whereOf(error) });
    this.metrics.requestRejected(fault.code);
    progress.status ??= fault.code;
    const response = found.dialect.failure(fault, { requestId, url });
    // Whatever the dialect made of it, clients find these where HTTP has them.
    for (const [name, value] of Object.entries(fault.headers)) if (response.headers.get(name) === null) response.headers.set(name, value);
    return response;
  }

  #note(method: string, status: number, began: number, { requestId, client, found, key, jobs, status: word }: Progress): void {
    const time = performance.now() - began;
    const route = routeName(found);
    this.metrics.requestEnded(route, status, time / 1000);
    this.log.say(status >= 500 && status !== 503 ? "warn" : "info", "request", {
      request_id: requestId, client, method, route, dialect: found.dialect.name, code: status, ms: Math.round(time * 10) / 10,
      ...(key === null ? {} : { key }), ...(jobs.length === 0 ? {} : jobs.length > 20 ? { jobs: jobs.slice(0, 20), more_jobs: jobs.length - 20 } : { jobs }), ...(word === undefined ? {} : { status: word }),
    });
  }
}

/** The pattern, never the path itself: there are only so many of them. */
function routeName(found: Found): string {
  if (found.kind !== "route" && found.kind !== "socket") return `${found.dialect.name} (none)`;
  return `${found.dialect.name} ${"method" in found.route ? found.route.method : "WS"} ${(found.route as SocketRoute).path || "/"}`;
}
