/** A worker of a service as people have it: the compiled binary with directories of its own. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, plainPath } from "./binary.ts";
import { mountsBelow } from "./host.ts";
import type { LogLine } from "./serve.ts";
import { patience } from "./slowness.ts";
import { makeTestDirectory } from "./test-directory.ts";
import { until } from "./until.ts";
import { workerEnvironment } from "./worker.ts";

export interface TestWorker extends AsyncDisposable {
  readonly name: string;
  log(): LogLine[];
  says(event: string, ofIt?: (line: LogLine) => boolean): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<number>;
}

/** Starts it and waits until it has begun. @param env as of the configuration: `MINI_ISOLATE_SERVE_QUEUE_LEASE` */
export async function startWorker(store: string, name: string, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<TestWorker> {
  const directory = makeTestDirectory("worker");
  const child = Bun.spawn([binaryPath, "worker", "--store", store, "--name", name, "--slots", "1", "--data-dir", join(directory, "data"), "--state-dir", join(directory, "state"), ...flags], {
    stdin: "ignore", stdout: "ignore", stderr: "pipe", cwd: "/", env: { PATH: plainPath, LANG: "C.UTF-8", HOME: directory, ...workerEnvironment, ...env },
  });
  let said = "";
  const reading = (async () => {
    for await (const bytes of child.stderr) said += Buffer.from(bytes).toString();
  })();
  const log = () => said.split("\n").slice(0, -1).flatMap((line): LogLine[] => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
  let isOver = false;
  const ended = child.exited.then((code) => {
    isOver = true;
    return code;
  });
  const says = async (event: string, ofIt: (line: LogLine) => boolean = () => true) =>
    await until(`worker ${name} says ${event}`, () => {
      if (isOver && !log().some((line) => line.event === event && ofIt(line))) throw new Error(`the worker ended: ${said}`);
      return log().find((line) => line.event === event && ofIt(line));
    }, 20_000);
  await says("started");
  return {
    name, log, says, ended,
    signal: (signal) => child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (!isOver) {
        // Not if it is stopped.
        child.kill("SIGCONT");
        child.kill("SIGTERM");
        child.kill("SIGTERM");
        const late = setTimeout(() => child.kill("SIGKILL"), patience(10_000));
        await ended;
        clearTimeout(late);
      }
      await reading;
      await Bun.spawn([binaryPath, "cleanup", "--all"], { env: { MINI_ISOLATE_STATE_DIR: join(directory, "state") }, stdout: "ignore", stderr: "ignore" }).exited;
      const mounts = mountsBelow(directory);
      if (mounts.length > 0) throw new Error(`mounts were left behind: ${mounts.join(" ")}`);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One command of the binary, until its end. */
export async function spawnBinary(...words: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = Bun.spawn([binaryPath, ...words], { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { PATH: plainPath, LANG: "C.UTF-8" } });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}
