/** The own API: everything that the service can do. Its operations are the one source of routes, checks and the OpenAPI document. */
import type { Dialect, Route } from "../../http/dialect.ts";
import { aboutOperations } from "./about.ts";
import { noQuery, shownBy } from "./job-access.ts";
import { eventOperation, jobOperations } from "./jobs.ts";
import { json, type Operation } from "./operation.ts";
import { outputOperations } from "./outputs.ts";
import { problem } from "./problem.ts";
import { viewOf } from "./view.ts";

const documentOperation: Operation = {
  method: "GET", path: "/openapi.json", scope: "open", id: "getDocument", summary: "This document",
  answers: { 200: { description: "OpenAPI 3.1.", schema: null, type: "application/json" } },
  async handle({ service, url }) {
    noQuery(url);
    const { openApi } = await import("./openapi.ts");
    return json(200, openApi(operations, service.version), { "Cache-Control": "max-age=300" });
  },
};

export const operations: readonly Operation[] = [...jobOperations, eventOperation, ...outputOperations, ...aboutOperations, documentOperation];

export const v1: Dialect = {
  name: "v1",
  prefixes: ["/v1"],
  routes: operations.map(({ method, path, scope, beginsNothing = false, handle }): Route => ({ method, path, scope, beginsNothing, handle })),
  failure: problem,
  // As it is told to whoever looks at it.
  callbackBody: async (stored, { contents }) => ({ body: JSON.stringify(await viewOf(stored, contents, shownBy({}))), contentType: "application/json" }),
};
