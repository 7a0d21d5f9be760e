// go-judge's interface of the compiled binary, as its clients use it.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const compiler = claimWith(...sandbox, executable("/usr/bin/g++"));
const second = 1e9;
const mebibyte = 2 ** 20;

let service: TestService;
beforeAll(async () => {
  service = await startServer({ ports: { "go-judge": freePort() } });
});
afterAll(async () => await service.stop());

/** Nobody has it now. */
function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  void probe.stop(true);
  return port!;
}

const collectors = [{ name: "stdout", max: 10_240 }, { name: "stderr", max: 10_240 }];
const shell = (script: string, parts: object = {}) => ({
  args: ["/bin/sh", "-c", script], env: ["PATH=/usr/bin:/bin"], files: [{ content: "" }, ...collectors], cpuLimit: 2 * second, clockLimit: 20 * second, memoryLimit: 128 * mebibyte, procLimit: 16, ...parts,
});

async function run(cmd: readonly object[], more: object = {}, at = service): Promise<any[]> {
  const response = await at.post("/go-judge/run", { cmd, ...more });
  const body = await response.json();
  if (response.status !== 200) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
  return body as any[];
}

describe("a judge", () => {
  compiler("compiles once, keeps the program and its output, and runs it with cached files", async () => {
    const source = "#include <cstdio>\nint main() { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\\n\", a + b); }\n";
    const [compiled] = await run([{
      args: ["/usr/bin/g++", "foo.cc", "-O1", "-o", "foo"], env: ["PATH=/usr/bin:/bin"], files: [{ content: "" }, ...collectors],
      cpuLimit: 10 * second, memoryLimit: 512 * mebibyte, procLimit: 50, copyIn: { "foo.cc": { content: source } }, copyOut: ["stdout", "stderr"], copyOutCached: ["foo", "gone?"],
    }]);
    const foo: string = compiled.fileIds.foo;
    expect(compiled).toMatchObject({ status: "Accepted", exitStatus: 0, files: { stdout: "", stderr: "" } });
    const form = new FormData();
    form.set("file", new File(["1 2\n"], "1.in"));
    const input = (await (await service.ask("/go-judge/file", { method: "POST", body: form })).json()) as string;
    expect(await (await service.ask("/go-judge/file")).json()).toEqual({ [foo]: "foo", [input]: "1.in" });
    const [ran] = await run([{
      args: ["foo"], env: ["PATH=/usr/bin:/bin:/w"], files: [{ fileId: input }, ...collectors], cpuLimit: second, memoryLimit: 64 * mebibyte, procLimit: 1, copyIn: { foo: { fileId: foo } }, copyOutCached: ["stdout", "stderr"],
    }]);
    expect([ran.status, ran.exitStatus, Object.keys(ran.fileIds), "files" in ran]).toEqual(["Accepted", 0, ["stdout", "stderr"], false]);
    for (const figure of [ran.time, ran.runTime, ran.memory]) expect(Number.isInteger(figure)).toBe(true);
    const output = await service.ask(`/go-judge/file/${ran.fileIds.stdout}`);
    expect([output.status, await output.text()]).toEqual([200, "3\n"]);
    for (const id of [foo, input, ...Object.values<string>(ran.fileIds)]) expect((await service.ask(`/go-judge/file/${id}`, { method: "DELETE" })).status).toBe(200);
    expect(await (await service.ask("/go-judge/file")).json()).toEqual({});
  });

  claim("runs an interactive pair with pipes both ways, one of them through a proxy that keeps what was said", async () => {
    const [first, other] = await run(
      [shell("echo 41; read answer; echo got $answer >&2", { files: [null, null, collectors[1]] }), shell("read n; echo $((n + 1))", { files: [null, null, collectors[1]] })],
      { pipeMapping: [{ in: { index: 0, fd: 1 }, out: { index: 1, fd: 0 }, proxy: true, name: "asked", max: 100 }, { in: { index: 1, fd: 1 }, out: { index: 0, fd: 0 }, proxy: true, name: "answered", max: 1 }] },
    );
    expect([first.status, first.files]).toEqual(["Accepted", { stderr: "got 42\n", asked: "41\n" }]);
    expect([other.status, other.files]).toEqual(["Accepted", { stderr: "", answered: "4" }]);
  });
});

claim("what is long goes in and out whole: content, files, output", async () => {
  const long = Array.from({ length: 60_000 }, (_, number) => `${number}\n`).join("");
  const [result] = await run([shell("cat; cat in >&2; cp in out", { files: [{ content: long }, { name: "stdout", max: mebibyte }, { name: "stderr", max: mebibyte }], copyIn: { in: { content: long } }, copyOut: ["out"] })]);
  expect([result.status, Object.values(result.files).map((text) => text === long)]).toEqual(["Accepted", [true, true, true]]);
});

describe("every status", () => {
  const alloc = "a=x; while :; do a=$a$a; done";
  const rows: readonly (readonly [string, object, object])[] = [
    ["Accepted", shell("exit 0"), { exitStatus: 0 }],
    ["Nonzero Exit Status", shell("exit 7"), { exitStatus: 7 }],
    ["Signalled", shell("kill -11 $$"), { exitStatus: 11 }],
    ["Time Limit Exceeded", shell("while :; do :; done", { cpuLimit: second / 10 }), { exitStatus: 9 }],
    ["Time Limit Exceeded", shell("sleep 20", { clockLimit: second / 10 }), { exitStatus: 9 }],
    ["Time Limit Exceeded", shell("exit 0", { cpuLimit: 0, clockLimit: second }), {}],
    ["Memory Limit Exceeded", shell(alloc, { memoryLimit: 16 * mebibyte }), { exitStatus: 9 }],
    ["Memory Limit Exceeded", shell("exit 0", { memoryLimit: 0 }), {}],
    ["Output Limit Exceeded", shell("yes", { files: [{ content: "" }, { name: "stdout", max: 10 }, collectors[1]] }), { files: { stdout: "y\ny\ny\ny\ny\ny", stderr: "" } }],
    ["Output Limit Exceeded", shell("printf 12345", { files: [{ content: "" }, { name: "stdout", max: 4, pipe: true }, collectors[1]] }), { exitStatus: 0, fileError: [expect.objectContaining({ type: "CollectSizeExceeded" })] }],
    ["File Error", shell("exit 0", { copyOut: ["gone"] }), { exitStatus: 0, fileError: [{ name: "gone", type: "CopyOutOpen", message: expect.any(String) }] }],
    ["File Error", shell("exit 0", { copyIn: { "../x": { content: "" } } }), { exitStatus: 0, fileError: [expect.objectContaining({ name: "../x", type: "CopyInCreateFile" })] }],
    ["Nonzero Exit Status", shell("exit 1", { copyOut: ["gone"] }), { exitStatus: 1, fileError: [expect.objectContaining({ type: "CopyOutOpen" })] }],
    ["Internal Error", { ...shell(""), args: ["no-such-program"] }, { error: expect.stringContaining("no-such-program") }],
  ];
  claim("comes of what the table says", async () => {
    const seen = await Promise.all(rows.map(async ([, cmd]) => (await run([cmd]))[0]));
    for (const [index, [status, , parts]] of rows.entries()) expect(seen[index]).toMatchObject({ status, ...parts });
  });

  claim("of a forbidden system call is Dangerous Syscall", async () => {
    const [result] = await run([shell("exec unshare -U true")]);
    expect(result).toMatchObject({ status: "Dangerous Syscall", exitStatus: 31 });
  });
});

describe("bounds", () => {
  claim("src gives a file below a directory of the configuration, and nothing through a link", async () => {
    const directory = `${service.directory}/public`;
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${directory}/a`, "from the host\n");
    await using own = await startServer({ go_judge: { source_prefixes: [directory] } });
    expect((await run([shell("cat a", { copyIn: { a: { src: `${directory}/a` } } })], {}, own))[0]).toMatchObject({ status: "Accepted", files: { stdout: "from the host\n" } });
    expect((await own.post("/go-judge/run", { cmd: [shell("", { copyIn: { a: { src: `${directory}/../serve.yaml` } } })] })).status).toBe(400);
    expect((await service.post("/go-judge/run", { cmd: [shell("", { copyIn: { a: { src: `${directory}/a` } } })] })).status).toBe(400);
  });

  claim("overload is 503 with Retry-After and a JSON string, at once", async () => {
    await using small = await startServer({ slots: 1, queue: { most: 1 } });
    const controller = new AbortController();
    const busy = Array.from({ length: 4 }, () => fetch(`${small.url}/go-judge/run`, { method: "POST", body: JSON.stringify({ cmd: [shell("sleep 20")] }), signal: controller.signal }).catch(() => null));
    const refused = await until("a refusal", async () => {
      const response = await small.post("/go-judge/run", { cmd: [shell("sleep 20")] });
      return response.status === 503 ? response : null;
    });
    expect([typeof (await refused.json()), Number(refused.headers.get("retry-after")) > 0]).toEqual(["string", true]);
    controller.abort();
    await Promise.all(busy);
  });

  claim("a token is needed where there are keys, but not for version and config; a wrong one is 401 without a body", async () => {
    const key = "secret";
    await using locked = await startServer({ keys: [{ name: "hydro", sha256: new Bun.CryptoHasher("sha256").update(key).digest("hex") }] });
    const ask = async (path: string, token?: string) => {
      const response = await locked.ask(path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
      return [response.status, (await response.text()) === ""];
    };
    expect(await Promise.all([ask("/go-judge/file"), ask("/go-judge/file", "wrong"), ask("/go-judge/file", key), ask("/go-judge/version"), ask("/go-judge/config")])).toEqual([[401, true], [401, true], [200, false], [200, false], [200, false]]);
  });
});

describe("the own port", () => {
  claim("has everything without a prefix, and the figures of go-judge", async () => {
    const url = service.addresses["go-judge"]!;
    const version: any = await (await fetch(`${url}/version`)).json();
    expect(version.buildVersion).toMatch(/^v1\./);
    const result: any = await (await fetch(`${url}/run`, { method: "POST", body: JSON.stringify({ cmd: [shell("echo here")] }) })).json();
    expect(result[0].files.stdout).toBe("here\n");
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("go_judge_worker_queue_count ");
  });
});

describe("WebSockets", () => {
  const open = async (path: string) => {
    const socket = new WebSocket(`${service.url.replace("http", "ws")}/go-judge${path}`);
    socket.binaryType = "nodebuffer";
    const messages: (string | Buffer)[] = [];
    socket.onmessage = ({ data }) => void messages.push(data as string | Buffer);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return { socket, messages };
  };

  claim("/ws runs requests, and cancels one that runs: its program was signalled", async () => {
    const { socket, messages } = await open("/ws");
    socket.send(JSON.stringify({ requestId: "long", cmd: [shell("echo begun; sleep 20")] }));
    socket.send(JSON.stringify({ requestId: "short", cmd: [shell("echo hi")] }));
    await until("the short one", () => messages.length === 1);
    expect(JSON.parse(String(messages[0]))).toMatchObject({ requestId: "short", results: [{ status: "Accepted", files: { stdout: "hi\n" } }] });
    socket.send(JSON.stringify({ cancelRequestId: "long" }));
    await until("the long one", () => messages.length === 2);
    expect(JSON.parse(String(messages[1]))).toMatchObject({ requestId: "long", results: [{ status: "Signalled", exitStatus: 9 }] });
    socket.close();
  });

  const frame = (kind: number, rest: string | readonly number[]) => Buffer.concat([Buffer.from([kind]), Buffer.from(rest as string)]);

  claim("/stream talks with a live program, which is counted among the slots", async () => {
    const { socket, messages } = await open("/stream");
    const closed = new Promise<void>((resolve) => (socket.onclose = () => resolve()));
    const files = [{ streamIn: true }, { streamOut: true }, { name: "stderr", max: 100 }];
    socket.send(frame(1, JSON.stringify({ cmd: [shell("while read line; do test $line = end && exit 3; echo got $line; done", { files })] })));
    socket.send(frame(3, [0x00, ...Buffer.from("one\n")]));
    await until("an output", () => messages.length === 1);
    expect([...(messages[0] as Buffer)]).toEqual([2, 0x01, ...Buffer.from("got one\n")]);
    expect(await (await service.ask("/go-judge/metrics")).text()).toContain("go_judge_environment_current_count 1\n");
    socket.send(frame(3, [0x00, ...Buffer.from("end\n")]));
    await closed;
    const last = messages.at(-1) as Buffer;
    expect([last[0], JSON.parse(last.subarray(1).toString())]).toEqual([1, { requestId: "", results: [expect.objectContaining({ status: "Nonzero Exit Status", exitStatus: 3 })] }]);
  });

  claim("/stream gives a terminal of the size that was asked for, and ends the program on a cancel", async () => {
    const { socket, messages } = await open("/stream");
    const closed = new Promise<void>((resolve) => (socket.onclose = () => resolve()));
    const shown = () => messages.filter((message) => (message as Buffer)[0] === 2).map((message) => (message as Buffer).subarray(2).toString()).join("");
    socket.send(frame(1, JSON.stringify({ cmd: [shell("stty -echo; echo ready; read x; stty size; sleep 20", { tty: true, files: [{ streamIn: true }, { streamOut: true }, { streamOut: true }] })] })));
    await until("it is ready", () => shown().includes("ready"));
    socket.send(frame(2, JSON.stringify({ index: 0, fd: 0, rows: 30, cols: 100 })));
    socket.send(frame(3, [0x00, ...Buffer.from("go\n")]));
    await until("the size", () => shown().includes("30 100"));
    socket.send(frame(4, ""));
    await closed;
    expect(JSON.parse((messages.at(-1) as Buffer).subarray(1).toString()).results[0]).toMatchObject({ status: "Signalled", exitStatus: 9 });
  });
});

claim("1,000 requests at once are all answered, each with its own output", async () => {
  const answers = await Promise.all(Array.from({ length: 1000 }, async (_, number) => (await run([{ ...shell(""), args: ["/bin/echo", String(number)] }]))[0].files.stdout));
  expect(answers).toEqual(Array.from({ length: 1000 }, (_, number) => `${number}\n`));
}, { timeout: 120_000 });

claim("a client that goes takes its program along", async () => {
  const controller = new AbortController();
  const gone = fetch(`${service.url}/go-judge/run`, { method: "POST", body: JSON.stringify({ cmd: [shell("sleep 20")] }), signal: controller.signal }).catch(() => null);
  const running = async () => /go_judge_worker_running_count (\d+)/.exec(await (await service.ask("/go-judge/metrics")).text())![1];
  await until("it runs", async () => (await running()) === "1");
  controller.abort();
  await gone;
  await until("it is gone", async () => (await running()) === "0");
});
