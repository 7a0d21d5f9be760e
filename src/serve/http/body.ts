/** Bodies of requests: never more than is allowed, however they come. */
import { HttpFault } from "./dialect.ts";
import { type JsonBounds, shapeProblem } from "./json-shape.ts";

export interface BodyBounds extends JsonBounds {
  /** Bytes, also of what is unpacked. */
  readonly body: number;
}

/** Bytes of all bodies that are on their way in. Many clients at once shall not fill the memory of the service. */
export class BodiesInFlight {
  #bytes = 0;

  readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** @param own what the same body has already: one alone always fits @throws HttpFault 503 */
  take(bytes: number, own: number): void {
    if (this.#bytes > own && this.#bytes + bytes > this.most) throw new HttpFault(503, "overloaded", "too many large requests at the same time", { "Retry-After": "1" });
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** A body has this long, and a millisecond more for so many bytes that are there already. */
const usualPatience = { ms: 30_000, bytesPerMs: 16 };

/** Larger ones are read in pieces, so that slow and many ones are noticed. */
const smallBytes = 65_536;

export class Body {
  #bytes: Promise<Uint8Array> | null = null;
  #held = 0;

  readonly request: Request;
  readonly bounds: BodyBounds;
  readonly inFlight: BodiesInFlight;
  readonly patience: { readonly ms: number; readonly bytesPerMs: number };

  constructor(request: Request, bounds: BodyBounds, inFlight: BodiesInFlight, patience = usualPatience) {
    [this.request, this.bounds, this.inFlight, this.patience] = [request, bounds, inFlight, patience];
  }

  #isRead = false;

  /** There is a body that was not read to its end: what is left of it must not be taken for the next request. */
  get mustClose(): boolean {
    return !this.#isRead && (this.request.headers.has("transfer-encoding") || Number(this.request.headers.get("content-length") ?? 0) > 0);
  }

  bytes(): Promise<Uint8Array> {
    return (this.#bytes ??= this.#read());
  }

  async json(): Promise<unknown> {
    const bytes = await this.bytes();
    if (bytes.length === 0) throw new HttpFault(400, "invalid-json", "the body is empty; it must be JSON");
    const problem = shapeProblem(bytes, this.bounds);
    if (problem !== null) throw new HttpFault(400, "invalid-json", `the JSON of the body ${problem}`);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw new HttpFault(400, "invalid-json", "the body is not UTF-8; send bytes as Base64");
    }
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new HttpFault(400, "invalid-json", "the body is not JSON");
    }
  }

  /** To be called when the request is answered. */
  release(): void {
    this.inFlight.giveBack(this.#held);
    this.#held = 0;
  }

  async #read(): Promise<Uint8Array> {
    const { body: most } = this.bounds;
    const announced = Number(this.request.headers.get("content-length") ?? 0);
    if (announced > most) throw tooLarge(most);
    const encoding = (this.request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
    if (!["identity", "", "gzip", "x-gzip"].includes(encoding)) throw new HttpFault(415, "unsupported-encoding", `the content encoding ${encoding} is not known`, { "Accept-Encoding": "gzip" });
    const packed = await this.#gather(most);
    this.#isRead = true;
    return encoding === "gzip" || encoding === "x-gzip" ? await this.#unpack(packed, most) : packed;
  }

  async #gather(most: number): Promise<Uint8Array> {
    const stream = this.request.body;
    if (stream === null) return new Uint8Array(0);
    const announced = this.request.headers.get("content-length");
    if (announced !== null && Number(announced) <= smallBytes) return await this.#gatherSmall(Number(announced));
    const began = performance.now();
    const reader = stream.getReader();
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for (;;) {
        const left = began + this.patience.ms + length / this.patience.bytesPerMs - performance.now();
        const next = await within(reader.read(), left);
        if (next === null) throw tooSlow();
        if (next.done) break;
        length += next.value.length;
        if (length > most) throw tooLarge(most);
        this.inFlight.take(next.value.length, this.#held);
        this.#held += next.value.length;
        chunks.push(next.value);
      }
    } catch (error) {
      void reader.cancel().catch(() => {});
      if (error instanceof HttpFault) throw error;
      throw incomplete();
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
  }

  /** At once, without the stream, which costs more than a small body. */
  async #gatherSmall(announced: number): Promise<Uint8Array> {
    let bytes: Uint8Array | null;
    try {
      bytes = await within(this.request.bytes(), this.patience.ms);
    } catch {
      throw incomplete();
    }
    if (bytes === null) throw tooSlow();
    if (bytes.length !== announced) throw incomplete();
    this.inFlight.take(bytes.length, this.#held);
    this.#held += bytes.length;
    return bytes;
  }

  async #unpack(packed: Uint8Array, most: number): Promise<Uint8Array> {
    const { gunzip } = await import("node:zlib");
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    gunzip(packed, { maxOutputLength: most }, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
    try {
      const bytes = await promise;
      this.inFlight.take(bytes.length, this.#held);
      this.#held += bytes.length;
      return bytes;
    } catch (error) {
      if (error instanceof HttpFault) throw error;
      throw (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" ? tooLarge(most) : new HttpFault(400, "invalid-encoding", "the body is not what its content encoding (gzip) says");
    }
  }
}

function tooSlow(): HttpFault {
  return new HttpFault(408, "too-slow", "the body did not come in time", { Connection: "close" });
}

function incomplete(): HttpFault {
  return new HttpFault(400, "incomplete-body", "the body ended before all of it was there", { Connection: "close" });
}

function tooLarge(most: number): HttpFault {
  return new HttpFault(413, "body-too-large", `the body is larger than ${most} bytes`, { Connection: "close" });
}

/** @returns null: it took longer */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: Timer | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, ms));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
