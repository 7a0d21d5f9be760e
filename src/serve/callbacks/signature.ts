/** Headers by which a receiver knows who called it (Standard Webhooks 1.0). */
import { createHmac } from "node:crypto";

const prefix = "whsec_";

/**
 * @param id of the job: the same for each try
 * @param seconds since 1970
 * @param secrets `whsec_` and Base64; all sign, so that one can take the place of another
 */
export function webhookHeaders(id: string, seconds: number, body: Uint8Array, secrets: readonly string[]): Readonly<Record<string, string>> {
  const named = { "webhook-id": id, "webhook-timestamp": String(seconds) };
  if (secrets.length === 0) return named;
  return { ...named, "webhook-signature": secrets.map((secret) => `v1,${sign(id, seconds, body, secret)}`).join(" ") };
}

function sign(id: string, seconds: number, body: Uint8Array, secret: string): string {
  const key = Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, "base64");
  return createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest("base64");
}
