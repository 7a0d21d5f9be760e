/** The service as people have it: the compiled binary on a free port of the loopback interface, with directories of its own. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { binaryPath, plainPath } from "./binary.ts";
import { mountsBelow } from "./host.ts";
import { patience } from "./slowness.ts";
import { makeTestDirectory } from "./test-directory.ts";
import { until } from "./until.ts";
import { workerEnvironment } from "./worker.ts";

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

export interface ServeOptions {
  /** Flags besides. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of an earlier service, which then are not removed. */
  readonly directory?: string;
  readonly binary?: string;
}

export interface TestService extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** Has `data`, `state` and `serve.yaml`. */
  readonly directory: string;
  /** Where it listens, by what is there: `common`, or the name of a dialect. */
  readonly addresses: Readonly<Record<string, string>>;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** POST of a value as JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Lines of the log so far. */
  log(): LogLine[];
  /** Waits for a line of the log. */
  says(event: string, ofIt?: (line: LogLine) => boolean): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM. @returns its exit code */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  readonly ended: Promise<number>;
}

/**
 * Starts it and waits until it listens.
 * @param config as in the file, without what the test has no opinion on
 * @throws Error with what it said when it ended instead
 */
export async function startServer(config: Readonly<Record<string, unknown>> = {}, { flags = [], env = {}, directory: given, binary = binaryPath }: ServeOptions = {}): Promise<TestService> {
  const directory = given ?? makeTestDirectory("serve");
  const file = join(directory, "serve.yaml");
  mkdirSync(join(directory, "data"), { recursive: true });
  writeFileSync(file, stringify({ port: 0, data_dir: join(directory, "data"), slots: 2, ...config }));
  const child = Bun.spawn([binary, "serve", "--config", file, "--state-dir", join(directory, "state"), ...flags], {
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
  const listening = await until("the service listens", () => {
    if (isOver) return [];
    const lines = log().filter(({ event }) => event === "listening");
    return lines.some(({ what }) => what === "common") && log().some(({ event }) => event === "started") ? lines : null;
  }, 20_000);
  const addresses = Object.fromEntries(listening.map(({ what, address }) => [String(what), String(address)]));
  const remove = async () => {
    if (given !== undefined) return;
    const state = join(directory, "state");
    if (existsSync(state)) await Bun.spawn([binary, "cleanup", "--all"], { env: { MINI_ISOLATE_STATE_DIR: state }, stdout: "ignore", stderr: "ignore" }).exited;
    const mounts = mountsBelow(directory);
    if (mounts.length > 0) throw new Error(`mounts were left behind: ${mounts.join(" ")}`);
    rmSync(directory, { recursive: true, force: true });
  };
  if (listening.length === 0) {
    await reading;
    await remove();
    throw new Error(`the service ended with ${await ended}: ${said}`);
  }
  const url = addresses["common"]!;
  const stop = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), patience(40_000));
    const code = await ended;
    clearTimeout(late);
    return code;
  };
  return {
    url, directory, addresses, log, ended, stop,
    pid: child.pid,
    ask: async (path, init) => await fetch(`${url}${path}`, init),
    post: async (path, body, headers = {}) => await fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } }),
    says: async (event, ofIt = () => true) => await until(`the log says ${event}`, () => log().find((line) => line.event === event && ofIt(line)), 20_000),
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    [Symbol.asyncDispose]: async () => {
      if (!isOver) {
        child.kill("SIGTERM");
        await until("the service drains or has ended", () => isOver || log().some(({ event }) => event === "draining"));
        // The second one does not wait for what runs; at the same time as the first it would be lost in that.
        child.kill("SIGTERM");
        const late = setTimeout(() => child.kill("SIGKILL"), patience(10_000));
        await ended;
        clearTimeout(late);
      }
      await reading;
      await remove();
    },
  };
}

/** A port that nobody listened on a moment ago. */
export function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
  const port = server.port!;
  void server.stop(true);
  return port;
}
