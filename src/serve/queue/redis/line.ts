/** What the store tells this process by itself: a connection of its own, since one that listens sends nothing else. */
import type { StoreAddress } from "./address.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

export interface LineListener {
  /** There may be work. */
  work(): void;
  cancelled(id: string): void;
  /** Something happened to a job that is watched; null: it has ended. */
  happened(id: string, event: string | null): void;
  /** It listens anew: what was told before may have been missed. */
  again(): void;
}

export class Line {
  readonly #connection: Connection;
  readonly #listener: LineListener;

  constructor(address: StoreAddress, channel: string, listener: LineListener, times: Pick<ConnectionOptions, "commandMs" | "patienceMs">) {
    this.#listener = listener;
    this.#connection = new Connection(address, {
      ...times,
      onUp: async (client) => {
        await client.subscribe(channel, (message) => this.#take(message));
        listener.again();
      },
    });
  }

  get isUp(): boolean {
    return this.#connection.isUp;
  }

  async start(): Promise<void> {
    await this.#connection.start();
  }

  /** A connection that says nothing may be dead without saying that either. */
  async probe(): Promise<void> {
    if (this.isUp) await this.#connection.use((client) => client.ping()).catch(() => {});
  }

  close(): void {
    this.#connection.close();
  }

  #take(message: string): void {
    const [kind = "", id = ""] = message.split(" ", 2);
    if (kind === "work") this.#listener.work();
    else if (kind === "cancel") this.#listener.cancelled(id);
    else if (kind === "ended") this.#listener.happened(id, null);
    else if (kind === "event") this.#listener.happened(id, message.slice(kind.length + id.length + 2));
  }
}
