/** What is refused, as clients of Judge0 expect it. */
import { HttpFault } from "../../http/dialect.ts";
import { Refusal } from "../../service.ts";

/** Nobody tells a stranger why. */
export function failure(fault: HttpFault): Response {
  if (fault.status === 401) return new Response(null, { status: 401, headers: fault.headers });
  return Response.json({ error: fault.message }, { status: fault.status, headers: fault.headers });
}

/** Too many that wait are always 503 here, whoever's they are: that is what clients know. */
export function asFault(refusal: Refusal): HttpFault {
  const headers: Record<string, string> = refusal.retryAfter === null ? {} : { "Retry-After": String(Math.max(1, Math.ceil(refusal.retryAfter))) };
  if (refusal.kind === "full") return new HttpFault(503, "queue-full", "queue is full", headers);
  if (refusal.kind === "quota") return new HttpFault(503, "queue-full", `queue is full: ${refusal.message}`, headers);
  return new HttpFault(503, refusal.kind, refusal.message, headers);
}

/** While the service is kept from taking submissions. @throws HttpFault 503 */
export function requireNoMaintenance(maintenance: string | null): void {
  if (maintenance !== null) throw new HttpFault(503, "maintenance", maintenance);
}
