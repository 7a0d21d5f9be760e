/**
 * The process of a slot: it runs one job after the other, and nothing else, so that its clocks are read in time whatever the service does. It ends
 * with its standard input, however the service ended, and everything that runs in it ends then.
 */
import { RunLoop } from "../../executor/watch/run-loop.ts";
import { warmLaunchers } from "../../executor/warmth.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { Language } from "../../language/language.ts";
import type { RunSignal, SignalSource } from "../../model/waiting.ts";
import { SlotBox } from "../../pool/slot-box.ts";
import type { Contents } from "../content.ts";
import type { Job } from "../job.ts";
import { ownLanguages } from "../own-languages.ts";
import { openContentsDirectory } from "../queue/contents-dir.ts";
import { LineChannel } from "./line-channel.ts";
import { runJob } from "./run-job.ts";
import type { FromSlot, SlotSettings, Stream, ToSlot } from "./slot-protocol.ts";
import type { Surroundings } from "./surroundings.ts";

/** Launchers that wait: for a compiler and a program. */
const waitingLaunchers = 2;
const [standardInput, standardOutput] = [0, 1];

/** Until the end of standard input. @returns the exit code */
export async function runSlotProcess(): Promise<number> {
  // The service decides when its slots end; a terminal tells all of its processes.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(name, () => {});
  const loop = new RunLoop();
  const channel = new LineChannel(loop, standardInput, standardOutput);
  const slot = new SlotProcess(loop, (message) => channel.send(message));
  try {
    await loop.work(async () => {
      for await (const message of channel.lines()) await slot.take(message as ToSlot);
      await slot.end();
    });
  } finally {
    slot.close();
  }
  return 0;
}

class SlotProcess {
  readonly #loop: RunLoop;
  readonly #send: (message: FromSlot) => void;
  readonly #launchers = warmLaunchers(waitingLaunchers);
  readonly #boxes: SlotBox[] = [];
  #settings: SlotSettings | null = null;
  #contents: Contents | null = null;
  #languages: readonly Language[] = [];
  #current: RunningJob | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(loop: RunLoop, send: (message: FromSlot) => void) {
    [this.#loop, this.#send] = [loop, send];
  }

  async take(message: ToSlot): Promise<void> {
    switch (message.kind) {
      case "settings":
        return await this.#set(message.settings);
      case "begin":
        this.#begin(message);
        return;
      default:
        this.#current?.hear(message);
        this.#loop.wakeAll();
    }
  }

  /** The service is gone: nobody gets what still runs. */
  async end(): Promise<void> {
    this.#current?.hear({ kind: "cancel" });
    this.#loop.wakeAll();
    await this.#loop.forOthers(this.#running);
  }

  close(): void {
    this.#launchers.close();
    for (const box of this.#boxes) box.remove();
  }

  async #set(settings: SlotSettings): Promise<void> {
    this.#settings = settings;
    this.#contents = openContentsDirectory(settings.contents, { sync: settings.sync, takesTurns: false });
    const { languages, problems } = await Isolate.languages(settings.packs);
    this.#languages = [...languages, ...ownLanguages()];
    for (const text of problems) this.#send({ kind: "warning", text });
    this.#send({ kind: "ready" });
  }

  #begin({ job, isWatched, isTalk }: Extract<ToSlot, { kind: "begin" }>): void {
    const current = (this.#current = new RunningJob(job, isWatched, isTalk, this.#send));
    this.#send({ kind: "begun" });
    this.#running = this.#loop.work(async () => {
      const result = await runJob(job, this.#surroundings(current));
      this.#current = null;
      this.#send({ kind: "result", result });
      // The result is on its way: the next job finds its boxes empty.
      for (const box of this.#boxes) box.empty();
    });
  }

  #surroundings(current: RunningJob): Surroundings {
    const { cpus, usual, stateDir } = this.#settings!;
    const warn = (text: string) => this.#send({ kind: "warning", text });
    return {
      loop: this.#loop,
      box: (number, config) => (this.#boxes[number] ??= new SlotBox(stateDir, warn)).get(config),
      contents: this.#contents!,
      stateDir,
      languages: this.#languages,
      cpus,
      usual,
      signals: () => current.signals(),
      get isCancelled() {
        return current.isCancelled;
      },
      get isWatched() {
        return current.isWatched;
      },
      tell: (event) => {
        if (current.isWatched || event.kind !== "output") this.#send({ kind: "event", event });
      },
      talk: current.talk,
      warn,
    };
  }
}

/** What is said to the job that runs. */
class RunningJob {
  readonly talk: Surroundings["talk"];
  isCancelled = false;
  isWatched: boolean;
  readonly #sources = new Set<Source>();
  readonly #unheard: { readonly stream: Stream; readonly bytes: Uint8Array | null }[] = [];
  #onInput: ((stream: Stream, bytes: Uint8Array | null) => void) | null = null;
  #onResize: ((stream: Stream, rows: number, columns: number) => void) | null = null;

  constructor(_job: Job, isWatched: boolean, isTalk: boolean, send: (message: FromSlot) => void) {
    this.isWatched = isWatched;
    this.talk = !isTalk ? null : {
      onInput: (take) => {
        this.#onInput = take;
        for (const { stream, bytes } of this.#unheard.splice(0)) take(stream, bytes);
      },
      onResize: (take) => void (this.#onResize = take),
      taken: (stream, bytes) => send({ kind: "taken", stream, bytes }),
    };
  }

  hear(message: Exclude<ToSlot, { kind: "settings" | "begin" }>): void {
    switch (message.kind) {
      case "watched":
        this.isWatched = true;
        break;
      case "cancel":
        this.isCancelled = true;
        break;
      case "input": {
        const bytes = message.base64 === null ? null : Buffer.from(message.base64, "base64");
        if (this.#onInput === null) this.#unheard.push({ stream: message.stream, bytes });
        else this.#onInput(message.stream, bytes);
        break;
      }
      case "signal":
        for (const source of this.#sources) source.told.push(message.name as RunSignal);
        break;
      case "resize":
        this.#onResize?.(message.stream, message.rows, message.columns);
        break;
    }
  }

  signals(): SignalSource {
    const source: Source = { told: [] };
    this.#sources.add(source);
    const isCancelled = () => this.isCancelled;
    return {
      // Who talks with a program may send it signals; in any other job there is only its end.
      delivers: this.talk !== null,
      get isStopping() {
        return isCancelled();
      },
      take: () => (isCancelled() ? ["SIGKILL"] : source.told.splice(0)),
      close: () => void this.#sources.delete(source),
    };
  }
}

interface Source {
  readonly told: RunSignal[];
}
