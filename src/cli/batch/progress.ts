/** One line on a terminal that says how far the batch is. */
import { isTerminal } from "../../kernel/files.ts";
import { pollReadable } from "../../kernel/process.ts";
import { writeDiagnostic } from "../write.ts";

const standardError = 2;
const pauseMs = 200;

export class Progress {
  readonly #isShown: boolean;
  readonly #beganAtMs = performance.now();
  #done = 0;
  #errors = 0;
  #running = 0;
  #shownAtMs = -Infinity;

  /** Results on the same terminal would run into it. */
  constructor(isWanted: boolean) {
    this.#isShown = isWanted && isTerminal(standardError) && !isTerminal(1);
  }

  /** How many lines have an answer. */
  get done(): number {
    return this.#done;
  }

  begins(): void {
    this.#running++;
    this.#show();
  }

  ends(isError: boolean): void {
    this.#running--;
    this.#done++;
    if (isError) this.#errors++;
    this.#show();
  }

  /** Takes the line away. */
  close(): void {
    if (this.#isShown && this.#shownAtMs > -Infinity) writeDiagnostic("\r\x1b[K");
  }

  #show(): void {
    const nowMs = performance.now();
    if (!this.#isShown || nowMs - this.#shownAtMs < pauseMs) return;
    // A terminal that is stopped (Ctrl-S) must not stop those who watch the programs.
    if (pollReadable([], 0, [standardError]).ready.length === 0) return;
    this.#shownAtMs = nowMs;
    const perSecond = this.#done / Math.max(0.001, (nowMs - this.#beganAtMs) / 1000);
    const errors = this.#errors === 0 ? "" : `, ${this.#errors} with errors`;
    writeDiagnostic(`\r${this.#done} done${errors}, ${this.#running} running, ${perSecond.toFixed(1)} a second\x1b[K`);
  }
}
