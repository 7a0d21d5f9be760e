/** One connection to the store, which comes back by itself. */
import { RedisClient } from "bun";
import { messageOf } from "../../../model/errors.ts";
import { StoreFault } from "../queue.ts";
import type { StoreAddress } from "./address.ts";

export interface ConnectionOptions {
  /** Milliseconds that one command may take. After that the connection is taken for dead. */
  readonly commandMs: number;
  /** Milliseconds that a command waits for a connection that is lost. */
  readonly patienceMs: number;
  /** Done with each new connection before others may use it. When it fails, the connection is not used. */
  readonly onUp: (client: Raw) => Promise<void>;
}

/** A client as it is; what goes wrong with it rejects. */
export type Raw = Pick<RedisClient, "send" | "set" | "getBuffer" | "subscribe" | "unsubscribe" | "ping">;

/** The connection was lost while the store had a command: nobody knows whether it was done. */
export class ConnectionLost extends StoreFault {}

const firstPauseMs = 50;
const longestPauseMs = 1000;

/**
 * Bun's client would give up after 20 tries, keep commands of a lost connection for later, and wait for an answer without end. So it has to connect
 * once only, and everything else is here: a new client for each new connection, tried again for as long as it takes.
 */
export class Connection {
  #client: RedisClient | null = null;
  #isClosed = false;
  #problem = "it is not connected yet";
  readonly #waiting = new Set<() => void>();
  readonly #address: StoreAddress;
  readonly #options: ConnectionOptions;

  constructor(address: StoreAddress, options: ConnectionOptions) {
    [this.#address, this.#options] = [address, options];
  }

  get isUp(): boolean {
    return this.#client !== null;
  }

  /** Why it is not up. */
  get problem(): string {
    return this.#problem;
  }

  /** Begins, and goes on until it is closed. @returns when the first try has come to an end */
  async start(): Promise<void> {
    await this.#connect();
    if (!this.isUp) void this.#reconnect();
  }

  /** @param work sends one command @throws StoreFault; what the store answered with an error is its cause */
  async use<T>(work: (client: Raw) => Promise<T>): Promise<T> {
    const client = this.#client ?? (await this.#comesUp());
    if (client === null) throw new StoreFault(`the store ${this.#address.shown} cannot be reached: ${this.#problem}`);
    try {
      return await this.#inTime(client, work(client));
    } catch (error) {
      const isLost = !client.connected || this.#client !== client;
      if (isLost) this.#lost(client, messageOf(error));
      throw new (isLost ? ConnectionLost : StoreFault)(`the store ${this.#address.shown} failed: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Until it is up. @returns null: that takes too long */
  async #comesUp(): Promise<RedisClient | null> {
    if (this.#isClosed) return null;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.patienceMs);
    this.#waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
    return this.#client;
  }

  async #inTime<T>(client: RedisClient, answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const problem = `no answer within ${this.#options.commandMs / 1000} s`;
      this.#lost(client, problem);
      reject(new Error(problem));
    }, this.#options.commandMs);
    try {
      return await Promise.race([answer, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(): Promise<void> {
    const { url, ca } = this.#address;
    const client = new RedisClient(url, { autoReconnect: false, enableOfflineQueue: false, connectionTimeout: this.#options.commandMs, ...(ca === null ? {} : { tls: { ca } }) });
    // Without a listener of its own, a close would be an error of the process.
    client.onclose = (error) => this.#lost(client, messageOf(error));
    try {
      await this.#inTime(client, client.connect());
      await this.#inTime(client, this.#options.onUp(client));
      if (this.#isClosed) return client.close();
      this.#client = client;
      for (const tell of this.#waiting) tell();
    } catch (error) {
      this.#problem = messageOf(error);
      client.onclose = null;
      client.close();
    }
  }

  #lost(client: RedisClient, problem: string): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#problem = problem;
    client.close();
    if (!this.#isClosed) void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    // Not all workers at the same time.
    for (let pause = firstPauseMs; !this.isUp && !this.#isClosed; pause = Math.min(pause * 2, longestPauseMs)) {
      await Bun.sleep(pause * (0.5 + Math.random() / 2));
      if (!this.#isClosed) await this.#connect();
    }
  }

  close(): void {
    this.#isClosed = true;
    const client = this.#client;
    this.#client = null;
    this.#problem = "it was closed";
    client?.close();
    for (const tell of this.#waiting) tell();
  }
}
