/** Pages of other sites. Browsers say whose page it was that asked; a page that nobody allowed gets nothing done. */
import { HttpFault } from "./dialect.ts";

export class Cors {
  readonly origins: readonly string[];

  constructor(origins: readonly string[]) {
    this.origins = origins;
  }

  /**
   * @returns the site of the page, when it is another one and allowed; null: it is our own page, or no page at all
   * @throws HttpFault 403: a page of another site asks for something to be done
   */
  check(method: string, headers: Headers, url: URL, upgrades: boolean): string | null {
    const origin = headers.get("origin");
    if (origin === null || this.#isOwn(origin, headers, url)) return null;
    if (this.#allows(origin)) return origin;
    // Without our headers its browser keeps answers from the page, but has sent the request already.
    if (upgrades || (method !== "GET" && method !== "HEAD" && method !== "OPTIONS")) throw new HttpFault(403, "other-site", `pages of ${origin} may not use this service: cors.origins of the configuration lists those that may`);
    return null;
  }

  /** For an answer. @param origin what {@link check} gave */
  headers(origin: string | null): Readonly<Record<string, string>> {
    // Caches shall not give to one site what was meant for another.
    const vary: Readonly<Record<string, string>> = this.origins.length === 0 ? {} : { Vary: "Origin" };
    if (origin === null) return vary;
    return { ...vary, "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Location" };
  }

  /** What a browser asks before the request. */
  preflight(origin: string | null, allowed: readonly string[]): Response {
    const headers: Record<string, string> = { ...this.headers(origin), Allow: allowed.join(", ") };
    if (origin !== null) {
      headers["Access-Control-Allow-Methods"] = allowed.join(", ");
      headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Content-Encoding, Idempotency-Key, X-Auth-Token, X-Auth-User, X-Api-Key, X-Request-Id, Last-Event-ID";
      headers["Access-Control-Max-Age"] = "600";
    }
    return new Response(null, { status: 204, headers });
  }

  #allows(origin: string): boolean {
    return this.origins.includes("*") || this.origins.includes(origin);
  }

  #isOwn(origin: string, headers: Headers, url: URL): boolean {
    // A proxy in front may change the host, but hands this on.
    const site = headers.get("sec-fetch-site");
    if (site !== null) return site === "same-origin" || site === "none";
    return URL.parse(origin)?.host === url.host;
  }
}
