// What one request may make the service, and a slot, keep in memory.
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { goJudge } from "../../../src/serve/dialects/go-judge/dialect.ts";
import { judge0 } from "../../../src/serve/dialects/judge0/judge0.ts";
import type { CommandsWork } from "../../../src/serve/job.ts";
import type { Queue } from "../../../src/serve/queue/queue.ts";
import type { Talk } from "../../../src/serve/service.ts";
import { LocalService } from "../../../src/serve/service/local-service.ts";
import type { Worker } from "../../../src/serve/work/worker.ts";
import { callDialect, commandOutcome, fakeCatalog, fakeConfig, FakeService, jobResult, postJson, ranOnce } from "../../helpers/fake-service.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

const bounds = { ...fakeConfig().bounds, outputBytes: 1000, jobBytes: 4000 };

test("collectors of go-judge, those of pipes among them, keep no more together than a job may have", async () => {
  const service = new FakeService({ config: { bounds } }).script(jobResult(), jobResult());
  const collector = { name: "x", max: 1e15 };
  const limits = { cpuLimit: 1e9, clockLimit: 1e9, memoryLimit: 2 ** 26 };
  await callDialect(goJudge, postJson("/go-judge/run", { cmd: [{ args: ["a"], files: [collector, collector, collector], ...limits }], pipeMapping: [] }), service);
  await callDialect(goJudge, postJson("/go-judge/run", { cmd: [{ args: ["a"], files: [collector, collector, collector, collector], ...limits }], pipeMapping: [{ in: { index: 0, fd: 4 }, out: { index: 0, fd: 5 }, proxy: true, name: "pipe", max: 1e15 }] }), service);
  const [few, many] = service.jobs.map(({ work }) => work as CommandsWork);
  expect(few!.commands[0]!.files).toEqual(Array(3).fill({ kind: "collector", name: "x", most: 1000, isPipe: false }));
  expect(many!.commands[0]!.files.slice(0, 4)).toEqual(Array(4).fill({ kind: "collector", name: "x", most: 800, isPipe: false }));
  expect(many!.pipes[0]!.most).toBe(800);
});

test("an answer of go-judge leaves out files when all of them are more than a job may have, and says so", async () => {
  const content = (text: string) => ({ content: { text }, bytes: text.length, truncated: false });
  const files = { a: content("a".repeat(3000)), b: content("b".repeat(2000)), c: content("c") };
  const service = new FakeService({ config: { bounds } }).script(jobResult({ commands: [commandOutcome({ files })] }));
  const answer = await callDialect(goJudge, postJson("/go-judge/run", { cmd: [{ args: ["a"], cpuLimit: 1e9, clockLimit: 1e9, memoryLimit: 2 ** 26 }] }), service);
  const [result] = (await answer.json()) as { files: Record<string, string> }[];
  expect(Object.keys(result!.files)).toEqual(["a"]);
  expect(result).toMatchObject({ status: "File Error", error: expect.stringContaining('"b" is left out'), fileError: [{ name: "b", type: "CopyOutSizeExceeded" }, { name: "c" }] });
});

test("a file of go-judge's store can be had whatever its name is", async () => {
  const directory = makeTestDirectory("store");
  const service = new FakeService({ config: { dataDir: directory } }).script(jobResult({ commands: [commandOutcome({ files: { "\ud800": { content: { text: "x" }, bytes: 1, truncated: false } } })] }));
  try {
    const answer = await callDialect(goJudge, postJson("/go-judge/run", { cmd: [{ args: ["a"], copyOutCached: ["\ud800"], cpuLimit: 1e9, clockLimit: 1e9, memoryLimit: 2 ** 26 }] }), service);
    const [result] = (await answer.json()) as { fileIds: Record<string, string> }[];
    const file = await callDialect(goJudge, `/go-judge/file/${Object.values(result!.fileIds)[0]}`, service);
    expect([file.status, await file.text()]).toEqual([200, "x"]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("submissions of Judge0 that have too much together are to be asked for one by one", async () => {
  const service = new FakeService({ config: { bounds } }).script(ranOnce({ stdout: "a".repeat(3000) }), ranOnce({ stdout: "b".repeat(3000) }));
  const token = async () => ((await (await callDialect(judge0, postJson("/submissions", { source_code: "x", language_id: 71 }), service)).json()) as { token: string }).token;
  const [one, other] = [await token(), await token()];
  const status = async (path: string) => (await callDialect(judge0, path, service)).status;
  expect(await status(`/submissions/batch?tokens=${one},${other}`)).toBe(400);
  expect(await status(`/submissions/batch?tokens=${one},${other}&fields=token,status`)).toBe(200);
  expect(await status(`/submissions/batch?tokens=${one}`)).toBe(200);
  expect(await status(`/submissions/${other}`)).toBe(200);
});

test("a form of very many fields is refused before it is read", async () => {
  const form = (fields: number) => new Request("http://x/submissions", { method: "POST", body: Array(fields).fill("a").join("&"), headers: { "Content-Type": "application/x-www-form-urlencoded" } });
  expect((await callDialect(judge0, form(50_000), new FakeService())).status).toBe(422);
  expect((await callDialect(judge0, form(50_001), new FakeService())).status).toBe(400);
});

test("a key has no more talks at the same time than jobs", async () => {
  const ends: (() => void)[] = [];
  const talk = () => Promise.resolve({ result: new Promise((resolve) => void ends.push(() => resolve(jobResult()))) } as unknown as Talk);
  const config = fakeConfig({ keys: [{ name: "anna", sha256: "0".repeat(64), scopes: ["run"], languages: null, rate: null, mostJobs: 2 }] });
  const worker = { talk } as unknown as Worker;
  const service = new LocalService({ config: () => config, languages: () => fakeCatalog(), queue: {} as Queue, worker, version: "0.0.0" });
  const begin = async (key: string | null) => {
    const from = new FakeService().script(jobResult());
    await callDialect(goJudge, postJson("/go-judge/run", { cmd: [{ args: ["a"], cpuLimit: 1e9, clockLimit: 1e9, memoryLimit: 2 ** 26 }] }), from);
    await service.talk({ ...from.jobs[0]!, key }, { event: () => {} }, new AbortController().signal);
  };
  await begin("anna");
  await begin("anna");
  await expect(begin("anna")).rejects.toMatchObject({ kind: "quota" });
  await begin(null);
  ends[0]!();
  await Bun.sleep(0);
  await begin("anna");
  await expect(begin("anna")).rejects.toMatchObject({ kind: "quota" });
});
