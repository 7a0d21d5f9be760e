// Piston's WebSocket: messages, close codes, what becomes of the program when its client goes away.
import { describe, expect, test } from "bun:test";
import type { ProgramWork } from "../../../src/serve/job.ts";
import { piston } from "../../../src/serve/dialects/piston/dialect.ts";
import { compileOutcome, connectDialect, didNotCompile, fakeConfig, FakeService, type FakeSocket, type FakeTalk, full, hostFailed, ranOnce, testOutcome } from "../../helpers/fake-service.ts";
import { until } from "../../helpers/until.ts";

const init = { type: "init", language: "python", version: "*", files: [{ content: "" }] };

/** A program that is talked with. */
async function begun(parts: object = {}, service = new FakeService()): Promise<{ readonly socket: FakeSocket; readonly talk: FakeTalk; readonly service: FakeService }> {
  const socket = connectDialect(piston, "/api/v2/connect", service);
  socket.say({ ...init, ...parts });
  const talk = await until("the program has a slot", () => service.talks[0]);
  await Bun.sleep(0);
  return { socket, talk, service };
}

const closed = (socket: FakeSocket) => until("the connection is closed", () => socket.closed);

describe("a conversation", () => {
  test("tells runtime, stage, data and exit, and is closed with 4999", async () => {
    const { socket, talk } = await begun();
    talk.say({ kind: "test", test: 0, name: "run" });
    talk.print("question? ");
    talk.print("oops", "stderr");
    socket.say({ type: "data", stream: "stdin", data: "answer\n" });
    expect(talk.written).toEqual(["answer\n"]);
    talk.end(ranOnce({ stdout: "question? ", stderr: "oops", status: "RuntimeError", exit_code: 3 }));
    expect(await closed(socket)).toEqual({ code: 4999, reason: "Job Completed" });
    expect(socket.messages).toEqual([
      { type: "runtime", language: "python", version: "3.11.2" },
      { type: "stage", stage: "run" },
      { type: "data", stream: "stdout", data: "question? " },
      { type: "data", stream: "stderr", data: "oops" },
      { type: "exit", stage: "run", code: 3, signal: null },
    ]);
  });

  test("is a job as /execute makes it, whose stdin is ignored", async () => {
    const { talk } = await begun({ stdin: "x", args: ["a"], run_timeout: 1000 });
    expect(talk.job).toMatchObject({ dialect: "piston", isStreamed: true, work: { language: "python", args: ["a"], runLimits: { wall_time_limit: 1 } } });
    expect((talk.job.work as ProgramWork).tests).toHaveLength(1);
  });

  test("tells both stages of a compiled language", async () => {
    const { socket, talk } = await begun({ language: "c++" });
    const compile = compileOutcome({ stderr: "warning\n" });
    talk.say({ kind: "compiling" }, { kind: "compiled", compile }, { kind: "test", test: 0, name: "run" });
    talk.print("1");
    talk.say({ kind: "tested", test: 0, outcome: testOutcome({ stdout: "1" }) });
    talk.end(ranOnce({ stdout: "1" }, compile));
    await closed(socket);
    expect(socket.messages.slice(1)).toEqual([
      { type: "stage", stage: "compile" },
      { type: "data", stream: "stderr", data: "warning\n" },
      { type: "exit", stage: "compile", code: 0, signal: null },
      { type: "stage", stage: "run" },
      { type: "data", stream: "stdout", data: "1" },
      { type: "exit", stage: "run", code: 0, signal: null },
    ]);
  });

  test("ends with compile when it could not be compiled", async () => {
    const { socket, talk } = await begun({ language: "c++" });
    talk.end(didNotCompile({ stderr: "error" }));
    expect((await closed(socket)).code).toBe(4999);
    expect(socket.messages.slice(1).map(({ type, stage }) => [type, stage])).toEqual([["stage", "compile"], ["data", undefined], ["exit", "compile"]]);
  });

  test("puts a character together that comes in two pieces", async () => {
    const { socket, talk } = await begun();
    const bytes = Buffer.from("aé");
    for (const piece of [bytes.subarray(0, 2), bytes.subarray(2)]) talk.say({ kind: "output", test: 0, stream: "stdout", base64: piece.toString("base64") });
    talk.end(ranOnce({ stdout: "aé" }));
    await closed(socket);
    expect(socket.messages.filter(({ type }) => type === "data").map(({ data }) => data).join("")).toBe("aé");
  });

  test("says why a program was killed", async () => {
    const { socket, talk } = await begun();
    talk.end(ranOnce({ status: "FileSizeLimit", limit: "output", signal: 9, stdout_truncated: true, error_message: "the output limit of 1 MB was exceeded" }));
    await closed(socket);
    expect(socket.messages.at(-1)).toEqual({ type: "exit", stage: "run", code: null, signal: "SIGKILL", error: "the output limit of 1 MB was exceeded" });
  });

  test("hands signals to the program, those too that came before it had begun", async () => {
    const service = new FakeService();
    const socket = connectDialect(piston, "/api/v2/connect", service);
    socket.say(init);
    socket.say({ type: "signal", signal: "SIGUSR1" });
    socket.say({ type: "data", stream: "stdin", data: "early" });
    const talk = await until("the program has a slot", () => service.talks[0]);
    socket.say({ type: "signal", signal: "SIGTERM" });
    await until("both have come", () => talk.signals.length === 2);
    expect([talk.signals, talk.written]).toEqual([["SIGUSR1", "SIGTERM"], ["early"]]);
    socket.leave();
  });

  test("null as data ends the input", async () => {
    const { socket, talk } = await begun();
    socket.say({ type: "data", stream: "stdin", data: null });
    expect(talk.written).toEqual([null]);
    socket.leave();
  });

  test("kills the program when the client goes away", async () => {
    const { socket, talk } = await begun();
    socket.leave();
    expect(talk.left.aborted).toBe(true);
    await talk.result;
    expect(socket.closed!.code).toBe(1001);
  });

  test("loses nothing when the client is slow", async () => {
    const { socket, talk } = await begun();
    socket.sends = 0;
    for (let piece = 0; piece < 3; piece++) talk.print(String(piece));
    talk.end(ranOnce({ stdout: "012" }));
    await Bun.sleep(5);
    expect(socket.closed).toBeNull();
    const before = socket.sent.length;
    socket.sends = 1;
    socket.handler!.drain!();
    expect((await closed(socket)).code).toBe(4999);
    expect(socket.messages.slice(before).map(({ type, data }) => data ?? type)).toEqual(expect.arrayContaining(["0", "1", "2", "exit"]));
  });
});

describe("close codes", () => {
  test("4000 for a second init", async () => {
    const { socket, talk } = await begun();
    socket.say(init);
    expect([await closed(socket), talk.left.aborted]).toEqual([{ code: 4000, reason: "Already Initialized" }, true]);
  });

  test("4001 when no init comes within a second", async () => {
    expect((await closed(connectDialect(piston, "/api/v2/connect", new FakeService()))).code).toBe(4001);
  });

  test.each<{ name: string; message: unknown; problem: string }>([
    { name: "what is wrong with a request", message: { ...init, language: "nope" }, problem: "nope-* runtime is unknown" },
    { name: "what is no JSON", message: "{", problem: "the message is not JSON" },
    { name: "what is no object", message: [], problem: "the message must be a JSON object" },
    { name: "a message of no type", message: {}, problem: "the type of a message must be init, data or signal" },
  ])("4002 for $name, which is told before", async ({ message, problem }) => {
    const socket = connectDialect(piston, "/api/v2/connect", new FakeService());
    socket.say(message);
    expect((await closed(socket)).code).toBe(4002);
    expect(socket.messages).toEqual([{ type: "error", message: problem }]);
  });

  test("4002 when no slot is to be had, and when the host fails", async () => {
    const busy = connectDialect(piston, "/api/v2/connect", new FakeService().script(full()));
    busy.say(init);
    expect((await closed(busy)).code).toBe(4002);
    expect(busy.messages.at(-1)).toEqual({ type: "error", message: "too many jobs wait" });
    const { socket, talk } = await begun();
    talk.end(hostFailed("no cgroup"));
    expect((await closed(socket)).code).toBe(4002);
    expect(socket.messages.at(-1)).toEqual({ type: "error", message: "no cgroup" });
  });

  test("4003 for data and signals before init", async () => {
    for (const message of [{ type: "data", stream: "stdin", data: "" }, { type: "signal", signal: "SIGINT" }]) {
      const socket = connectDialect(piston, "/api/v2/connect", new FakeService());
      socket.say(message);
      expect((await closed(socket)).code).toBe(4003);
    }
  });

  test("4004 for data that is not for stdin", async () => {
    const { socket } = await begun();
    socket.say({ type: "data", stream: "stdout", data: "x" });
    expect((await closed(socket)).code).toBe(4004);
  });

  test("4005 for a signal that is none, and for those that would look like a verdict", async () => {
    for (const signal of ["SIGNOPE", 15, "SIGSYS"]) {
      const { socket } = await begun();
      socket.say({ type: "signal", signal });
      expect((await closed(socket)).code).toBe(4005);
    }
  });

  test("4002 when the program reads nothing and more comes than is kept", async () => {
    const service = new FakeService({ config: { bounds: { ...fakeConfig().bounds, jobBytes: 10 } } });
    const socket = connectDialect(piston, "/api/v2/connect", service);
    socket.say(init);
    socket.say({ type: "data", stream: "stdin", data: "x".repeat(11) });
    expect((await closed(socket)).code).toBe(4002);
  });
});
