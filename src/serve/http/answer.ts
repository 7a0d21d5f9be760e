/** What every answer has, whatever dialect made it. */

/** No browser takes a result for a page or a script. */
export const alwaysHeaders: Readonly<Record<string, string>> = { "X-Content-Type-Options": "nosniff" };

/** Headers that the route has set itself stay. */
export function finished(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}
