/** A request of the own API becomes a job. */
import { clashOf } from "../file-name.ts";
import type { Call } from "../../http/dialect.ts";
import type { Callback, Job, JobClass, JobTest, ProgramWork } from "../../job.ts";
import type { Service } from "../../service.ts";
import { makeChecker } from "./make-checker.ts";
import { invalid } from "./invalid-request.ts";
import { Keeper } from "./keeper.ts";
import { allowedLimits, refuseTooLittle } from "./limits.ts";
import { languageFor } from "./language-for.ts";
import type { JobRequest } from "./schema/request.ts";

/** How it was asked for. */
export interface Manner {
  /** Where the request is in the body: `` or `3`. */
  readonly at: string;
  readonly class: JobClass;
  /** Somebody watches from the beginning. */
  readonly isLive: boolean;
}

/** @throws InvalidRequest, HttpFault; StoreFault and IsolateError when a content cannot be kept */
export async function makeJob(request: JobRequest, { service, caller }: Pick<Call, "service" | "caller">, manner: Manner): Promise<Job> {
  const { config } = service;
  const prefix = manner.at === "" ? "" : `${manner.at}.`;
  const work = await makeWork(request, service, prefix);
  const keep = request.keep ?? null;
  if (keep !== null && keep > config.results.keep) throw invalid(`${prefix}keep`, `the service keeps results for ${config.results.keep} seconds at most`);
  const now = Date.now();
  return {
    id: crypto.randomUUID(),
    dialect: "v1",
    class: request.class ?? manner.class,
    key: caller.key,
    receivedAt: now,
    deadline: request.deadline === undefined ? null : now + Math.ceil(request.deadline * 1000),
    keepFor: keep === null ? null : Math.ceil(keep * 1000),
    labels: request.labels ?? {},
    isStreamed: manner.isLive || request.live === true,
    callback: callbackOf(request, service, prefix),
    work,
    memo: null,
  };
}

async function makeWork(request: JobRequest, service: Service, at: string): Promise<ProgramWork> {
  const { bounds, compile, run, network } = service.config;
  const bytes = new Keeper(service, bounds.jobBytes, at);
  refuseContradictions(request, at);
  if (request.network === true && network !== "allowed") throw invalid(`${at}network`, "the service does not give the network to programs");
  const count = (request.files?.length ?? 0) + (request.data?.length ?? 0);
  if (count > bounds.files) throw invalid(`${at}files`, `a job can have ${bounds.files} files at most`);
  if ((request.files_out?.length ?? 0) > bounds.files) throw invalid(`${at}files_out`, `a job can give ${bounds.files} files at most`);
  if ((request.tests?.length ?? 0) > bounds.tests) throw invalid(`${at}tests`, `a job can have ${bounds.tests} tests at most`);
  refuseClashes(request, at);
  const language = languageFor(service.languages, request.language ?? null, request.files?.[0]?.name ?? null, at);
  if (request.compiler_options !== undefined && request.compiler_options.length > 0 && !language.isCompiled) throw invalid(`${at}compiler_options`, `${language.id} has no compiler`);
  const limitsAt = (asked: JobRequest["limits"], place: string) => {
    const limits = allowedLimits(asked, run.most, place);
    refuseTooLittle(limits, language, place);
    return limits;
  };
  const tests = request.tests ?? [{ stdin: request.stdin, expected: request.expected }];
  return {
    kind: "program",
    language: language.id,
    files: await bytes.files(request.files ?? [{ name: "main", content: request.source! }], `${at}files`),
    data: await bytes.files(request.data ?? [], `${at}data`),
    compilerOptions: request.compiler_options ?? [],
    args: request.args ?? [],
    environment: request.environment ?? {},
    compileLimits: allowedLimits(request.compile_limits, compile.most, `${at}compile_limits`),
    runLimits: limitsAt(request.limits, `${at}limits`),
    network: request.network ?? false,
    stderrToStdout: request.stderr_to_stdout ?? false,
    runs: request.runs ?? 1,
    tests: await Promise.all(tests.map(async (test, index): Promise<JobTest> => ({
      name: "name" in test && test.name !== undefined ? test.name : String(index + 1),
      stdin: await bytes.keep(test.stdin ?? ""),
      args: ("args" in test ? test.args : undefined) ?? [],
      expected: test.expected === undefined || test.expected === null ? null : await bytes.keep(test.expected),
      limits: "limits" in test ? limitsAt(test.limits, `${at}tests.${index}.limits`) : {},
    }))),
    stopsAtFailure: request.stop_at_failure ?? false,
    checker: await makeChecker(request.checker, service, bytes, `${at}checker`),
    filesOut: request.files_out ?? [],
    keepsOrder: request.output_order ?? false,
  };
}

/** Files that would lie in one directory, or in each other. */
function refuseClashes({ files = [], data = [] }: JobRequest, at: string): void {
  const [main] = files;
  if (main !== undefined && main.name.includes("/")) throw invalid(`${at}files.0.name`, "is the source, and lies at the top: leave the directory out");
  const clash = clashOf([...files, ...data].map(({ name }) => name));
  if (clash !== null) throw invalid(`${at}${data.length > 0 ? "data" : "files"}`, `cannot be used: ${clash}`);
}

function refuseContradictions({ source, files, tests, stdin, expected }: JobRequest, at: string): void {
  if ((source === undefined) === (files === undefined || files.length === 0)) throw invalid(`${at}source`, source === undefined ? "is missing: give source, or files with the source first" : "goes without files: the source is the first file");
  for (const [name, value] of Object.entries({ stdin, expected })) if (tests !== undefined && value !== undefined) throw invalid(`${at}${name}`, "goes without tests: each test has its own");
}

function callbackOf({ callback }: JobRequest, { config }: Service, at: string): Callback | null {
  if (callback === undefined) return null;
  if (!config.callbacks.allowed) throw invalid(`${at}callback`, "the service sends no callbacks");
  return typeof callback === "string" ? { url: callback, method: "POST" } : { url: callback.url, method: callback.method ?? "POST" };
}
