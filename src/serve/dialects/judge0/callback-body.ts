/** What is sent when a submission has ended: the usual fields, texts always as Base64. */
import type { StoredJob } from "../../queue/queue.ts";
import type { Contents } from "../../content.ts";
import { usualFields } from "./fields.ts";
import { show } from "./show.ts";

/** @throws IsolateError of kind Io when contents cannot be read */
export async function callbackBody(stored: StoredJob, contents: Contents): Promise<{ readonly body: string; readonly contentType: string }> {
  return { body: JSON.stringify(await show(stored, { fields: usualFields, isBase64: true }, contents)), contentType: "application/json" };
}
