/** The job of a request. */
import type { Call } from "../../http/dialect.ts";
import type { Job, JobFile } from "../../job.ts";
import { runJobFor } from "../plain-run.ts";
import type { ExecuteRequest, PistonFile } from "./request.ts";

/** @throws IsolateError of kind Io when a file cannot be kept */
export async function jobFor(request: ExecuteRequest, call: Pick<Call, "caller" | "service">): Promise<Job> {
  const { contents } = call.service;
  const { runtime, args, limits, stdin } = request;
  const keep = async ({ name, bytes }: PistonFile): Promise<JobFile> => ({ name, content: await contents.put(bytes) });
  const files = await Promise.all(request.files.map(keep));
  return runJobFor(call, "piston", {
    language: runtime.served.id,
    files,
    // A compiled program has the other files in its directory, too.
    data: runtime.served.isCompiled ? files.slice(1) : [],
    args,
    environment: { HOME: "/tmp", PISTON_LANGUAGE: runtime.language },
    compileLimits: limits.compile,
    runLimits: limits.run,
    tests: [{ name: "run", stdin: await contents.put(Buffer.from(stdin)), args: [], expected: null, limits: {} }],
    keepsOrder: true,
  });
}
