/** A job as server-sent events. */
import { messageOf } from "../../../model/errors.ts";
import type { Call } from "../../http/dialect.ts";
import type { JobEvent } from "../../events.ts";
import type { StoredJob } from "../../queue/queue.ts";
import { Pieces } from "./pieces.ts";
import { type Shown, Teller, viewOf } from "./view.ts";

/** Proxies close connections on which nothing comes. */
const heartbeatMs = 15_000;
/** What browsers wait before they try again. */
const retryMs = 2000;
const lastId = "ended";

interface Told {
  readonly name: string;
  readonly data: unknown;
}

/** @param headers besides @throws StoreFault */
export async function eventsOf(id: string, call: Call, shown: Shown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const last = call.request.headers.get("last-event-id");
  if (last === lastId) return new Response(null, { status: 204 });
  call.mayWait();
  const gone = new AbortController();
  const { service } = call;
  const signal = AbortSignal.any([call.signal, gone.signal]);
  const events = service.watch(id, signal)[Symbol.asyncIterator]();
  // It listens from now on; what is read afterwards is no older than the first event.
  const first = events.next();
  first.catch(() => {});
  const stored = await service.get(id);
  const stream = new Stream(id, call, shown, events, first, stored, Number.isSafeInteger(Number(last)) ? Number(last) : 0);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => stream.pull(controller),
    cancel: () => gone.abort(),
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", ...headers } });
}

class Stream {
  readonly #id: string;
  readonly #call: Call;
  readonly #shown: Shown;
  readonly #events: AsyncIterator<JobEvent>;
  readonly #stored: StoredJob | null;
  readonly #pieces = new Pieces();
  #next: Promise<IteratorResult<JobEvent>>;
  #number: number;
  #isBegun = false;

  constructor(id: string, call: Call, shown: Shown, events: AsyncIterator<JobEvent>, first: Promise<IteratorResult<JobEvent>>, stored: StoredJob | null, number: number) {
    [this.#id, this.#call, this.#shown, this.#events, this.#next, this.#stored, this.#number] = [id, call, shown, events, first, stored, number];
  }

  /** Each event is an answer of its own. */
  get #teller(): Teller {
    return new Teller(this.#call.service.contents, this.#shown);
  }

  /** Tells one more thing, when it is there. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (!this.#isBegun) return this.#begin(controller);
    try {
      await this.#more(controller);
    } catch (error) {
      // Without its end, the client asks again, and is told how it is then.
      controller.enqueue(Buffer.from(`: ${messageOf(error).replaceAll("\n", " ")}\n\n`));
      controller.close();
    }
  }

  async #more(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const beat = Promise.withResolvers<null>();
    const timer = setTimeout(() => beat.resolve(null), heartbeatMs);
    try {
      const found = await Promise.race([this.#next, beat.promise]);
      if (found === null) return controller.enqueue(Buffer.from(":\n\n"));
      if (found.done === true) return controller.close();
      const { value: event } = found;
      const told = await this.#told(event);
      for (const one of told) controller.enqueue(this.#written(one));
      if (event.kind === "ended") return controller.close();
      this.#next = this.#events.next();
      this.#next.catch(() => {});
      // Nothing was told, so nobody would ask again.
      if (told.length === 0) return await this.#more(controller);
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#isBegun = true;
    controller.enqueue(Buffer.from(`retry: ${retryMs}\n\n`));
    if (this.#stored?.state === "queued") controller.enqueue(this.#written({ name: "queued", data: { id: this.#id } }));
    if (this.#stored?.state === "running") controller.enqueue(this.#written({ name: "started", data: { id: this.#id, attempt: this.#stored.attempts, worker: null } }));
  }

  async #told(event: JobEvent): Promise<readonly Told[]> {
    switch (event.kind) {
      case "queued":
        return [];
      case "started":
        // Told at the beginning, when it was so already.
        return this.#stored?.state === "running" && this.#stored.attempts >= event.attempt ? [] : [{ name: "started", data: { id: this.#id, attempt: event.attempt, worker: event.worker } }];
      case "compiling":
        return [{ name: "compiling", data: {} }];
      case "compiled":
        return [...this.#rest(), { name: "compiled", data: { compile: await this.#teller.compile(event.compile) } }];
      case "test":
        return [{ name: "test", data: { test: event.test, name: event.name } }];
      case "output":
        return typeof event.stream === "number" ? [] : this.#pieces.add(event.test, event.stream, Buffer.from(event.base64, "base64")).map((data) => ({ name: "output", data }));
      case "tested":
        return [...this.#rest(), { name: "tested", data: { test: event.test, result: await this.#teller.test(event.outcome) } }];
      case "given-back":
        return [...this.#rest(), { name: "given-back", data: { reason: event.reason } }];
      case "ended":
        return [...this.#rest(), { name: "ended", data: { job: await this.#job(event) } }];
    }
  }

  #rest(): Told[] {
    return this.#pieces.rest().map((data) => ({ name: "output", data }));
  }

  async #job({ result }: Extract<JobEvent, { kind: "ended" }>): Promise<unknown> {
    const { service } = this.#call;
    // It may have been kept for one who asks, and be gone.
    const stored = (await service.get(this.#id)) ?? this.#stored;
    return stored === null ? { id: this.#id } : await viewOf({ ...stored, state: "ended", attempts: Math.max(stored.attempts, result.attempt), result }, service.contents, this.#shown);
  }

  #written({ name, data }: Told): Uint8Array {
    const id = name === "ended" ? lastId : String(++this.#number);
    return Buffer.from(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
