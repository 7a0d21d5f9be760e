/** Requests and results over one connection: each request with an id of the client's, results in the order in which they are ready. */
import type { ServerWebSocket } from "bun";
import type { SocketData, SocketHandler } from "../../http/dialect.ts";
import { parseMessage } from "../../http/json-message.ts";
import { keepAlive } from "./keep-alive.ts";
import { type Desk, jobOf, resultsOf } from "./perform.ts";
import { readRequest, type GoRequest } from "./request.ts";
import { wordsFor } from "./words.ts";

type Call = SocketData["call"];

export function openSocket(socket: ServerWebSocket<SocketData>, call: Call, desk: Desk): SocketHandler {
  return new RequestSocket(socket, call, desk);
}

class RequestSocket implements SocketHandler {
  readonly #socket: ServerWebSocket<SocketData>;
  readonly #call: Call;
  readonly #desk: Desk;
  /** Jobs of the requests that have no results yet; null: it has no job yet. */
  readonly #pending = new Map<string, { jobId: string | null; isCancelled: boolean }>();
  readonly #gone = new AbortController();
  readonly #stopPings: () => void;

  constructor(socket: ServerWebSocket<SocketData>, call: Call, desk: Desk) {
    [this.#socket, this.#call, this.#desk] = [socket, call, desk];
    this.#stopPings = keepAlive(socket);
  }

  message(message: string | Uint8Array): void {
    let request: GoRequest;
    try {
      request = readRequest(parseMessage(message, this.#call.service.config.bounds));
    } catch (error) {
      this.#answer("", [], wordsFor(error));
      return;
    }
    if (request.cancelRequestId !== "") this.#cancel(request.cancelRequestId);
    else void this.#run(request);
  }

  closed(): void {
    this.#stopPings();
    // Who is gone takes what runs along.
    this.#gone.abort();
  }

  async #run(request: GoRequest): Promise<void> {
    const { requestId } = request;
    if (requestId === "" || this.#pending.has(requestId)) {
      this.#answer(requestId, [], requestId === "" ? "empty request id" : `duplicated request id: ${JSON.stringify(requestId)}`);
      return;
    }
    const pending: { jobId: string | null; isCancelled: boolean } = { jobId: null, isCancelled: false };
    this.#pending.set(requestId, pending);
    const { service, caller } = this.#call;
    try {
      const job = await jobOf(request, service, this.#desk, caller, false);
      if (pending.isCancelled) throw new Error("request cancelled before execute");
      pending.jobId = job.id;
      this.#call.note({ jobs: [job.id] });
      const performed = service.perform(job, this.#gone.signal);
      const results = await resultsOf(request, job, await performed, service, this.#desk);
      this.#answer(requestId, results);
    } catch (error) {
      this.#answer(requestId, [], wordsFor(error));
    } finally {
      this.#pending.delete(requestId);
    }
  }

  #cancel(requestId: string): void {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return;
    pending.isCancelled = true;
    if (pending.jobId !== null) void this.#call.service.cancel(pending.jobId).catch(() => {});
  }

  #answer(requestId: string, results: readonly unknown[], error?: string): void {
    if (this.#gone.signal.aborted) return;
    const isLost = this.#socket.send(JSON.stringify({ requestId, results, ...(error === undefined ? {} : { error }) })) === 0;
    if (isLost) this.#socket.close(1013, "the client does not read its results");
  }
}
