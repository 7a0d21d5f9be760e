/** A Redis server of a test's own: on a free port of the loopback interface, with a temporary directory. */
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { RedisClient } from "bun";
import { executable } from "./requires.ts";
import { temporaryDirectory, type TemporaryDirectory } from "./temporary.ts";
import { until } from "./until.ts";

/** Another one, such as Valkey, may be named. */
export const redisProgram = Bun.env["MINI_ISOLATE_TEST_REDIS"] ?? "/usr/bin/redis-server";

/** Debian's package `redis-server` has it. */
export const redis = executable(redisProgram);

export interface RedisServerOptions {
  /** What was written is there again after a restart. */
  readonly appendonly?: boolean;
  /** More words for the command line, such as `--maxmemory 10mb`. */
  readonly settings?: readonly string[];
}

/** Ended by `await using`. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: TemporaryDirectory;
  readonly #options: RedisServerOptions;
  #process: Bun.Subprocess<"ignore", "ignore", "ignore"> | null = null;

  constructor(port: number, directory: TemporaryDirectory, options: RedisServerOptions) {
    [this.port, this.#directory, this.#options] = [port, directory, options];
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), temporaryDirectory(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process!.pid;
  }

  async start(): Promise<void> {
    const { appendonly = false, settings = [] } = this.#options;
    const words = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#directory.path, "--save", "", "--appendonly", appendonly ? "yes" : "no", "--daemonize", "no", ...settings];
    this.#process = Bun.spawn([redisProgram, ...words], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    await until("the Redis server answers", async () => {
      try {
        return await this.ask("PING");
      } catch {
        return null;
      }
    });
  }

  /** @param words a command */
  async ask(command: string, ...words: readonly string[]): Promise<unknown> {
    const client = new RedisClient(this.url, { autoReconnect: false, connectionTimeout: 1000 });
    client.onclose = () => {};
    try {
      await client.connect();
      return (await client.send(command, [...words])) as unknown;
    } finally {
      client.close();
    }
  }

  /** It stays as it is, and says nothing, until {@link goOn}. */
  stop(): void {
    this.#process!.kill("SIGSTOP");
  }

  goOn(): void {
    this.#process!.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.#process = null;
  }

  /** Whatever was on its disk is gone. */
  empty(): void {
    for (const name of ["appendonlydir", "dump.rdb"]) rmSync(`${this.#directory.path}/${name}`, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#directory[Symbol.dispose]();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
