/** The body of a request: JSON, whatever its client calls it. */
import { type Call, HttpFault } from "../../http/dialect.ts";

/**
 * npm's `piston-client` sends its JSON as `text/plain`, so what is a JSON object is taken for one. A browser sends `text/plain` for any page
 * without asking first: with an Origin header, only what is called JSON is taken.
 * @throws HttpFault 415, 400, and those of the body
 */
export async function readObject(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const { headers } = call.request;
  const isCalledJson = headers.get("content-type")?.toLowerCase().startsWith("application/json") === true;
  if (!isCalledJson && headers.has("origin")) throw notJson();
  let body: unknown;
  try {
    body = await call.json();
  } catch (error) {
    if (!isCalledJson && error instanceof HttpFault && error.code === "invalid-json") throw notJson();
    throw error;
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Readonly<Record<string, unknown>>;
  throw isCalledJson ? new HttpFault(400, "invalid-request", "the body must be a JSON object") : notJson();
}

function notJson(): HttpFault {
  return new HttpFault(415, "unsupported-media-type", "requests must be of type application/json");
}
