/** A conversation with programs while they run: the first byte of a message says what it is, the second one which descriptor it is about. */
import type { ServerWebSocket } from "bun";
import * as v from "valibot";
import type { JobEvent } from "../../events.ts";
import type { SocketData, SocketHandler } from "../../http/dialect.ts";
import type { Talk } from "../../service.ts";
import { parseMessage } from "../../http/json-message.ts";
import { keepAlive } from "./keep-alive.ts";
import { type Desk, jobOf, resultsOf } from "./perform.ts";
import { BadRequest, readRequest, type GoRequest } from "./request.ts";
import { wordsFor } from "./words.ts";

type Call = SocketData["call"];

const fromClient = { request: 1, resize: 2, input: 3, cancel: 4 } as const;
const toClient = { response: 1, output: 2 } as const;

/** Of a command, and of a descriptor: four bits each. */
const mostNumber = 15;

/** What may wait to be given to programs that do not read. */
const mostWaitingBytes = 16 * 2 ** 20;

const number = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff)), 0);
const Resize = v.object({ index: number, fd: number, rows: number, cols: number });

type Input = { readonly command: number; readonly fd: number; readonly bytes: Uint8Array };

export function openStream(socket: ServerWebSocket<SocketData>, call: Call, desk: Desk): SocketHandler {
  return new StreamSocket(socket, call, desk);
}

class StreamSocket implements SocketHandler {
  readonly #socket: ServerWebSocket<SocketData>;
  readonly #call: Call;
  readonly #desk: Desk;
  readonly #end = new AbortController();
  readonly #stopPings: () => void;
  #request: GoRequest | null = null;
  #talk: Talk | null = null;
  #waiting: Input[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #resizes: v.InferOutput<typeof Resize>[] = [];

  constructor(socket: ServerWebSocket<SocketData>, call: Call, desk: Desk) {
    [this.#socket, this.#call, this.#desk] = [socket, call, desk];
    this.#stopPings = keepAlive(socket);
  }

  message(message: string | Uint8Array): void {
    // What the server has in its hands is used again.
    const bytes = typeof message === "string" ? Buffer.from(message) : Buffer.from(message);
    try {
      this.#take(bytes);
    } catch (error) {
      this.#refuse(wordsFor(error));
    }
  }

  closed(): void {
    this.#stopPings();
    this.#end.abort();
  }

  #take(message: Buffer): void {
    const [kind] = message;
    const rest = message.subarray(1);
    if (this.#request === null) {
      if (kind !== fromClient.request) throw new BadRequest("the first stream request must be exec request");
      this.#request = readRequest(parseMessage(rest, this.#call.service.config.bounds));
      void this.#run(this.#request);
      return;
    }
    switch (kind) {
      case fromClient.resize: {
        const size = v.safeParse(Resize, parseMessage(rest, this.#call.service.config.bounds));
        if (!size.success) throw new BadRequest("a resize must be {index, fd, rows, cols}");
        this.#resizes.push(size.output);
        return this.#resize();
      }
      case fromClient.input: {
        if (rest.length < 1) throw new BadRequest("an input must say its descriptor");
        const [command, fd] = [rest[0]! >> 4, rest[0]! & 15];
        if (this.#request.cmd[command]?.files[fd]?.streamIn !== true) throw new BadRequest(`input does not exist: ${command}/${fd}`);
        return this.#input({ command, fd, bytes: rest.subarray(1) });
      }
      case fromClient.cancel:
        // What runs is ended, and its results are still told.
        return this.#end.abort();
      default:
        throw new BadRequest(`invalid type code: ${kind ?? "none"}`);
    }
  }

  async #run(request: GoRequest): Promise<void> {
    const { service, caller } = this.#call;
    try {
      requireSmallNumbers(request);
      const job = await jobOf(request, service, this.#desk, caller, true);
      this.#call.note({ jobs: [job.id] });
      const talk = await service.talk(job, { event: (event) => this.#hear(event) }, this.#end.signal);
      this.#talk = talk;
      this.#resize();
      void this.#write();
      const results = await resultsOf(request, job, await talk.result, service, this.#desk);
      this.#respond({ requestId: request.requestId, results });
    } catch (error) {
      this.#refuse(wordsFor(error));
    }
  }

  #hear(event: JobEvent): void {
    if (event.kind !== "output" || typeof event.stream !== "number" || event.test === null) return;
    this.#send(Buffer.concat([Buffer.from([toClient.output, (event.test << 4) | event.stream]), Buffer.from(event.base64, "base64")]));
  }

  #input(input: Input): void {
    this.#waitingBytes += input.bytes.length;
    if (this.#waitingBytes > mostWaitingBytes) throw new BadRequest("the programs do not read what they are sent");
    this.#waiting.push(input);
    void this.#write();
  }

  async #write(): Promise<void> {
    const talk = this.#talk;
    if (talk === null || this.#isWriting) return;
    this.#isWriting = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const { command, fd, bytes } = next;
        this.#waitingBytes -= bytes.length;
        if (!talk.write({ command, fd }, bytes)) await talk.drained();
      }
    } finally {
      this.#isWriting = false;
    }
  }

  #resize(): void {
    if (this.#talk === null) return;
    for (const { index, fd, rows, cols } of this.#resizes.splice(0)) this.#talk.resize({ command: index, fd }, rows, cols);
  }

  #refuse(error: string): void {
    this.#respond({ requestId: this.#request?.requestId ?? "", results: [], error });
    this.#end.abort();
  }

  /** The last message. */
  #respond(response: unknown): void {
    this.#send(Buffer.concat([Buffer.from([toClient.response]), Buffer.from(JSON.stringify(response))]));
    this.#socket.close(1000);
  }

  #send(message: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.send(message) === 0) this.#socket.close(1013, "the client does not read what it is sent");
  }
}

/** @throws BadRequest for a live descriptor that the messages have no number for */
function requireSmallNumbers({ cmd }: GoRequest): void {
  for (const [command, { files }] of cmd.entries()) {
    for (const [fd, file] of files.entries()) {
      if (file !== null && (file.streamIn || file.streamOut) && (command > mostNumber || fd > mostNumber)) throw new BadRequest(`cmd[${command}].files[${fd}]: streams are numbered from 0 to ${mostNumber}`);
    }
  }
}
