// The dialect of go-judge, field by field, against a service in memory.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { goJudge } from "../../../src/serve/dialects/go-judge/dialect.ts";
import type { Caller } from "../../../src/serve/http/dialect.ts";
import type { CommandsWork } from "../../../src/serve/job.ts";
import type { CommandOutcome } from "../../../src/serve/outcome.ts";
import { callDialect, commandOutcome, connectDialect, fakeConfig, FakeService, full, hostFailed, jobResult, postJson, type RunParts } from "../../helpers/fake-service.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";
import { until } from "../../helpers/until.ts";

const directory = makeTestDirectory("go-judge");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const second = 1e9;
const mebibyte = 2 ** 20;
let made = 0;

function serviceWith(goJudge: Partial<ReturnType<typeof fakeConfig>["goJudge"]> = {}): FakeService {
  const { goJudge: usual } = fakeConfig();
  return new FakeService({ config: { dataDir: `${directory}/${++made}`, goJudge: { ...usual, ...goJudge } } });
}

const plain = { args: ["/bin/true"], env: ["PATH=/bin"], files: [{ content: "" }, { name: "stdout", max: 100 }, { name: "stderr", max: 100 }], cpuLimit: second, clockLimit: 2 * second, memoryLimit: 64 * mebibyte, procLimit: 5 };

async function run(service: FakeService, cmd: object | readonly object[], more: object = {}, caller?: Caller): Promise<{ readonly status: number; readonly body: any }> {
  const response = await callDialect(goJudge, postJson("/go-judge/run", { cmd: Array.isArray(cmd) ? cmd : [cmd], ...more }), service, caller === undefined ? {} : { caller });
  return { status: response.status, body: await response.json() };
}

const commandsOf = (service: FakeService) => (service.jobs.at(-1)!.work as CommandsWork).commands;

/** The result of one command of which this came. */
async function resultOf(parts: RunParts, outcome: Partial<CommandOutcome> = {}, cmd: object = {}): Promise<any> {
  const service = serviceWith().script(jobResult({ commands: [commandOutcome(parts, outcome)] }));
  const { status, body } = await run(service, { ...plain, ...cmd });
  expect([status, body.length]).toEqual([200, 1]);
  return body[0];
}

const file = (text: string) => ({ content: { text }, bytes: text.length, truncated: false });

describe("a request", () => {
  test("becomes commands in our units, nanoseconds and bytes", async () => {
    const service = serviceWith();
    await run(service, { ...plain, stackLimit: 32 * mebibyte, cpuRateLimit: 500, cpuSetLimit: "0-1", tty: true, dataSegmentLimit: true, addressSpaceLimit: true, copyOut: ["a?", "b"], copyOutCached: ["c"], copyOutMax: 10, copyOutTruncate: true });
    expect(commandsOf(service)[0]).toMatchObject({
      args: ["/bin/true"], environment: ["PATH=/bin"], tty: true,
      files: [{ kind: "content", content: { text: "" } }, { kind: "collector", name: "stdout", most: 100, isPipe: false }, { kind: "collector", name: "stderr", most: 100, isPipe: false }],
      limits: { cpu_time_limit: 1, wall_time_limit: 2, memory_limit: 64 * mebibyte, stack_limit: 32 * mebibyte, process_limit: 5, file_size_limit: 256 * mebibyte, open_files_limit: 256 },
      dataLimit: 64 * mebibyte, addressSpaceLimit: 64 * mebibyte, cpuRate: 500, cpus: "0-1", copyOut: ["a?", "b"], copyOutCached: ["c"], copyOutMax: 10, copyOutTruncates: true,
    });
    expect(service.jobs[0]).toMatchObject({ dialect: "go-judge", class: "interactive", keepFor: 0, isStreamed: false });
  });

  test("may leave out everything but its args, and say null for it", async () => {
    const service = serviceWith();
    await run(service, { args: ["a"], env: null, files: null, copyIn: null, copyOut: null, cpuLimit: null, somethingElse: 1 }, { requestId: null, pipeMapping: null });
    expect(commandsOf(service)[0]).toMatchObject({ args: ["a"], environment: [], files: [], copyIn: {}, copyOut: [], dataLimit: null, addressSpaceLimit: null, cpuRate: null, cpus: null });
  });

  test.each([
    [{ cpuLimit: second }, 1],
    [{ cpuLimit: second, clockLimit: 0 }, 1],
    [{ cpuLimit: second, clockLimit: 3 * second }, 3],
    [{ cpuLimit: second, clockLimit: 3 * second, realCpuLimit: 4 * second }, 4],
  ])("has a clock limit by %j", async (limits, seconds) => {
    const service = serviceWith();
    await run(service, { args: ["a"], ...limits });
    expect(commandsOf(service)[0]!.limits.wall_time_limit).toBe(seconds);
  });

  test("pipes become ours, with a name only where they are proxied", async () => {
    const service = serviceWith();
    const talker = { ...plain, files: [null, null, { name: "stderr", max: 1 }] };
    await run(service, [talker, talker], { pipeMapping: [{ in: { index: 0, fd: 1 }, out: { index: 1, fd: 0 }, proxy: true, name: "log", max: 5 }, { in: { index: 1, fd: 1 }, out: { index: 0 }, name: "no" }] });
    expect((service.jobs[0]!.work as CommandsWork).pipes).toEqual([
      { from: { command: 0, fd: 1 }, to: { command: 1, fd: 0 }, proxied: true, name: "log", most: 5 },
      { from: { command: 1, fd: 1 }, to: { command: 0, fd: 0 }, proxied: false, name: null, most: 0 },
    ]);
  });

  const bad: readonly (readonly [string, object, RegExp])[] = [
    ["without commands", { cmd: [] }, /no cmd provided/],
    ["with a program that is missing", { cmd: [{ ...plain, args: [] }] }, /cmd\[0\]\.args/],
    ["with a wrong type", { cmd: [{ ...plain, cpuLimit: "1" }] }, /cmd\.0\.cpuLimit: must be a number/],
    ["with a negative limit", { cmd: [{ ...plain, memoryLimit: -1 }] }, /cmd\.0\.memoryLimit/],
    ["with a file of no kind", { cmd: [{ ...plain, files: [{}] }] }, /cmd\[0\]\.files\[0\]: must have one of/],
    ["with a collector that has no size", { cmd: [{ ...plain, files: [{ name: "x" }] }] }, /files\[0\]/],
    ["with a collector as copyIn", { cmd: [{ ...plain, copyIn: { a: { name: "x", max: 1 } } }] }, /copyIn\["a"\]/],
    ["with a descriptor that nothing stands behind", { cmd: [{ ...plain, files: [null] }] }, /files\[0\]: is null/],
    ["with a pipe to nobody", { cmd: [plain], pipeMapping: [{ in: { index: 0, fd: 3 }, out: { index: 1, fd: 0 } }] }, /pipeMapping\[0\]\.out\.index: there is no command 1/],
    ["with a pipe to what is taken", { cmd: [plain], pipeMapping: [{ in: { index: 0, fd: 3 }, out: { index: 0, fd: 1 } }] }, /descriptor 1 of command 0 is taken/],
    ["with a live descriptor where nobody talks", { cmd: [{ ...plain, files: [{ streamIn: true }] }] }, /for \/stream alone/],
    ["with more time than is allowed", { cmd: [{ ...plain, cpuLimit: 61 * second, clockLimit: second }] }, /cpuLimit 61000000000 is more than this service allows \(60000000000 ns\)/],
    ["with more memory than is allowed", { cmd: [{ ...plain, memoryLimit: 2 ** 40 }] }, /memoryLimit .* is more than this service allows/],
    ["with a cpuset that is none", { cmd: [{ ...plain, cpuSetLimit: "a" }] }, /cpuSetLimit/],
    ["with a NUL in a word", { cmd: [{ ...plain, args: ["a\0b"] }] }, /NUL/],
    ["with src, which is off", { cmd: [{ ...plain, copyIn: { a: { src: "/etc/passwd" } } }] }, /src "\/etc\/passwd" is not allowed/],
  ];
  test.each(bad)("%s is refused with 400 and a JSON string", async (_, request, words) => {
    const response = await callDialect(goJudge, postJson("/go-judge/run", request), serviceWith());
    expect(response.status).toBe(400);
    expect(await response.json()).toMatch(words);
  });

  test("that is no JSON is refused with 400 and a JSON string", async () => {
    const response = await callDialect(goJudge, new Request("http://localhost/go-judge/run", { method: "POST", body: "{" }), serviceWith());
    expect([response.status, typeof (await response.json())]).toEqual([400, "string"]);
  });

  test("that the queue has no room for is 503 with a JSON string, and with when to come back", async () => {
    const response = await callDialect(goJudge, postJson("/go-judge/run", { cmd: [plain] }), serviceWith().script(full(7)));
    expect([response.status, response.headers.get("retry-after"), typeof (await response.json())]).toEqual([503, "7", "string"]);
  });

  test("that the host fails is 500 with a JSON string, and no result", async () => {
    expect(await run(serviceWith().script(hostFailed("no memory")), plain)).toEqual({ status: 500, body: "no memory" });
  });
});

describe("src", () => {
  const allowed = `${directory}/allowed`;
  mkdirSync(`${allowed}/below`, { recursive: true });
  writeFileSync(`${allowed}/below/data`, "data");
  writeFileSync(`${directory}/secret`, "secret");
  symlinkSync(`${directory}/secret`, `${allowed}/link`);
  symlinkSync("below/data", `${allowed}/inner`);
  writeFileSync(`${directory}/allowed-not`, "");

  const ask = async (src: string) => {
    const service = serviceWith({ sourcePrefixes: [allowed] });
    const { status } = await run(service, { ...plain, copyIn: { a: { src } } });
    return status === 200 ? commandsOf(service)[0]!.copyIn["a"] : status;
  };

  test("is a file below a directory that the configuration names, without links", async () => {
    expect(await ask(`${allowed}/below/data`)).toEqual({ kind: "host", path: `${allowed}/below/data` });
    expect(await ask(`${allowed}/inner`)).toEqual({ kind: "host", path: `${allowed}/below/data` });
  });

  test.each(["/link", "/../secret", "-not", "/gone", "/below/../../secret"])("that leads out by %s is refused", async (rest) => {
    expect(await ask(`${allowed}${rest}`)).toBe(400);
  });

  test.each(["allowed/below/data", "", "/etc/\0"])("%j is no absolute path", async (src) => expect(await ask(src)).toBe(400));
});

describe("a result", () => {
  test("has time in nanoseconds, memory in bytes, and files by the names of their collectors", async () => {
    const result = await resultOf({ cpu_time: 0.25, wall_time: 0.5, memory_peak: mebibyte, files: { stdout: file("out"), stderr: file("") } });
    expect(result).toEqual({ status: "Accepted", exitStatus: 0, time: 250_000_000, memory: mebibyte, runTime: 500_000_000, files: { stdout: "out", stderr: "" } });
  });

  const rows: readonly (readonly [string, RunParts, string, number])[] = [
    ["a success", { status: "Success" }, "Accepted", 0],
    ["an exit code", { status: "RuntimeError", exit_code: 3 }, "Nonzero Exit Status", 3],
    ["a signal", { status: "Signaled", exit_code: null, signal: 11 }, "Signalled", 11],
    ["too much time", { status: "TimeLimit", exit_code: null, signal: 9 }, "Time Limit Exceeded", 9],
    ["too much memory", { status: "MemoryLimit", exit_code: null, signal: 9 }, "Memory Limit Exceeded", 9],
    ["too much output", { status: "FileSizeLimit", limit: "output", exit_code: null, signal: 9 }, "Output Limit Exceeded", 9],
    ["a file that is too large", { status: "FileSizeLimit", limit: "file_size", exit_code: null, signal: 25 }, "Output Limit Exceeded", 25],
    ["too many processes", { status: "ProcessLimit", exit_code: 2 }, "Nonzero Exit Status", 2],
    ["a forbidden call", { status: "SecurityViolation", exit_code: null, signal: 31 }, "Dangerous Syscall", 31],
    ["a fault of the host", { status: "InternalError", exit_code: null, error_message: "the host" }, "Internal Error", 0],
  ];
  test.each(rows)("of %s", async (_, parts, status, exitStatus) => expect(await resultOf(parts)).toMatchObject({ status, exitStatus }));

  test("of a program that does not exist is an internal error with its reason", async () => {
    expect(await resultOf({ status: "RuntimeError", exit_code: 127, error_message: "no such program: x" }, { began: false, procPeak: 1 })).toEqual({ status: "Internal Error", exitStatus: 0, error: "no such program: x", time: 12_000_000, memory: mebibyte, runTime: 34_000_000 });
  });

  test("says File Error for files only when the program ended well", async () => {
    const fileErrors = [{ name: "x", type: "CopyOutOpen" as const, message: "no x" }];
    expect(await resultOf({}, { fileErrors })).toMatchObject({ status: "File Error", error: "no x", fileError: fileErrors });
    expect(await resultOf({ status: "RuntimeError", exit_code: 1 }, { fileErrors })).toMatchObject({ status: "Nonzero Exit Status", exitStatus: 1, fileError: fileErrors });
  });

  test("says File Error for files that could not be put in", async () => {
    const fileErrors = [{ name: "x", type: "CopyInCreateFile" as const, message: "no" }];
    expect(await resultOf({ status: "InternalError", exit_code: null }, { began: false, fileErrors })).toMatchObject({ status: "File Error", error: "no", exitStatus: 0 });
  });

  test("says that a collector overflowed before it says that a file is missing", async () => {
    const fileErrors = [{ name: "x", type: "CopyOutOpen" as const, message: "no x" }, { name: "stdout", type: "CollectSizeExceeded" as const, message: "more" }];
    expect(await resultOf({}, { fileErrors })).toMatchObject({ status: "Output Limit Exceeded", error: "more" });
  });

  test("is over a time limit of 0 with any time, and over memory before time", async () => {
    expect(await resultOf({ cpu_time: 0.002, memory_peak: 0 }, {}, { cpuLimit: 0 })).toMatchObject({ status: "Time Limit Exceeded" });
    expect(await resultOf({ cpu_time: 0.002, memory_peak: 1 }, {}, { cpuLimit: 0, memoryLimit: 0 })).toMatchObject({ status: "Memory Limit Exceeded" });
  });

  test("replaces what is no UTF-8; the store has the bytes", async () => {
    const bytes = Buffer.from([0x61, 0xff, 0xfe]);
    const binary = { content: { base64: bytes.toString("base64") }, bytes: 3, truncated: false };
    const service = serviceWith().script(jobResult({ commands: [commandOutcome({ files: { stdout: binary, bin: binary } })] }));
    const { body: [result] } = await run(service, { ...plain, copyOutCached: ["bin"] });
    expect(result.files).toEqual({ stdout: "a\ufffd\ufffd" });
    const kept = await callDialect(goJudge, `/go-judge/file/${result.fileIds.bin}`, service);
    expect(new Uint8Array(await kept.arrayBuffer())).toEqual(new Uint8Array(bytes));
  });

  test("has ids for what was to be kept, collectors as well, and nothing that was not asked for", async () => {
    const service = serviceWith().script(jobResult({ commands: [commandOutcome({ files: { stdout: file("o"), stderr: file("e"), traffic: file("t"), foo: file("f") } })] }));
    const { body: [result] } = await run(service, { ...plain, copyOutCached: ["stdout", "foo", "gone?"] });
    expect([Object.keys(result.files), Object.keys(result.fileIds)]).toEqual([["stderr", "traffic"], ["stdout", "foo"]]);
    expect(Object.values((await (await callDialect(goJudge, "/go-judge/file", service)).json()) as Record<string, string>).toSorted()).toEqual(["foo", "stdout"]);
  });

  test("says File Error when the store cannot take what was to be kept", async () => {
    const service = serviceWith({ fileStoreBytes: 3 }).script(jobResult({ commands: [commandOutcome({ files: { foo: file("long") } })] }));
    const { body: [result] } = await run(service, { ...plain, copyOutCached: ["foo"] });
    expect(result).toMatchObject({ status: "File Error", error: expect.stringContaining("cannot keep") });
  });
});

describe("the file store", () => {
  const upload = (service: FakeService, content: string, name: string, caller?: Caller) => {
    const form = new FormData();
    form.set("file", new File([content], name));
    return callDialect(goJudge, new Request("http://localhost/go-judge/file", { method: "POST", body: form }), service, caller === undefined ? {} : { caller });
  };
  const idOf = async (response: Promise<Response>) => (await (await response).json()) as string;
  const get = (service: FakeService, id: string, caller?: Caller) => callDialect(goJudge, `/go-judge/file/${id}`, service, caller === undefined ? {} : { caller });

  test("takes a form, gives an id, and gives the file back as an attachment of its type", async () => {
    const service = serviceWith();
    const id = await idOf(upload(service, "hello", "a b.txt"));
    expect(await (await callDialect(goJudge, "/go-judge/file", service)).json()).toEqual({ [id]: "a b.txt" });
    const response = await get(service, id);
    expect([response.status, await response.text(), response.headers.get("content-type"), response.headers.get("content-disposition")]).toEqual([
      200, "hello", "text/plain;charset=utf-8", `attachment; filename="a b.txt"; filename*=UTF-8''a%20b.txt`,
    ]);
  });

  test("refuses what is no form with a file", async () => {
    const response = await callDialect(goJudge, new Request("http://localhost/go-judge/file", { method: "POST", body: "x" }), serviceWith());
    expect([response.status, typeof (await response.json())]).toEqual([400, "string"]);
  });

  test("forgets what is deleted, and knows nothing else", async () => {
    const service = serviceWith();
    const id = await idOf(upload(service, "x", "x"));
    const remove = () => callDialect(goJudge, new Request(`http://localhost/go-judge/file/${id}`, { method: "DELETE" }), service);
    expect([(await remove()).status, (await remove()).status, (await get(service, id)).status, (await get(service, "..%2Fx")).status]).toEqual([200, 404, 404, 404]);
  });

  test("gives its files to commands", async () => {
    const service = serviceWith();
    const id = await idOf(upload(service, "int main;", "a.c"));
    await run(service, { ...plain, files: [{ fileId: id }], copyIn: { "a.c": { fileId: id }, l: { symlink: "a.c" } } });
    const content = { kind: "content", content: { text: "int main;" } };
    expect(commandsOf(service)[0]).toMatchObject({ files: [content], copyIn: { "a.c": content, l: { kind: "symlink", to: "a.c" } } });
    expect(await run(service, { ...plain, files: [{ fileId: "gone" }] })).toEqual({ status: 500, body: expect.stringContaining("gone") });
  });

  test("gives nobody the files of another key", async () => {
    const service = serviceWith();
    const [mine, theirs] = ["a", "b"].map((key): Caller => ({ key, scopes: ["run"], languages: null }));
    const id = await idOf(upload(service, "x", "x", mine));
    expect([(await get(service, id, mine)).status, (await get(service, id, theirs)).status, (await get(service, id)).status]).toEqual([200, 404, 404]);
    expect(await (await callDialect(goJudge, "/go-judge/file", service, { caller: theirs! })).json()).toEqual({});
    expect((await run(service, { ...plain, files: [{ fileId: id }] }, {}, theirs)).status).toBe(500);
  });

  test("lets the one go that was not used for the longest time when there is no room", async () => {
    const service = serviceWith({ fileStoreBytes: 10 });
    const [a, b] = [await idOf(upload(service, "aaaa", "a")), await idOf(upload(service, "bbbb", "b"))];
    await get(service, a);
    const c = await idOf(upload(service, "cccc", "c"));
    expect([(await get(service, a)).status, (await get(service, b)).status, (await get(service, c)).status]).toEqual([200, 404, 200]);
    expect((await upload(service, "x".repeat(11), "d")).status).toBe(413);
  });
});

describe("what clients ask before", () => {
  test("is a version that Hydro takes for new enough, and abilities", async () => {
    const version: any = await (await callDialect(goJudge, "/go-judge/version", serviceWith())).json();
    expect(Bun.semver.satisfies(version.buildVersion.slice(1), ">=1.6.10")).toBe(true);
    expect(version).toMatchObject({ copyOutOptional: true, pipeProxy: true, symlink: true, addressSpaceLimit: true, stream: true, copyOutTruncate: true, fixSymlinkEscape: true });
  });

  test("is a configuration with the control groups of this host", async () => {
    const config: any = await (await callDialect(goJudge, "/go-judge/config", serviceWith())).json();
    expect(config).toMatchObject({ fixSymlinkEscape: true, runnerConfig: { cgroupType: expect.any(Number), cgroupControllers: expect.any(Array), workDir: "/w" } });
  });
});

test("figures have the names that dashboards of go-judge know", async () => {
  const service = serviceWith().script(jobResult({ commands: [commandOutcome({ cpu_time: 0.3, memory_peak: 5000 })] }));
  await run(service, plain);
  const text = await (await callDialect(goJudge, "/go-judge/metrics", service)).text();
  expect(text).toContain('go_judge_exec_time_seconds_bucket{status="Accepted",le="0.2"} 0\n');
  expect(text).toContain('go_judge_exec_time_seconds_bucket{status="Accepted",le="0.4"} 1\n');
  expect(text).toContain('go_judge_exec_memory_bytes_count{status="Accepted"} 1\n');
  for (const name of ["exec_error_count", "file_size_bytes", "file_current_bytes_count", "file_current_bytes_sum", "environment_count", "environment_current_count", "worker_queue_count", "worker_running_count"]) {
    expect(text).toContain(`# TYPE go_judge_${name} `);
  }
});

describe("a wrong token", () => {
  test("is 401 without a body; anything else is a JSON string", async () => {
    const { HttpFault } = await import("../../../src/serve/http/dialect.ts");
    const call = { requestId: "r", url: new URL("http://x/") };
    const [denied, busy] = [goJudge.failure(new HttpFault(401, "wrong-key", "no"), call), goJudge.failure(new HttpFault(503, "queue-full", "full", { "retry-after": "3" }), call)];
    expect([denied.status, await denied.text(), busy.status, await busy.json(), busy.headers.get("retry-after")]).toEqual([401, "", 503, "full", "3"]);
  });
});

describe("/ws", () => {
  const request = (requestId: string) => ({ requestId, cmd: [plain] });
  const answers = async (socket: ReturnType<typeof connectDialect>, count: number) => await until(`${count} answers`, () => (socket.messages.length >= count ? socket.messages : null));

  test("answers in the order in which results are ready, by the ids of the client", async () => {
    const service = serviceWith();
    service.holds = true;
    const socket = connectDialect(goJudge, "/go-judge/ws", service);
    socket.say(request("1"));
    socket.say(request("2"));
    await until("two jobs", () => (service.jobs.length === 2 ? true : null));
    service.finish(service.jobs[1]!.id);
    await answers(socket, 1);
    service.finish(service.jobs[0]!.id);
    expect((await answers(socket, 2)).map(({ requestId, results, error }) => [requestId, results[0].status, error])).toEqual([["2", "Accepted", undefined], ["1", "Accepted", undefined]]);
    socket.leave();
  });

  test("refuses an empty id, one that is in use, and a wrong request, and goes on", async () => {
    const service = serviceWith();
    service.holds = true;
    const socket = connectDialect(goJudge, "/go-judge/ws", service);
    for (const message of [request(""), request("1"), request("1"), "{", { requestId: "2", cmd: [] }]) socket.say(message);
    const said = await answers(socket, 4);
    expect(said.map(({ requestId, results, error }) => [requestId, results, error]).toSorted()).toEqual([
      ["", [], "empty request id"], ["", [], "the request is no JSON"], ["1", [], 'duplicated request id: "1"'], ["2", [], "no cmd provided"],
    ].toSorted());
    socket.leave();
  });

  test("cancels a request by its id, and what is left when the client goes", async () => {
    const service = serviceWith();
    service.holds = true;
    const socket = connectDialect(goJudge, "/go-judge/ws", service);
    socket.say(request("1"));
    socket.say(request("2"));
    await until("two jobs", () => (service.jobs.length === 2 ? true : null));
    socket.say({ cancelRequestId: "1" });
    expect(await answers(socket, 1)).toEqual([{ requestId: "1", results: [], error: "request cancelled before execute" }]);
    socket.leave();
    await until("the other one is cancelled", () => (service.cancelled.length === 2 ? true : null));
  });

  test("tells when to come back", async () => {
    const socket = connectDialect(goJudge, "/go-judge/ws", serviceWith().script(full(4)));
    socket.say(request("1"));
    expect((await answers(socket, 1))[0]).toMatchObject({ requestId: "1", error: expect.stringContaining("try again in 4 s") });
    socket.leave();
  });
});

describe("/stream", () => {
  const live = { ...plain, files: [{ streamIn: true }, { streamOut: true }, { name: "stderr", max: 10 }] };
  const frame = (kind: number, rest: Uint8Array | object) => Buffer.concat([Buffer.from([kind]), rest instanceof Uint8Array ? rest : Buffer.from(JSON.stringify(rest))]);
  const begun = async (cmd: object = live) => {
    const service = serviceWith();
    const socket = connectDialect(goJudge, "/go-judge/stream", service);
    socket.say(frame(1, { cmd: [cmd] }));
    const talk = await until("a talk", () => service.talks[0] ?? null);
    return { service, socket, talk };
  };

  test("hands input and sizes on, and output back, until the result ends it", async () => {
    const { socket, talk } = await begun();
    expect(talk.job).toMatchObject({ isStreamed: true });
    socket.say(frame(3, Buffer.from([0x00, ...Buffer.from("hi")])));
    socket.say(frame(2, { index: 0, fd: 0, rows: 30, cols: 100 }));
    await until("input and size", () => (talk.written.length === 1 && talk.sizes.length === 1 ? true : null));
    expect([talk.written, talk.sizes]).toEqual([["hi"], [[0, 0, 30, 100]]]);
    talk.say({ kind: "output", test: 0, stream: 1, base64: Buffer.from("out").toString("base64") });
    talk.end(jobResult({ commands: [commandOutcome({})] }));
    const [output, response] = await until("both messages", () => (socket.sent.length === 2 ? (socket.sent as Buffer[]) : null));
    expect([...output!.subarray(0, 2), output!.subarray(2).toString()]).toEqual([2, 0x01, "out"]);
    expect([response![0], JSON.parse(response!.subarray(1).toString())]).toEqual([1, { requestId: "", results: [expect.objectContaining({ status: "Accepted" })] }]);
    expect(socket.closed).toMatchObject({ code: 1000 });
  });

  test("ends what runs on a cancel, and when the client goes", async () => {
    const one = await begun();
    one.socket.say(frame(4, Buffer.alloc(0)));
    await until("it is cancelled", () => (one.talk.left.aborted ? true : null));
    const other = await begun();
    other.socket.leave();
    await until("it is cancelled", () => (other.talk.left.aborted ? true : null));
  });

  const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["anything before the request", frame(3, Buffer.from([0, 1])), /must be exec request/],
    ["a request that is no JSON", frame(1, Buffer.from("{")), /no JSON/],
    ["an empty message", Buffer.alloc(0), /must be exec request/],
    ["a descriptor without a number", frame(1, { cmd: [{ ...plain, files: [...Array.from({ length: 16 }, () => ({ content: "" })), { streamOut: true }] }] }), /from 0 to 15/],
  ];
  test.each(bad)("refuses %s and ends", async (_, message, words) => {
    const socket = connectDialect(goJudge, "/go-judge/stream", serviceWith());
    socket.say(message);
    const [response] = await until("an answer", () => (socket.sent.length === 1 ? (socket.sent as Buffer[]) : null));
    expect(JSON.parse(response!.subarray(1).toString()).error).toMatch(words);
    expect(socket.closed).not.toBeNull();
  });

  test("refuses input for what takes none", async () => {
    const { socket } = await begun();
    socket.say(frame(3, Buffer.from([0x01, 1])));
    expect(JSON.parse((socket.sent.at(-1) as Buffer).subarray(1).toString()).error).toBe("input does not exist: 0/1");
  });
});
