// How a `batch` ends before its input does, and what a slow reader of its results may cost.
import { describe, expect } from "bun:test";
import { closeSync, createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { makePipe } from "../../src/kernel/files.ts";
import { parseLines, shell } from "../helpers/batch.ts";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const claim = claimWith(...sandbox);
const timeout = { timeout: 60_000 };
const line = (request: object) => `${JSON.stringify(request)}\n`;
const busy = line({ id: "long", command: ["/bin/sleep", "30"] });

/** A batch whose standard output we read when we like: nothing of it is read before. */
function startBatch(state: State, args: readonly string[]) {
  const env = { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment };
  const [output, given] = makePipe();
  const child = Bun.spawn([binaryPath, "batch", ...args], { stdin: "pipe", stdout: given, stderr: "pipe", env, cwd: "/" });
  closeSync(given);
  const read = async (take: (part: Buffer) => void) => {
    for await (const part of createReadStream("", { fd: output })) take(part as Buffer);
  };
  const text = async () => {
    const parts: Buffer[] = [];
    await read((part) => void parts.push(part));
    return Buffer.concat(parts).toString();
  };
  return { child, stdin: child.stdin, pid: child.pid, read, text, closeOutput: () => closeSync(output), errors: () => new Response(child.stderr).text(), exited: child.exited };
}

const childrenOf = (pid: number): number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").filter((word) => word !== "").map(Number);

/** Resident memory, of it and the processes that it started, in MB. */
function memoryOf(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, one) => {
    try {
      return sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, "latin1"))?.[1] ?? 0) / 1024;
    } catch {
      return sum;
    }
  }, 0);
}

/** Whether a process was started by another one, or by one that it started. */
function inTreeOf(ancestor: number, pid: number): boolean {
  for (let one = pid; one > 1; ) {
    if (one === ancestor) return true;
    one = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, "latin1"))?.[1] ?? 0);
  }
  return false;
}

/** Until a program of ours runs in a box. */
const untilRunning = (state: State) => until("a box that runs", () => existsSync(state.directory) && readdirSync(state.directory).some((name) => name.startsWith("tmp-")), 10_000).then(() => Bun.sleep(300));

for (const jobs of ["1", "2"]) {
  describe(`with --jobs ${jobs}`, () => {
    claim("SIGTERM ends the boxes that run, their results are delivered, and nothing is begun", async () => {
      await using state = openState();
      const run = startBatch(state, ["--jobs", jobs]);
      run.stdin.write(line({ id: "short", command: ["/bin/true"] }) + busy.repeat(4));
      await run.stdin.flush();
      await untilRunning(state);
      run.child.kill("SIGTERM");
      const [stdout, stderr] = [await run.text(), await run.errors()];
      expect(await run.exited).toBe(143);
      const lines = parseLines(stdout);
      expect(lines.map(({ id, status }) => [id, status])).toEqual([["short", "Success"], ...Array.from({ length: Number(jobs) }, () => ["long", "InternalError"])]);
      expect(lines.at(-1)!.error_message).toBe("stopped because mini-isolate received SIGTERM");
      expect(stderr).toMatch(/^mini-isolate: stopped because mini-isolate received SIGTERM, after \d lines\n$/);
      await expectNothingLeft(state);
    }, timeout);

    claim("a closed standard output ends it at once, without a word", async () => {
      await using state = openState();
      const run = startBatch(state, ["--jobs", jobs]);
      run.stdin.write(busy.repeat(2));
      await run.stdin.flush();
      await untilRunning(state);
      run.closeOutput();
      expect([await run.exited, await run.errors()]).toEqual([141, ""]);
      await expectNothingLeft(state);
    }, timeout);

    claim("SIGKILL takes the programs along, and the next use removes what it left", async () => {
      await using state = openState();
      const run = startBatch(state, ["--jobs", jobs]);
      run.stdin.write(line({ command: shell("exec sleep 311") }).repeat(2));
      await run.stdin.flush();
      const sleepers = () => Bun.spawnSync(["pgrep", "-fx", "sleep 311"]).stdout.toString().trim();
      await until("the program", () => sleepers() !== "", 10_000);
      run.child.kill("SIGKILL");
      await run.exited;
      await until("the end of the program", () => sleepers() === "", 5000);
      // A slot that is a process of its own has its box until it has ended, too.
      await until("the boxes can be removed", async () => (await state.mini(["cleanup", "--all"])).exitCode === 0);
      await expectNothingLeft(state);
    }, timeout);
  });
}

claim("nobody reads: it stops reading its input, and its memory stays bounded, with 100,000 lines", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "2"]);
  // Refused without a run, so that many lines are answered quickly.
  const bad = line({ id: "x".repeat(500), command: [] });
  let written = 0;
  const writing = (async () => {
    for (; written < 100_000; written += 100) {
      run.stdin.write(bad.repeat(100));
      await run.stdin.flush();
    }
    await run.stdin.end();
  })();
  let before = -1;
  await until("it takes no more", async () => {
    const now = written;
    await Bun.sleep(1000);
    const isStill = now === before && written === now && written > 0;
    before = written;
    return isStill;
  }, 30_000);
  expect(written).toBeLessThan(50_000);
  const held = memoryOf(run.pid);
  expect(held).toBeLessThan(400);
  let lines = 0;
  await run.read((part) => {
    for (const byte of part) if (byte === 10) lines++;
  });
  await writing;
  expect([lines, await run.exited]).toEqual([100_000, 64]);
}, { timeout: 120_000 });

claim("large results wait for a slow reader, a few at a time", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "1"]);
  run.stdin.write(line({ command: shell("yes | head -c 4000000"), process_limit: 3 }).repeat(20));
  void run.stdin.end();
  await Bun.sleep(3000);
  expect(memoryOf(run.pid)).toBeLessThan(500);
  const lines = parseLines(await run.text());
  expect(lines.map(({ stdout, line: number }) => [number, stdout.length])).toEqual(Array.from({ length: 20 }, (_, index) => [index + 1, 4_000_000]));
  expect(await run.exited).toBe(0);
  await expectNothingLeft(state);
}, timeout);

claim("a slow reader changes no verdict: the time of a program does not pass while its result waits", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "1"]);
  run.stdin.write(line({ command: ["/usr/bin/head", "-c", "300000", "/dev/zero"], wall_time_limit: 1 }) + line({ command: ["/bin/sleep", "0.3"], wall_time_limit: 1 }));
  void run.stdin.end();
  await Bun.sleep(2500);
  const lines = parseLines(await run.text());
  expect(lines.map(({ status }) => status)).toEqual(["Success", "Success"]);
}, timeout);

claim("a process of a slot that is killed costs one request, and the rest goes on", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "2"]);
  run.stdin.write(line({ id: "victim", command: shell("exec sleep 20") }));
  await run.stdin.flush();
  await untilRunning(state);
  const [worker] = childrenOf(run.pid);
  process.kill(worker!, "SIGKILL");
  run.stdin.write(line({ id: "next", command: ["/bin/true"] }).repeat(3));
  void run.stdin.end();
  const lines = parseLines(await run.text());
  expect(lines.map(({ id, status }) => `${id} ${status}`).toSorted()).toEqual(["next Success", "next Success", "next Success", "victim InternalError"]);
  expect(lines.find(({ id }) => id === "victim")!.error).toMatchObject({ kind: "Process", message: "the process of mini-isolate that ran the request ended: signal 9" });
  expect(await run.exited).toBe(5);
  await state.mini(["cleanup", "--all"]);
  await expectNothingLeft(state);
}, timeout);

claim("without requests there are no results and no box is made", async () => {
  await using state = openState();
  expect(await state.mini(["batch"], { input: "\n\r\n" })).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  expect(existsSync(state.directory)).toBe(false);
}, timeout);

claim("streams that are closed, and an output that cannot be written, are told", async () => {
  await using state = openState();
  const closed = (redirection: string) => state.mini(["batch", "--jobs", "2"], { input: line({ command: ["/bin/true"] }), through: ["sh", "-c", `exec "$@" ${redirection}`, "sh"] });
  expect(await closed("<&-")).toMatchObject({ exitCode: 64, stdout: "", stderr: "mini-isolate: cannot run a batch: standard input is closed\nhint: give it the requests, or /dev/null\n" });
  expect(await closed(">&-")).toMatchObject({ exitCode: 64, stderr: "mini-isolate: cannot run a batch: standard output is closed\nhint: send the results to a file, a pipe or /dev/null\n" });
  expect(await closed(">/dev/full")).toMatchObject({ exitCode: 5, stderr: "mini-isolate: cannot write to standard output: ENOSPC (no space left on device)\n" });
  expect(await closed("</")).toMatchObject({ exitCode: 5, stderr: "mini-isolate: cannot read standard input: EISDIR (illegal operation on a directory)\n" });
  await expectNothingLeft(state);
}, timeout);

claimWith(...sandbox, executable("/usr/bin/script"))("how far it is stands on a terminal, and only there", async () => {
  await using state = openState();
  const requests = state.file("requests", line({ command: ["/bin/true"] }).repeat(3) + "bad\n");
  const results = `${state.scratch}/results`;
  const onTerminal = async (more: string) => (await state.mini(["batch", "--jobs", "1"], { through: ["/bin/sh", "-c", `exec /usr/bin/script -qec '${binaryPath} batch --jobs 1 ${more}' /dev/null`, "sh"] })).stdout;
  expect(await onTerminal(`<${requests} >${results}`)).toMatch(/\r0 done, 1 running, 0.0 a second/);
  expect(parseLines(readFileSync(results, "utf8")).length).toBe(4);
  expect(await onTerminal(`--silent <${requests} >${results}`)).toBe("");
  expect(await onTerminal(`<${requests} 2>${results}`)).not.toContain("running");
}, timeout);

claim("with --ordered, only so many results wait for the one before them", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "2", "--ordered"]);
  let text = "";
  const reading = run.read((part) => void (text += part));
  run.stdin.write(line({ id: "first", command: ["/bin/sleep", "60"], wall_time_limit: 100, time_limit: 90 }));
  const bad = line({ id: "x".repeat(500), command: [] });
  let written = 0;
  const writing = (async () => {
    for (; written < 3000; written += 100) {
      run.stdin.write(bad.repeat(100));
      await run.stdin.flush();
    }
    await run.stdin.end();
  })();
  await until("it takes no more", async () => {
    const before = written;
    await Bun.sleep(1000);
    return written > 0 && written === before;
  }, 30_000);
  expect([written < 3000, text]).toEqual([true, ""]);
  // The first one ends, and so does the waiting.
  const sleeper = Bun.spawnSync(["pgrep", "-fx", "/bin/sleep 60"]).stdout.toString().trim().split("\n").map(Number);
  for (const pid of sleeper) if (inTreeOf(run.pid, pid)) process.kill(pid, "SIGKILL");
  await Promise.all([writing, reading]);
  const lines = parseLines(text);
  expect(lines.map(({ line: number }) => number)).toEqual(Array.from({ length: 3001 }, (_, index) => index + 1));
  expect([lines[0]!.id, lines[0]!.status, await run.exited]).toEqual(["first", "Signaled", 64]);
}, timeout);

claim("a signal waits for a reader of the results that exist; a second one does not", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "1"]);
  run.stdin.write(line({ command: shell("yes | head -c 1000000"), process_limit: 3 }).repeat(3));
  await run.stdin.flush();
  await untilRunning(state);
  await Bun.sleep(1000);
  run.child.kill("SIGTERM");
  await Bun.sleep(1000);
  expect(run.child.exitCode).toBeNull();
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(143);
  run.closeOutput();
  await expectNothingLeft(state);
}, timeout);

claim("a result that comes just after another one is written as well, while the input stays open", async () => {
  await using state = openState();
  const run = startBatch(state, ["--jobs", "2"]);
  let seen = 0;
  const reading = run.read((part) => {
    for (const byte of part) if (byte === 10) seen++;
  });
  for (let round = 1; round <= 200; round++) {
    run.stdin.write(line({ command: [] }).repeat(2));
    await run.stdin.flush();
    await until("both results", () => seen === 2 * round, 10_000);
  }
  await run.stdin.end();
  await reading;
  expect([seen, await run.exited]).toEqual([400, 64]);
}, timeout);
