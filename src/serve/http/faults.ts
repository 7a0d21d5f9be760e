/** What was thrown on the way of a request, as a fault of HTTP that its dialect puts into words. */
import { IsolateError } from "../../model/errors.ts";
import { QueueFull, StoreFault } from "../queue/queue.ts";
import { Refusal, type RefusalKind } from "../service.ts";
import { HttpFault } from "./dialect.ts";

const refusals: Readonly<Record<RefusalKind, readonly [status: number, code: string]>> = {
  full: [503, "queue-full"],
  quota: [429, "rate-limited"],
  draining: [503, "draining"],
  unable: [503, "language-unavailable"],
  store: [503, "store-unavailable"],
  host: [500, "internal"],
};

/** Seconds, where nobody knows better. */
const usualRetry = { draining: 5, store: 5 } as const;

export function faultOf(error: unknown): HttpFault {
  if (error instanceof HttpFault) return error;
  if (error instanceof Refusal) {
    const [status, code] = refusals[error.kind];
    const retry = error.retryAfter ?? usualRetry[error.kind as keyof typeof usualRetry] ?? null;
    return new HttpFault(status, code, error.message, { ...(retry === null ? {} : { "Retry-After": String(Math.max(1, Math.ceil(retry))) }), ...(error.kind === "draining" ? { Connection: "close" } : {}) });
  }
  if (error instanceof QueueFull) return faultOf(new Refusal(error.ofKey ? "quota" : "full", error.message, error.retryAfter));
  // Contents that cannot be kept or read: the disk is full, for instance.
  if (error instanceof StoreFault || (error instanceof IsolateError && error.kind === "Io")) return new HttpFault(503, "store-unavailable", "the store of the service cannot be used for now", { "Retry-After": String(usualRetry.store) });
  // What it was stands in the log. It is nothing for strangers.
  return new HttpFault(500, "internal", "the service has failed at this request");
}

/** Whether the log has to say what it was. */
export function isOurFault(error: unknown): boolean {
  return !(error instanceof HttpFault) && !(error instanceof QueueFull) && !(error instanceof Refusal && error.kind !== "host");
}

/** For the log: what it was, and where. */
export function whereOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
