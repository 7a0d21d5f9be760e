/** Who asks at `/`: several dialects have something there. */

/** Browsers say that they want a page; clients of the dialects do not. */
export function wantsPage(request: Request): boolean {
  return (request.method === "GET" || request.method === "HEAD") && (request.headers.get("accept") ?? "").includes("text/html");
}
