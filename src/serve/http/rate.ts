/** How many jobs a key may ask for in a minute: a bucket that fills by itself. */
import { HttpFault } from "./dialect.ts";

const windowSeconds = 60;

interface Bucket {
  tokens: number;
  /** Milliseconds of a clock that does not jump. */
  at: number;
}

export class Rates {
  readonly #buckets = new Map<string, Bucket>();

  readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** @param perMinute null: any number @returns headers that tell the client where it stands @throws HttpFault 429 */
  take(key: string, perMinute: number | null): Readonly<Record<string, string>> {
    if (perMinute === null) return {};
    const bucket = this.#filled(key, perMinute);
    const headers = this.#headers(bucket, perMinute);
    if (bucket.tokens < 1) {
      const wait = Math.max(1, Math.ceil(((1 - bucket.tokens) * windowSeconds) / perMinute));
      throw new HttpFault(429, "rate-limited", `the key may ask for ${perMinute} jobs a minute`, { ...headers, "Retry-After": String(wait) });
    }
    bucket.tokens -= 1;
    return this.#headers(bucket, perMinute);
  }

  /** For what turned out to be more than one job: it is owed. */
  takeMore(key: string, perMinute: number | null, jobs: number): void {
    if (perMinute !== null && jobs > 0) this.#filled(key, perMinute).tokens -= jobs;
  }

  #filled(key: string, perMinute: number): Bucket {
    const now = this.now();
    const bucket = this.#buckets.get(key) ?? { tokens: perMinute, at: now };
    bucket.tokens = Math.min(perMinute, bucket.tokens + ((now - bucket.at) / 1000) * (perMinute / windowSeconds));
    bucket.at = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** As draft-ietf-httpapi-ratelimit-headers has them. */
  #headers({ tokens }: Bucket, perMinute: number): Readonly<Record<string, string>> {
    const full = Math.ceil(((perMinute - tokens) * windowSeconds) / perMinute);
    return { "RateLimit-Policy": `"jobs";q=${perMinute};w=${windowSeconds}`, RateLimit: `"jobs";r=${Math.max(0, Math.floor(tokens))};t=${Math.max(0, full)}` };
  }
}
