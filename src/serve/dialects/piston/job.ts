/** The job of a request. */
import type { Call } from "../../http/dialect.ts";
import type { Job, JobFile } from "../../job.ts";
import { runJobFor } from "../plain-run.ts";
import { clashOf } from "../file-name.ts";
import type { ExecuteRequest, PistonFile } from "./request.ts";

/** @throws IsolateError of kind Io when a file cannot be kept */
export async function jobFor(request: ExecuteRequest, call: Pick<Call, "caller" | "service">): Promise<Job> {
  const { contents } = call.service;
  const { runtime, args, limits, stdin } = request;
  const keep = async ({ name, bytes }: PistonFile): Promise<JobFile> => ({ name, content: await contents.put(bytes) });
  const files = await Promise.all(request.files.map(keep));
  const { isCompiled } = runtime.served;
  return runJobFor(call, "piston", {
    language: runtime.served.id,
    files: isCompiled ? files : withNeighbours(files),
    // A compiled program has the other files in its directory, too.
    data: isCompiled ? files.slice(1) : [],
    args,
    environment: { HOME: "/tmp", PISTON_LANGUAGE: runtime.language },
    compileLimits: limits.compile,
    runLimits: limits.run,
    tests: [{ name: "run", stdin: await contents.put(Buffer.from(stdin)), args: [], expected: null, limits: {} }],
    keepsOrder: true,
  });
}

/**
 * A source always lies at the top of the working directory. When it came with a directory in its name, it looks for its modules beside itself: what
 * lies in that directory lies at the top as well, and the source in its directory.
 */
function withNeighbours([main, ...others]: readonly JobFile[]): readonly JobFile[] {
  const directory = main!.name.slice(0, main!.name.lastIndexOf("/") + 1);
  if (directory === "") return [main!, ...others];
  const moved = others.flatMap((file) => (file.name.startsWith(directory) ? [{ ...file, name: file.name.slice(directory.length) }] : []));
  const all = [main!, ...others];
  for (const copy of moved) if (clashOf([...all, copy].map(({ name }) => name)) === null) all.push(copy);
  // The first one is the source, wherever its name says.
  return [main!, main!, ...all.slice(1)];
}
