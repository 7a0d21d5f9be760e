/** The interface of Judge0 CE 1.13.1: submissions with tokens, and what the service says of itself. */
import type { Dialect } from "../../http/dialect.ts";
import { batchRoutes } from "./batch.ts";
import { callbackBody } from "./callback-body.ts";
import { failure } from "./failure.ts";
import { infoRoutes } from "./info.ts";
import { submissionRoutes } from "./submissions.ts";

export const judge0: Dialect = {
  name: "judge0",
  prefixes: ["/judge0", ""],
  // Words before parameters: `batch` is no token.
  routes: [...batchRoutes, ...submissionRoutes, ...infoRoutes],
  failure,
  callbackBody: (stored, { contents }) => callbackBody(stored, contents),
};
