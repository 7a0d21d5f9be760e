/** Tells what happens to a job in the messages of `/connect`: stages, what they write, how they end. */
import type { Contents } from "../../content.ts";
import type { JobEvent } from "../../events.ts";
import type { JobResult, RunOutcome } from "../../outcome.ts";
import type { Ears } from "../../service.ts";
import { contentText } from "../content-text.ts";
import { endOf } from "./stage.ts";

type StageName = "compile" | "run";
type Stream = "stdout" | "stderr";

export class Narrator implements Ears {
  readonly #send: (message: object) => void;
  readonly #contents: Contents;
  #stage: StageName | null = null;
  /** Stages whose end is told. */
  readonly #ended = new Set<StageName>();
  /** Whether anything of the stage was told as it came. */
  #hasOutput = false;
  /** A character may come in two pieces. */
  #decoders = newDecoders();
  /** Ends of stages, told one after the other. */
  #telling: Promise<void> = Promise.resolve();

  constructor(send: (message: object) => void, contents: Contents) {
    [this.#send, this.#contents] = [send, contents];
  }

  event(event: JobEvent): void {
    this.#telling = this.#telling.then(async () => {
      switch (event.kind) {
        case "compiling": return this.#begin("compile");
        case "compiled": return await this.#end("compile", event.compile);
        case "test": return this.#begin("run");
        case "output": return this.#output(event.test === null ? "compile" : "run", event.stream, event.base64);
        case "tested": return await this.#end("run", event.outcome.run);
        default:
      }
    });
  }

  /** Tells what was not told yet. @returns why nothing can be said about the program; null: everything is said @throws HttpFault when an output is gone */
  async finish({ compile, tests, outcome, problem }: JobResult): Promise<string | null> {
    await this.#telling;
    if (compile !== null) await this.#end("compile", compile);
    const [test] = tests;
    if (test !== undefined) await this.#end("run", test.run);
    if (outcome === "finished" && (test !== undefined || compile !== null)) return null;
    return problem ?? (outcome === "finished" ? "the program could not be run" : `the job was ${outcome}`);
  }

  #begin(stage: StageName): void {
    if (this.#stage === stage || this.#ended.has(stage)) return;
    [this.#stage, this.#hasOutput, this.#decoders] = [stage, false, newDecoders()];
    this.#send({ type: "stage", stage });
  }

  #output(stage: StageName, stream: Stream | number, base64: string): void {
    if (typeof stream === "number" || this.#ended.has(stage)) return;
    this.#begin(stage);
    this.#hasOutput = true;
    this.#data(stream, this.#decoders[stream].decode(Buffer.from(base64, "base64"), { stream: true }));
  }

  async #end(stage: StageName, run: RunOutcome): Promise<void> {
    if (this.#ended.has(stage)) return;
    this.#begin(stage);
    for (const stream of ["stdout", "stderr"] as const) {
      // What nobody told as it came: of a compiler, or of one that ran before.
      this.#data(stream, this.#hasOutput ? this.#decoders[stream].decode() : await contentText(this.#contents, run[stream]));
    }
    this.#ended.add(stage);
    const { code, signal, message } = endOf(run);
    this.#send({ type: "exit", stage, code, signal, ...(message === null ? {} : { error: message }) });
  }

  #data(stream: Stream, data: string): void {
    if (data !== "") this.#send({ type: "data", stream, data });
  }
}

function newDecoders(): Record<Stream, TextDecoder> {
  return { stdout: new TextDecoder("utf-8", { ignoreBOM: true }), stderr: new TextDecoder("utf-8", { ignoreBOM: true }) };
}
