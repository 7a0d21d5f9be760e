/** The server as far as a dialect sees it: it finds the route of a request, reads the body, and lets the dialect say what is refused. */
import type { ServerWebSocket } from "bun";
import { type Call, type Caller, type Dialect, HttpFault, type Route, type SocketData, type SocketHandler } from "../../src/serve/http/dialect.ts";
import { Refusal, type Service } from "../../src/serve/service.ts";

/** What a call has besides its request. */
export interface CallOptions {
  /** Left out: the service has no keys. */
  readonly caller?: Caller;
  /** Aborted: the client is gone. */
  readonly signal?: AbortSignal;
}

/** Who asks when the service has no keys. */
export const nobody: Caller = { key: null, scopes: ["open", "run", "read", "admin"], languages: null };

/** A request from anywhere: a path with the prefix of the dialect, and what fetch(2) takes. */
export async function callDialect(dialect: Dialect, request: Request | string, service: Service, options: CallOptions = {}): Promise<Response> {
  const asked = typeof request === "string" ? new Request(new URL(request, "http://localhost").href) : request;
  const url = new URL(asked.url);
  const call = { requestId: "request-1", url };
  try {
    const found = findRoute(dialect, asked.method, url.pathname);
    if (found === null) throw new HttpFault(404, "not-found", `there is no ${url.pathname} here`);
    return await found.route.handle(callFor(asked, url, found.params, service, options));
  } catch (error) {
    if (error instanceof HttpFault) return dialect.failure(error, call);
    if (error instanceof Refusal) return dialect.failure(faultOf(error), call);
    throw error;
  }
}

/** As the server does it. */
function faultOf({ kind, message, retryAfter }: Refusal): HttpFault {
  const [status, code] = ({ full: [503, "queue-full"], quota: [429, "rate-limited"], draining: [503, "draining"], unable: [503, "language-unavailable"], store: [503, "store-unavailable"], host: [500, "internal"] } as const)[kind];
  return new HttpFault(status, code, message, retryAfter === null ? {} : { "retry-after": String(retryAfter) });
}

/** A POST with JSON in it. */
export function postJson(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(new URL(path, "http://localhost").href, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
}

/** A socket whose other end is the test. */
export class FakeSocket {
  readonly sent: (string | Uint8Array)[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  handler: SocketHandler | null = null;
  /** What `send` returns: bytes; 0: dropped; -1: it waits for a drain. */
  sends = 1;

  send(message: string | Uint8Array): number {
    this.sent.push(message);
    return this.sends;
  }

  /** Of the server: the client is told. */
  close(code = 1000, reason = ""): void {
    if (this.closed !== null) return;
    this.closed = { code, reason };
    this.handler?.closed();
  }

  terminate(): void {
    this.close(1006);
  }

  getBufferedAmount(): number {
    return 0;
  }

  get readyState(): number {
    return this.closed === null ? 1 : 3;
  }

  /** From the client. */
  say(message: unknown): void {
    this.handler!.message(typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  /** The client goes away. */
  leave(): void {
    this.close(1001);
  }

  /** What was sent, as JSON. */
  get messages(): any[] {
    return this.sent.map((message) => JSON.parse(String(message)));
  }
}

/** Opens the socket that the dialect has at this path. @throws Error when it has none */
export function connectDialect(dialect: Dialect, path: string, service: Service, options: CallOptions = {}): FakeSocket {
  const url = new URL(path, "http://localhost");
  for (const prefix of dialect.prefixes) {
    for (const route of dialect.sockets ?? []) {
      const params = matchPath(prefix + route.path, url.pathname);
      if (params === null) continue;
      const socket = new FakeSocket();
      const call = callFor(new Request(url.href), url, params, service, options);
      const data: SocketData = { route, call, handler: null };
      socket.handler = route.open(Object.assign(socket, { data }) as unknown as ServerWebSocket<SocketData>, call);
      return socket;
    }
  }
  throw new Error(`no socket at ${path}`);
}

function findRoute({ prefixes, routes }: Dialect, method: string, path: string): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | null {
  const allowed: string[] = [];
  for (const prefix of prefixes) {
    for (const route of routes) {
      const params = matchPath(prefix + route.path, path);
      if (params === null) continue;
      if (route.method === method || (method === "HEAD" && route.method === "GET")) return { route, params };
      allowed.push(route.method);
    }
  }
  if (allowed.length > 0) throw new HttpFault(405, "method-not-allowed", `${path} takes ${allowed.join(", ")}`, { allow: allowed.join(", ") });
  return null;
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const [want, have] = [pattern, path].map((text) => text.replace(/\/$/, "").split("/")) as [string[], string[]];
  if (want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of want.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(have[at]!);
    else if (part !== have[at]) return null;
  }
  return params;
}

function callFor(request: Request, url: URL, params: Readonly<Record<string, string>>, service: Service, { caller = nobody, signal = new AbortController().signal }: CallOptions): Call {
  let whole: Promise<ArrayBuffer> | null = null;
  const read = async () => {
    const bytes = new Uint8Array(await (whole ??= request.arrayBuffer()));
    if (bytes.length > service.config.bounds.body) throw new HttpFault(413, "body-too-large", `the body is larger than ${service.config.bounds.body} bytes`);
    return bytes;
  };
  return {
    request, url, params, requestId: "request-1", caller, service, signal,
    bytes: read,
    json: async () => {
      try {
        return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await read()));
      } catch (error) {
        if (error instanceof HttpFault) throw error;
        throw new HttpFault(400, "invalid-json", "the body is no JSON");
      }
    },
    mayWait: () => {},
    note: () => {},
  };
}
