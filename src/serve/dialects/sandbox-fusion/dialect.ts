/** SandboxFusion's `/run_code`, as training pipelines call it. */
import type { Dialect, HttpFault } from "../../http/dialect.ts";
import { runCode } from "./run-code.ts";
import { InvalidRequest } from "./validation.ts";

export const sandboxFusion: Dialect = {
  name: "sandbox-fusion",
  prefixes: ["", "/sandbox-fusion"],
  routes: [{ method: "POST", path: "/run_code", scope: "run", handle: runCode }],
  failure: (fault) => Response.json({ detail: detailOf(fault) }, { status: statusOf(fault), headers: fault.headers }),
};

/** Its clients try again after 504 and after nothing else. */
function statusOf({ status, code }: HttpFault): number {
  if (code === "invalid-json") return 422;
  return status === 503 || status === 429 ? 504 : status;
}

function detailOf(fault: HttpFault): unknown {
  if (fault instanceof InvalidRequest) return fault.errors;
  if (fault.code === "invalid-json") return [{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {}, ctx: { error: fault.message } }];
  return fault.status === 404 ? "Not Found" : fault.message;
}
