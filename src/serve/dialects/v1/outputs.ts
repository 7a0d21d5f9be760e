/** Outputs and files of a job as they are: bytes, all of them or a range. */
import * as v from "valibot";
import { type Content, inlineBytes } from "../../content.ts";
import { type Call, HttpFault } from "../../http/dialect.ts";
import type { RunOutcome } from "../../outcome.ts";
import { fileOf } from "./bytes-of.ts";
import { noQuery, ownJob } from "./job-access.ts";
import type { Operation } from "./operation.ts";
import { said } from "./schema/values.ts";

const id = said(v.pipe(v.string(), v.uuid()), "Of the job.");
const test = said(v.pipe(v.number(), v.integer(), v.minValue(1)), "Number of the test, from 1 on.");
const streams = ["stdout", "stderr", "output"] as const;
const headers = { Range: said(v.string(), "One range of bytes, such as `bytes=0-1023` or `bytes=-100`.") };
const bytes = { schema: null, type: "application/octet-stream" } as const;
const answers = {
  200: { description: "The bytes.", ...bytes },
  206: { description: "The range.", ...bytes },
  404: { description: "There is no such job, test or output (yet).", schema: null },
  416: { description: "It does not have this range.", schema: null },
} as const;

export const outputOperations: readonly Operation[] = [
  {
    method: "GET", path: "/jobs/:id/tests/:test/:stream", scope: "read", id: "getOutput", summary: "An output of a test, as bytes",
    params: { id, test, stream: v.picklist(streams) }, headers, answers,
    handle: async (call) => await sent(streamOf(await runOf(call), call), call),
  },
  {
    method: "GET", path: "/jobs/:id/tests/:test/files/:name", scope: "read", id: "getFile", summary: "A file of a test, as bytes",
    params: { id, test, name: said(v.string(), "As in `files_out`, with `%2F` for a slash.") }, headers, answers,
    handle: async (call) => await sent(fileNamed(await runOf(call), call), call),
  },
  {
    method: "GET", path: "/jobs/:id/compile/:stream", scope: "read", id: "getCompilerOutput", summary: "An output of the compiler, as bytes",
    params: { id, stream: v.picklist(streams) }, headers, answers,
    async handle(call) {
      const { result } = await ownJob(call);
      if (result?.compile == null) throw absent(result === null ? "the job has not ended yet" : "nothing was compiled");
      return await sent(streamOf(result.compile, call), call);
    },
  },
];

const absent = (message: string) => new HttpFault(404, "not-found", message);

async function runOf(call: Call): Promise<RunOutcome> {
  const { result } = await ownJob(call);
  const text = call.params["test"]!;
  const found = /^[1-9]\d{0,8}$/.test(text) ? result?.tests[Number(text) - 1] : undefined;
  if (found === undefined) throw absent(result === null ? "the job has not ended yet" : `there is no test ${text.slice(0, 20)}: ${result.tests.length} were begun`);
  return found.run;
}

function streamOf(run: RunOutcome, { params }: Call): Content {
  const name = params["stream"] as (typeof streams)[number];
  if (!streams.includes(name)) throw absent(`there is no output ${name}: there are ${streams.join(", ")}`);
  const content = run[name];
  if (content === null) throw absent("the job did not ask for output_order");
  return content;
}

function fileNamed({ files }: RunOutcome, { params }: Call): Content {
  const name = params["name"]!;
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file === undefined) throw absent(`the job did not ask for a file ${JSON.stringify(name.slice(0, 100))}`);
  if ("error" in file) throw absent(`there is no file ${JSON.stringify(name)}: ${file.error}`);
  return file.content;
}

async function sent(content: Content, { service, request, url }: Call): Promise<Response> {
  noQuery(url);
  const { contents } = service;
  const inline = inlineBytes(content);
  const file = inline === null ? await fileOf(content, contents) : null;
  const all = file ?? inline ?? (await contents.get(content));
  if (all === null) throw absent("the output is gone: results are kept for a time");
  const body = all instanceof Blob ? all : new Blob([Uint8Array.from(all)]);
  const range = rangeOf(request.headers.get("range"), body.size);
  // A browser must not take for a page what a program wrote.
  const usual = { "Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment", "Content-Security-Policy": "sandbox", "Accept-Ranges": "bytes", "Cache-Control": "no-store" };
  if (range === null) return new Response(body, { headers: usual });
  if (range === "none") throw new HttpFault(416, "range-not-satisfiable", `it has ${body.size} bytes`, { "Content-Range": `bytes */${body.size}` });
  const [from, to] = range;
  return new Response(await body.slice(from, to + 1).arrayBuffer(), { status: 206, headers: { ...usual, "Content-Range": `bytes ${from}-${to}/${body.size}` } });
}

/** @returns first and last byte; null: all of it, also for several ranges and for what is no range; `none`: there are no such bytes */
export function rangeOf(header: string | null, size: number): readonly [number, number] | "none" | null {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (found === null || (found[1] === "" && found[2] === "")) return null;
  const [first, last] = [found[1]!, found[2]!];
  const [from, to] = first === "" ? [Math.max(0, size - Number(last)), size - 1] : [Number(first), last === "" ? size - 1 : Math.min(Number(last), size - 1)];
  if (first !== "" && last !== "" && Number(last) < Number(first)) return null;
  return from > to ? "none" : [from, to];
}
