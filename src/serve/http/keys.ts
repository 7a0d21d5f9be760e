/** Keys of requests. The service knows only their hashes. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { KeyConfig } from "../config/config.ts";
import { type Caller, HttpFault, type Scope } from "./dialect.ts";

/** Somebody of a service without keys. */
const anybody: Caller = { key: null, scopes: ["open", "run", "read", "admin"], languages: null };

export class Keys {
  readonly #keys: readonly { readonly config: KeyConfig; readonly hash: Buffer; readonly caller: Caller }[];

  constructor(keys: readonly KeyConfig[]) {
    this.#keys = keys.map((config) => ({
      config,
      hash: Buffer.from(config.sha256, "hex"),
      // Whoever may do everything may do the parts of it.
      caller: { key: config.name, scopes: config.scopes.includes("admin") ? anybody.scopes : ["open", ...config.scopes], languages: config.languages },
    }));
  }

  /** @param inUrl a key that stands in the address, for clients that can do no better @throws HttpFault 401: no key, or none of ours. 403: the key does not allow it */
  callerOf(headers: Headers, scope: Scope, inUrl: string | null = null): Caller {
    if (this.#keys.length === 0) return anybody;
    const given = keyOf(headers) ?? inUrl;
    const caller = given === null ? null : this.#find(given);
    if (scope === "open") return caller ?? { key: null, scopes: ["open"], languages: [] };
    if (given === null) throw new HttpFault(401, "no-key", "a key is needed: Authorization: Bearer KEY", challenge);
    if (caller === null) throw new HttpFault(401, "wrong-key", "the key is not known", challenge);
    if (!caller.scopes.includes(scope)) throw new HttpFault(403, "not-allowed", `the key does not allow this: it needs the scope ${scope}`);
    return caller;
  }

  /** By its name; null: it is gone, or there are no keys. */
  config(name: string | null): KeyConfig | null {
    return this.#keys.find(({ config }) => config.name === name)?.config ?? null;
  }

  #find(given: string): Caller | null {
    const hash = createHash("sha256").update(given).digest();
    let found: Caller | null = null;
    // All of them, in the same time, whichever it is.
    for (const key of this.#keys) if (timingSafeEqual(key.hash, hash)) found = key.caller;
    return found;
  }
}

const challenge = { "WWW-Authenticate": 'Bearer realm="mini-isolate"' };

/** In every header where clients of the dialects put it. */
function keyOf(headers: Headers): string | null {
  const authorization = headers.get("authorization");
  const bare = authorization === null ? null : authorization.replace(/^(bearer|token)(\s+|$)/i, "").trim();
  return bare || headers.get("x-auth-token") || headers.get("x-api-key") || null;
}
