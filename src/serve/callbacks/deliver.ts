/** One try of a callback: one request on a connection of its own, to the address that was checked. */
import { isIP, connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Callback } from "../job.ts";
import type { Network } from "./address.ts";
import { addressOf, NotAllowed } from "./resolve.ts";

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type Delivery =
  | { readonly kind: "delivered" }
  /** It does not want to be called any more, or must not be called: trying again is of no use. */
  | { readonly kind: "over"; readonly error: string }
  | { readonly kind: "failed"; readonly error: string; /** Seconds; null: it did not say. */ readonly retryAfter: number | null };

/** An answer that says more before its status is none. */
const mostHeadBytes = 32 * 1024;

/** @param timeoutMs for all of it @param resolve asked once. Never throws */
export async function deliver({ url: text, method }: Callback, message: Message, allowed: readonly Network[], timeoutMs: number, resolve = addressOf): Promise<Delivery> {
  const end = Promise.withResolvers<never>();
  const timer = setTimeout(() => end.reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  let socket: Socket | null = null;
  try {
    const url = new URL(text);
    const address = await Promise.race([resolve(url, allowed), end.promise]);
    socket = connectTo(url, address);
    return deliveryOf(await Promise.race([exchange(socket, requestOf(url, method, message)), end.promise]));
  } catch (error) {
    if (error instanceof NotAllowed) return { kind: "over", error: error.message };
    return { kind: "failed", error: messageOf(error), retryAfter: null };
  } finally {
    clearTimeout(timer);
    end.promise.catch(() => {});
    socket?.destroy();
  }
}

function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || "it cannot be reached";
}

function connectTo(url: URL, address: string): Socket {
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  if (!isTls) return connectPlain({ host: address, port });
  // The certificate has to be that of the name, not of the address.
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return connectTls({ host: address, port, ...(isIP(name) === 0 ? { servername: name } : {}), ALPNProtocols: ["http/1.1"] });
}

function requestOf(url: URL, method: string, { headers, body }: Message): Uint8Array {
  const lines = Object.entries({ Host: url.host, ...headers, "Content-Length": String(body.length), Connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`), body]);
}

interface Head {
  readonly status: number;
  readonly retryAfter: number | null;
}

/** Sends the request and reads the head of the answer. */
function exchange(socket: Socket, request: Uint8Array): Promise<Head> {
  const { promise, resolve, reject } = Promise.withResolvers<Head>();
  let text = "";
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the connection ended without an answer")));
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    // Interim answers come before the one that counts.
    for (let at = text.indexOf("\r\n\r\n"); at >= 0; at = text.indexOf("\r\n\r\n")) {
      const head = headOf(text.slice(0, at));
      if (head === null) return reject(new Error("the answer is not HTTP"));
      if (head.status >= 200 || head.status === 101) return resolve(head);
      text = text.slice(at + 4);
    }
    if (text.length > mostHeadBytes) reject(new Error("the answer is not HTTP"));
  });
  socket.write(request);
  return promise;
}

function headOf(text: string): Head | null {
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(text);
  if (status === null) return null;
  const wait = /^retry-after:[ \t]*(\d{1,9})[ \t]*\r?$/im.exec(text);
  return { status: Number(status[1]), retryAfter: wait === null ? null : Number(wait[1]) };
}

function deliveryOf({ status, retryAfter }: Head): Delivery {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) return { kind: "over", error: "it answered 410: it is gone" };
  const why = status >= 300 && status < 400 ? ", and redirects are not followed" : "";
  return { kind: "failed", error: `it answered ${status}${why}`, retryAfter };
}
