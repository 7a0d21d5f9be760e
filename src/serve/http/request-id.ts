/** The name of a request: the client's own, when it says one, so that its logs and ours can be put side by side. */
import { randomUUID } from "node:crypto";

/** What may stand in a header, in a line of a log, and in a file name. */
const plain = /^[A-Za-z0-9._:@/+=-]{1,128}$/;
/** https://www.w3.org/TR/trace-context/ */
const traceParent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  if (given !== null && plain.test(given)) return given;
  return traceParent.exec(headers.get("traceparent") ?? "")?.[1] ?? randomUUID();
}
