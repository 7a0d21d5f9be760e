/** What is refused, in the words of the own API (RFC 9457). */
import type { Call, HttpFault } from "../../http/dialect.ts";
import { InvalidRequest } from "./invalid-request.ts";
import { codes } from "./schema/service.ts";

export function problem(fault: HttpFault, { requestId, url }: Pick<Call, "requestId" | "url">): Response {
  const { status, code, message, headers } = fault;
  const body = {
    type: `urn:mini-isolate:problem:${code}`,
    title: (codes as Readonly<Record<string, string>>)[code] ?? "The request was refused.",
    status,
    code,
    detail: message,
    instance: url.pathname,
    request_id: requestId,
    ...(fault instanceof InvalidRequest ? { errors: fault.errors } : {}),
  };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { ...headers, "Content-Type": "application/problem+json", "Cache-Control": "no-store" } });
}
