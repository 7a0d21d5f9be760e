/**
 * A slot in a process of its own: another `batch --jobs 1`, which gets a line and gives a line. Supervising a program takes this runtime about as
 * long as a small program takes, in one thread: several at once would wait for each other, and their clocks would be read late.
 */
import { callerEnvironment } from "../../config/load.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { errno } from "../../kernel/errno.ts";
import { closeDescriptor, enlargePipe, makePipe, readSome, setNonBlocking, writeSome } from "../../kernel/files.ts";
import { killProcess, openPidfd, reap } from "../../kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../../kernel/spawn.ts";
import { exitCodes, IsolateError } from "../../model/errors.ts";
import { gravestOf } from "./codes.ts";
import { parseLine, type RequestId } from "./request.ts";
import { errorLine, type Answer, type RequestLine, type Slot, type SlotSurroundings } from "./slot.ts";

const lineFeed = 10;
const pipeBytes = 1024 * 1024;
const sleepMs = 10_000;
const internalError = Buffer.from('"status":"InternalError"');

export class WorkerSlot implements Slot {
  readonly #args: readonly string[];
  readonly #surroundings: SlotSurroundings;
  readonly #codes = new Set<number>();
  readonly #chunk = new Uint8Array(pipeBytes);
  #worker: Worker | null = null;

  /** @param args of the command line of the process, which is started when it is needed */
  constructor(args: readonly string[], surroundings: SlotSurroundings) {
    this.#args = args;
    this.#surroundings = surroundings;
  }

  async answer({ number, text }: RequestLine): Promise<Answer> {
    try {
      this.#worker ??= start(this.#args);
      const given = (await this.#send(this.#worker, Buffer.from(`${text}\n`))) ? await this.#receive(this.#worker) : null;
      if (given !== null) return { bytes: withNumber(given, number), isError: given.includes(internalError) };
      const how = await this.#end();
      if (this.#surroundings.stop.reason !== null) return { bytes: null, isError: false };
      throw new IsolateError("Process", `the process of mini-isolate that ran the request ended: ${how}`, { hint: "the next request gets another one; send this one again" });
    } catch (error) {
      const { bytes, code } = errorLine(number, idOf(text), error);
      this.#codes.add(code);
      return { bytes, isError: true };
    }
  }

  /** The process does it by itself, while the next line is on its way. */
  empty(): void {}

  async close(): Promise<number> {
    await this.#end();
    return gravestOf(this.#codes);
  }

  /** The batch is stopped, and so is what runs. */
  stop(): void {
    const { reason } = this.#surroundings.stop;
    if (this.#worker !== null) killProcess(this.#worker.pid, reason === "SIGINT" || reason === "SIGHUP" || reason === "SIGQUIT" ? signals[reason] : signals.SIGTERM);
  }

  /** @returns false when nobody takes it */
  async #send({ input }: Worker, bytes: Uint8Array): Promise<boolean> {
    for (let done = 0; done < bytes.length; ) {
      const written = writeSome(input, bytes.subarray(done));
      if (written > 0) done += written;
      else if (written === -errno.EAGAIN) await this.#wait([], [input]);
      else if (written !== -errno.EINTR) return false;
    }
    return true;
  }

  /** One line; null: the process has ended without one. */
  async #receive({ output }: Worker): Promise<Buffer | null> {
    const parts: Uint8Array[] = [];
    for (;;) {
      await this.#wait([output], []);
      const count = readSome(output, this.#chunk);
      if (count === -errno.EINTR || count === -errno.EAGAIN) continue;
      if (count <= 0) return null;
      parts.push(this.#chunk.slice(0, count));
      if (this.#chunk[count - 1] === lineFeed) return Buffer.concat(parts);
    }
  }

  async #wait(readable: readonly number[], writable: readonly number[]): Promise<void> {
    const { loop } = this.#surroundings;
    await loop.work(() => loop.wait(readable, sleepMs, writable));
  }

  /** Lets the process end as at the end of its input, and waits for that. @returns how it ended, in words */
  async #end(): Promise<string> {
    const worker = this.#worker;
    if (worker === null) return "it was not there";
    this.#worker = null;
    closeDescriptor(worker.input);
    await this.#wait([worker.pidfd], []);
    let end = reap(worker.pid);
    for (; end === null; end = reap(worker.pid)) await this.#wait([worker.pidfd], []);
    for (const fd of [worker.output, worker.pidfd]) closeDescriptor(fd);
    this.#codes.add(end.exitCode ?? exitCodes.internalError);
    return end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  }
}

interface Worker {
  readonly pid: number;
  readonly pidfd: number;
  /** Its standard input and output. */
  readonly input: number;
  readonly output: number;
}

/** It ends when we do, however that happens: nobody reads its results any more. @throws SyscallError when it cannot be started */
function start(args: readonly string[]): Worker {
  const [given, input] = makePipe();
  const [output, gives] = makePipe();
  try {
    for (const fd of [input, output]) enlargePipe(fd, pipeBytes);
    for (const fd of [input, output]) setNonBlocking(fd);
    const program = process.execPath;
    // From the source, the program is the runtime.
    const words = Bun.main.startsWith("/$bunfs/") ? args : [Bun.main, ...args];
    const environment = Object.entries(callerEnvironment()).map(([name, value]) => `${name}=${value}`);
    const pid = spawnPrepared(prepareSpawn("/proc/self/exe", [program, ...words], environment, [[given, 0], [gives, 1], [2, 2]]));
    return { pid, pidfd: openPidfd(pid), input, output };
  } catch (error) {
    for (const fd of [input, output]) closeDescriptor(fd);
    throw error;
  } finally {
    for (const fd of [given, gives]) closeDescriptor(fd);
  }
}

/** The process counts its own lines. */
function withNumber(line: Uint8Array, number: number): Uint8Array {
  return Buffer.concat([Buffer.from(`{"line":${number}`), line.subarray(line.indexOf(44))]);
}

function idOf(text: string): RequestId {
  try {
    return parseLine(text).id;
  } catch {
    return null;
  }
}
