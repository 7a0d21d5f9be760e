/** What a dialect is to the server: routes, and words for what the server refuses in its name. */
import type { ServerWebSocket } from "bun";
import type { DialectName } from "../job.ts";
import type { StoredJob } from "../queue/queue.ts";
import type { Service } from "../service.ts";

/** What a key must allow. `open`: nothing is asked. */
export type Scope = "open" | "run" | "read" | "admin";

/** The key of a request. */
export interface Caller {
  /** Its name; null: the service has no keys. */
  readonly key: string | null;
  readonly scopes: readonly Scope[];
  /** Ids of languages; null: all. */
  readonly languages: readonly string[] | null;
}

/** A request on its way. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly caller: Caller;
  readonly service: Service;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** All of it, at most so many bytes as the configuration allows. @throws HttpFault 413, 400 */
  bytes(): Promise<Uint8Array>;
  /** @throws HttpFault 413, 400: no JSON, or nested too deep */
  json(): Promise<unknown>;
  /** The client may wait as long as this takes: the server does not cut it. */
  mayWait(): void;
  /** For the line in the log and the metrics. */
  note(facts: { readonly jobs?: readonly string[]; readonly status?: string }): void;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the prefix of the dialect: `/submissions/:token`. */
  readonly path: string;
  readonly scope: Scope;
  /** No job comes of it: it counts for no rate, and is possible while the service ends. Left out: a POST or PUT of scope `run` begins one. */
  readonly beginsNothing?: boolean;
  handle(call: Call): Promise<Response> | Response;
}

/** A route that becomes a WebSocket. */
export interface SocketRoute {
  /** Below the prefix of the dialect. */
  readonly path: string;
  readonly scope: Scope;
  /** Called when it is open. */
  open(socket: ServerWebSocket<SocketData>, call: Omit<Call, "bytes" | "json" | "mayWait">): SocketHandler;
}

export interface SocketHandler {
  message(message: string | Uint8Array): void;
  closed(): void;
  /** It takes more again. */
  drain?(): void;
}

export interface SocketData {
  readonly route: SocketRoute;
  readonly call: Omit<Call, "bytes" | "json" | "mayWait">;
  handler: SocketHandler | null;
}

export interface Dialect {
  readonly name: DialectName | "health" | "page";
  /** Where it is found on the common address, without a slash at the end: `/api/v2`, or empty. The first one that has the path answers. */
  readonly prefixes: readonly string[];
  readonly routes: readonly Route[];
  readonly sockets?: readonly SocketRoute[];
  /** What the server refuses, in the words of the dialect. */
  failure(fault: HttpFault, call: Pick<Call, "requestId" | "url">): Response;
  /** What whoever asked for a callback is sent when the job has ended. Left out: this dialect has no callbacks. @throws IsolateError of kind Io when contents cannot be read */
  callbackBody?(stored: StoredJob, service: Pick<Service, "contents">): Promise<{ readonly body: string; readonly contentType: string }>;
}

/** What goes wrong with a request before or outside of its work. */
export class HttpFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status of HTTP
   * @param code a word for programs: `body-too-large`, `invalid-json`, `not-found`, `method-not-allowed`, `no-key`, `wrong-key`, `not-allowed`,
   * `rate-limited`, `queue-full`, `draining`, `store-unavailable`, `language-unavailable`, `internal`
   * @param headers such as Retry-After, Allow, WWW-Authenticate
   */
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    [this.status, this.code, this.headers] = [status, code, headers];
  }
}
