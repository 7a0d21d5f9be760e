/** Commands and scripts of one store. */
import { Connection, ConnectionLost, type Raw } from "./connection.ts";
import type { scripts } from "./scripts/all.ts";
import { runScript, type Script } from "./scripts/run.ts";

export class Store {
  readonly connection: Connection;
  readonly prefix: string;

  constructor(connection: Connection, prefix: string) {
    [this.connection, this.prefix] = [connection, prefix];
  }

  /** Sent once more when its answer was lost with the connection: every script but `claim` does the same when it is run twice. @throws StoreFault */
  async run(script: Script, ...args: readonly (string | number)[]): Promise<unknown> {
    return await this.command((client) => runScript(client, this.prefix, script, args));
  }

  /** Not sent again. @throws StoreFault */
  async runOnce(script: (typeof scripts)["claim"], ...args: readonly (string | number)[]): Promise<unknown> {
    return await this.connection.use((client) => runScript(client, this.prefix, script, args));
  }

  /** @param work one that may be done twice @throws StoreFault */
  async command<T>(work: (client: Raw) => Promise<T>): Promise<T> {
    try {
      return await this.connection.use(work);
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      return await this.connection.use(work);
    }
  }
}
