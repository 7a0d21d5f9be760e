/** The page at `/`, for browsers. Others have the same address for their own clients. */
import { type Dialect, HttpFault } from "../http/dialect.ts";
import { page, policy } from "./page.ts";

export const pageDialect: Dialect = {
  name: "page",
  prefixes: [""],
  routes: [
    {
      method: "GET",
      path: "/",
      scope: "open",
      handle() {
        return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache", Vary: "Accept" } });
      },
    },
  ],
  failure: ({ status, message, headers }: HttpFault) => new Response(`${message}\n`, { status, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } }),
};
