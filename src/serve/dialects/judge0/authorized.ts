/** Who may list and delete what others have submitted. */
import { timingSafeEqual } from "node:crypto";
import { type Call, HttpFault } from "../../http/dialect.ts";

/** A value of X-Auth-User that the configuration has, or a key of the service that may do everything. */
export function isAuthorized({ request, url, caller, service }: Call): boolean {
  const user = request.headers.get("x-auth-user") ?? url.searchParams.get("X-Auth-User");
  const isUser = user !== null && service.config.judge0.users.map((known) => isHashOf(known, user)).includes(true);
  return isUser || (caller.key !== null && caller.scopes.includes("admin"));
}

/** @throws HttpFault 403 */
export function requireAuthorized(call: Call): void {
  if (!isAuthorized(call)) throw new HttpFault(403, "not-allowed", "this needs the value of X-Auth-User that the service is set to, or a key of the scope admin");
}

function isHashOf(hash: string, value: string): boolean {
  const [want, have] = [Buffer.from(hash, "hex"), new Bun.CryptoHasher("sha256").update(value).digest()];
  return want.length === have.length && timingSafeEqual(want, have);
}
