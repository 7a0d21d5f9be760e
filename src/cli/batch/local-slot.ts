/** A slot in this process. */
import { warmLaunchers } from "../../executor/warmth.ts";
import { Isolate } from "../../instance/isolate.ts";
import { exitCodes, IsolateError } from "../../model/errors.ts";
import { gravestOf } from "./codes.ts";
import type { Defaults } from "./defaults.ts";
import { perform, type Around, type Performed } from "./perform.ts";
import { parseLine, type BatchRequest, type RequestId } from "./request.ts";
import { errorLine, lineOf, type Answer, type RequestLine, type Slot, type SlotSurroundings } from "./slot.ts";
import { SlotBox } from "../../pool/slot-box.ts";

/** Between two looks whether a box that somebody else uses is free. */
const pauseMs = 20;

export class LocalSlot implements Slot {
  readonly #surroundings: SlotSurroundings;
  readonly #around: Omit<Around, "how">;
  readonly #box: SlotBox;
  readonly #languages = new Map<string, Promise<Awaited<ReturnType<Around["languages"]>>>>();
  /** For the compiler and the program. */
  readonly #launchers = warmLaunchers(2);
  readonly #codes = new Set<number>();

  /** @param cpus the processors of the programs; null: all */
  constructor(defaults: Defaults, cpus: string | null, surroundings: SlotSurroundings) {
    this.#surroundings = surroundings;
    this.#box = new SlotBox(defaults.stateDir, surroundings.warn);
    this.#around = { defaults, cpus, temporary: (config) => this.#box.get(config), languages: (packs, box) => this.#languagesOf(packs, box) };
  }

  async answer({ number, text }: RequestLine): Promise<Answer> {
    let id: RequestId = null;
    try {
      const parsed = parseLine(text);
      id = parsed.id;
      const result = await this.#run(parsed.request());
      if (result === null) return { bytes: null, isError: false };
      const isError = result.status === "InternalError";
      if (isError) this.#codes.add(exitCodes.internalError);
      return { bytes: lineOf(number, id, result), isError };
    } catch (error) {
      const { bytes, code } = errorLine(number, id, error);
      this.#codes.add(code);
      return { bytes, isError: true };
    }
  }

  /** Waits for a box that somebody else uses, as `--wait` does. @returns null when the batch was stopped before */
  async #run(request: BatchRequest): Promise<Performed | null> {
    const { loop, stop } = this.#surroundings;
    while (stop.reason === null) {
      try {
        return await loop.work(() => perform(request, { ...this.#around, how: { waiter: loop, signals: stop.forRun() } }));
      } catch (error) {
        if (!(error instanceof IsolateError) || error.kind !== "LockBusy") throw error;
      }
      await loop.work(() => loop.wait([], pauseMs));
    }
    return null;
  }

  empty(): void {
    this.#box.empty();
  }

  close(): Promise<number> {
    this.#launchers.close();
    this.#box.remove();
    return Promise.resolve(gravestOf(this.#codes));
  }

  /** Read once, but for the packs that a box keeps. */
  async #languagesOf(packs: readonly string[], box: Isolate | null): Promise<Awaited<ReturnType<Around["languages"]>>> {
    if (box !== null) return await Isolate.languages(packs, box);
    const key = JSON.stringify(packs);
    const known = this.#languages.get(key) ?? Isolate.languages(packs);
    this.#languages.set(key, known);
    try {
      return await known;
    } catch (error) {
      // A pack may be put right.
      this.#languages.delete(key);
      throw error;
    }
  }
}
