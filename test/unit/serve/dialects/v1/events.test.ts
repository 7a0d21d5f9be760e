// Events of a job, as server-sent events.
import { expect, test } from "bun:test";
import { IsolateError } from "../../../../../src/model/errors.ts";
import { StoreFault } from "../../../../../src/serve/queue/queue.ts";
import { v1 } from "../../../../../src/serve/dialects/v1/dialect.ts";
import { Pieces } from "../../../../../src/serve/dialects/v1/pieces.ts";
import { withoutHalf } from "../../../../../src/serve/dialects/v1/utf8.ts";
import { post } from "../../../../helpers/call-v1.ts";
import { callDialect, compileOutcome, FakeService, postJson, ranOnce, testOutcome } from "../../../../helpers/fake-service.ts";
import { answerFaults, eventsIn, type ServerEvent } from "../../../../helpers/v1-answers.ts";

const hello = { language: "c", source: "x" };
const output = (text: string | Uint8Array, test: number | null = 0) => ({ kind: "output", test, stream: "stdout", base64: Buffer.from(text).toString("base64") }) as const;

async function waiting(): Promise<{ service: FakeService; id: string; watch(headers?: Record<string, string>): Promise<Response> }> {
  const service = new FakeService();
  service.holds = true;
  const { body } = await post(service, "/jobs", hello);
  return { service, id: body.id, watch: (headers = {}) => callDialect(v1, new Request(`http://localhost/v1/jobs/${body.id}/events`, { headers }), service) };
}

async function eventsOf(response: Response): Promise<ServerEvent[]> {
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  expect(await answerFaults("GET", "/v1/jobs/x/events", response)).toEqual([]);
  return eventsIn(await response.text());
}

test("a job is told from its place in the queue to its end, in order, with what the compiler and the program write", async () => {
  const { service, id, watch } = await waiting();
  const response = await watch();
  service.start(id);
  const [compile, tested] = [compileOutcome({ stderr: "warning" }), testOutcome({ stdout: "hé\n" })];
  const [first, second] = [Buffer.from("hé\n").subarray(0, 2), Buffer.from("hé\n").subarray(2)];
  for (const event of [{ kind: "compiling" }, output("warning", null), { kind: "compiled", compile }, { kind: "test", test: 0, name: "1" }, output(first), output(second), { kind: "tested", test: 0, outcome: tested }] as const) service.tell(id, event);
  service.finish(id, ranOnce({ stdout: "hé\n" }, compile));
  const events = await eventsOf(response);
  expect(events.map(({ id: number, name }) => `${number} ${name}`)).toEqual(["1 queued", "2 started", "3 compiling", "4 output", "5 compiled", "6 test", "7 output", "8 output", "9 tested", "ended ended"]);
  expect(events.filter(({ name }) => name === "output").map(({ data }) => data)).toEqual([{ test: null, stream: "stdout", text: "warning" }, { test: 0, stream: "stdout", text: "h" }, { test: 0, stream: "stdout", text: "é\n" }]);
  expect(events[1]!.data).toEqual({ id, attempt: 1, worker: "fake" });
  expect(events.at(-1)!.data.job).toMatchObject({ id, state: "ended", outcome: "finished", status: "Success", tests: [{ stdout: "hé\n" }] });
});

test("who comes late hears how it is now, and the end; who has heard the end is told to stop asking", async () => {
  const { service, id, watch } = await waiting();
  service.start(id);
  const late = await watch({ "last-event-id": "7" });
  service.finish(id);
  expect((await eventsOf(late)).map(({ id: number, name }) => `${number} ${name}`)).toEqual(["8 started", "ended ended"]);
  expect((await eventsOf(await watch())).map(({ name }) => name)).toEqual(["ended"]);
  expect((await watch({ "last-event-id": "ended" })).status).toBe(204);
});

test("a job can be submitted and watched at once, so that nothing is missed", async () => {
  const service = new FakeService();
  service.holds = true;
  const asked = callDialect(v1, postJson("/v1/jobs", hello, { accept: "text/event-stream" }), service);
  const response = await asked;
  const [job] = service.jobs;
  expect([job!.isStreamed, job!.class, response.headers.get("location")]).toEqual([true, "interactive", `/v1/jobs/${job!.id}`]);
  service.start(job!.id);
  service.tell(job!.id, output("x"));
  service.finish(job!.id);
  expect((await eventsOf(response)).map(({ name }) => name)).toEqual(["queued", "started", "output", "ended"]);
});

test("an output that is not in the store yet is told as cut, and a store that fails ends the stream without an end of the job", async () => {
  const { service, id, watch } = await waiting();
  const response = await watch();
  service.start(id);
  const early = testOutcome({ stdout: { sha256: "0".repeat(64), bytes: 10_000 }, output: null });
  service.contents.get = () => Promise.reject(new IsolateError("Io", "it is not here"));
  service.tell(id, { kind: "tested", test: 0, outcome: early });
  service.finish(id);
  const events = await eventsOf(response);
  expect(events.map(({ name }) => name)).toEqual(["queued", "started", "tested", "ended"]);
  expect(events[2]!.data.result).toMatchObject({ stdout: "", stdout_bytes: 10_000, stdout_cut: true });
  const other = await waiting();
  const stream = await other.watch();
  other.service.contents.get = () => Promise.reject(new StoreFault("the store is away"));
  other.service.start(other.id);
  other.service.tell(other.id, { kind: "tested", test: 0, outcome: early });
  expect(await stream.text()).toEndWith("event: started\ndata: " + JSON.stringify({ id: other.id, attempt: 1, worker: "fake" }) + "\n\n: the store is away\n\n");
});

test("a client that goes away stops the watch", async () => {
  const { service, id, watch } = await waiting();
  const reader = (await watch()).body!.getReader();
  await reader.read();
  await reader.cancel();
  service.finish(id);
  expect((await reader.read()).done).toBe(true);
});

test("pieces are told as text wherever they are text, characters whole, and what never becomes one in Base64", () => {
  const pieces = new Pieces();
  const euro = Buffer.from("€");
  expect(pieces.add(0, "stdout", euro.subarray(0, 1))).toEqual([]);
  expect(pieces.add(0, "stderr", Buffer.from("a"))).toEqual([{ test: 0, stream: "stderr", text: "a" }]);
  expect(pieces.add(0, "stdout", euro.subarray(1))).toEqual([{ test: 0, stream: "stdout", text: "€" }]);
  expect(pieces.add(0, "stdout", new Uint8Array([0xff, 0x61]))).toEqual([{ test: 0, stream: "stdout", base64: "/2E=" }]);
  expect(pieces.add(0, "stdout", new Uint8Array([0x61, 0xe2, 0x82]))).toEqual([{ test: 0, stream: "stdout", text: "a" }]);
  expect([pieces.rest(), pieces.rest()]).toEqual([[{ test: 0, stream: "stdout", base64: "4oI=" }], []]);
});

test("only the beginning of a character at the end is left out", () => {
  const left = (...bytes: number[]) => withoutHalf(new Uint8Array(bytes)).length;
  expect([left(), left(0x61), left(0xc3), left(0xc3, 0xa9), left(0x61, 0xf0, 0x9f, 0x98), left(0xf0, 0x9f, 0x98, 0x80), left(0x80, 0x80, 0x80, 0x80), left(0x61, 0x80)]).toEqual([0, 1, 0, 2, 1, 4, 4, 2]);
});
