/** The dialect of go-judge: commands with descriptors, files and pipes, and a store of files between them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { detectCgroups } from "../../../cgroup/detect.ts";
import type { Contents } from "../../content.ts";
import { type Call, type Dialect, HttpFault } from "../../http/dialect.ts";
import type { Service } from "../../service.ts";
import { configOf, versionOf } from "./about.ts";
import { fileRoutes } from "./files.ts";
import { FileStore } from "./file-store.ts";
import { GoMetrics } from "./metrics.ts";
import { type Desk, jobOf, NoResults, resultsOf } from "./perform.ts";
import { BadRequest, readRequest } from "./request.ts";
import { openStream } from "./stream.ts";
import { openSocket } from "./ws.ts";
import { UnknownFile } from "./work.ts";

/** Each service has its own store and figures, from the first request on. By its contents: a call has the service as its key may use it. */
const desks = new WeakMap<Contents, Desk>();

/** How often files that nobody uses any more are looked for, besides at each use. */
const sweepMs = 30_000;

function deskOf(service: Service): Desk {
  const { dataDir, goJudge: { fileStoreBytes, fileKeep } } = service.config;
  const bounds = { mostBytes: fileStoreBytes, keepSeconds: fileKeep };
  const known = desks.get(service.contents);
  if (known !== undefined) {
    // The configuration may have been loaded again.
    known.files.bounds = bounds;
    return known;
  }
  const metrics = new GoMetrics();
  const files = new FileStore({ directory: join(dataDir, "go-judge-files"), ...bounds, added: (bytes) => metrics.stored(bytes) });
  setInterval(() => files.sweep(), sweepMs).unref();
  const desk = { files, metrics };
  desks.set(service.contents, desk);
  return desk;
}

export const goJudge: Dialect = {
  name: "go-judge",
  prefixes: ["/go-judge"],
  routes: [
    { method: "POST", path: "/run", scope: "run", handle: run },
    ...fileRoutes((call) => deskOf(call.service).files),
    { method: "GET", path: "/version", scope: "open", handle: ({ service }) => Response.json(versionOf(service)) },
    { method: "GET", path: "/config", scope: "open", handle: () => Response.json(configOf(cgroups())) },
    { method: "GET", path: "/metrics", scope: "read", handle: metrics },
  ],
  sockets: [
    { path: "/ws", scope: "run", open: (socket, call) => openSocket(socket, call, deskOf(call.service)) },
    { path: "/stream", scope: "run", open: (socket, call) => openStream(socket, call, deskOf(call.service)) },
  ],
  failure({ status, message, headers }) {
    // Whoever has the wrong token is told nothing.
    if (status === 401) return new Response(null, { status, headers });
    return Response.json(message, { status, headers });
  },
};

async function run(call: Call): Promise<Response> {
  const { service, caller } = call;
  const desk = deskOf(service);
  call.mayWait();
  try {
    const request = readRequest(await call.json());
    const job = await jobOf(request, service, desk, caller, false);
    call.note({ jobs: [job.id] });
    const results = await resultsOf(request, job, await service.perform(job, call.signal), service, desk);
    call.note({ status: results[0]!.status });
    return Response.json(results);
  } catch (error) {
    throw faultOf(error);
  }
}

/** Refusals are the server's to tell, with when to come back. */
function faultOf(error: unknown): unknown {
  if (error instanceof BadRequest) return new HttpFault(400, "invalid-request", error.message);
  if (error instanceof UnknownFile) return new HttpFault(500, "unknown-file", error.message);
  if (error instanceof NoResults) return new HttpFault(500, "internal", error.message);
  return error;
}

async function metrics({ service }: Call): Promise<Response> {
  const desk = deskOf(service);
  return new Response(desk.metrics.text(desk.files, await service.state()), { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
}

function cgroups(): { readonly type: number; readonly controllers: readonly string[] } {
  const { v1, v2 } = detectCgroups();
  if (v1.size > 0) return { type: 1, controllers: [...v1.keys()] };
  if (v2 === null) return { type: 0, controllers: [] };
  return { type: 2, controllers: readFileSync(join(v2.top, v2.own, "cgroup.controllers"), "utf8").trim().split(" ") };
}
