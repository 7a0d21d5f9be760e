/** A keeper of a test's own, and a client that knows it. */
import { join } from "node:path";
import { rmSync } from "node:fs";
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

/** @param flags of `keeper`, besides its socket */
export async function openKeeper(flags: readonly string[] = [], { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {}): Promise<TestKeeper> {
  const directory = makeTestDirectory("keeper");
  const [socket, client] = [join(directory, "socket"), join(directory, "client")];
  const state = { MINI_ISOLATE_STATE_DIR: join(directory, "state") };
  const installed = await start([binaryPath, "client", "install", client, "--socket", socket], { env: { ...environment, ...state } }).ended;
  if (installed.exitCode !== 0) throw new Error(installed.stderr);
  const running = start([binaryPath, "keeper", "--socket", socket, ...flags], { env: { ...environment, ...state, ...env }, timeoutMs: 600_000 });
  await until("the keeper listens", () => listens(socket), 20_000);
  return {
    running,
    socket,
    client,
    run: (args, options = { env: {} }) => start([client, ...args], { ...options, env: { ...environment, ...state, ...options.env } }),
    status: async () => JSON.parse((await start([binaryPath, "keeper", "status", "--json", "--socket", socket], { env: environment }).ended).stdout) as Record<string, number>,
    [Symbol.asyncDispose]: async () => {
      running.kill("SIGTERM");
      await running.ended;
      await start([binaryPath, "cleanup", "--all"], { env: { ...environment, ...state } }).ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
