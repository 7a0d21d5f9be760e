/** The batch itself: slots that take a line each, and give a line each, until there are no more. */
import { RunLoop } from "../../executor/watch/run-loop.ts";
import { pollReadable } from "../../kernel/process.ts";
import { gravestOf } from "./codes.ts";
import { LineReader, type Line } from "./lines.ts";
import { Outlet } from "./outlet.ts";
import { Progress } from "./progress.ts";
import { errorLine, type Answer, type Slot, type SlotSurroundings } from "./slot.ts";
import { Stop, type StopReason } from "./stop.ts";
import { WorkerSlot } from "./worker-slot.ts";

export interface BatchPlan {
  /** What makes each slot. */
  readonly slots: readonly ((surroundings: SlotSurroundings) => Slot)[];
  readonly ordered: boolean;
  readonly mostLineBytes: number;
  readonly showsProgress: boolean;
}

/** How a batch ended. */
export interface BatchEnd {
  /** Of the errors that lines got; 0: there was none. */
  readonly exitCode: number;
  readonly lines: number;
  /** null: at the end of its input. */
  readonly stopped: StopReason | null;
  /** Why standard output cannot be written, or standard input not be read; null: they could be. */
  readonly fault: unknown;
  /** What is to be told on standard error. */
  readonly warnings: readonly string[];
}

/** Longest sleep without a look at what else there is. */
const sleepMs = 10_000;
const [standardInput, standardOutput] = [0, 1];

export async function runBatch(plan: BatchPlan): Promise<BatchEnd> {
  const batch = new Batch(plan);
  try {
    return await batch.run();
  } finally {
    batch.close();
  }
}

class Batch {
  readonly #slots: readonly Slot[];
  readonly #loop = new RunLoop();
  readonly #stop: Stop;
  readonly #outlet: Outlet;
  readonly #lines: LineReader;
  readonly #progress: Progress;
  readonly #codes = new Set<number>();
  readonly #warnings: string[] = [];
  #fault: unknown = null;
  #taken = 0;
  #reading: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor({ slots, ordered, mostLineBytes, showsProgress }: BatchPlan) {
    this.#stop = new Stop(() => this.#stopped());
    this.#outlet = new Outlet({
      ordered,
      writable: async () => void (await this.#loop.work(() => this.#loop.wait([], sleepMs, [standardOutput]))),
      onEnd: (fault) => this.#fail(fault, fault === null ? "nobody reads" : "fault"),
    });
    this.#lines = new LineReader(standardInput, mostLineBytes, () => this.#untilReadable());
    this.#progress = new Progress(showsProgress);
    this.#slots = slots.map((make) => make({ loop: this.#loop, stop: this.#stop, warn: (line) => void this.#warnings.push(line) }));
  }

  async run(): Promise<BatchEnd> {
    void this.#watchReader();
    await Promise.all(this.#slots.map((slot) => this.#work(slot)));
    await this.#outlet.finish();
    return { exitCode: gravestOf(this.#codes), lines: this.#progress.done, stopped: this.#stop.reason, fault: this.#fault, warnings: this.#warnings };
  }

  close(): void {
    this.#isOver = true;
    this.#loop.wakeAll();
    this.#progress.close();
    this.#stop.release();
  }

  async #work(slot: Slot): Promise<void> {
    try {
      for (;;) {
        await this.#outlet.room();
        const taken = await this.#take();
        if (taken === null) break;
        this.#progress.begins();
        const { bytes, isError } = await this.#answer(slot, taken.line);
        if (bytes !== null) this.#outlet.put(taken.number, bytes);
        this.#progress.ends(isError);
        slot.empty();
      }
    } catch (error) {
      // The others must not go on as if nothing had happened.
      this.#fail(error, "fault");
    } finally {
      this.#codes.add(await slot.close());
    }
  }

  async #answer(slot: Slot, { number, text }: Line): Promise<Answer> {
    if (typeof text === "string") return await slot.answer({ number, text });
    const { bytes, code } = errorLine(number, null, text);
    this.#codes.add(code);
    return { bytes, isError: true };
  }

  /** The next line, for one slot after the other. */
  #take(): Promise<{ readonly line: Line; readonly number: number } | null> {
    const taken = this.#reading.then(async () => {
      if (this.#stop.reason !== null) return null;
      try {
        const line = await this.#lines.next();
        return line === null || this.#stop.reason !== null ? null : { line, number: this.#taken++ };
      } catch (error) {
        this.#fail(error, "fault");
        return null;
      }
    });
    this.#reading = taken;
    return taken;
  }

  /** @returns false when nothing shall be read any more */
  async #untilReadable(): Promise<boolean> {
    while (this.#stop.reason === null) {
      const ready = await this.#loop.work(() => this.#loop.wait([standardInput], sleepMs));
      if (ready.length > 0) return true;
    }
    return false;
  }

  /** Nothing urgent ever comes from standard output, but the end of its reader does: then nobody wants what runs. */
  async #watchReader(): Promise<void> {
    while (!this.#isOver && this.#stop.reason === null) {
      await this.#loop.work(() => this.#loop.wait([], sleepMs, [], [standardOutput]));
      // The loop does not tell for which of those who wait for it a descriptor is ready.
      if (pollReadable([], 0, [], [standardOutput]).ready.length > 0) this.#outlet.close();
    }
  }

  #stopped(): void {
    this.#outlet.abort(this.#stop.isTwice);
    for (const slot of this.#slots) if (slot instanceof WorkerSlot) slot.stop();
    this.#loop.wakeAll();
  }

  #fail(fault: unknown, reason: StopReason): void {
    this.#fault ??= fault;
    this.#stop.because(reason);
  }
}
