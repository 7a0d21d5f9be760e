/** What went wrong with a request, for its client. */
import { HttpFault } from "../../http/dialect.ts";
import { StoreFault } from "../../queue/queue.ts";
import { Refusal } from "../../service.ts";
import { NoResults } from "./perform.ts";
import { BadRequest } from "./request.ts";
import { UnknownFile } from "./work.ts";

/** Only what was made for clients: anything else may say more about the host than they should know. */
export function wordsFor(error: unknown): string {
  if (error instanceof Refusal && error.retryAfter !== null) return `${error.message}; try again in ${error.retryAfter} s`;
  const isForClients = error instanceof BadRequest || error instanceof UnknownFile || error instanceof NoResults || error instanceof Refusal || error instanceof HttpFault || error instanceof StoreFault;
  if (isForClients) return error.message;
  return error instanceof SyntaxError ? "the request is no JSON" : "internal error";
}
