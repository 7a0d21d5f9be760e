// Requests of a few bytes a value: what checks them must not need much more than they are.
import { expect, test } from "bun:test";
import { goJudge } from "../../../src/serve/dialects/go-judge/dialect.ts";
import { piston } from "../../../src/serve/dialects/piston/dialect.ts";
import { sandboxFusion } from "../../../src/serve/dialects/sandbox-fusion/dialect.ts";
import { v1 } from "../../../src/serve/dialects/v1/dialect.ts";
import { callDialect, connectDialect, FakeService, postJson } from "../../helpers/fake-service.ts";
import { until } from "../../helpers/until.ts";

const many = (count: number) => Array<number>(count).fill(1);
const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

test("v1 tells all mistakes of a small request, and the first one of a large one", async () => {
  const mistakes = async (count: number) => {
    const answer = await callDialect(v1, postJson("/v1/jobs", { language: "python", source: "", args: many(count) }), new FakeService());
    return ((await answer.json()) as { errors: unknown[] }).errors.length;
  };
  expect(await mistakes(7)).toBe(7);
  expect(await mistakes(20_000)).toBe(1);
});

test("SandboxFusion tells twenty mistakes of a request", async () => {
  const answer = await callDialect(sandboxFusion, postJson("/run_code", { code: "", language: "python", fetch_files: many(20_000) }), new FakeService());
  expect(answer.status).toBe(422);
  expect(((await answer.json()) as { detail: unknown[] }).detail).toHaveLength(20);
});

test("go-judge counts commands, pipes and files before it looks at them", async () => {
  const refusal = async (body: unknown) => {
    const answer = await callDialect(goJudge, postJson("/go-judge/run", body), new FakeService());
    return [answer.status, await answer.text()];
  };
  expect(await refusal({ cmd: many(33) })).toEqual([400, expect.stringContaining("33 commands are more than 32")]);
  expect(await refusal({ cmd: [{}], pipeMapping: many(2049) })).toEqual([400, expect.stringContaining("2049 pipes are more than 2048")]);
  const names = many(257).map((_, number) => `f${number}`);
  expect(await refusal({ cmd: [{ args: ["/bin/true"], copyOut: names }] })).toEqual([400, expect.stringContaining("257 files together, more than 256")]);
  expect(await refusal({ cmd: [{ args: ["/bin/true"], copyIn: Object.fromEntries(names.map((name) => [name, { content: "" }])) }] })).toEqual([400, expect.stringContaining("257 files together, more than 256")]);
});

test("messages of WebSockets have the same bounds as bodies", async () => {
  const tooMuch = /the message (is nested more than 64 times|has more than 250000 values)/;
  const first = async (socket: ReturnType<typeof connectDialect>) => {
    const answer = await until("an answer", () => socket.sent[0] ?? null);
    return Buffer.from(answer).toString();
  };
  for (const text of [deep(100), JSON.stringify({ type: "init", args: many(300_000) })]) {
    const runs = connectDialect(goJudge, "/go-judge/ws", new FakeService());
    runs.say(text);
    expect(await first(runs)).toMatch(tooMuch);
    const stream = connectDialect(goJudge, "/go-judge/stream", new FakeService());
    stream.say(Buffer.concat([Buffer.of(1), Buffer.from(text)]));
    expect(await first(stream)).toMatch(tooMuch);
    const talk = connectDialect(piston, "/api/v2/connect", new FakeService());
    talk.say(text);
    expect(await first(talk)).toContain("the message is not JSON");
    for (const socket of [runs, stream, talk]) socket.leave();
  }
});
