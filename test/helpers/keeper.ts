/** A keeper of a test's own, and a client that knows it. */
import { join } from "node:path";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { closeDescriptor } from "../../src/kernel/files.ts";
import { connectUnix } from "../../src/kernel/socket.ts";
import { binaryPath, plainPath } from "./binary.ts";
import { makeTestDirectory } from "./test-directory.ts";
import { start, type Running, type StartOptions } from "./running.ts";
import { until } from "./until.ts";

export interface TestKeeper extends AsyncDisposable {
  readonly running: Running;
  readonly socket: string;
  /** The client's file. */
  readonly client: string;
  /** Starts the client. */
  run(args: readonly string[], options?: StartOptions): Running;
  status(): Promise<Record<string, number>>;
  /** Waits until it reports these numbers, such as `{ running: 1 }` when the command of the one client has begun. */
  reports(numbers: Readonly<Record<string, number>>): Promise<void>;
  /** Whoever comes now is served. */
  answers(): Promise<void>;
}

/** Arguments of `run` for a few lines of shell. */
export const shell = (text: string): readonly string[] => ["--processes", "8", "--", "/bin/sh", "-c", text];

/** Waits for the program of a client, a sleep(1) that has this word. @returns its processes */
export async function sleepersOf(word: string): Promise<readonly number[]> {
  const isOne = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").includes(word) && readFileSync(`/proc/${pid}/comm`, "latin1") === "sleep\n";
    } catch {
      return false;
    }
  };
  return await until("the program of the client", () => {
    const found = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number).filter(isOne);
    return found.length > 0 ? found : null;
  });
}

function listens(socket: string): boolean {
  try {
    closeDescriptor(connectUnix(socket));
    return true;
  } catch {
    return false;
  }
}

const environment = { PATH: plainPath, LANG: "C.UTF-8", HOME: "/" };

export interface KeeperOptions {
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that it is started from, and that its client executes where there is no keeper. */
  readonly program?: string;
}

/** @param flags of `keeper`, besides its socket */
export async function openKeeper(flags: readonly string[] = [], { env = {}, program = binaryPath }: KeeperOptions = {}): Promise<TestKeeper> {
  const directory = makeTestDirectory("keeper");
  const [socket, client] = [join(directory, "socket"), join(directory, "client")];
  const state = { MINI_ISOLATE_STATE_DIR: join(directory, "state") };
  const installed = await start([program, "client", "install", client, "--socket", socket], { env: { ...environment, ...state } }).ended;
  if (installed.exitCode !== 0) throw new Error(installed.stderr);
  const running = start([program, "keeper", "--socket", socket, ...flags], { env: { ...environment, ...state, ...env }, timeoutMs: 600_000 });
  await until("the keeper listens", () => listens(socket), 20_000);
  const run: TestKeeper["run"] = (args, options = { env: {} }) => start([client, ...args], { ...options, env: { ...environment, ...state, ...options.env } });
  const status = async () => JSON.parse((await start([program, "keeper", "status", "--json", "--socket", socket], { env: environment }).ended).stdout) as Record<string, number>;
  return {
    running,
    socket,
    client,
    run,
    status,
    reports: async (numbers) => {
      await until(`the keeper reports ${JSON.stringify(numbers)}`, async () => {
        const now = await status();
        return Object.entries(numbers).every(([name, number]) => now[name] === number);
      });
    },
    answers: async () => {
      const { stdout } = await run(["run", "--json", "--", "/bin/echo", "fine"]).ended;
      if ((JSON.parse(stdout) as { stdout: string }).stdout !== "fine\n") throw new Error(`not served: ${stdout}`);
    },
    [Symbol.asyncDispose]: async () => {
      running.kill("SIGTERM");
      await running.ended;
      await start([binaryPath, "cleanup", "--all"], { env: { ...environment, ...state } }).ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
