/**
 * `/connect`: a program that somebody talks with over a WebSocket. The first message says what to run. The program ends with the connection,
 * and what it may write is limited as for every program.
 */
import type { ServerWebSocket } from "bun";
import { type RunSignal, runSignals } from "../../../model/waiting.ts";
import { messageOf } from "../../../model/errors.ts";
import type { Call, SocketData, SocketHandler } from "../../http/dialect.ts";
import { parseMessage } from "../../http/json-message.ts";
import type { Talk } from "../../service.ts";
import { jobFor } from "./job.ts";
import { Narrator } from "./narrator.ts";
import { Outbox } from "./outbox.ts";
import { readExecute } from "./request.ts";
import { runtimesOf } from "./runtimes.ts";

/** Why a connection was closed. */
export const closings = {
  initialisedTwice: [4000, "Already Initialized"],
  notInTime: [4001, "Initialization Timeout"],
  error: [4002, "Notified Error"],
  notInitialised: [4003, "Not yet initialized"],
  onlyStdin: [4004, "Can only write to stdin"],
  unknownSignal: [4005, "Invalid signal"],
  done: [4999, "Job Completed"],
} as const;

/** Milliseconds in which the first message must come. */
const initDeadlineMs = 1000;

type SocketCall = Omit<Call, "bytes" | "json" | "mayWait">;

export function connect(socket: ServerWebSocket<SocketData>, call: SocketCall): SocketHandler {
  return new Conversation(new Outbox(socket), call);
}

class Conversation implements SocketHandler {
  readonly #outbox: Outbox;
  readonly #call: SocketCall;
  readonly #leaving = new AbortController();
  readonly #patience: ReturnType<typeof setTimeout>;
  /** What came before the program had a slot, and what it does not take yet; null ends it. */
  readonly #input: (Uint8Array | null)[] = [];
  #inputBytes = 0;
  readonly #signals: RunSignal[] = [];
  #isBegun = false;
  #talk: Talk | null = null;
  #isWriting = false;

  constructor(outbox: Outbox, call: SocketCall) {
    [this.#outbox, this.#call] = [outbox, call];
    this.#patience = setTimeout(() => this.#close(closings.notInTime), initDeadlineMs);
  }

  message(message: string | Uint8Array): void {
    let body: unknown;
    try {
      body = parseMessage(message, this.#call.service.config.bounds);
    } catch {
      return this.#tell("the message is not JSON");
    }
    if (typeof body !== "object" || body === null || Array.isArray(body)) return this.#tell("the message must be a JSON object");
    const parts = body as Readonly<Record<string, unknown>>;
    switch (parts["type"]) {
      case "init": return this.#init(parts);
      case "data": return this.#data(parts);
      case "signal": return this.#signal(parts["signal"]);
      default: return this.#tell("the type of a message must be init, data or signal");
    }
  }

  closed(): void {
    clearTimeout(this.#patience);
    this.#leaving.abort();
    this.#outbox.drop();
  }

  drain(): void {
    this.#outbox.drain();
  }

  #init(body: Readonly<Record<string, unknown>>): void {
    if (this.#isBegun) return this.#close(closings.initialisedTwice);
    this.#isBegun = true;
    clearTimeout(this.#patience);
    this.#run(body).catch((error: unknown) => this.#tell(messageOf(error)));
  }

  async #run(body: Readonly<Record<string, unknown>>): Promise<void> {
    const { service, caller } = this.#call;
    // What it reads comes in messages of its own.
    const request = readExecute({ ...body, stdin: "" }, await runtimesOf(service, caller), service.config);
    const job = await jobFor(request, this.#call);
    const narrator = new Narrator((message) => this.#outbox.send(message), service.contents);
    const { language, version } = request.runtime;
    this.#outbox.send({ type: "runtime", language, version });
    const talk = await service.talk({ ...job, isStreamed: true }, narrator, this.#leaving.signal);
    this.#talk = talk;
    for (const name of this.#signals.splice(0)) talk.signal(name);
    this.#write();
    const result = await talk.result;
    this.#call.note({ jobs: [job.id], status: result.status });
    const problem = await narrator.finish(result);
    if (problem !== null) return this.#tell(problem);
    this.#close(closings.done);
  }

  #data({ stream, data }: Readonly<Record<string, unknown>>): void {
    if (!this.#isBegun) return this.#close(closings.notInitialised);
    if (stream !== "stdin") return this.#close(closings.onlyStdin);
    if (typeof data !== "string" && data !== null) return this.#tell("data must be a string");
    const bytes = data === null ? null : Buffer.from(data);
    this.#inputBytes += bytes?.length ?? 0;
    const { jobBytes } = this.#call.service.config.bounds;
    if (this.#inputBytes > jobBytes) return this.#tell(`the program does not read its input, of which at most ${jobBytes} bytes are kept`);
    this.#input.push(bytes);
    this.#write();
  }

  #signal(name: unknown): void {
    if (!this.#isBegun) return this.#close(closings.notInitialised);
    const known = runSignals.find((one) => one === name);
    if (known === undefined) return this.#close(closings.unknownSignal);
    if (this.#talk === null) this.#signals.push(known);
    else this.#talk.signal(known);
  }

  /** As much as the program takes. */
  #write(): void {
    const talk = this.#talk;
    if (talk === null || this.#isWriting) return;
    while (this.#input.length > 0) {
      const bytes = this.#input.shift()!;
      this.#inputBytes -= bytes?.length ?? 0;
      if (talk.write({ command: 0, fd: 0 }, bytes)) continue;
      this.#isWriting = true;
      void talk.drained().then(() => {
        this.#isWriting = false;
        this.#write();
      }, () => {});
      return;
    }
  }

  #tell(message: string): void {
    this.#outbox.send({ type: "error", message });
    this.#close(closings.error);
  }

  #close([code, reason]: (typeof closings)[keyof typeof closings]): void {
    clearTimeout(this.#patience);
    this.#outbox.close(code, reason);
    if (code !== closings.done[0]) this.#leaving.abort();
  }
}
