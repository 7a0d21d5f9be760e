/** What the service says of itself. */
import { type Call, HttpFault, type Route } from "../../http/dialect.ts";
import { isAuthorized } from "./authorized.ts";
import { describe, isUsable, numberedLanguage, numberedLanguages } from "./languages.ts";
import { configInfo } from "./settings.ts";
import { statistics } from "./statistics.ts";
import { statuses } from "./statuses.ts";
import { systemInfo } from "./system-info.ts";

const get = (path: string, handle: Route["handle"]): Route => ({ method: "GET", path, scope: "read", handle });

export const infoRoutes: readonly Route[] = [
  get("/languages", ({ service }) => Response.json(numberedLanguages(service.languages).filter(isUsable).map(({ id, name }) => ({ id, name })))),
  get("/languages/all", ({ service }) => Response.json(numberedLanguages(service.languages).map((language) => ({ id: language.id, name: language.name, is_archived: !isUsable(language) })))),
  get("/languages/:id", language),
  get("/statuses", () => Response.json(statuses)),
  get("/config_info", ({ service }) => Response.json(configInfo(service.config))),
  get("/about", ({ service, url }) => Response.json({ version: service.config.judge0.version, homepage: url.origin, source_code: url.origin, maintainer: `mini-isolate ${service.version}` })),
  get("/system_info", () => Response.json(systemInfo())),
  get("/statistics", async ({ service }) => Response.json(await statistics(service))),
  get("/workers", workers),
  get("/version", ({ service }) => text(service.config.judge0.version)),
  get("/license", () => text("This is mini-isolate, which speaks the interface of Judge0 and has none of its code. Its license is MIT.\n")),
  get("/isolate", ({ service }) => text(`mini-isolate ${service.version}\n`)),
  { method: "POST", path: "/authenticate", scope: "read", handle: () => new Response(null, { status: 200 }) },
  { method: "POST", path: "/authorize", scope: "read", handle: (call) => new Response(null, { status: isAuthorized(call) ? 200 : 403 }) },
];

const text = (body: string) => new Response(body, { headers: { "Content-Type": "text/plain; charset=utf-8" } });

function language({ params, service }: Call): Response {
  const found = /^\d{1,9}$/.test(params["id"]!) ? numberedLanguage(service.languages, Number(params["id"])) : null;
  if (found === null) throw new HttpFault(404, "not-found", `there is no language with the id ${params["id"]!.slice(0, 50)}`);
  return Response.json(describe(found));
}

/** One queue, whoever works on it. */
async function workers({ service }: Call): Promise<Response> {
  const { stats, workers: all, slots } = await service.state();
  const available = all.length === 0 ? slots.length : all.reduce((sum, worker) => sum + worker.slots, 0);
  const working = Math.min(stats.running, available);
  const size = stats.queued.interactive + stats.queued.normal + stats.queued.batch;
  return Response.json([{ queue: service.config.judge0.version, size, available, idle: available - working, working, paused: 0, failed: stats.dead }]);
}
