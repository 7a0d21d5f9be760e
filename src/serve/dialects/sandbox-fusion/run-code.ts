/** `POST /run_code`: a program is compiled and run, and the request is answered with what came of it. */
import { type Call, HttpFault } from "../../http/dialect.ts";
import type { Job, JobFile } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import { Refusal } from "../../service.ts";
import { limitWithin } from "../limit-wish.ts";
import { runJobFor } from "../plain-run.ts";
import { answerOf } from "./answer.ts";
import { readRunCode, type RunCodeRequest } from "./request.ts";
import { InvalidRequest } from "./validation.ts";

/** Milliseconds for which a request waits for a place in the queue: less than its client waits for the answer. */
const mostPatienceMs = 10_000;
const firstPauseMs = 50;
const longestPauseMs = 1000;

/** @throws HttpFault, Refusal */
export async function runCode(call: Call): Promise<Response> {
  const { service, caller } = call;
  const request = readRunCode(await readBody(call), service.languages, caller.languages, service.config.bounds.files);
  const job = await jobFor(request, call);
  call.mayWait();
  const result = await performPatiently(job, call);
  call.note({ jobs: [job.id], status: result.status });
  return Response.json(await answerOf(result, service.contents));
}

async function readBody(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const { headers } = call.request;
  // Any page can make a browser send what is not called JSON.
  if (headers.has("origin") && headers.get("content-type")?.toLowerCase().startsWith("application/json") !== true) {
    throw new HttpFault(415, "unsupported-media-type", "requests of a page must be of type application/json");
  }
  const body = await call.json();
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Readonly<Record<string, unknown>>;
  throw new InvalidRequest([{ type: "model_attributes_type", loc: ["body"], msg: "Input should be a valid dictionary or object to extract fields from", input: body }]);
}

/** @throws IsolateError of kind Io when a content cannot be kept */
async function jobFor(request: RunCodeRequest, { service, caller }: Call): Promise<Job> {
  const { contents, config } = service;
  const { language, code, compileTimeout, runTimeout, memory, stdin, files, fetchFiles } = request;
  const others = await Promise.all(files.map(async ({ name, bytes }): Promise<JobFile> => ({ name, content: await contents.put(bytes), isHandedToCompiler: false })));
  const limitsWithin = (seconds: number, most: typeof config.run.most) => ({ ...limitWithin(most, "wall_time_limit", seconds), ...limitWithin(most, "cpu_time_limit", null) });
  return runJobFor({ caller }, "sandbox-fusion", {
    language: language.id,
    files: [{ name: `main${language.extensions[0] ?? ""}`, content: await contents.put(Buffer.from(code)) }, ...others],
    // A compiled program has the files in its directory, too.
    data: language.isCompiled ? others : [],
    compileLimits: limitsWithin(compileTimeout, config.compile.most),
    runLimits: { ...limitsWithin(runTimeout, config.run.most), ...limitWithin(config.run.most, "memory_limit", memory) },
    tests: [{ name: "run", stdin: await contents.put(Buffer.from(stdin)), args: [], expected: null, limits: {} }],
    // What is not there is left out of the answer.
    filesOut: fetchFiles.map((name) => `${name}?`),
  });
}

/** Its clients count every answer but a good one and 504 as the program's failure, so a full queue is waited for. */
async function performPatiently(job: Job, { service, signal }: Call): Promise<JobResult> {
  const until = performance.now() + Math.min(mostPatienceMs, service.config.bounds.wait * 1000);
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 2)) {
    try {
      return await service.perform(job, signal);
    } catch (error) {
      const isFull = error instanceof Refusal && (error.kind === "full" || error.kind === "quota");
      // Others wait as well: not all of them come back at the same moment.
      const nextPause = pause * (0.5 + Math.random());
      if (!isFull || signal.aborted || performance.now() + nextPause > until) throw error;
      await Bun.sleep(nextPause);
    }
  }
}
